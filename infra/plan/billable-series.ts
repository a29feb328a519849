/**
 * How many series and samples the pipeline stores: the catalogue under the expected load. Series are counted as Prometheus
 * stores them, the unit of METRICS_MAX_SERIES and of the workspace's limit.
 */
import {catalogue, type Metric, open} from '@mcp-observability/metrics-service/catalogue';
import type {ExpectedLoad} from '../src/environments.ts';
import {scrapeInterval} from '../src/timing.ts';
import {hours} from './prices.ts';

const secondsPerMonth = hours * 3600;

/** How many values an open label is expected to take. A tool belongs to one server, so `tool_name` counts a server's. */
const expectedValues = (load: ExpectedLoad): Readonly<Record<string, number>> => ({
  service: load.observers,
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
  /** Of each emitter, while one is rotated. */
  key: 2,
  version: 1,
});

/** Closed values that senders hardly ever cause. They only exist unasked where every label is closed. */
const rare: readonly string[] = ['unknown', 'other'];

/** A histogram's label set is a series for each bucket, `+Inf`, the sum and the count. */
const seriesOfASet = (metric: Metric): number => (metric.kind === 'histogram' ? metric.buckets.length + 3 : 1);

const labelSets = (metric: Metric, load: ExpectedLoad): number => {
  const domains = Object.entries(metric.labels);
  if (metric.kind === 'counter' && metric.seeds) return metric.seeds.length;
  const unseeded = metric.kind === 'gauge' ? [] : (metric.unseeded ?? []);
  const closed = domains.every(([, domain]) => domain !== open);
  const values = expectedValues(load);
  return domains
    .map(([label, domain]) => {
      if (domain !== open) return domain.filter(value => !(closed ? unseeded : rare).includes(value)).length;
      const count = values[label];
      if (count === undefined) throw new Error(`plan/series.ts expects no number of values for the label ${label}`);
      return count;
    })
    .reduce((product, count) => product * count, 1);
};

/** The usual `process_*` and `nodejs_*`, `up` and `scrape_*` of a task; the collector's own. */
const otherSeries = {task: 60, collector: 90} as const;

export type Samples = {
  readonly seriesPerTask: number;
  readonly series: number;
  readonly samplesPerMonth: number;
  /** Series a task, largest first. */
  readonly byMetric: readonly {readonly name: string; readonly series: number}[];
};

/** An upper bound: each task is assumed to see all label sets of the load. */
export const expectedSamples = (load: ExpectedLoad, count: {tasks: number; collectors: number}): Samples => {
  const byMetric = Object.values<Metric>(catalogue)
    .map(metric => ({name: metric.name, series: labelSets(metric, load) * seriesOfASet(metric)}))
    .sort((a, b) => b.series - a.series);
  const seriesPerTask = byMetric.reduce<number>((sum, {series}) => sum + series, otherSeries.task);
  const series = seriesPerTask * count.tasks + otherSeries.collector * count.collectors;
  return {seriesPerTask, series, samplesPerMonth: (series * secondsPerMonth) / scrapeInterval, byMetric};
};
