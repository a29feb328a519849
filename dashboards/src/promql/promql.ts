/**
 * PromQL composed from the catalogue's values. What the compiler refuses: a metric, label or label value that the
 * service doesn't have, the rate of a gauge, the quantile of a counter, units that don't go together, operands whose
 * series carry different labels, and, in a rule, whatever only Grafana can fill in.
 *
 * An aggregation always names the labels it keeps (`by`; none when left out), so every expression knows its labels.
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
import {
  type Aggregation,
  aggregate,
  expression,
  type Moment,
  type PerSecond,
  type PromQL,
  type Scope,
  type Unit,
  type Window,
} from './expression.ts';
import {type Conditions, type Selectable, select, type Where} from './selector.ts';

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
export {type Conditions, narrow, type Variable, type Where} from './selector.ts';

type Selected<S extends Scope, M extends Selectable, L extends LabelOf<M>> = {
  readonly by?: readonly L[] | undefined;
  readonly where?: Conditions<LabelOf<M>, M['labels'], S> | undefined;
};

/** Over which window, by which labels, of which series. */
export type Over<S extends Scope, M extends Selectable, L extends LabelOf<M>> = Selected<S, M, L> & {
  readonly over: Window<S>;
};

/** Summed growth of a counter over the window, extrapolated to its edges. */
export const increase = <S extends Scope, M extends Counter, L extends LabelOf<M> = never>(
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, M['unit'], NoInfer<L>> =>
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

/** Summed growth of a counter a second, averaged over the window. */
export const rate = <S extends Scope, M extends Counter<string, Labels, RatedUnit>, L extends LabelOf<M> = never>(
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, PerSecond<M['unit']>, NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `rate(${select(metric, {where})}[${over.duration}])`),
    unit: perSecond[metric.unit] as PerSecond<M['unit']>, // an index by a generic key forgets which key it was
    by,
  });

/** A gauge in any unit: of the catalogue, somebody else's, or recorded by a rule. */
export type Readable = Selectable & {readonly kind: 'gauge'; readonly unit: Unit};

/** A gauge as it is, over its series: summed unless said otherwise. */
export const instant = <S extends Scope, M extends Readable, L extends LabelOf<M> = never>(
  metric: M,
  {
    by = [],
    where,
    as = 'sum',
  }: Selected<S, M, L> & {readonly at: Moment<S>; readonly as?: Exclude<Aggregation, 'count'>},
): PromQL<S, M['unit'], NoInfer<L>> =>
  expression({text: aggregate(as, by, select(metric, {where})), unit: metric.unit, by});

/** 1 when no series that matches has a sample within the window, else nothing. */
export const absent = <S extends Scope, M extends Metric>(
  metric: M,
  {over, where}: Omit<Over<S, M, never>, 'by'>,
): PromQL<S, 'flag', never> =>
  expression({text: `absent_over_time(${select(metric, {where})}[${over.duration}])`, unit: 'flag', by: []});

/** All that a gauge held at the moments of the window, added up: for counts that a rule records again and again. */
export const sumOverTime = <
  S extends Scope,
  M extends Readable & {readonly unit: 'events'},
  L extends LabelOf<M> = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, 'events', NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `sum_over_time(${select(metric, {where})}[${over.duration}])`),
    unit: 'events',
    by,
  });

/** Seconds since the newest sample of any series within the window; nothing when the window holds none. */
export const timeSince = <S extends Scope, M extends Metric>(
  metric: M,
  {over, where}: Omit<Over<S, M, never>, 'by'>,
): PromQL<S, 'seconds', never> =>
  expression({
    text: `time() - max(max_over_time(timestamp(${select(metric, {where})})[${over.duration}:5s]))`,
    unit: 'seconds',
    by: [],
    compound: true,
  });

/**
 * Seconds since the latest of the times that a gauge held within the window, each in seconds since 1970. A gauge at 0 held
 * none yet.
 */
export const timeSinceLatest = <
  S extends Scope,
  M extends Gauge<string, Labels, 'seconds'>,
  L extends LabelOf<M> = never,
