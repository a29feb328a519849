/** Selects series of a metric. Label names and values are typed by the metric and rendered as matchers. */
import type {KnownValues, LabelOf, Labels, open, reserved, ValueOf} from '@mcp-observability/metrics-service/catalogue';
import type {Scope, VariableScope, Window} from './expression.ts';

/** A dashboard variable. The scope is its name in queries, by which the compiler distinguishes variables. */
export type Variable<V extends VariableScope = VariableScope> = {
  readonly variable: string;
  /** Whether it may have several values, or All: Grafana then interpolates a regular expression. */
  readonly several: boolean;
  readonly scope: V;
};

/** A variable with one value. */
export const singleVariable = <Name extends string>(variable: Name): Variable<`$${Name}`> => ({
  variable,
  several: false,
  scope: `$${variable}`,
});

/** A variable that may have several values, or All. */
export const multiVariable = <Name extends string>(variable: Name): Variable<`$${Name}`> => ({
  variable,
  several: true,
  scope: `$${variable}`,
});

/** Anything with a name and labels: a metric of the catalogue or of another program, or a recorded series. */
export type Selectable = {readonly name: string; readonly labels: Labels};

type Match<Value extends string, V extends VariableScope> =
  | Value
  | {readonly not: Value}
  | {readonly oneOf: readonly [Value, ...Value[]]}
  | {readonly noneOf: readonly [Value, ...Value[]]}
  | Variable<V>;

/** Values that the service writes in an open label when it has no name. */
type Reserved = (typeof reserved)[keyof typeof reserved];

/**
 * The values that a matcher may contain. For an open label with known values only these, because they are always counted
 * under their own label value, whatever names clients invent.
 */
type Literal<Label, Domain> = Domain extends typeof open
  ? Label extends keyof KnownValues
    ? KnownValues[Label][number] | Reserved
    : string
  : ValueOf<Domain>;

/**
 * A condition for each label, or a list of conditions that must all be true. The first type parameter is the union of the label
 * names, because the compiler's error about a wrong name starts with it where parameters have this type.
 */
export type Conditions<Name extends keyof L & string, L extends Labels, V extends VariableScope> = {
  readonly [Label in Name]?: Match<Literal<Label, L[Label]>, V> | readonly Match<Literal<Label, L[Label]>, V>[];
};

/**
 * In an intersection with conditions, it makes the compiler infer V from their variables, which it cannot do from a mapped type
 * over generic keys. Once V is known, it is `unknown`, so only the conditions are checked.
 */
export type InferVariables<V> = [V] extends [never]
  ? unknown
  : [V] extends [symbol]
    ? {readonly [label: string]: {readonly scope: V}}
    : unknown;

/** Conditions on the labels of a metric. */
export type Where<V extends VariableScope, M extends Selectable> = Conditions<LabelOf<M>, M['labels'], V>;

/** The labels to keep, and the selected series. */
export type Selected<V extends VariableScope, M extends Selectable, L extends LabelOf<M>> = {
  readonly by?: readonly L[] | undefined;
  readonly where?: (Conditions<LabelOf<M>, M['labels'], V> & InferVariables<V>) | undefined;
};

/** The window, the labels to keep, and the selected series. */
export type Over<
  S extends Scope,
  M extends Selectable,
  L extends LabelOf<M>,
  V extends VariableScope = never,
> = Selected<V, M, L> & {
  readonly over: Window<S>;
};

const narrowing = Symbol('matchers of a narrowed metric');

/** The metric limited to some of its series, in every selector that is made from it. */
export const narrow = <M extends Selectable>(metric: M, where: Conditions<LabelOf<M>, M['labels'], never>): M => ({
  ...metric,
  [narrowing]: [...matchersOf(metric), ...matchers(where)],
});

const matchersOf = (metric: Selectable & {readonly [narrowing]?: readonly string[]}): readonly string[] =>
  metric[narrowing] ?? [];

/** A PromQL string literal. Grafana would interpolate a dollar sign, even an escaped one, so it is written as `\x24`. */
const quoted = (text: string): string => {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  return `"${escaped.replaceAll('$', '\\x24')}"`;
};

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

const anyOf = (values: readonly string[]): string => quoted(values.map(literal).join('|'));

export const matcher = (label: string, match: Match<string, VariableScope>): string => {
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
  where: Readonly<Record<string, Match<string, VariableScope> | readonly Match<string, VariableScope>[] | undefined>>,
) =>
  Object.entries(where).flatMap(([label, match]) =>
    match === undefined ? [] : [match].flat().map(one => matcher(label, one)),
  );

type Selection<V extends VariableScope, M extends Selectable> = {
  readonly where?: Where<V, M> | undefined;
  /** The suffix that the exposition appends to the name of a histogram. */
  readonly suffix?: '_bucket' | '_count' | '_sum';
  /** Upper bound of the selected bucket. */
  readonly bound?: number;
  /** An additional matcher, for a label that the series may not have. */
  readonly also?: string | undefined;
};

/** The text of the selector. */
export const select = <V extends VariableScope, M extends Selectable>(
  metric: M,
  {where = {}, suffix, bound, also}: Selection<V, M>,
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
 * Selects a bucket by its upper bound in either format: Prometheus 2 keeps `le="5"` as it was exposed, Prometheus 3 and
 * the collector normalize it to `le="5.0"` (https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values).
 */
const upperBound = (bound: number): string => {
  const spellings = [String(bound), openMetrics(bound)];
  return matcher('le', spellings[0] === spellings[1] ? String(bound) : {oneOf: [String(bound), openMetrics(bound)]});
};

/** Formats a float as OpenMetrics does: always with a decimal point or an exponent. */
const openMetrics = (value: number): string => {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e6 || magnitude < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
};
