/** Simulated scrapes for promtool: the samples of a counter, gauge or histogram, one every 15 seconds. */
import type {Histogram, LabelOf, Labels, ValueOf} from '@mcp-observability/metrics-service/catalogue';

export const scrapeSeconds = 15;

/** A missing scrape leaves a gap; `stale` is the stale marker that Prometheus writes when a target or series disappears. */
export type Sample = number | 'missing' | 'stale';

/** One input series in promtool's format. */
export type Series = {readonly series: string; readonly values: string};

type Target = {readonly job?: string; readonly instance?: string};

/** Labels of the metric, all optional, and the labels that a scrape adds. */
export type LabelsOf<M extends {readonly labels: Labels}> = Target & {
  readonly [Name in LabelOf<M>]?: ValueOf<M['labels'][Name]>;
};

const selector = (name: string, labels: Readonly<Record<string, string | undefined>>): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(', ')}}`;

const toNotation = (samples: readonly Sample[]): string =>
  samples.map(sample => (sample === 'missing' ? '_' : String(sample))).join(' ');

export const series = <M extends {readonly name: string; readonly labels: Labels}>(
  metric: M,
  labels: LabelsOf<M>,
  samples: readonly Sample[],
): Series => ({series: selector(metric.name, labels), values: toNotation(samples)});

export type Scrapes = {
  readonly count: number;
  /** Index of the scrape that fails. */
  readonly missing?: number | undefined;
  /** Index of the scrape at which counters restart at 0. */
  readonly reset?: number | undefined;
  /** Index of the scrape at which the target disappears. */
  readonly gone?: number | undefined;
};

/** The growth between two scrapes, constant or a function of the index of the later one. */
export type Growth = number | ((index: number) => number);

const at = (growth: Growth, index: number): number => (typeof growth === 'number' ? growth : growth(index));

/** The samples of a counter. */
export const counterSamples = (perScrape: Growth, {count, missing, reset, gone}: Scrapes): readonly Sample[] => {
  let value = 0;
  return Array.from({length: count}, (_, index): Sample => {
    value = index === reset ? 0 : value + (index === 0 ? 0 : at(perScrape, index));
    if (gone !== undefined && index >= gone) {
      return index === gone ? 'stale' : 'missing';
    }
    return index === missing ? 'missing' : value;
  });
};

/** The samples of a constant gauge. */
export const gaugeSamples = (value: number, scrapes: Scrapes): readonly Sample[] =>
  counterSamples(0, scrapes).map(sample => (typeof sample === 'number' ? value : sample));

/** A histogram with a number of observations per scrape that are at most `quick`, and others that are at most `slow`; both are bucket boundaries. */
export const histogramSeries = <M extends Histogram>(
  metric: M,
  labels: LabelsOf<M>,
  {
    quick,
    slow,
    perScrape,
    scrapes,
  }: {
    readonly quick: number;
    readonly slow: number;
    readonly perScrape: {readonly quick: Growth; readonly slow: Growth};
    readonly scrapes: Scrapes;
  },
): readonly Series[] => {
  const all = (index: number): number => at(perScrape.quick, index) + at(perScrape.slow, index);
  const upTo = (bound: number): Growth => {
    if (bound < quick) return 0;
    return bound < slow ? perScrape.quick : all;
  };
  return [
    ...[...metric.buckets, Number.POSITIVE_INFINITY].map(bound => ({
      series: selector(`${metric.name}_bucket`, {...labels, le: Number.isFinite(bound) ? String(bound) : '+Inf'}),
      values: toNotation(counterSamples(upTo(bound), scrapes)),
    })),
    {series: selector(`${metric.name}_count`, labels), values: toNotation(counterSamples(all, scrapes))},
  ];
};