>(
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, 'seconds', NoInfer<L>> =>
  expression({
    text: `time() - (${aggregate('max', by, `max_over_time(${select(metric, {where})}[${over.duration}])`)} > 0)`,
    unit: 'seconds',
    by,
    compound: true,
  });

/**
 * How many processes started within the window, by the gauge that says when each did. A process that is gone counts as
 * long as the window holds a sample of it, and one that started again under the same labels counts each time.
 */
export const processStarts = <S extends Scope>(
  metric: Gauge<string, Labels, 'seconds'>,
  {over, where}: {readonly over: Window<S>; readonly where?: Where<S, Gauge<string, Labels, 'seconds'>>},
): PromQL<S, 'count', never> => {
  const series = `${select(metric, {where})}[${over.duration}]`;
  const first = `count(min_over_time(${series}) > time() - ${over.seconds})`;
  return expression({
    text: `(${first} or vector(0)) + (sum(changes(${series})) or vector(0))`,
    unit: 'count',
    by: [],
    compound: true,
  });
};

/** The same number always. */
export const constant = <S extends Scope, U extends Unit>(
  value: number,
  {unit}: {readonly unit: U; readonly at: Moment<S>},
): PromQL<S, U, never> => expression({text: `vector(${value})`, unit, by: []});

/** How often a histogram was observed, as the counter it is. */
export const histogramCount = <Name extends string, L extends Labels, U extends BaseUnit>(
  histogram: Histogram<Name, L, U>,
): Counter<`${Name}_count`, L, 'events'> => ({
  ...histogram,
  kind: 'counter',
  name: `${histogram.name}_count`,
  unit: 'events',
});

/** The sum of what a histogram observed, as the counter it is. */
export const histogramSum = <Name extends string, L extends Labels, U extends BaseUnit>(
  histogram: Histogram<Name, L, U>,
): Counter<`${Name}_sum`, L, U> => ({...histogram, kind: 'counter', name: `${histogram.name}_sum`});

/**
 * The value below which a share `q` of the observations lies, interpolated within its bucket. Where nothing was
 * observed Prometheus answers NaN; here there is no series.
 */
export const quantile = <S extends Scope, M extends Histogram, L extends LabelOf<M> = never>(
  q: number,
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, M['unit'], NoInfer<L>> => {
  if (!(q > 0 && q < 1)) {
    throw new RangeError(`q of quantile: expected a share between 0 and 1, found ${q}`);
  }
  const buckets = `rate(${select(metric, {where, suffix: '_bucket'})}[${over.duration}])`;
  return expression({
    text: `histogram_quantile(${q}, ${aggregate('sum', ['le', ...by], buckets)}) >= 0`,
    unit: metric.unit,
    by,
    compound: true,
  });
};

/**
 * The mean of what was observed: all the sums by all the counts, so that busy series weigh more than idle ones. Where
 * nothing was observed there is no series.
 */
export const mean = <S extends Scope, M extends Histogram, L extends LabelOf<M> = never>(
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, M['unit'], NoInfer<L>> => {
  const summed = (counter: Counter): string =>
    aggregate('sum', by, `rate(${select(counter, {where})}[${over.duration}])`);
  return expression({
    text: `${summed(histogramSum(metric))} / (${summed(histogramCount(metric))} > 0)`,
    unit: metric.unit,
    by,
    compound: true,
  });
};

/** How many observations there were, as a counter's increase. */
export const increaseObserved = <S extends Scope, M extends Histogram, L extends LabelOf<M> = never>(
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, 'events', NoInfer<L>> =>
  expression({
    text: aggregate('sum', by, `increase(${select(histogramCount(metric), {where})}[${over.duration}])`),
    unit: 'events',
    by,
  });

/**
 * How many observations were at most `bound`, which must be one of the histogram's buckets: between two there is no
 * exact answer. As a counter's increase, so that it divides by `increaseObserved`.
 */
export const increaseWithin = <S extends Scope, M extends Histogram, L extends LabelOf<M> = never>(
  bound: number,
  metric: M,
  {over, by = [], where}: Over<S, M, L>,
): PromQL<S, 'events', NoInfer<L>> => {
  if (!metric.buckets.includes(bound)) {
    throw new RangeError(
      `bound on ${metric.name}: expected one of its buckets (${metric.buckets.join(', ')}), found ${bound}`,
    );
  }
  return expression({
    text: aggregate('sum', by, `increase(${select(metric, {where, suffix: '_bucket', bound})}[${over.duration}])`),
    unit: 'events',
    by,
  });
};
