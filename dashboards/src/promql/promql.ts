/**
 * Functions that compose PromQL from the metrics of the catalogue. These are compile errors: a metric, label or label value
 * that the service does not have, the rate of a gauge, the quantile of a counter, operands of different units or labels, and
 * a variable of Grafana in a rule.
 *
 * An aggregation always names the labels that it keeps (`by`, by default none), so the labels of every expression are known.
 */

import type {
  Unit as BaseUnit,
  Counter,
  Gauge,
  Histogram,
  LabelOf,
  Labels,
  Metric,
} from '@mcp-observability/metrics-service/catalogue';
import {ValueError} from '../errors.ts';
import {
  type Aggregation,
  aggregate,
  betweenZeroAndOne,
  expression,
  finite,
  type Moment,
  type PerSecond,
  type PromQL,
  type Scope,
  type Unit,
  type VariableScope,
  type Window,
} from './expression.ts';
import {type Conditions, type InferVariables, type Selectable, select} from './selector.ts';

export {
  type BoardWindow,
  type Duration,
  type Expression,
  type PromQL,
  panel,
  type RuleExpression,
  rule,
  type Scope,
  type Unit,
  type VariableScope,
  type VariablesOf,
  type Window,
} from './expression.ts';
export * from './operators.ts';
export {
  type BoardView,
  type Growth,
  narrowGrowth,
  recordCounter,
  recordHistogram,
} from './recorded-growth.ts';
export {
  type Conditions,
  type InferVariables,
  multiVariable,
  narrow,
  singleVariable,
  type Variable,
  type Where,
} from './selector.ts';

type Selected<V extends VariableScope, M extends Selectable, L extends LabelOf<M>> = {
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

/** The summed `increase` of a counter over the window, extrapolated to its edges. */
export const increase = <
  S extends Scope,
  M extends Counter,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, M['unit'], NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `increase(${select(metric, {where})}[${over.duration}])`),
    unit: metric.unit,
    by,
  });

const perSecond: {readonly [U in RatedUnit]: PerSecond<U>} = {
  events: 'events per second',
  bytes: 'bytes per second',
  rows: 'rows per second',
  seconds: 'ratio',
};
type RatedUnit = 'events' | 'bytes' | 'rows' | 'seconds';

/** The summed `rate` of a counter: its increase per second, averaged over the window. */
export const rate = <
  S extends Scope,
  M extends Counter<string, Labels, RatedUnit>,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, PerSecond<M['unit']>, NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `rate(${select(metric, {where})}[${over.duration}])`),
    unit: perSecond[metric.unit] as PerSecond<M['unit']>, // the compiler does not resolve an index by a generic key
    by,
  });

/** A gauge of any unit: of the catalogue, of another program, or recorded by a rule. */
export type Readable = Selectable & {readonly kind: 'gauge'; readonly unit: Unit};

/** The value of a gauge, aggregated over its series. @default as 'sum' */
export const instant = <
  S extends Scope,
  M extends Readable,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {
    by = [],
    where,
    as = 'sum',
  }: Selected<V, M, L> & {readonly at: Moment<S>; readonly as?: Exclude<Aggregation, 'count'>},
): PromQL<S | NoInfer<V>, M['unit'], NoInfer<L>> =>
  expression({text: aggregate(as, by, select(metric, {where})), unit: metric.unit, by});

/** 1 when no matching series has a sample within the window, else no series. */
export const absent = <S extends Scope, M extends Metric, V extends VariableScope = never>(
  metric: M,
  {over, where}: Omit<Over<S, M, never, V>, 'by'>,
): PromQL<S | NoInfer<V>, 'flag', never> =>
  expression({text: `absent_over_time(${select(metric, {where})}[${over.duration}])`, unit: 'flag', by: []});

/** The sum of all samples of a gauge within the window, for counts that a rule records at each evaluation. */
export const sumOverTime = <
  S extends Scope,
  M extends Readable & {readonly unit: 'events'},
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, 'events', NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `sum_over_time(${select(metric, {where})}[${over.duration}])`),
    unit: 'events',
    by,
  });

/** Seconds since the newest sample of any series within the window; no series when the window has no samples. */
export const timeSince = <S extends Scope, M extends Metric, V extends VariableScope = never>(
  metric: M,
  {over, where}: Omit<Over<S, M, never, V>, 'by'>,
): PromQL<S | NoInfer<V>, 'seconds', never> =>
  expression({
    text: `time() - max(max_over_time(timestamp(${select(metric, {where})})[${over.duration}:5s]))`,
    unit: 'seconds',
    by: [],
    compound: true,
  });

/**
 * Seconds since the latest time that a gauge of Unix timestamps had within the window. The value 0 means that there has been
 * no event yet; such series are omitted.
 */
