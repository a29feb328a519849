/** Compares two plans, resource by resource and property by property. */

import {isMap, type Json} from './engine-protocol.ts';
import type {Plan} from './plan.ts';

export type Change = {readonly path: string; readonly from: Json | undefined; readonly to: Json | undefined};

export type Difference = {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly {readonly resource: string; readonly changes: readonly Change[]}[];
};

/** JSON inside a string, such as a policy, is compared by its parts. */
const parseEmbedded = (value: Json | undefined): Json | undefined => {
  if (typeof value !== 'string' || !/^[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as Json; // JSON.parse has no narrower type
  } catch {
    return value;
  }
};

/** Differences of one value, by path; JSON inside strings is compared by its parts. */
export const changes = (path: string, before: Json | undefined, after: Json | undefined): readonly Change[] => {
  const [from, to] = [parseEmbedded(before), parseEmbedded(after)];
  if (JSON.stringify(from) === JSON.stringify(to)) return [];
  if (isMap(from) && isMap(to))
    return [...new Set([...Object.keys(from), ...Object.keys(to)])].flatMap(key =>
      changes(path ? `${path}.${key}` : key, from[key], to[key]),
    );
  if (typeof from === 'string' && typeof to === 'string' && from.includes('\n') && to.includes('\n')) {
    const [left, right] = [from.split('\n'), to.split('\n')];
    const only = (lines: readonly string[], others: readonly string[]) =>
      lines.filter(line => !others.includes(line)).map(line => line.trim());
    return [{path, from: only(left, right), to: only(right, left)}];
  }
  if (Array.isArray(from) && Array.isArray(to) && from.length === to.length)
    return from.flatMap((one: Json, index) => changes(`${path}[${index}]`, one, to[index]));
  return [{path, from, to}];
};

/** The parts of a resource that are compared: everything that the program determines. */
const decided = (plan: Plan): ReadonlyMap<string, Json> =>
  new Map(
    plan.resources
      .filter(({kind}) => kind !== 'component')
      .map(({urn, inputs, protect, retainOnDelete, ignoreChanges, replaceOnChanges, region}) => [
        urn.split('::').slice(2).join('::'),
        {
          inputs,
          options: {
            protect,
            retainOnDelete,
            ignoreChanges: [...ignoreChanges],
            replaceOnChanges: [...replaceOnChanges],
            region,
          },
        },
      ]),
  );

/** Ids and names derived from the URN differ between stacks, as AWS's would, and are not a difference. */
const withoutIds = (plan: Plan, text: string): string => {
  let result = text;
  const texts = (value: Json | undefined): readonly string[] =>
    typeof value === 'string' ? [value] : value && typeof value === 'object' ? Object.values(value).flatMap(texts) : [];
  // A plan saved by an older version has no children.
  const made = plan.resources.flatMap(resource => [resource, ...(resource.children ?? [])]);
  const known = made.flatMap(({urn, id, outputs}) =>
    [id, ...texts(outputs)]
      .filter(value => value.length > 8)
      .map(value => [value, `<${urn.split('::').at(-1)}>`] as const),
  );
  for (const [value, name] of known.toSorted(([a], [b]) => b.length - a.length))
    result = result.replaceAll(value, name);
  return result;
};

/** A plan with its stack's name and generated ids replaced, for comparing stacks with each other. */
const neutral = (plan: Plan, project: string): Plan => {
  const text = withoutIds(
    plan,
    JSON.stringify({
      resources: plan.resources.map(resource => ({...resource, id: '', outputs: {}, children: []})),
      outputs: plan.outputs,
    }),
  );
  return {
    ...plan,
    ...JSON.parse(
      text
        .replaceAll(`urn:pulumi:${plan.stack}::`, 'urn:pulumi:<stack>::')
        .replaceAll(`${project}-${plan.stack}`, `${project}-<stack>`)
        .replaceAll(`"${plan.stack}-prometheus"`, '"<stack>-prometheus"'),
    ),
  };
};

/** Two plans, prepared for comparison: for different stacks without names and ids, which always differ. */
export const comparable = <P extends Plan>(before: P, after: P): readonly [P, P] => {
  if (before.stack === after.stack) return [before, after];
  const project = before.resources[0]?.urn.split('::')[1] ?? '';
  return [
    {...before, ...neutral(before, project)},
    {...after, ...neutral(after, project)},
  ];
};

/** Compares two plans, from `before` to `after`. Plans of different stacks are compared without names and ids. */
export const difference = (before: Plan, after: Plan): Difference => {
  const [earlier, later] = comparable(before, after);
  const [from, to] = [decided(earlier), decided(later)];
  return {
    added: [...to.keys()].filter(key => !from.has(key)),
    removed: [...from.keys()].filter(key => !to.has(key)),
    changed: [...to].flatMap(([resource, now]) => {
      const found = from.has(resource) ? changes('', from.get(resource), now) : [];
      return found.length > 0 ? [{resource, changes: found}] : [];
    }),
  };
};
