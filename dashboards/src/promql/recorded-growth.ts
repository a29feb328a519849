/**
 * Recorded growth: recording rules store the increase of a counter or histogram over every five minutes and every hour,
 * summed over tasks and over the labels that no panel needs. Panels with a long time range read these records instead of the
 * raw series. A record has only the labels it was declared with; using another label is a compile error.
 *
 * Every selector has a matcher on the label `resolution`, whose value is the variable of that name. Records have the label
 * and raw series do not, so in `raw or recorded` one side matches series and the other reads nothing.
 */

import type {Unit as BaseUnit, Counter, Histogram, LabelOf, Metric} from '@mcp-observability/metrics-service/catalogue';
import {defaultScrapeIntervalSeconds} from '@mcp-observability/metrics-service/contract';
import {
  aggregate,
  type BoardWindow,
  betweenZeroAndOne,
  type Expression,
  expression,
  type PromQL,
  type Unit,
  type VariableScope,
} from './expression.ts';
import {
  type Conditions,
  type InferVariables,
  matcher,
  multiVariable,
  narrow,
  type Selectable,
  select,
  type Where,
} from './selector.ts';

/** Seconds between records. */
export const recordResolutions = {'5m': 300, '1h': 3600} as const;
export type RecordResolution = keyof typeof recordResolutions;

/** The variable that selects raw series or records; its value for raw series matches the absence of the label. */
export const resolution = multiVariable('resolution');
export const rawResolution = '|raw';

const resolutionMatcher = matcher(resolution.variable, resolution);

/** The parts of a histogram that can be recorded. */
export type Part = 'bucket' | 'sum' | 'count';

/** The recorded growth of a metric family: L are the labels that are kept, P the parts of a histogram. */
export type Growth<
  M extends Counter | Histogram = Counter | Histogram,
  L extends LabelOf<M> = LabelOf<M>,
  P extends Part = never,
> = {
  /** The metric whose growth is recorded. */
  readonly metric: M;
  /** The first part of the name of the record: the labels it keeps. */
  readonly level: string;
  readonly name: string;
  readonly labels: Pick<M['labels'], L>;
  readonly parts: {readonly [Name in P]: true};
};

/** Recorded growth of any metric and any labels. */
export type AnyGrowth = {
  readonly metric: Counter | Histogram;
  readonly level: string;
  readonly name: string;
  readonly labels: Selectable['labels'];
  readonly parts: {readonly [Name in Part]?: true};
};

const familyOf = ({name}: Metric): string => name.replace(/_total$/, '');
const recordName = ({level, metric}: Pick<AnyGrowth, 'level' | 'metric'>, part?: Part): string =>
  `${level}:${familyOf(metric)}:increase${part === undefined ? '' : `_${part}`}`;

const declared = <M extends Counter | Histogram, L extends LabelOf<M>, P extends Part>(
  metric: M,
  by: readonly L[],
  parts: readonly P[],
): Growth<M, L, P> => {
  const level = by.join('_') || 'all';
  return {
    metric,
    level,
    name: recordName({level, metric}),
    // fromEntries returns string keys.
    labels: Object.fromEntries(by.map(label => [label, metric.labels[label]])) as Pick<M['labels'], L>,
    parts: Object.fromEntries(parts.map(part => [part, true])) as {readonly [Name in P]: true},
  };
};

/** Declares the recorded growth of a counter. */
export const recordCounter = <M extends Counter, const L extends LabelOf<M>>(
  metric: M,
  {by}: {readonly by: readonly L[]},
): Growth<M, L> => declared<M, L, never>(metric, by, []);

/** Declares the recorded growth of a histogram: `bucket` for quantiles, `sum` and `count` for means. */
export const recordHistogram = <M extends Histogram, const L extends LabelOf<M>, const P extends Part>(
  metric: M,
  {by, parts}: {readonly by: readonly L[]; readonly parts: readonly P[]},
): Growth<M, L, P> => declared(metric, by, parts);

/** Limits the growth to some of its series. */
export const narrowGrowth = <G extends AnyGrowth>(growth: G, where: Where<never, G>): G => ({
  ...narrow(growth, where),
  // The labels of the record are a subset of those of the metric, so the same conditions apply to it.
  metric: narrow(growth.metric, where as Where<never, G['metric']>),
});

/** The window of the board, the labels to keep, and the selected series. */
export type BoardView<G extends Selectable, L extends LabelOf<G>, V extends VariableScope = never> = {
  readonly over: BoardWindow;
  readonly by?: readonly L[] | undefined;
  readonly where?: (Conditions<LabelOf<G>, G['labels'], V> & InferVariables<V>) | undefined;
};

