/**
 * Dangers of a change to the AWS program, which opens, allows, loses, silences or costs something: two plans of one
 * stack.
 */
import {connections, type Grant, grants, publicAccess} from '../plan/access.ts';
import {shortType} from '../plan/components.ts';
import type {Resource} from '../plan/engine.ts';
import {isMap, type Json} from '../plan/engine-protocol.ts';
import {type CostedPlan, comparePlans} from '../plan/report-diff.ts';
import {type Change, comparable} from '../plan/resource-diff.ts';
import {type Danger, danger} from './danger.ts';
import {propertyDangers, removalDanger} from './property-dangers.ts';

const added = <Item>(before: readonly Item[], after: readonly Item[]): readonly Item[] =>
  after.filter(item => !before.includes(item));

/** Changes to what can be reached from the Internet, and new routes into the network. */
const openings = (before: CostedPlan, after: CostedPlan): readonly Danger[] => {
  const way = ({from, to, port}: ReturnType<typeof connections>[number]): string =>
    `${from} reaches ${to} on port ${port}`;
  return [
    ...added(publicAccess(before), publicAccess(after)).map(line => danger('opens', line)),
    ...added(connections(before).map(way), connections(after).map(way)).map(line => danger('opens', line)),
  ];
};

/** One permission: an action on a resource for a holder, with the condition that limits it. */
type Permission = {readonly action: string; readonly on: string; readonly condition: string};

const permissionsOf = (given: readonly Grant[]): readonly Permission[] =>
  given.flatMap(({actions, resources, condition}) =>
    actions.flatMap(action =>
      (resources.length > 0 ? resources : ['']).map(on => ({
        action,
        on,
        condition: condition === undefined ? '' : JSON.stringify(condition),
      })),
    ),
  );

const sameTarget = (a: Permission, b: Permission): boolean => a.action === b.action && a.on === b.on;

const listed = (values: readonly string[]): string => [...new Set(values)].sort().join(', ');

/** The new permissions of one holder (and principal). */
const widened = (who: string, before: readonly Permission[], after: readonly Permission[]): readonly Danger[] => {
  const actions = new Set(before.map(({action}) => action));
  const fresh = after.filter(({action}) => !actions.has(action));
  const wider = after.filter(one => actions.has(one.action) && !before.some(old => sameTarget(old, one)));
  const unconditional = after.filter(one => {
    const old = before.filter(other => sameTarget(other, one));
    return old.length > 0 && !old.some(({condition}) => condition === one.condition || condition === '');
  });
  return [
    ...(fresh.length > 0
      ? [
          danger(
            'allows more',
            `${who}: adds ${listed(fresh.map(({action}) => action))} on ${listed(fresh.map(({on}) => on || 'itself'))}`,
          ),
        ]
      : []),
    ...(wider.length > 0
      ? [
          danger(
            'allows more',
            `${who}: ${listed(wider.map(({action}) => action))} also on ${listed(wider.map(({on}) => on || 'itself'))}`,
          ),
        ]
      : []),
    ...(unconditional.length > 0
      ? [
          danger(
            'allows more',
            `${who}: the condition of ${listed(unconditional.map(({action}) => action))} is now ${listed(unconditional.map(({condition}) => condition || 'gone'))}`,
          ),
        ]
      : []),
  ];
};

const permissions = (before: CostedPlan, after: CostedPlan): readonly Danger[] => {
  const [old, now] = [grants(before), grants(after)];
  const holders = [...new Set(now.map(({holder}) => holder))];
  return holders.flatMap(holder => {
    const of = (given: readonly Grant[]): readonly Grant[] => given.filter(grant => grant.holder === holder);
    const principals = [...new Set(of(now).map(({principal}) => principal))];
    return principals.flatMap(principal => {
      const by = (given: readonly Grant[]) => permissionsOf(of(given).filter(grant => grant.principal === principal));
      // A new role can do no more than the program gave somewhere; it is in the list as well, as everything in it is new.
      return widened(principal === '' ? holder : `${holder}: ${principal}`, by(old), by(now));
    });
  });
};

