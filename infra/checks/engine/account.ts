/** The resources that exist at the providers during one run: created, read again, deleted, or left behind. */

import {EngineError} from '../../plan/engine-error.ts';
import {isMap} from '../../plan/engine-protocol.ts';

type Values = Readonly<Record<string, unknown>>;

/** A resource as a provider keeps it: plain values, secrets among them. */
export type Existing = {
  readonly urn: string;
  readonly type: string;
  readonly id: string;
  readonly inputs: Values;
  readonly outputs: Values;
};

export type Account = {
  /** @throws {EngineError} where the provider's API would reject the resource */
  readonly create: (resource: Existing) => void;
  readonly update: (resource: Existing) => void;
  readonly find: (type: string, id: string) => Existing | undefined;
  readonly remove: (resource: Existing) => void;
  readonly all: () => readonly Existing[];
  /** Regions of the AWS providers, by URN: a component uses the region of the provider that is passed to it. */
  readonly regions: Map<string, string>;
  /** The revision that the next task definition of a family gets. */
  readonly nextRevision: (family: string) => number;
  /** Every generated password, also of resources that are gone: none may be readable in a state. */
  readonly secrets: () => readonly string[];
};

const passwordType = 'random:index/randomPassword:RandomPassword';
const imageType = 'docker-build:index:Image';
const repositoryType = 'aws:ecr/repository:Repository';

/** Task definitions of a family share an id, versions of a secret an ARN, and all passwords an id. */
const keyOf = ({type, id, urn, outputs}: Existing): string => `${type} ${urn} ${id} ${String(outputs['arn'])}`;

const secretOf = (outputs: Values): string => {
  const {result} = outputs;
  return String(isMap(result) ? result['value'] : result);
};

export const createAccount = (): Account => {
  const existing = new Map<string, Existing>();
  const secrets = new Set<string>();
  const pushedTags = new Set<string>();
  const revisions = new Map<string, number>();

  const push = (tag: string): void => {
    if (pushedTags.has(tag)) throw new EngineError(`${tag} already exists, and the repository is immutable`);
    pushedTags.add(tag);
  };

  /** Deletes the images of a deleted repository. */
  const removeImages = (url: string): void => {
    for (const tag of pushedTags) if (tag.startsWith(`${url}:`)) pushedTags.delete(tag);
    for (const [key, {type, id}] of existing) if (type === imageType && id.startsWith(`${url}:`)) existing.delete(key);
  };

  return {
    create: resource => {
      const {type, inputs, outputs} = resource;
      if (type === imageType && Array.isArray(inputs['tags'])) for (const tag of inputs['tags']) push(String(tag));
      if (type === passwordType) secrets.add(secretOf(outputs));
      existing.set(keyOf(resource), resource);
    },
    update: resource => void existing.set(keyOf(resource), resource),
    find: (type, id) => [...existing.values()].find(one => one.type === type && one.id === id),
    remove: resource => {
      existing.delete(keyOf(resource));
      if (resource.type === repositoryType) removeImages(String(resource.outputs['repositoryUrl']));
    },
    all: () => [...existing.values()],
    regions: new Map(),
    nextRevision: family => {
      const revision = (revisions.get(family) ?? 0) + 1;
      revisions.set(family, revision);
      return revision;
    },
    secrets: () => [...secrets],
  };
};
