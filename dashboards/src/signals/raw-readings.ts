/** Expressions over raw series, for rules and boards. */
import type {Counter, Histogram, LabelOf, Labels} from '@mcp-observability/metrics-service/catalogue';
import {
  increase,
  increaseObserved,
  increaseWithin,
  mean,
  type Over,
  perHour,
  quantile,
  rate,
  type Scope,
  subtract,
  type VariableScope,
} from '../promql/promql.ts';

type Events = Counter<string, Labels, 'events'>;

/** The expressions of a counter of events. */
export const counterSignal = <M extends Events>(metric: M) => ({
  perSecond: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    rate(metric, view),
  /** The average rate over the window, per hour. */
  perHour: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    perHour(rate<S, M, L, V>(metric, view)),
  inWindow: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    increase(metric, view),
});

/** The expressions of a histogram. */
export const histogramSignal = <M extends Histogram>(metric: M) => ({
  mean: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    mean(metric, view),
  median: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    quantile(0.5, metric, view),
  p95: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    quantile(0.95, metric, view),
  p99: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    quantile(0.99, metric, view),
  /** The number of observations in the window. */
  inWindow: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(view: Over<S, M, L, V>) =>
    increaseObserved(metric, view),
  /** The number of observations above `bound`, which must be one of the bucket boundaries. */
  slowerThan: <S extends Scope, L extends LabelOf<M> = never, V extends VariableScope = never>(
    bound: number,
    view: Over<S, M, L, V>,
  ) => subtract<S | V, 'events', L>(increaseObserved(metric, view), increaseWithin(bound, metric, view)),
});
