/**
 * How many series and samples the pipeline stores: the catalogue under the expected load. Series are counted as Prometheus
 * stores them, the unit of METRICS_MAX_SERIES and of the workspace's limit.
 */
import {recordedGrowth, recordResolutions} from '@mcp-observability/dashboards';
import {catalogue, type Metric, open} from '@mcp-observability/metrics-service/catalogue';
import type {Environment, ExpectedLoad} from '../src/environments.ts';
import {hours} from './prices.ts';
import {PlanError} from './project.ts';

const secondsPerMonth = hours * 3600;

/**
 * How many values an open label is expected to have. A tool belongs to one server, so `tool_name` counts the tools of
 * one server.
 */
const expectedValues = (load: ExpectedLoad): Readonly<Record<string, number>> => ({
  service: load.reporters,
  method: load.mcpMethods,
  server: load.servers,
  server_name: load.servers,
  tool_name: load.toolsPerServer,
  client_name: load.clients,
  operation: 6,
  resource_type: 4,
  endpoint: 4,
  error_code: 5,
  name: 5,
  entity_type: 4,
  outcome: 6,
  pool: 3,
  token_kind: 2,
  token_path: 3,
  event_type: 4,
  failure_type: 4,
  tool: load.toolsPerServer,
  instrument: 20,
  emitter: 2,
  /** Per emitter, while a key is rotated. */
  key: 2,
  version: 1,
});

/** Closed values that emitters rarely cause. They are seeded only where every label is closed. */
const rare: readonly string[] = ['unknown', 'other'];

const bucketsOf = (
  {unit, buckets}: {readonly unit: string; readonly buckets: readonly number[]},
  boundaries: readonly number[] | undefined,
): readonly number[] => (unit === 'seconds' && boundaries !== undefined ? boundaries : buckets);

/** A histogram has a series per bucket, and those of `+Inf`, the sum and the count. */
const seriesOfASet = (metric: Metric, boundaries: readonly number[] | undefined): number => {
  if (metric.kind !== 'histogram') return 1;
  return bucketsOf(metric, boundaries).length + 3;
};

const combinations = (labels: Metric['labels'], load: ExpectedLoad, unseeded: readonly string[] = []): number => {
  const domains = Object.entries(labels);
  const closed = domains.every(([, domain]) => domain !== open);
  const values = expectedValues(load);
  return domains
    .map(([label, domain]) => {
      if (domain !== open) return domain.filter(value => !(closed ? unseeded : rare).includes(value)).length;
      const count = values[label];
      if (count === undefined)
        throw new PlanError(`plan/billable-series.ts: expected a number of values for the label ${label}, found none`);
      return count;
    })
    .reduce((product, count) => product * count, 1);
};

const labelSets = (metric: Metric, load: ExpectedLoad): number =>
  metric.kind === 'counter' && metric.seeds
    ? metric.seeds.length
    : combinations(metric.labels, load, metric.kind === 'gauge' ? [] : metric.unseeded);

/** The settings of a profile that determine the number of series and samples. */
type Loaded = Pick<Environment, 'expectedLoad' | 'scrapeInterval' | 'metricsService'>;

/** Series and samples that the rules for growth write and read. */
export type Recorded = {
  /** Series of one resolution. */
  readonly series: number;
  readonly samplesPerMonth: number;
  readonly samplesReadPerMonth: number;
};

type GrowthRecord = (typeof recordedGrowth)[keyof typeof recordedGrowth][number];

/** Series per label set of a family or of its recorded form: for a histogram only the recorded parts. */
const seriesOfParts = ({metric: of, parts}: GrowthRecord, boundaries: readonly number[] | undefined): number =>
  of.kind === 'histogram'
    ? ('bucket' in parts ? bucketsOf(of, boundaries).length + 1 : 0) +
      ('sum' in parts ? 1 : 0) +
      ('count' in parts ? 1 : 0)
    : 1;

/** Computes an upper bound, as for scraped series: recorded tool calls are assumed to have the series of every method. */
const recorded = (
  {expectedLoad: load, scrapeInterval, metricsService: {bucketBoundaries}}: Loaded,
  tasks: number,
): Recorded => {
  const families = Object.values(recordedGrowth)
    .flat()
    .map((growth: GrowthRecord) => {
      const parts = seriesOfParts(growth, bucketBoundaries);
      const {labels, metric: of} = growth;
      return {
        recorded: parts * combinations(labels, load),
        raw: parts * labelSets(of, load) * tasks,
      };
    });
  const series = families.reduce((sum, family) => sum + family.recorded, 0);
  const raw = families.reduce((sum, family) => sum + family.raw, 0);
  const {'5m': fiveMinutes, '1h': hour} = recordResolutions;
  const perMonth = (everySeconds: number): number => secondsPerMonth / everySeconds;
  return {
    series,
    samplesPerMonth: series * (perMonth(fiveMinutes) + perMonth(hour)),
    samplesReadPerMonth:
      raw * (fiveMinutes / scrapeInterval + 1) * perMonth(fiveMinutes) + series * (hour / fiveMinutes) * perMonth(hour),
  };
};

/**
 * Series outside the catalogue: a task's `process_*`, `nodejs_*`, `up` and `scrape_*`; the collector's metrics about
 * itself.
 */
const otherSeries = {task: 60, collector: 90} as const;

export type Samples = {
  readonly seriesPerTask: number;
  readonly series: number;
  readonly samplesPerMonth: number;
  /** Recorded series and samples, in addition to the scraped ones. */
  readonly recorded: Recorded;
  /** Series per task, largest first. */
  readonly byMetric: readonly {readonly name: string; readonly series: number}[];
};

/** Computes an upper bound: each task is assumed to see all label combinations of the load. */
export const expectedSamples = (environment: Loaded, count: {tasks: number; collectors: number}): Samples => {
  const {expectedLoad: load, scrapeInterval} = environment;
  const {bucketBoundaries} = environment.metricsService;
  const byMetric = Object.values<Metric>(catalogue)
    .map(metric => ({name: metric.name, series: labelSets(metric, load) * seriesOfASet(metric, bucketBoundaries)}))
    .sort((a, b) => b.series - a.series);
  const seriesPerTask = byMetric.reduce<number>((sum, {series}) => sum + series, otherSeries.task);
  const series = seriesPerTask * count.tasks + otherSeries.collector * count.collectors;
  return {
    seriesPerTask,
    series,
    samplesPerMonth: (series * secondsPerMonth) / scrapeInterval,
    recorded: recorded(environment, count.tasks),
    byMetric,
  };
};