const costs = (before: CostedPlan, after: CostedPlan): readonly Danger[] => {
  const {cost} = comparePlans(before, after);
  const more = cost.after - cost.before;
  if (more < 1) return [];
  const parts = cost.parts
    .filter(part => part.after - part.before >= 1)
    .sort((a, b) => b.after - b.before - (a.after - a.before))
    .map(({part, before: from, after: to}) => `${part} +$${(to - from).toFixed(0)}`);
  return [
    danger('costs more', `$${cost.before.toFixed(0)} to $${cost.after.toFixed(0)} per month (${parts.join(', ')})`),
  ];
};

/** Ids of the public subnets that the stack's network makes. */
const publicSubnets = (plan: CostedPlan): ReadonlySet<string> =>
  new Set(
    plan.resources.flatMap(({outputs}) => {
      const ids = outputs['publicSubnetIds'];
      return Array.isArray(ids) ? ids.map(String) : [];
    }),
  );

const stringsIn = (value: Json | undefined): readonly string[] => {
  if (typeof value === 'string') return [value];
  return value && typeof value === 'object' ? Object.values(value).flatMap(stringsIn) : [];
};

/** Services and load balancers that the change puts into subnets with a route from the Internet. */
const publicPlacements = (before: CostedPlan, after: CostedPlan): readonly Danger[] => {
  const inPublic = (plan: CostedPlan): readonly string[] => {
    const subnets = publicSubnets(plan);
    return plan.resources
      .filter(({type}) => /:(Service|LoadBalancer)$/.test(type))
      .filter(({inputs}) => stringsIn(inputs['networkConfiguration'] ?? inputs['subnets']).some(id => subnets.has(id)))
      .map(({name}) => name);
  };
  return added(inPublic(before), inPublic(after)).map(name => danger('opens', `${name}: moves to public subnets`));
};

const keyOf = ({urn}: Resource): string => urn.split('::').slice(2).join('::');

const displayName = (resource: Resource): string => `${shortType(resource.type)} ${resource.name}`;

const alike = (value: Json | undefined): boolean => isMap(value);

/** Removed and replaced resources, and properties that protect data or report trouble. */
const resources = (before: CostedPlan, after: CostedPlan): readonly Danger[] => {
  const [from, to] = comparable(before, after);
  const old = new Map(from.resources.map(resource => [keyOf(resource), resource]));
  const now = new Map(to.resources.map(resource => [keyOf(resource), resource]));
  const removed = [...old]
    .filter(([key, {kind}]) => !now.has(key) && kind !== 'component')
    .map(([, resource]) => resource);
  const created = [...now].filter(([key]) => !old.has(key)).map(([, resource]) => resource);
  const changesOf = new Map(
    comparePlans(before, after).resources.changed.map(({resource, changes}) => [resource, changes]),
  );
  return [
    ...removed.flatMap(resource => removalDanger(resource, created.find(({type}) => type === resource.type)?.name)),
    ...[...changesOf].flatMap(([key, changes]: readonly [string, readonly Change[]]) => {
      const resource = now.get(key);
      return resource === undefined || !alike(resource.inputs)
        ? []
        : propertyDangers(resource, displayName(resource), changes);
    }),
  ];
};

/** @param before the plan of the same stack at the commit that the change is compared with */
export const planDangers = (before: CostedPlan, after: CostedPlan): readonly Danger[] =>
  // A stack that is new compares with nothing: everything in it is new, and the plan's own sections list it.
  before.resources.length === 0
    ? costs(before, after)
    : [
        ...openings(before, after),
        ...publicPlacements(before, after),
        ...permissions(before, after),
        ...resources(before, after),
        ...costs(before, after),
      ];
