/** Compares the plan with the engine, resource by resource, and returns one line for each difference. */
import type {Resource} from '../../plan/engine.ts';
import {isMap, type Json, type Properties, unknown} from '../../plan/engine-protocol.ts';
import type {Plan} from '../../plan/plan.ts';
import {changes} from '../../plan/resource-diff.ts';
import type {EngineState, StateResource} from './engine-state.ts';
import {standInId} from './stand-in-id.ts';

export type Comparing = {
  readonly planned: Plan;
  readonly engine: EngineState;
  /** A preview doesn't know everything: unknown values, ids and what depends on them are not compared. @default false */
  readonly preview?: boolean;
};

/** A revision depends on earlier runs, which a plan doesn't know, so task definitions are compared by their family. */
const withoutRevisions = <Value extends Json>(value: Value): Value =>
  JSON.parse(
    JSON.stringify(value).replaceAll(/(:task-definition\/[\w-]+):\d+/g, '$1:<revision>'),
    (key: string, item: Json) => (key === 'revision' ? '<revision>' : item),
  );

const sorted = (values: readonly string[]): string[] => values.toSorted((a, b) => (a < b ? -1 : 1));

/** The engine's value wherever it is unknown in a preview. */
const asFarAsKnown = (planned: Json, engine: Json): Json => {
  if (engine === unknown) return unknown;
  if (Array.isArray(planned) && Array.isArray(engine) && planned.length === engine.length)
    return planned.map((item: Json, index) => asFarAsKnown(item, engine[index] ?? null));
  if (isMap(planned) && isMap(engine))
    return Object.fromEntries(
      Object.entries(planned).map(([key, item]) => [
        key,
        key in engine ? asFarAsKnown(item, engine[key] ?? null) : item,
      ]),
    );
  return planned;
};

const shown = (value: Json | undefined): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}...` : text;
};

const differences = (what: string, planned: Json, engine: Json, preview: boolean): readonly string[] => {
  const expected = preview ? asFarAsKnown(planned, engine) : planned;
  return changes('', withoutRevisions(expected), withoutRevisions(engine)).map(
    ({path, from, to}) => `${what}${path && `.${path}`}: the plan has ${shown(from)}, the engine ${shown(to)}`,
  );
};

/** The outputs that the plan promises; those of the engine contain the inputs as well. */
const promised = (outputs: Properties, engine: Properties): Properties =>
  Object.fromEntries(Object.keys(outputs).flatMap(key => (key in engine ? [[key, engine[key] ?? null]] : [])));

const optionsOf = (
  options: Pick<Resource, 'protect' | 'retainOnDelete' | 'ignoreChanges' | 'replaceOnChanges' | 'parent'>,
  provider: string,
  dependencies: readonly string[],
): Properties => ({
  parent: options.parent,
  provider,
  dependencies: sorted(dependencies),
  protect: options.protect,
  retainOnDelete: options.retainOnDelete,
  ignoreChanges: sorted(options.ignoreChanges),
  replaceOnChanges: sorted(options.replaceOnChanges),
});

const compareResource = (planned: Resource, engine: StateResource, preview: boolean): readonly string[] => {
  const own = planned.kind === 'resource' && !planned.type.startsWith('pulumi:providers:');
  return [
    ...differences('inputs', planned.inputs, engine.inputs, preview),
    ...differences(
      'options',
      optionsOf(planned, own ? planned.provider : '', planned.dependencies),
      optionsOf(engine, own ? engine.provider : '', engine.dependencies),
      preview,
    ),
    ...(preview
      ? []
      : [
          ...differences('outputs', planned.outputs, promised(planned.outputs, engine.outputs), false),
          ...(own ? differences('id', planned.id, engine.id, false) : []),
        ]),
  ];
};

const withoutStandInId = ({[standInId]: _, ...others}: Properties): Properties => others;

/** @returns one line for each difference, starting with the resource's URN; none when the plan is right */
export const compare = ({planned, engine, preview = false}: Comparing): readonly string[] => {
  const found = new Map(engine.resources.map(resource => [resource.urn, resource]));
  const children = planned.resources.flatMap(({children: own, retainOnDelete}) =>
    own.map(child => ({...child, retainOnDelete})),
  );
  const known = new Set([...planned.resources, ...children].map(({urn}) => urn));
  const lines: string[] = [];
  for (const {urn} of engine.resources) if (!known.has(urn)) lines.push(`${urn}: the plan does not have it`);
  for (const resource of planned.resources) {
    const actual = found.get(resource.urn);
    if (actual) lines.push(...compareResource(resource, actual, preview).map(line => `${resource.urn}: ${line}`));
    else lines.push(`${resource.urn}: the engine does not have it`);
  }
  for (const {urn, id, outputs, retainOnDelete} of children) {
    const actual = found.get(urn);
    // In a preview, awsx makes what depends on unknown inputs only later.
    if (actual === undefined) lines.push(...(preview ? [] : [`${urn}: the engine does not have it`]));
    else if (!preview)
      lines.push(
        ...differences('outputs', outputs, withoutStandInId(actual.outputs), false).map(line => `${urn}: ${line}`),
        ...differences('id', id, actual.id, false).map(line => `${urn}: ${line}`),
        ...differences('retainOnDelete', retainOnDelete, actual.retainOnDelete, false).map(line => `${urn}: ${line}`),
      );
  }
  if (!preview) lines.push(...differences('the stack: outputs', planned.outputs, engine.outputs, false));
  return lines;
};
