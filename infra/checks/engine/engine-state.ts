/** Reads the state of a stack as `pulumi stack export` and `pulumi preview --json` print it. */

import {InfraError} from '../../infra-error.ts';
import {shortType} from '../../plan/components.ts';
import {isMap, type Properties, plainProperties} from '../../plan/engine-protocol.ts';
import type {CommandOutput} from './pulumi-cli.ts';

/** A resource without Pulumi's markers; secrets masked. */
export type StateResource = {
  readonly urn: string;
  readonly type: string;
  /** Empty for a component, and while a preview doesn't know it. */
  readonly id: string;
  readonly custom: boolean;
  readonly parent: string;
  /** URN of the provider; empty for a component, and for a provider of the engine's own. */
  readonly provider: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly dependencies: readonly string[];
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
};

export type EngineState = {
  /** All resources but the stack itself and the default providers that the engine creates. */
  readonly resources: readonly StateResource[];
  readonly outputs: Properties;
};

/** The output of Pulumi does not have the expected form. */
export class StateError extends InfraError {
  override readonly name = 'StateError';
  readonly code = 'ERR_ENGINE_STATE';
}

const stackType = 'pulumi:pulumi:Stack';

const properties = (value: unknown): Properties => plainProperties(isMap(value) ? value : {});
const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String).toSorted((a, b) => (a < b ? -1 : 1)) : [];
const string = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Whether the engine created the provider itself, for a package for which the program names none. */
const isDefaultProvider = (urn: string): boolean => {
  const [, , type = '', name = ''] = urn.split('::');
  return type.startsWith('pulumi:providers:') && name.startsWith('default');
};

/** URN and id of a provider are one string, `<urn>::<id>`. Empty for one of the engine's own. */
const urnOf = (provider: string): string =>
  isDefaultProvider(provider) ? '' : provider.split('::').slice(0, 4).join('::');

/** The inputs of a provider without those that the engine adds. */
const ownInputs = (type: string, inputs: Properties): Properties => {
  if (!type.startsWith('pulumi:providers:')) return inputs;
  const {version: _, __internal, ...own} = inputs;
  return own;
};

const resourceOf = (state: unknown): StateResource => {
  if (!isMap(state)) throw new StateError(`expected a resource, found ${JSON.stringify(state)}`);
  const {urn, type, id, custom, parent, provider, inputs, outputs, dependencies, ignoreChanges, replaceOnChanges} =
    state;
  return {
    urn: string(urn),
    type: string(type),
    id: string(id),
    custom: custom === true,
    parent: string(parent).includes(`::${stackType}::`) ? '' : string(parent),
    provider: urnOf(string(provider)),
    inputs: ownInputs(string(type), properties(inputs)),
    outputs: properties(outputs),
    dependencies: strings(dependencies).filter(urn => !urn.includes(`::${stackType}::`)),
    protect: state['protect'] === true,
    retainOnDelete: state['retainOnDelete'] === true,
    ignoreChanges: strings(ignoreChanges),
    replaceOnChanges: strings(replaceOnChanges),
  };
};

const isOwn = ({type, urn}: StateResource): boolean => type !== stackType && !isDefaultProvider(urn);

const stateOf = (states: readonly unknown[]): EngineState => {
  const all = states.map(resourceOf);
  return {
    resources: all.filter(isOwn),
    outputs: all.find(({type}) => type === stackType)?.outputs ?? {},
  };
};

/** @throws {StateError} for text of another form */
export const readExport = (text: string): EngineState => {
  const exported: unknown = JSON.parse(text);
  const deployment = isMap(exported) ? exported['deployment'] : undefined;
  if (!isMap(deployment)) throw new StateError('pulumi stack export: expected a deployment, found none');
  const {resources = []} = deployment;
  if (!Array.isArray(resources)) throw new StateError('pulumi stack export: expected a list of resources');
  return stateOf(resources);
};

/** @throws {StateError} for text of another form */
export const readPreview = (text: string): EngineState => {
  const preview: unknown = JSON.parse(text);
  const steps = isMap(preview) ? preview['steps'] : undefined;
  if (!Array.isArray(steps)) throw new StateError('pulumi preview --json: expected steps, found none');
  return stateOf(steps.flatMap((step: unknown) => (isMap(step) && step['newState'] ? [step['newState']] : [])));
};

/** A short form of a URN: type and name; an image has no name, because that is its tag. */
const label = (urn: string): string => {
  const [, , types = '', name = ''] = urn.split('::');
  const type = types.split('$').at(-1) ?? '';
  return `${shortType(type)} ${type.startsWith('docker-build:') ? '<tag>' : name}`;
};

const operations: Readonly<Record<string, string>> = {
  create: 'create',
  update: 'update',
  replace: 'replace',
  delete: 'delete',
  import: 'import',
};

/**
 * The operations of an update, such as `replace ecs.TaskDefinition grafana-definition`, sorted; unchanged resources are
 * omitted.
 */
export const operationsOf = ({stdout}: CommandOutput): readonly string[] => {
  const found = stdout.split('\n').flatMap(line => {
    if (!line.includes('"resourcePreEvent"')) return [];
    const event: {resourcePreEvent: {metadata: {op: string; urn: string}}} = JSON.parse(line);
    const {op, urn} = event.resourcePreEvent.metadata;
    const operation = operations[op];
    return operation === undefined || urn.includes(':providers:') || urn.includes(`::${stackType}::`)
      ? []
      : [`${operation} ${label(urn)}`];
  });
  return [...new Set(found)].toSorted((a, b) => (a < b ? -1 : 1));
};
