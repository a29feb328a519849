/** The changes to the rules, rule by rule: two sets of rule files in Prometheus's format. */
import {parse} from 'yaml';
import {differingPart} from './differing-part.ts';

type Rule = {readonly name: string; readonly group: string; readonly fields: Readonly<Record<string, string>>};

export type RuleChange = {
  /** The alert's or the recording's name, and its labels where a name has several. */
  readonly rule: string;
  readonly mark: 'added' | 'removed' | 'changed';
  readonly fields: readonly {
    readonly name: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
  }[];
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const maps = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.filter(isMap) : [];

/** `{a: {b: 1}}` → `{'a.b': '1'}`. */
const flat = (value: Readonly<Record<string, unknown>>, prefix = ''): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      isMap(one) ? Object.entries(flat(one, `${prefix}${key}.`)) : [[`${prefix}${key}`, String(one)]],
    ),
  );

/** @param files the texts of rule files */
const rulesOf = (files: readonly string[]): readonly Rule[] =>
  files
    .flatMap(file => maps((parse(file) as {groups?: unknown} | null)?.groups)) // a rule file is a map with groups
    .flatMap(({name: group, interval, limit, rules}) =>
      maps(rules).map(({alert, record, ...fields}) => ({
        name: String(alert ?? record),
        group: String(group),
        fields: flat({...fields, group, interval, ...(limit !== undefined && {limit})}),
      })),
    );

/** The expressions of boards, as texts of JSON, and of rule files. */
export const expressionsOf = ({
  boards,
  rules,
}: {
  readonly boards: readonly string[];
  readonly rules: readonly string[];
}): readonly string[] => {
  const found = rulesOf(rules).flatMap(({fields}) => (fields['expr'] === undefined ? [] : [fields['expr']]));
  for (const board of boards)
    JSON.parse(board, (key, value: unknown) => {
      if (key === 'expr' && typeof value === 'string') found.push(value);
      return value;
    });
  return found;
};

const labels = ({fields}: Rule): string =>
  Object.entries(fields)
    .filter(([name]) => name.startsWith('labels.'))
    .map(([name, value]) => `${name.slice('labels.'.length)}=${value}`)
    .sort()
    .join(', ');

const labelled = (rule: Rule): string => (labels(rule) ? `${rule.name}{${labels(rule)}}` : rule.name);

/** Pairs rules with the same name: first those that also have the same labels, then the rest in their order. */
const pairs = (
  before: readonly Rule[],
  after: readonly Rule[],
): readonly (readonly [Rule | undefined, Rule | undefined])[] => {
  const exact = after.flatMap(rule => {
    const same = before.filter(candidate => labelled(candidate) === labelled(rule));
    const twins = after.filter(candidate => labelled(candidate) === labelled(rule));
    const partner = same[twins.indexOf(rule)];
    return partner ? [[partner, rule] as const] : [];
  });
  const left = before.filter(rule => !exact.some(([partner]) => partner === rule));
  const rest = after
    .filter(rule => !exact.some(([, partner]) => partner === rule))
    .map(rule => {
      const index = left.findIndex(({name}) => name === rule.name);
      return [index < 0 ? undefined : left.splice(index, 1)[0], rule] as const;
    });
  return [...exact, ...rest, ...left.map(rule => [rule, undefined] as const)];
};

/** @param before texts of rule files at the commit that the change is compared with */
export const compareRules = (before: readonly string[], after: readonly string[]): readonly RuleChange[] =>
  pairs(rulesOf(before), rulesOf(after)).flatMap(([from, to]): readonly RuleChange[] => {
    const rule = to ?? from;
    if (!rule) return [];
    const names = [...new Set([...Object.keys(from?.fields ?? {}), ...Object.keys(to?.fields ?? {})])].sort();
    const fields = names
      .map(name => ({name, before: from?.fields[name], after: to?.fields[name]}))
      .filter(field => field.before !== field.after);
    if (from && to) return fields.length > 0 ? [{rule: labelled(to), mark: 'changed', fields}] : [];
    return [{rule: labelled(rule), mark: to ? 'added' : 'removed', fields}];
  });

const marks = {added: '+', removed: '-', changed: '!'} as const;

/** Only the part of a changed expression that differs: the rest is the same on both lines. */
const shown = ({name, before, after}: RuleChange['fields'][number]): RuleChange['fields'][number] =>
  name === 'expr' && before !== undefined && after !== undefined
    ? {name, ...differingPart(before, after)}
    : {name, before, after};

/** The changes as a diff; a removed rule is only its name. */
export const rulesMarkdown = (changes: readonly RuleChange[]): string =>
  [
    '```diff',
    ...changes.flatMap(({rule, mark, fields}) => [
      `${marks[mark]} ${rule}`,
      ...(mark === 'removed' ? [] : fields.map(shown)).flatMap(({name, before, after}) => [
        ...(before === undefined ? [] : [`-   ${name}: ${before}`]),
        ...(after === undefined ? [] : [`+   ${name}: ${after}`]),
      ]),
    ]),
    '```',
  ].join('\n');

/** In half a line. */
export const rulesSummary = (changes: readonly RuleChange[]): string =>
  (['added', 'removed', 'changed'] as const)
    .map(mark => ({mark, count: changes.filter(change => change.mark === mark).length}))
    .filter(({count}) => count > 0)
    .map(({mark, count}) => `${count} ${mark}`)
    .join(', ') || 'no change';
