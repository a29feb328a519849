/**
 * Simulated history, as Prometheus would have scraped it: a gateway's day runs in virtual time through the service's
 * parser and instruments, and `promtool` loads the result as blocks. The boards have data from the start, and
 * screenshots are reproducible.
 */
import {createWriteStream} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {jobs} from '@mcp-observability/dashboards';
import {nginxBatch} from '@mcp-observability/metrics-service/contract';
import {parse} from '@mcp-observability/metrics-service/events';
import {
  type CountExport,
  createEmitterAccounts,
  createExportCounter,
  createInstruments,
  createLabelLimiter,
  createObserver,
  defaultBoundaries,
  type Instruments,
} from '@mcp-observability/metrics-service/testing';
import {run} from '@mcp-observability/tools/run';
import {type RecordOptions, recordHistory} from './recorded-history.ts';
import {createCollector, simulatedTarget} from './simulated-collector.ts';
import type {Options} from './start-options.ts';
import {introductions} from './traffic/call-reports.ts';
import {gatewayDay} from './traffic/day.ts';
import type {Measurement} from './traffic/gateway-measurements.ts';
import {type GatewayVersion, gatewayVersions, reportedBy} from './traffic/gateway-version.ts';
import {createRandom, type Random} from './traffic/random.ts';
import {SimulationError} from './traffic/traffic-error.ts';
import {rateBounds} from './traffic.ts';

/** The simulated time, rate and gateway. */
export interface HistoryOptions {
  /** The same seed, times and rate produce the same text. */
  readonly seed: number;
  /** First and last scrape, in milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** MCP requests per second. */
  readonly rate: number;
  /** The release of the gateway that is simulated. @default the newest */
  readonly gateway?: GatewayVersion;
  /** The label `instance` of the service's series. */
  readonly instance: string;
}

/** Generating the history at higher rates would take too long. */
const maxRequestsPerSecond = 20;

/** Twice the scrape interval, to halve the work; rate() over a minute still finds two samples. */
export const scrapeMs = 30_000;

/** The series that Prometheus adds to each scrape. */
const scrapeOf = (random: Random, lines: number): string =>
  [
    'up 1',
    `scrape_duration_seconds ${(0.004 + random.share() * 0.006).toFixed(6)}`,
    `scrape_samples_scraped ${lines}`,
    '',
  ].join('\n');

/** Renders the series outside the catalogue: those of the process. */
const surroundings = (random: Random, {from}: HistoryOptions) => {
  const startedAt = from / 1000 - 3600;
  let cpu = 20;
  let heap = 48e6;
  return (lines: number): string => {
    cpu += random.between(15, 45) / 100;
    heap = Math.max(38e6, Math.min(72e6, heap + random.between(-20, 21) * 1e5));
    return [
      scrapeOf(random, lines),
      `process_cpu_seconds_total ${cpu.toFixed(2)}`,
      `process_resident_memory_bytes ${heap + 62e6}`,
      `process_start_time_seconds ${startedAt}`,
      `nodejs_heap_size_used_bytes ${heap}`,
      `nodejs_eventloop_lag_p99_seconds ${(0.011 + random.share() * 0.004).toFixed(6)}`,
      '',
    ].join('\n');
  };
};

/** The service's metrics about itself: what its HTTP server and timers would have recorded for one POST. */
const countPost = ({requests, requestDuration}: Instruments, random: Random): void => {
  const code = random.happens(0.002) ? '422' : '200';
  requests.add({route: '/metrics', code});
  requestDuration.observe({route: '/metrics'}, random.logNormal(0.0015, 0.6));
};

/**
 * Prometheus 3 stores `le="5"` as `le="5.0"`, but only for families declared as histograms: without these lines,
 * scrapes would start new series beside those of the history.
 */
const declaresHistogram = /^# TYPE \S+ histogram$/;

/** The emitters whose keys the reporters use. */
const emitters = ['registry', 'auth-server', 'library'];

/** The samples of one exposition, with the target's labels and a timestamp added. */
const stamped = (text: string, labels: string, seconds: number): string => {
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    if (declaresHistogram.test(line)) lines.push(`${line}\n`);
    if (line === '' || line.startsWith('#')) continue;
    const brace = line.indexOf('{');
    const space = line.indexOf(' ');
    const hasLabels = brace > 0 && brace < space;
    const head = hasLabels ? `${line.slice(0, brace + 1)}${labels},` : `${line.slice(0, space)}{${labels}}`;
    lines.push(`${head}${line.slice(hasLabels ? brace + 1 : space)} ${seconds}\n`);
  }
  return lines.join('');
};

/** Default histogram bounds of the OpenTelemetry SDK. */
const sdkBounds = Float64Array.of(0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000);

