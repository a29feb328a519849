/**
 * The catalogue as instruments: one a metric, each demanding every label. The only importer of prom-client, which
 * measures the process: process_* and nodejs_*.
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
import type {SeriesBudget, Value} from './label-index.ts';
import type {Bounded} from './label-limiter.ts';
import {Family} from './metric-family.ts';

/** What an observation has to say of a metric's labels: all of them, open ones bounded. */
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
 * Each comes in two forms: with the labels' names, and, `by` their order, without: reading properties whose names are
 * only known at run time costs as much as counting.
 */
export interface CounterInstrument<M extends Metric> {
  /** `amount` is 0 or more; a counter never goes down. */
  add(labels: Observed<M>, amount?: number): void;
  by<const Names extends ReadonlyArray<LabelOf<M>>>(
    ...names: Order<M, Names>
  ): (labels: Positioned<M, Names>, amount: number) => void;
}
export interface GaugeInstrument<M extends Metric> {
  set(labels: Observed<M>, value: number): void;
}
export interface HistogramInstrument<M extends Metric> {
  /** `value` in the metric's unit. */
  observe(labels: Observed<M>, value: number): void;
  by<const Names extends ReadonlyArray<LabelOf<M>>>(
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

export interface InstrumentsOptions {
  /** Upper bounds in seconds of every `_seconds` histogram: HISTOGRAM_BUCKET_BOUNDARIES. */
  readonly boundaries: readonly number[];
  /** METRICS_MAX_SERIES */
  readonly maxSeries: number;
  /** Told of each open label whose value was counted as `_other` because the series budget is used up. */
  readonly onFold: (label: string) => void;
  /** Whether process_* and nodejs_* are exposed as well. */
  readonly processMetrics: boolean;
}

/** What a scrape reads. */
export interface Exposition {
  readonly contentType: string;
  /** The whole text, in slices of under a millisecond's work each. */
  slices(): AsyncGenerator<string, void, undefined>;
}

/** prom-client calls these gauges `_total`, which Prometheus keeps for counters: `promtool check metrics` refuses them. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

const instrumentOf = (family: Family): unknown => {
  const inOrder = (labels: Readonly<Record<string, Value>>) => family.names.map(name => labels[name] as Value); // the types demand every label
  const histogram = family.metric.kind === 'histogram';
  return {
    add: (labels: never, amount = 1) => family.add(inOrder(labels), amount),
    set: (labels: never, value: number) => family.set(inOrder(labels), value),
    observe: (labels: never, value: number) => family.observe(inOrder(labels), value),
    by(...names: readonly string[]) {
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

export const createInstruments = ({boundaries, maxSeries, onFold, processMetrics}: InstrumentsOptions) => {
  const budget: SeriesBudget = {held: 0, max: maxSeries};
  // The service's own open labels hold what its operator wrote: senders can neither multiply nor crowd them out.
  const unlimited: SeriesBudget = {held: 0, max: Number.POSITIVE_INFINITY};
  const families: Family[] = [];
  const entries = Object.entries(catalogue).map(([key, metric]: [string, Metric]) => {
    const family = new Family({
      metric,
      boundaries: metric.kind === 'histogram' ? (metric.unit === 'seconds' ? boundaries : metric.buckets) : [],
      budget: key in gatewayMetrics ? budget : unlimited,
      onFold,
    });
    families.push(family);
    return [key, instrumentOf(family)];
  });
  const ofProcess = new Registry();
  if (processMetrics) {
    collectDefaultMetrics({register: ofProcess});
    for (const name of misnamed) ofProcess.removeSingleMetric(name);
  }
  const instruments = Object.fromEntries(entries) as Instruments; // fromEntries forgets which key has which instrument

  const exposition: Exposition = {
    contentType: ofProcess.contentType,
    async *slices() {
      instruments.series.set({}, budget.held);
      for (const family of families) yield* family.slices();
      for (const {name} of ofProcess.getMetricsAsArray()) yield `${await ofProcess.getSingleMetricAsString(name)}\n`;
    },
  };
  return {instruments, exposition};
};
