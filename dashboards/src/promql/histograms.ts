/** Functions that compose PromQL from histograms: quantiles, means, and the number of observations. */
import type {Unit as BaseUnit, Counter, Histogram, LabelOf, Labels} from '@mcp-observability/metrics-service/catalogue';
import {ValueError} from '../errors.ts';
import {aggregate, betweenZeroAndOne, expression, type PromQL, type Scope, type VariableScope} from './expression.ts';
import {type Over, select} from './selector.ts';

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
