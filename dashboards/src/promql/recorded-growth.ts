/**
 * Growth that rules record: how much a counter or histogram grew in each five minutes and in each hour, summed over
 * tasks and over the labels that no panel needs. A panel reads it instead of the raw series where the time range is long.
 * A record has the labels it was declared with and no others: asking it for another one does not compile.
 *
 * Every selector carries a matcher on the label `resolution`, filled in by the board's variable of that name. Records
 * have the label, raw series do not, so of `raw or recorded` one side matches series and the other reads nothing.
 */
import type {Unit as BaseUnit, Counter, Histogram, LabelOf, Metric} from '@mcp-observability/metrics-service/catalogue';
import {aggregate, type BoardWindow, type Expression, expression, type PromQL, type Unit} from './expression.ts';
import {type Conditions, matcher, narrow, type Selectable, select, type Variable, type Where} from './selector.ts';

/** How far apart records are. `raw` stands for the series themselves. */
export const recordResolutions = {'5m': 300, '1h': 3600} as const;
export type RecordResolution = keyof typeof recordResolutions;

/** The board's variable that says what is read; its value for raw series matches the absence of the label. */
export const resolution: Variable = {variable: 'resolution', several: true, scope: 'panel'};
export const rawResolution = '|raw';

const chosen = matcher(resolution.variable, resolution);

/** What of a histogram is recorded. */
export type Part = 'bucket' | 'sum' | 'count';

/** The growth of a family by some of its labels, as rules record it. `P`: which parts of a histogram. */
export type Growth<
  M extends Counter | Histogram = Counter | Histogram,
  L extends LabelOf<M> = LabelOf<M>,
  P extends Part = never,
> = {
  /** The series that were recorded. */
  readonly of: M;
  /** As in every recorded name: the labels it keeps. */
  readonly level: string;
  readonly name: string;
  readonly labels: Pick<M['labels'], L>;
  readonly parts: {readonly [Name in P]: true};
};

/** Any growth, where its labels do not matter. */
export type AnyGrowth = {
  readonly of: Counter | Histogram;
  readonly level: string;
  readonly name: string;
  readonly labels: Selectable['labels'];
  readonly parts: {readonly [Name in Part]?: true};
};

const familyOf = ({name}: Metric): string => name.replace(/_total$/, '');
const nameOf = ({level, of}: Pick<AnyGrowth, 'level' | 'of'>, part?: Part): string =>
  `${level}:${familyOf(of)}:increase${part === undefined ? '' : `_${part}`}`;

const declared = <M extends Counter | Histogram, L extends LabelOf<M>, P extends Part>(
  of: M,
  by: readonly L[],
  parts: readonly P[],
): Growth<M, L, P> => {
  const level = by.join('_') || 'all';
  return {
    of,
    level,
    name: nameOf({level, of}),
    // fromEntries forgets its keys' types.
    labels: Object.fromEntries(by.map(label => [label, of.labels[label]])) as Pick<M['labels'], L>,
    parts: Object.fromEntries(parts.map(part => [part, true])) as {readonly [Name in P]: true},
  };
};

/** Declares what is recorded of a counter. */
export const recordCounter = <M extends Counter, const L extends LabelOf<M>>(
  metric: M,
  {by}: {readonly by: readonly L[]},
): Growth<M, L> => declared<M, L, never>(metric, by, []);

/** Declares what is recorded of a histogram: buckets for quantiles, sum and count for means. */
export const recordHistogram = <M extends Histogram, const L extends LabelOf<M>, const P extends Part>(
  metric: M,
  {by, parts}: {readonly by: readonly L[]; readonly parts: readonly P[]},
): Growth<M, L, P> => declared(metric, by, parts);

/** The growth of only some of the series. */
export const narrowGrowth = <G extends AnyGrowth>(growth: G, where: Where<'rule', G>): G => ({
  ...narrow(growth, where),
  // What narrows a record narrows the family: its labels are among the family's.
  of: narrow(growth.of, where as Where<'rule', G['of']>),
});

/** Over which of the board's windows, by which labels, of which series. */
export type BoardView<G extends Selectable, L extends LabelOf<G>> = {
  readonly over: BoardWindow;
  readonly by?: readonly L[] | undefined;
  readonly where?: Conditions<LabelOf<G>, G['labels'], 'panel'> | undefined;
};

/** A view whose labels were checked where it was written. */
export type CheckedView = BoardView<Selectable, string>;
type OnBoard<U extends Unit> = PromQL<'panel', U, string>;

