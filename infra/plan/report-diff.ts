/** Compares two plans of one stack by what reviewers need to know: resources, exposure, permissions, cost. */
import {connections, grants, publicAccess} from './access.ts';
import type {CostLine} from './cost.ts';
import type {Plan} from './plan.ts';
import {type Change, comparable, type Difference, difference} from './resource-diff.ts';

/** A plan with its monthly cost, at the prices and for the load of the commit that produced it. */
export type CostedPlan = Plan & {readonly cost: {readonly dollars: number; readonly lines: readonly CostLine[]}};

export type LineChanges = {readonly added: readonly string[]; readonly removed: readonly string[]};

export type PlanComparison = {
  readonly stack: string;
  /** Resources that differ, except for changes that follow from a rebuilt image. */
  readonly resources: Difference;
  /** Names of the images that are rebuilt because their sources changed. */
  readonly builds: readonly string[];
  /** Lines about what is reachable from the Internet. */
  readonly publicAccess: LineChanges;
  /** Allowed connections with their ports. */
  readonly ways: LineChanges;
  /** One line per policy statement. */
  readonly permissions: LineChanges;
  /** US dollars per month; only the parts that differ by a cent or more. */
  readonly cost: {
    readonly before: number;
    readonly after: number;
    readonly parts: readonly {readonly part: string; readonly before: number; readonly after: number}[];
  };
};

const changesBetween = (before: readonly string[], after: readonly string[]): LineChanges => ({
  added: after.filter(line => !before.includes(line)),
  removed: before.filter(line => !after.includes(line)),
});

const ways = (plan: Plan): readonly string[] =>
  connections(plan).map(({from, to, port, why}) => `${from} → ${to}:${port} (${why})`);

const permissions = (plan: Plan): readonly string[] =>
  grants(plan).map(({holder, sid, principal, actions, resources, condition}) =>
    [
      `${holder}, ${sid}:`,
      ...(principal ? [`${principal} may`] : []),
      actions.join(', '),
      ...(resources.length > 0 ? [`on ${resources.join(', ')}`] : []),
      ...(condition === undefined ? [] : [`if ${JSON.stringify(condition)}`]),
    ].join(' '),
  );

const perPart = ({cost}: CostedPlan): ReadonlyMap<string, number> => {
  const sums = new Map<string, number>();
  for (const {part, dollars} of cost.lines) sums.set(part, (sums.get(part) ?? 0) + dollars);
  return sums;
};

const imageType = 'awsx:ecr:Image';

/** A digest after `@` belongs to a build; the rest of the address names the image. */
const imageOf = (address: unknown): string => String(address).replace(/@sha256:.*$/, '');

const buildInputs = ['inputs.imageTag', 'inputs.context', 'inputs.dockerfile', 'inputs.keepers.source'];

/** A changed source changes its images' contexts and tags, and their tasks' digests: one line reports it. */
const followsBuild = ({path, from, to}: Change): boolean =>
  buildInputs.includes(path) ||
  (path.startsWith('inputs.containerDefinitions[') &&
    path.endsWith('.image') &&
    from !== to &&
    imageOf(from) === imageOf(to));

const apart = ({changed, ...rest}: Difference): Pick<PlanComparison, 'resources' | 'builds'> => {
  const builds = changed
    .filter(({resource, changes}) => resource.includes(`${imageType}::`) && changes.some(followsBuild))
    .map(({resource}) => resource.split('::').at(-1) ?? resource);
  // The digest of an image that isn't built here doesn't follow from a source: it was set on purpose.
  const isOurs = ({to}: Change): boolean => {
    const [repository = ''] = imageOf(to).split('/').slice(-1);
    return builds.some(name => repository.startsWith(name));
  };
  const isFolded = (change: Change): boolean =>
    followsBuild(change) && (!change.path.endsWith('.image') || isOurs(change));
  return {resources: {...rest, changed: changed.filter(({changes}) => !changes.every(isFolded))}, builds};
};

const cent = 0.005;

/** Compares two plans, from `given` to `now`. Plans of two stacks compare without their names and ids. */
export const comparePlans = (given: CostedPlan, now: CostedPlan): PlanComparison => {
  const [before, after] = comparable(given, now);
  const [from, to] = [perPart(before), perPart(after)];
  return {
    stack: after.stack,
    ...apart(difference(before, after)),
    publicAccess: changesBetween(publicAccess(before), publicAccess(after)),
    ways: changesBetween(ways(before), ways(after)),
    permissions: changesBetween(permissions(before), permissions(after)),
    cost: {
      before: before.cost.dollars,
      after: after.cost.dollars,
      parts: [...new Set([...from.keys(), ...to.keys()])]
        .sort()
        .map(part => ({part, before: from.get(part) ?? 0, after: to.get(part) ?? 0}))
        .filter(part => Math.abs(part.after - part.before) >= cent),
    },
  };
};