export const timeSinceLatest = <
  S extends Scope,
  M extends Gauge<string, Labels, 'seconds'>,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, 'seconds', NoInfer<L>> =>
  expression({
    text: `time() - (${aggregate('max', by, `max_over_time(${select(metric, {where})}[${over.duration}])`)} > 0)`,
    unit: 'seconds',
    by,
    compound: true,
  });

/**
 * The number of processes that started within the window, from the gauge of their start times. A stopped process counts as
 * long as it has a sample in the window. A process that restarted with the same labels counts each time.
 */
export const processStarts = <
  S extends Scope,
  M extends Gauge<string, Labels, 'seconds'>,
  V extends VariableScope = never,
>(
  metric: M,
  {over, where}: Omit<Over<S, M, never, V>, 'by'>,
): PromQL<S | NoInfer<V>, 'count', never> => {
  const series = `${select(metric, {where})}[${over.duration}]`;
  const first = `count(min_over_time(${series}) > time() - ${over.seconds})`;
  return expression({
    text: `(${first} or vector(0)) + (sum(changes(${series})) or vector(0))`,
    unit: 'count',
    by: [],
    compound: true,
  });
};

/** A constant. @throws {ValueError} when it is not finite. */
export const constant = <S extends Scope, U extends Unit>(
  value: number,
  {unit}: {readonly unit: U; readonly at: Moment<S>},
): PromQL<S, U, never> => expression({text: `vector(${finite('constant', value)})`, unit, by: []});

/** The `_count` of a histogram, as a counter. */
export const histogramCount = <Name extends string, L extends Labels, U extends BaseUnit>(
  histogram: Histogram<Name, L, U>,
): Counter<`${Name}_count`, L, 'events'> => ({
  ...histogram,
  kind: 'counter',
  name: `${histogram.name}_count`,
  unit: 'events',
});

/** The `_sum` of a histogram, as a counter. */
export const histogramSum = <Name extends string, L extends Labels, U extends BaseUnit>(
  histogram: Histogram<Name, L, U>,
): Counter<`${Name}_sum`, L, U> => ({...histogram, kind: 'counter', name: `${histogram.name}_sum`});

/**
 * The `q` quantile of the observations, interpolated within its bucket. Without observations there is no series, whereas
 * plain `histogram_quantile` returns NaN.
 *
 * @throws {ValueError} when `q` is not between 0 and 1
 */
export const quantile = <
  S extends Scope,
  M extends Histogram,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  q: number,
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, M['unit'], NoInfer<L>> => {
  const buckets = `rate(${select(metric, {where, suffix: '_bucket'})}[${over.duration}])`;
  return expression({
    text: `histogram_quantile(${betweenZeroAndOne('q of quantile', q)}, ${aggregate('sum', ['le', ...by], buckets)}) >= 0`,
    unit: metric.unit,
    by,
    compound: true,
  });
};

/**
 * The mean of the observations: the sum of all sums divided by the sum of all counts, so busy series weigh more than idle
 * ones. Without observations there is no series.
 */
export const mean = <
  S extends Scope,
  M extends Histogram,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, M['unit'], NoInfer<L>> => {
  const summed = (suffix: '_sum' | '_count'): string =>
    aggregate('sum', by, `rate(${select(metric, {where, suffix})}[${over.duration}])`);
  return expression({
    text: `${summed('_sum')} / (${summed('_count')} > 0)`,
    unit: metric.unit,
    by,
    compound: true,
  });
};

/** The number of observations, as the increase of a counter. */
export const increaseObserved = <
  S extends Scope,
  M extends Histogram,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, 'events', NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `increase(${select(metric, {where, suffix: '_count'})}[${over.duration}])`),
    unit: 'events',
    by,
  });

/**
 * The number of observations that were at most `bound`, as the increase of a counter, which can be divided by
 * `increaseObserved`.
 *
 * @throws {ValueError} when `bound` is not a bucket boundary of the histogram: counts between two boundaries are not exact
 */
export const increaseWithin = <
  S extends Scope,
  M extends Histogram,
  L extends LabelOf<M> = never,
  V extends VariableScope = never,
>(
  bound: number,
  metric: M,
  {over, by = [], where}: Over<S, M, L, V>,
): PromQL<S | NoInfer<V>, 'events', NoInfer<L>> => {
  if (!metric.buckets.includes(bound)) {
    throw new ValueError(
      `bound on ${metric.name}: expected one of its bucket boundaries (${metric.buckets.join(', ')}), found ${bound}`,
    );
  }
  return expression({
    text: aggregate('sum', by, `increase(${select(metric, {where, suffix: '_bucket', bound})}[${over.duration}])`),
    unit: 'events',
    by,
  });
};
