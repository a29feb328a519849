/** Which series of a metric are meant: typed by the metric's own labels and their values, rendered as matchers. */
import type {KnownValues, LabelOf, Labels, open, reserved, ValueOf} from '@mcp-observability/metrics-service/catalogue';
import type {Scope} from './expression.ts';

/** A dashboard variable. No `Variable<'rule'>` is ever made, so no rule can hold one. */
export type Variable<S extends Scope = 'panel'> = {
  readonly variable: string;
  /** Several values at once, or All: then Grafana writes a regular expression in its place. */
  readonly several: boolean;
  readonly scope: S;
};

/** What series are told apart by: a metric of the catalogue, somebody else's, or what a rule records. */
export type Selectable = {readonly name: string; readonly labels: Labels};

type Match<Value extends string, S extends Scope> =
  | Value
  | {readonly not: Value}
  | {readonly oneOf: readonly [Value, ...Value[]]}
  | {readonly noneOf: readonly [Value, ...Value[]]}
  | Variable<S>;

/** What the service writes in an open label where there is no name to tell. */
type Reserved = (typeof reserved)[keyof typeof reserved];

/**
 * What a literal may be. Of an open label that has known values only those, which are never pushed out of their places by
 * names that clients make up.
 */
type Literal<Label, Domain> = Domain extends typeof open
  ? Label extends keyof KnownValues
    ? KnownValues[Label][number] | Reserved
    : string
  : ValueOf<Domain>;

/**
 * What each label must be; a list means that all of its conditions hold. Its first parameter is the union of the labels'
 * names: the compiler's message about a wrong one begins with it, where parameters are declared with this type.
 */
export type Conditions<Name extends keyof L & string, L extends Labels, S extends Scope> = {
  readonly [Label in Name]?: Match<Literal<Label, L[Label]>, S> | readonly Match<Literal<Label, L[Label]>, S>[];
};

/** Conditions on the labels of a metric. */
export type Where<S extends Scope, M extends Selectable> = Conditions<LabelOf<M>, M['labels'], S>;

const narrowing = Symbol('matchers that come with the metric');

/** The metric, of which only some series are meant from here on. */
export const narrow = <M extends Selectable>(metric: M, where: Conditions<LabelOf<M>, M['labels'], 'rule'>): M => ({
  ...metric,
  [narrowing]: [...matchersOf(metric), ...matchers(where)],
});

const matchersOf = (metric: Selectable & {readonly [narrowing]?: readonly string[]}): readonly string[] =>
  metric[narrowing] ?? [];

/** A string of PromQL. Grafana would fill in a dollar sign as a variable, also an escaped one, so it has a code. */
const quoted = (text: string): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped.replaceAll('$', '\\x24')}"`;
};

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const anyOf = (values: readonly string[]): string => quoted(values.map(literal).join('|'));

export const matcher = (label: string, match: Match<string, Scope>): string => {
  if (typeof match === 'string') {
    return `${label}=${quoted(match)}`;
  }
  if ('variable' in match) {
    return `${label}${match.several ? '=~' : '='}"$${match.variable}"`;
  }
  if ('not' in match) {
    return `${label}!=${quoted(match.not)}`;
  }
  return 'oneOf' in match ? `${label}=~${anyOf(match.oneOf)}` : `${label}!~${anyOf(match.noneOf)}`;
};

const matchers = (
  where: Readonly<Record<string, Match<string, Scope> | readonly Match<string, Scope>[] | undefined>>,
) =>
  Object.entries(where).flatMap(([label, match]) =>
    match === undefined ? [] : [match].flat().map(one => matcher(label, one)),
  );

type Selection<S extends Scope, M extends Selectable> = {
  readonly where?: Where<S, M> | undefined;
  /** What the exposition appends to a histogram's name. */
  readonly suffix?: '_bucket';
  readonly bound?: number;
  /** A matcher that every selector of a query shares, whether or not the series have the label. */
  readonly also?: string | undefined;
};

/** The selector's text. */
export const select = <S extends Scope, M extends Selectable>(
  metric: M,
  {where = {}, suffix, bound, also}: Selection<S, M>,
): string => {
  const all = [
    ...matchersOf(metric),
    ...matchers(where),
    ...(bound === undefined ? [] : [upperBound(bound)]),
    ...(also === undefined ? [] : [also]),
  ];
  return `${metric.name}${suffix ?? ''}${all.length > 0 ? `{${all.join(', ')}}` : ''}`;
};

/**
 * A bucket by its upper bound, however it is written: Prometheus 2 keeps `le="5"` as it was exposed, Prometheus 3 and
 * the collector make it `le="5.0"` (https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values).
 */
const upperBound = (bound: number): string => {
  const spellings = [String(bound), openMetrics(bound)];
  return matcher('le', spellings[0] === spellings[1] ? String(bound) : {oneOf: [String(bound), openMetrics(bound)]});
};

/** As OpenMetrics writes a float: always with a point or an exponent. */
const openMetrics = (value: number): string => {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e6 || magnitude < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
};
