/**
 * The catalogue as instruments: one for each metric family, each demanding every label. The only importer of prom-client,
 * which measures the process: process_* and nodejs_*.
 */
import {collectDefaultMetrics, Registry} from 'prom-client';
import {
  type Catalogue,
  type Counter,
  catalogue,
  type Gauge,
  gatewayMetrics,
  type Histogram,
  type LabelOf,
  type Metric,
  type open,
  type ValueOf,
} from './catalogue.ts';
import {type ExpositionFormat, openMetricsFormat, textFormat} from './exposition-format.ts';
import type {Value} from './label-index.ts';
import type {Bounded} from './label-limiter.ts';
import {MetricFamily, type ScrapeView} from './metric-family.ts';
import {SeriesBudget} from './series-budget.ts';
import {createSeriesClock} from './series-clock.ts';

/** The labels that an observation needs: all of a metric's, open ones bounded. */
export type Observed<M extends Metric> = {
  readonly [Label in LabelOf<M>]: M['labels'][Label] extends typeof open ? Bounded<Label> : ValueOf<M['labels'][Label]>;
};

/** All labels of a metric, in the catalogue's order. */
type Order<M extends Metric, Names extends ReadonlyArray<LabelOf<M>>> = [LabelOf<M>] extends [Names[number]]
  ? Names
  : never;

/** The values of labels by their position. */
export type Positioned<M extends Metric, Names extends ReadonlyArray<LabelOf<M>>> = {
  readonly [Position in keyof Names]: Observed<M>[Names[Position]];
};

/**
 * Each comes in two forms: with the labels' names and, once their order is bound by `bindLabels`, without: reading
 * properties whose names are only known at run time costs as much as counting.
 */
export interface CounterInstrument<M extends Metric> {
  /** `amount` is 0 or more; a counter never goes down. */
  add(labels: Observed<M>, amount?: number): void;
  bindLabels<const Names extends ReadonlyArray<LabelOf<M>>>(
    ...names: Order<M, Names>
  ): (labels: Positioned<M, Names>, amount: number) => void;
}
export interface GaugeInstrument<M extends Metric> {
  set(labels: Observed<M>, value: number): void;
  /** Removes the series from the exposition. */
  remove(labels: Observed<M>): void;
}
export interface HistogramInstrument<M extends Metric> {
  /** `value` in the metric's unit. */
  observe(labels: Observed<M>, value: number): void;
  bindLabels<const Names extends ReadonlyArray<LabelOf<M>>>(
    ...names: Order<M, Names>
  ): (labels: Positioned<M, Names>, value: number) => void;
}

type InstrumentOf<M extends Metric> = M extends Counter
  ? CounterInstrument<M>
  : M extends Gauge
    ? GaugeInstrument<M>
    : M extends Histogram
      ? HistogramInstrument<M>
      : never;

export type Instruments = {readonly [Key in keyof Catalogue]: InstrumentOf<Catalogue[Key]>};

/** The families behind the instruments, for the OTLP mapping, whose types already check each label's source. */
export type Families = {readonly [Key in keyof Catalogue]: MetricFamily};

export interface InstrumentsOptions {
  /** Upper bounds in seconds of every `_seconds` histogram: HISTOGRAM_BUCKET_BOUNDARIES. */
  readonly bucketBoundaries: readonly number[];
  /** METRICS_MAX_SERIES: series as Prometheus stores them, of the families that the gateway reports. */
  readonly maxSeries: number;
  /**
   * The emitters that share the series budget.
   *
   * @default none: one share for all
   */
  readonly emitters?: readonly string[];
  /** Called for each open label whose value was counted as `_other` because the series budget is used up. */
  readonly onFold: (label: string) => void;
  /** Whether process_* and nodejs_* are exposed as well. */
  readonly processMetrics: boolean;
  /**
   * Whether OpenMetrics includes the created timestamp of each series.
   *
   * @default true
   */
  readonly createdTimestamps?: boolean;
}

