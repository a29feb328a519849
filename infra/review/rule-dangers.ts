/** What a change to rules and to the routing of alerts silences. */
import {parse} from 'yaml';
import {type Danger, danger} from './danger.ts';
import {differingPart} from './differing-part.ts';
import type {RuleChange} from './rule-changes.ts';

const severityOrder = ['info', 'warning', 'critical'];

const units = {ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000} as const;

/** Seconds of a Prometheus duration such as 1h30m; 0 where there is none. */
const secondsOf = (text: string | undefined): number =>
  [...(text ?? '').matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * units[unit as keyof typeof units], // the pattern lists the units
    0,
  );

const threshold = /^([<>]=?|[=!]=) (-?[\d.]+(?:[eE][+-]?\d+)?)$/;

/** A moved threshold by its two numbers; anything else by the differing parts of the expression. */
const expressionDanger = (rule: string, before: string, after: string): Danger => {
  const parts = differingPart(before, after);
  const [, operator, from] = threshold.exec(parts.before) ?? [];
  const [, sameOperator, to] = threshold.exec(parts.after) ?? [];
  if (operator === undefined || operator !== sameOperator)
    return danger('alerts less', `${rule}: the expression changes: ${parts.before} becomes ${parts.after}`);
  const less = operator.startsWith('<') ? Number(to) < Number(from) : Number(to) > Number(from);
  return danger('alerts less', `${rule}: threshold ${from} to ${to}${less ? '' : ' (fires more often)'}`);
};

const changedField = (rule: string, {name, before, after}: RuleChange['fields'][number]): readonly Danger[] => {
  switch (name) {
    case 'expr':
      return [expressionDanger(rule, before ?? '', after ?? '')];
    case 'for':
    case 'keep_firing_for':
      return secondsOf(after) > secondsOf(before) || name !== 'for'
        ? [danger('alerts less', `${rule}: ${name} ${before ?? '0s'} to ${after ?? '0s'}`)]
        : [];
    case 'interval':
      return secondsOf(after) > secondsOf(before)
        ? [danger('alerts less', `${rule}: evaluated every ${after ?? 'default'} instead of ${before ?? 'default'}`)]
        : [];
    case 'labels.severity':
      return severityOrder.indexOf(after ?? '') < severityOrder.indexOf(before ?? '')
        ? [danger('alerts less', `${rule}: severity ${before} to ${after ?? 'none'}`)]
        : [];
    default:
      return [];
  }
};

/** A rule's labels other than the severity are part of its name here; a recording has colons in its name. */
const isRecording = (rule: string): boolean => /^[^{]*:/.test(rule);

export const ruleDangers = (changes: readonly RuleChange[]): readonly Danger[] =>
  changes.flatMap(({rule, mark, fields}) => {
    if (mark === 'added') return [];
    if (mark === 'removed')
      return isRecording(rule)
        ? [danger('loses data', `recording ${rule} is removed`)]
        : [danger('alerts less', `${rule} is removed`)];
    if (isRecording(rule)) {
      const expr = fields.find(({name}) => name === 'expr');
      if (expr === undefined) return [];
      const parts = differingPart(expr.before ?? '', expr.after ?? '');
      return [
        danger(
          'loses data',
          `recording ${rule}: ${parts.before} becomes ${parts.after}; history keeps the old meaning`,
        ),
      ];
    }
    return fields.flatMap(field => changedField(rule, field));
  });

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

const receiverNames = (routing: Readonly<Record<string, unknown>>): readonly string[] =>
  (Array.isArray(routing['receivers']) ? routing['receivers'] : []).flatMap((one: unknown) =>
    isMap(one) ? [String(one['name'])] : [],
  );

/** Receivers that go, inhibitions that come, and a route that changes. */
export const routingDangers = (before: string, after: string): readonly Danger[] => {
  const [from, to] = [routingOf(before), routingOf(after)];
  const kept = new Set(receiverNames(to));
  const inhibited = items(to['inhibit_rules']).filter(rule => !items(from['inhibit_rules']).includes(rule));
  const muted = JSON.stringify(from['route'] ?? {}) !== JSON.stringify(to['route'] ?? {});
  return [
    ...receiverNames(from)
      .filter(name => !kept.has(name))
      .map(name => danger('alerts less', `receiver ${name} is removed`)),
    ...inhibited.map(rule => danger('alerts less', `alerts are inhibited by a new rule: ${rule.slice(0, 120)}`)),
    ...(muted && before !== '' ? [danger('alerts less', 'the route of alerts to receivers changes')] : []),
  ];
};
