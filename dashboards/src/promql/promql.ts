/**
 * Functions that compose PromQL from the metrics of the catalogue. These are compile errors: a metric, label or label value
 * that the service does not have, the rate of a gauge, the quantile of a counter, operands of different units or labels, and
 * a variable of Grafana in a rule.
 *
 * An aggregation always names the labels that it keeps (`by`, by default none), so the labels of every expression are known.
 */

import type {Counter, Gauge, LabelOf, Labels, Metric} from '@mcp-observability/metrics-service/catalogue';
import {
  type Aggregation,
  aggregate,
  expression,
  finite,
  type Moment,
  type PerSecond,
  type PromQL,
  type Scope,
  type Unit,
  type VariableScope,
} from './expression.ts';
import {type Over, type Selectable, type Selected, select} from './selector.ts';

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
export * from './histograms.ts';
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
  type Over,
  singleVariable,
  type Variable,
  type Where,
} from './selector.ts';

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