const either = (
  growth: AnyGrowth,
  {over, by = [], where}: CheckedView,
  {part, per}: {readonly part?: Part; readonly per: 'window' | 'second'},
): string => {
  const suffix = part === undefined ? '' : `_${part}`;
  const family: Selectable = {...growth.of, name: `${growth.of.name}${suffix}`};
  const recorded: Selectable = {...growth, name: nameOf(growth, part)};
  const series = select(family, {where, also: chosen});
  const records = select(recorded, {where, also: chosen});
  const raw = aggregate('sum', by, `${per === 'second' ? 'rate' : 'increase'}(${series}[${over.growth.duration}])`);
  const sum = aggregate('sum', by, `sum_over_time(${records}[${over.growth.duration}])`);
  return `${raw} or ${sum}${per === 'second' ? ` / (${over.growth.seconds})` : ''}`;
};

/** Summed growth over the window. */
export const recordedIncrease = (growth: AnyGrowth, view: CheckedView): OnBoard<'events'> =>
  expression({text: either(growth, view, {per: 'window'}), unit: 'events', by: view.by ?? [], compound: true});

/** Summed growth per second, averaged over the window. */
export const recordedRate = (growth: AnyGrowth, view: CheckedView): OnBoard<'events per second'> =>
  expression({
    text: either(growth, view, {per: 'second'}),
    unit: 'events per second',
    by: view.by ?? [],
    compound: true,
  });

/** As `quantile`, of a histogram whose buckets are recorded. */
export const recordedQuantile = (q: number, growth: AnyGrowth, view: CheckedView): OnBoard<BaseUnit> => {
  const buckets = either(growth, {...view, by: ['le', ...(view.by ?? [])]}, {part: 'bucket', per: 'window'});
  return expression({
    text: `histogram_quantile(${q}, ${buckets}) >= 0`,
    unit: growth.of.unit,
    by: view.by ?? [],
    compound: true,
  });
};

/** As `mean`, of a histogram whose sum and count are recorded. */
export const recordedMean = (growth: AnyGrowth, view: CheckedView): OnBoard<BaseUnit> => {
  const sums = either(growth, view, {part: 'sum', per: 'window'});
  const counts = either(growth, view, {part: 'count', per: 'window'});
  return expression({text: `(${sums}) / ((${counts}) > 0)`, unit: growth.of.unit, by: view.by ?? [], compound: true});
};

/** Whether the expression reads records, so that its steps must not be finer than they are. */
export const readsRecords = ({text}: Expression): boolean => text.includes(chosen);

/** Seconds that a sample may take to arrive: what is recorded ends so long before the evaluation. */
const arrivalSeconds = 30;

/** A rule that records growth; its labels are those of `expr` and `resolution`. */
export type GrowthRule = {readonly record: string; readonly expr: PromQL<'rule', BaseUnit, string>};

/**
 * The rules that record it. `rate(x[w]) * 300` with `w` an interval of scrapes above 300 s is the difference of the last
 * samples of two consecutive windows, so every increment is counted once; `increase` over exactly 300 s would leave out
 * each increment between two windows and make up for it by extrapolation. The hour is the sum of its records.
 */
export const growthRules = (
  growth: AnyGrowth,
  at: RecordResolution,
  /** Between two scrapes of a task. A window holds one more, so that consecutive windows share a sample. */
  scrapeSeconds = 15,
): readonly GrowthRule[] => {
  const parts = Object.keys(growth.parts) as Part[]; // Object.keys forgets the keys' type
  return (parts.length > 0 ? parts : [undefined]).map(part => {
    const by = [...Object.keys(growth.labels), ...(part === 'bucket' ? ['le'] : [])];
    const record = nameOf(growth, part);
    const suffix = part === undefined ? '' : `_${part}`;
    const raw = select<'rule', Selectable>({...growth.of, name: `${growth.of.name}${suffix}`}, {});
    const {'5m': seconds} = recordResolutions;
    const text =
      at === '5m'
        ? `${aggregate('sum', by, `rate(${raw}[${seconds + scrapeSeconds}s] offset ${arrivalSeconds}s)`)} * ${seconds}`
        : aggregate('sum', by, `sum_over_time(${record}{resolution="5m"}[1h])`);
    return {
      record,
      expr: expression({text, unit: part === 'sum' ? growth.of.unit : 'events', by, compound: at === '5m'}),
    };
  });
};