/** A view whose labels were type-checked at the call. */
export type CheckedView = BoardView<Selectable, string, VariableScope>;
type OnBoard<U extends Unit> = PromQL<'panel', U, string>;

const either = (
  growth: AnyGrowth,
  {over, by = [], where}: CheckedView,
  {part, per}: {readonly part?: Part; readonly per: 'window' | 'second'},
): string => {
  const suffix = part === undefined ? '' : `_${part}`;
  const family: Selectable = {...growth.metric, name: `${growth.metric.name}${suffix}`};
  const recorded: Selectable = {...growth, name: recordName(growth, part)};
  const series = select(family, {where, also: resolutionMatcher});
  const records = select(recorded, {where, also: resolutionMatcher});
  const raw = aggregate('sum', by, `${per === 'second' ? 'rate' : 'increase'}(${series}[${over.growth.duration}])`);
  const sum = aggregate('sum', by, `sum_over_time(${records}[${over.growth.duration}])`);
  return `${raw} or ${sum}${per === 'second' ? ` / (${over.growth.seconds})` : ''}`;
};

/** The summed increase over the window, from raw series or records. */
export const recordedIncrease = (growth: AnyGrowth, view: CheckedView): OnBoard<'events'> =>
  expression({text: either(growth, view, {per: 'window'}), unit: 'events', by: view.by ?? [], compound: true});

/** The summed rate, averaged over the window, from raw series or records. */
export const recordedRate = (growth: AnyGrowth, view: CheckedView): OnBoard<'events per second'> =>
  expression({
    text: either(growth, view, {per: 'second'}),
    unit: 'events per second',
    by: view.by ?? [],
    compound: true,
  });

/** `quantile` for a histogram whose buckets are recorded. @throws {ValueError} when `q` is not between 0 and 1. */
export const recordedQuantile = (q: number, growth: AnyGrowth, view: CheckedView): OnBoard<BaseUnit> => {
  const buckets = either(growth, {...view, by: ['le', ...(view.by ?? [])]}, {part: 'bucket', per: 'window'});
  return expression({
    text: `histogram_quantile(${betweenZeroAndOne('q of quantile', q)}, ${buckets}) >= 0`,
    unit: growth.metric.unit,
    by: view.by ?? [],
    compound: true,
  });
};

/** `mean` for a histogram whose sum and count are recorded. */
export const recordedMean = (growth: AnyGrowth, view: CheckedView): OnBoard<BaseUnit> => {
  const sums = either(growth, view, {part: 'sum', per: 'window'});
  const counts = either(growth, view, {part: 'count', per: 'window'});
  return expression({
    text: `(${sums}) / ((${counts}) > 0)`,
    unit: growth.metric.unit,
    by: view.by ?? [],
    compound: true,
  });
};

/** Whether the expression may read records: the step of a graph must then be at least their resolution. */
export const readsRecords = ({text}: Expression): boolean => text.includes(resolutionMatcher);

/** Seconds that a sample may take to arrive. Recorded windows end that long before the evaluation. */
const arrivalSeconds = 30;

/** A recording rule for growth. Its series have the labels of `expr` and `resolution`. */
export type GrowthRule = {readonly record: string; readonly expr: PromQL<'rule', BaseUnit, string>};

/**
 * The recording rules of a growth. `rate(x[w]) * 300`, with `w` one scrape interval longer than 300s, is the difference of the
 * last samples of two consecutive windows, so every increment is counted once. `increase` over exactly 300s would omit the
 * increments between two windows and compensate for them by extrapolation. The hourly record is the sum of the five-minute
 * records.
 */
export const growthRules = (
  growth: AnyGrowth,
  at: RecordResolution,
  /** Between two scrapes of a task. A window has one more, so that consecutive windows share a sample. */
  scrapeSeconds = defaultScrapeIntervalSeconds,
): readonly GrowthRule[] => {
  const parts = Object.keys(growth.parts) as Part[]; // Object.keys returns string[]
  return (parts.length > 0 ? parts : [undefined]).map(part => {
    const by = [...Object.keys(growth.labels), ...(part === 'bucket' ? ['le'] : [])];
    const record = recordName(growth, part);
    const suffix = part === undefined ? '' : `_${part}`;
    const raw = select<never, Selectable>({...growth.metric, name: `${growth.metric.name}${suffix}`}, {});
    const {'5m': seconds} = recordResolutions;
    const text =
      at === '5m'
        ? `${aggregate('sum', by, `rate(${raw}[${seconds + scrapeSeconds}s] offset ${arrivalSeconds}s)`)} * ${seconds}`
        : aggregate('sum', by, `sum_over_time(${record}{resolution="5m"}[1h])`);
    return {
      record,
      expr: expression({text, unit: part === 'sum' ? growth.metric.unit : 'events', by, compound: at === '5m'}),
    };
  });
};
