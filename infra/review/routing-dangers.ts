/** Alerts that a change to Alertmanager's configuration silences. */
import {parse} from 'yaml';
import {type Danger, danger} from './danger.ts';

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** AMP wraps the Alertmanager configuration in a YAML string. */
const routingOf = (text: string): Readonly<Record<string, unknown>> => {
  const outer: unknown = text === '' ? {} : parse(text);
  const inner: unknown =
    isMap(outer) && typeof outer['alertmanager_config'] === 'string' ? parse(outer['alertmanager_config']) : outer;
  return isMap(inner) ? inner : {};
};

const items = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(one => JSON.stringify(one)) : [];

const maps = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isMap) : [];

type Entry = Readonly<Record<string, unknown>>;

const entriesOf = (value: unknown): Entry => {
  if (Array.isArray(value)) return Object.fromEntries(value.entries());
  return isMap(value) ? value : {};
};

/** The changed fields, as `sns_configs.0.send_resolved: true to false`. */
const changedFields = (before: unknown, after: unknown, path = ''): readonly string[] => {
  const [from, to] = [entriesOf(before), entriesOf(after)];
  const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  if (names.length > 0)
    return names.flatMap(name => changedFields(from[name], to[name], path === '' ? name : `${path}.${name}`));
  return before === after ? [] : [`${path}: ${before ?? 'none'} to ${after ?? 'none'}`];
};

const differing = (before: Entry, after: Entry): string => changedFields(before, after).join(', ').slice(0, 160);

const changedReceivers = (before: readonly Entry[], after: readonly Entry[]): readonly Danger[] =>
  before.flatMap(receiver => {
    const name = String(receiver['name']);
    const same = after.find(one => one['name'] === receiver['name']);
    if (same === undefined) return [danger('alerts less', `receiver ${name} is removed`)];
    return JSON.stringify(same) === JSON.stringify(receiver)
      ? []
      : [danger('alerts less', `receiver ${name} changes: ${differing(receiver, same)}`)];
  });

/** The alerts of a route, such as `severity="critical"`. */
const alertsOf = ({matchers, match}: Entry): string => [matchers ?? JSON.stringify(match ?? {})].flat().join(', ');

const changedRoutes = (before: Entry, after: Entry): readonly Danger[] => {
  const routes = maps(after['routes']);
  const {routes: _, ...top} = before;
  const {routes: __, ...topAfter} = after;
  return [
    ...(JSON.stringify(top) === JSON.stringify(topAfter)
      ? []
      : [danger('alerts less', `the route of alerts to receivers changes: ${differing(top, topAfter)}`)]),
    ...maps(before['routes']).flatMap(route => {
      const same = routes.find(one => alertsOf(one) === alertsOf(route));
      if (same === undefined)
        return [danger('alerts less', `alerts with ${alertsOf(route)} lose their route: the default one applies`)];
      return JSON.stringify(same) === JSON.stringify(route)
        ? []
        : [danger('alerts less', `the route of alerts with ${alertsOf(route)} changes: ${differing(route, same)}`)];
    }),
    ...routes
      .filter(route => !maps(before['routes']).some(one => alertsOf(one) === alertsOf(route)))
      .map(route => danger('alerts less', `alerts with ${alertsOf(route)} get a separate route`)),
  ];
};

/** Receivers and routes that change, and inhibitions that come. */
export const routingDangers = (before: string, after: string): readonly Danger[] => {
  if (before === '') return [];
  const [from, to] = [routingOf(before), routingOf(after)];
  const inhibited = items(to['inhibit_rules']).filter(rule => !items(from['inhibit_rules']).includes(rule));
  const route = (routing: Entry): Entry => (isMap(routing['route']) ? routing['route'] : {});
  return [
    ...changedReceivers(maps(from['receivers']), maps(to['receivers'])),
    ...changedRoutes(route(from), route(to)),
    ...inhibited.map(rule => danger('alerts less', `alerts are inhibited by a new rule: ${rule.slice(0, 120)}`)),
  ];
};
