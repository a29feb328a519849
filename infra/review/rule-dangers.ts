/** Alerts that a change to rules silences. */
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

/** A label that changes can change the route and the inhibition of the alert; an annotation only when it is lost. */
const changedText = (rule: string, {name, before, after}: RuleChange['fields'][number]): readonly Danger[] => {
  if (before === undefined || !/^(labels|annotations)\./.test(name)) return [];
  return name.startsWith('labels.') || !after
    ? [danger('alerts less', `${rule}: ${name} ${before.slice(0, 60)} to ${after || 'none'}`)]
    : [];
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
    case 'limit':
      return after === undefined ? [] : [danger('alerts less', `${rule}: fails with more than ${after} results`)];
    case 'annotations.runbook_url':
      return before
        ? [danger('alerts less', `${rule}: the link to the runbook is ${after ? `now ${after}` : 'removed'}`)]
        : [];
    default:
      return changedText(rule, {name, before, after});
  }
};

/** A rule's labels other than the severity are part of its name here; a recording has colons in its name. */
const isRecording = (rule: string): boolean => /^[^{]*:/.test(rule);

const isNumber = (text: string): boolean => /^-?[\d.]+(?:[eE][+-]?\d+)?$/.test(text);

const changedRecording = (rule: string, before: string, after: string): Danger => {
  const parts = differingPart(before, after);
  return isNumber(parts.before) && isNumber(parts.after)
    ? // A recorded constant, such as the target of an objective.
      danger('alerts less', `recording ${rule}: ${parts.before} to ${parts.after}; alerts and boards compare with it`)
    : danger('loses data', `recording ${rule}: ${parts.before} becomes ${parts.after}; history keeps the old meaning`);
};

const removedRecording = (rule: string, expressions: readonly string[]): Danger => {
  const [name = rule] = rule.split('{');
  const readers = expressions.filter(text => text.includes(name)).length;
  return danger('loses data', `recording ${rule} is removed${readers > 0 ? `, but ${readers} queries read it` : ''}`);
};

/** @param expressions what boards and rules read after the change */
export const ruleDangers = (changes: readonly RuleChange[], expressions: readonly string[] = []): readonly Danger[] =>
  changes.flatMap(({rule, mark, fields}) => {
    if (mark === 'added') return [];
    if (mark === 'removed')
      return isRecording(rule) ? [removedRecording(rule, expressions)] : [danger('alerts less', `${rule} is removed`)];
    if (!isRecording(rule)) return fields.flatMap(field => changedField(rule, field));
    const expr = fields.find(({name}) => name === 'expr');
    return expr === undefined ? [] : [changedRecording(rule, expr.before ?? '', expr.after ?? '')];
  });