/** The text that a scrape reads. */
export interface Exposition {
  readonly formats: {readonly text: ExpositionFormat; readonly openMetrics: ExpositionFormat};
  /**
   * The whole text, in slices of under a millisecond's work each.
   *
   * @param view default: every series with its value, in the text format
   */
  slices(view?: ScrapeView): AsyncGenerator<string, void, undefined>;
}

/** prom-client calls these gauges `_total`, which Prometheus keeps for counters: `promtool check metrics` rejects them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

const instrumentOf = (family: MetricFamily): unknown => {
  const inOrder = (labels: Readonly<Record<string, Value>>) => family.names.map(name => labels[name] as Value); // the types demand every label
  const histogram = family.metric.kind === 'histogram';
  return {
    add: (labels: never, amount = 1) => family.add(inOrder(labels), amount),
    set: (labels: never, value: number) => family.set(inOrder(labels), value),
    remove: (labels: never) => family.removeLabels(inOrder(labels)),
    observe: (labels: never, value: number) => family.observe(inOrder(labels), value),
    bindLabels(...names: readonly string[]) {
      if (names.join() !== family.names.join())
        throw new TypeError(
          `${family.metric.name}: expected its labels as ${family.names.join()}, found ${names.join()}`,
        );
      return histogram
        ? (labels: readonly Value[], value: number) => family.observe(labels, value)
        : (labels: readonly Value[], amount: number) => family.add(labels, amount);
    },
  };
};

/** prom-client's text of one family as OpenMetrics: without a suffix in a counter's name, and whole bounds as decimals. */
const toOpenMetrics = (text: string): string =>
  text
    .replace(/^# TYPE (\S+)_total counter$/m, '# TYPE $1 counter')
    .replace(/^# HELP (\S+)_total /m, '# HELP $1 ')
    .replace(/le="(\d+)"/g, 'le="$1.0"');

export const createInstruments = (options: InstrumentsOptions) => {
  const {bucketBoundaries, maxSeries, emitters = [], onFold, processMetrics, createdTimestamps = true} = options;
  const budget = new SeriesBudget({max: maxSeries, emitters});
  const clock = createSeriesClock();
  const families: MetricFamily[] = [];
  const byKey: Record<string, MetricFamily> = {};
  const entries = Object.entries(catalogue).map(([key, metric]: [string, Metric]) => {
    const family = new MetricFamily({
      metric,
      boundaries: metric.kind === 'histogram' ? (metric.unit === 'seconds' ? bucketBoundaries : metric.buckets) : [],
      // The values of the service's own open labels come from its operator: emitters can neither multiply nor crowd
      // them out.
      budget: key in gatewayMetrics ? budget : undefined,
      clock,
      onFold,
    });
    families.push(family);
    byKey[key] = family;
    return [key, instrumentOf(family)];
  });
  const ofProcess = new Registry();
  if (processMetrics) {
    collectDefaultMetrics({register: ofProcess});
    for (const name of misnamed) ofProcess.removeSingleMetric(name);
  }
  const instruments = Object.fromEntries(entries) as Instruments; // fromEntries forgets which key has which instrument

  const exposition: Exposition = {
    formats: {text: textFormat, openMetrics: openMetricsFormat({created: createdTimestamps})},
    async *slices(view = {before: clock.next, seen: clock.next, format: textFormat, onWithheld: () => {}}) {
      instruments.series.set({}, budget.count);
      for (const family of families) yield* family.slices(view);
      for (const {name} of ofProcess.getMetricsAsArray()) {
        const text = `${await ofProcess.getSingleMetricAsString(name)}\n`;
        yield view.format === textFormat ? text : toOpenMetrics(text);
      }
      yield view.format.end;
    },
  };
  // every key of the catalogue was given its own
  return {instruments, exposition, budget, clock, families, byKey: byKey as Families};
};