/** Counts a measurement as an export with only this one would be. */
const createMeasure =
  (countExport: CountExport) =>
  ({reporter, instrument, unit, value, attributes}: Measurement): void => {
    const kind = unit === '1' ? 'sum' : 'histogram';
    const header = {name: instrument, unit, kind, temporality: 1, monotonic: true} as const;
    const points = countExport(reporter).sink.metric(header, 1);
    if (points === undefined) throw new SimulationError(`${instrument}: expected an instrument that is mapped`);
    const {labels} = points.resolve(new Map(Object.entries(attributes)));
    if (unit === '1') {
      points.number(labels, value);
      return;
    }
    const counts = new Float64Array(sdkBounds.length + 1);
    const bucket = sdkBounds.findIndex(bound => value <= bound);
    counts[bucket < 0 ? sdkBounds.length : bucket] = 1;
    points.histogram(labels, {
      count: 1,
      sum: value,
      bounds: sdkBounds,
      boundCount: sdkBounds.length,
      counts,
      countCount: counts.length,
    });
  };

/** OpenMetrics text, one chunk per scrape. */
export async function* historyText(options: HistoryOptions): AsyncGenerator<string, void, undefined> {
  const {seed, from, to, rate, instance, gateway = gatewayVersions[0]} = options;
  const random = createRandom(seed, 99); // a separate stream, so that the traffic's random numbers stay the same
  const onFold = (): void => {};
  const {instruments, exposition, byKey} = createInstruments({
    bucketBoundaries: defaultBoundaries,
    maxSeries: 100_000,
    onFold,
    processMetrics: false,
  });
  const limiter = createLabelLimiter({maxValues: 150, maxLength: 128, onFold});
  let now = from;
  const accounts = createEmitterAccounts({instruments, limiter, log: {report() {}, endMinute() {}}, now: () => now});
  accounts.open(emitters.map(emitter => ({emitter, id: '00000000'})));
  const observe = createObserver({instruments, limiter, onAccepted: accounts.accept, onNormalized: () => {}});
  const measure = createMeasure(createExportCounter({families: byKey, limiter}));
  const side = createRandom(seed, 77);
  const around = surroundings(random, options);
  const collector = await createCollector(from);
  const labels = `job="${jobs.service}",instance="${instance}"`;
  const collectorLabels = `job="${simulatedTarget.job}",instance="${simulatedTarget.instance}"`;
  instruments.buildInfo.set({version: limiter.trust('version', '0.0.0'), name: limiter.trust('name', 'history')}, 1);

  let scrapeAt = Math.ceil(from / scrapeMs) * scrapeMs;
  for (const event of gatewayDay({seed, start: from, rate})) {
    while (event.at > scrapeAt) {
      instruments.eventLoopStall.observe({}, random.logNormal(0.0008, 0.9));
      let text = '';
      for await (const slice of exposition.slices()) text += slice;
      text += around(text.split('\n').length);
      yield stamped(text, labels, scrapeAt / 1000);
      const samples = collector.expositionAt(scrapeAt);
      yield stamped(samples + scrapeOf(random, samples.split('\n').length), collectorLabels, scrapeAt / 1000);
      scrapeAt += scrapeMs;
      if (scrapeAt > to) {
        yield '# EOF\n';
        return;
      }
    }
    const {reports, measurements} = reportedBy(gateway, event, side);
    now = event.at;
    for (const measurement of measurements) {
      measure(measurement);
      accounts.accept(measurement.reporter, 'otlp_point', 1);
    }
    for (const {reporter, metric} of reports) {
      const batch = parse({...introductions[reporter], metrics: [metric]}, {maxBatch: nginxBatch, now: event.at});
      // nginx uses the registry's key.
      const emitter = reporter === 'nginx' ? 'registry' : reporter;
      if (batch.sender !== null) observe(emitter, batch.sender, batch.events);
      countPost(instruments, random);
    }
  }
}

/** The history, and where it is stored. */
export type LoadOptions = HistoryOptions & RecordOptions;

/** Generates the history and loads it into Prometheus's data folder, which no server may have open. */
export const loadHistory = async (options: LoadOptions): Promise<void> => {
  const {promtool, data, temporary, signal} = options;
  const file = join(temporary, 'history.txt');
  try {
    await pipeline(Readable.from(historyText(options)), createWriteStream(file), {signal});
    const parameters = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', file, data];
    // promtool keeps temporary files there and leaves them behind when it is interrupted.
    await run(promtool, parameters, {env: {...process.env, TMPDIR: temporary}, signal});
  } finally {
    await rm(file, {force: true});
  }
  await recordHistory(options);
};

/** Loads the history that was requested; does nothing for a length of 0. */
export const prependHistory = async (
  {historyMs, traffic, gateway}: Pick<Options, 'historyMs' | 'traffic' | 'gateway'>,
  {log, ...where}: Omit<LoadOptions, 'seed' | 'from' | 'to' | 'rate'> & {readonly log: (line: string) => void},
): Promise<void> => {
  if (historyMs === 0) return;
  log(`Generating ${historyMs / 60_000} minutes of simulated history …`);
  const to = Date.now();
  const rate = Math.min(traffic === 'off' ? rateBounds.default : traffic, maxRequestsPerSecond);
  await loadHistory({...where, seed: to, from: to - historyMs, to, rate, gateway});
};
