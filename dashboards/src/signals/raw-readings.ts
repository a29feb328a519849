/** Readings of series as they are scraped, in a rule or on a board. */
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
} from '../promql/promql.ts';

type Events = Counter<string, Labels, 'events'>;

/** What can be read from anything that is counted. */
export const counted = <M extends Events>(metric: M) => ({
  perSecond: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => rate(metric, view),
  /** The rate of the window, in the unit people plan with. */
  perHour: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => perHour(rate<S, M, L>(metric, view)),
  inWindow: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => increase(metric, view),
});

/** What can be read from anything that is measured. */
export const measured = <M extends Histogram>(metric: M) => ({
  mean: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => mean(metric, view),
  median: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => quantile(0.5, metric, view),
  p95: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => quantile(0.95, metric, view),
  p99: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => quantile(0.99, metric, view),
  /** How often it was measured. */
  inWindow: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => increaseObserved(metric, view),
  /** How often it took longer than the bound, which must be one of its buckets. */
  slowerThan: <S extends Scope, L extends LabelOf<M> = never>(bound: number, view: Over<S, M, L>) =>
    subtract<S, 'events', L>(increaseObserved(metric, view), increaseWithin(bound, metric, view)),
});
