/**
 * Checks for minutes what the fault tests check for seconds. One service runs for the whole time under well-behaved, hostile
 * and slow clients and a million label values; others are ended by SIGTERM at random moments.
 */
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {attack} from '../test/attack.ts';
import {sampleValue, sumOf} from '../test/exposition-samples.ts';
import {createHostile} from '../test/hostile.ts';
import {shapes} from '../test/hostile-shapes.ts';
import {createRandom} from '../test/random.ts';
import {type RunningProcess, registryKey, runReady} from '../test/running-service.ts';
import {maxRequestSizeOf, processorMsOf} from '../test/small-heap.ts';
import {startClient} from '../test/well-behaved-client.ts';
import {hostileKey, openSlowConnections, type Run, restartUnderLoad, sendCostlyRequests, sendLabels} from './abuse.ts';

export interface SoakOptions {
  readonly minutes: number;
  /** Chooses the hostile requests and the moments. */
  readonly seed: number;
  /** Services ended by SIGTERM under load. */
  readonly kills: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  /** Receives what must be undone at the end, or by a second interruption. */
  readonly onUndo: (undo: () => unknown) => void;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
/** The service runs with its default settings, in a heap of the size that Node 24 chooses for 512 MB of memory. */
const smallHeap = '--max-heap-size=259';
const maxResidentBytes = 350e6;
const maxSeries = 20_000;
/** Series of `_other` come on top. */
const otherSeries = 500;
const progressMs = 30_000;
const eventsPerRequest = 20;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

type Gauges = Awaited<ReturnType<typeof readGauges>>;

const readGauges = async (service: RunningProcess) => {
  const samples = await service.samples();
  return {
    samples,
    resident: sampleValue(samples, 'process_resident_memory_bytes') ?? Number.NaN,
    series: sampleValue(samples, 'mcp_metrics_service_series') ?? Number.NaN,
  };
};

/** Reads the gauges every second until the end of the run. */
const watch = async (run: Run, service: RunningProcess): Promise<{first: Gauges; maxResident: number}> => {
  await run.sleep(2000);
  const first = await readGauges(service);
  let maxResident = first.resident;
  let printed = Date.now();
  while (!run.signal.aborted) {
    const now = await readGauges(service);
    maxResident = Math.max(maxResident, now.resident);
    if (Date.now() - printed > progressMs) {
      printed = Date.now();
      const requests = sumOf(now.samples, 'mcp_metrics_service_requests_total');
      print(
        `  ${run.elapsed().toFixed(1)} min: ${requests} requests, ${megabytes(now.resident)} resident, ${now.series} series`,
      );
    }
    await run.sleep(1000);
  }
  return {first, maxResident};
};

type Clients = readonly ReturnType<typeof startClient>[];

/** Compares what well-behaved clients sent with what was counted; returns the lines of the summary. */
const judge = (run: Run, clients: Clients, {samples, series, resident}: Gauges, maxResident: number) => {
  const answered = clients.reduce((sum, client) => sum + client.answered, 0);
  const counted = clients.reduce(
    (sum, _, index) => sum + sumOf(samples, 'mcp_tool_executions_total', {service: `well-behaved-${index}`}),
    0,
  );
  const failures = clients.flatMap(client => [...client.failures]);
  const responses = (code?: string): number =>
    sumOf(samples, 'mcp_metrics_service_requests_total', code === undefined ? {} : {code});
  const serverErrors = responses('500') + responses('503');
  const stalls = samples.filter(({name}) => name === 'mcp_metrics_service_event_loop_stall_seconds_bucket');
  const longest = stalls.find(({value}) => value === stalls.at(-1)?.value)?.labels['le'];
  if (counted !== answered)
    run.note(`${answered} events of well-behaved clients received a 200 response, ${counted} were counted`);
  for (const [outcome, count] of failures) run.note(`${count} requests of well-behaved clients ended with ${outcome}`);
  if (serverErrors > 0) run.note(`${serverErrors} responses of 5xx`);
  if (maxResident > maxResidentBytes)
    run.note(`${megabytes(maxResident)} resident, more than ${megabytes(maxResidentBytes)}`);
  if (!(series <= maxSeries + otherSeries)) run.note(`${series} series, more than METRICS_MAX_SERIES`);
  return {
    requests: responses(),
    wellBehaved: answered / eventsPerRequest,
    errors: `${serverErrors} responses of 5xx, ${failures.length} kinds of failure at well-behaved clients`,
    memory: `${megabytes(resident)} at the end, ${megabytes(maxResident)} at most; ${series} series`,
    waits: clients.map(client => ({elapsed: client.elapsedPercentileMs(0.99), processor: client.percentileMs(0.99)})),
    eventLoop: `no stall longer than ${longest} s`,
    loss: `${Math.max(0, answered - counted)} of ${answered} events of well-behaved clients`,
  };
};

const longest = (ms: readonly number[]): string => Math.max(...ms).toFixed(0);

type Abuse = Awaited<ReturnType<typeof abuse>>;

/** Everything besides well-behaved traffic, until the end of the run. */
const abuse = async (
  run: Run,
  {service, kills, start}: {service: RunningProcess; kills: number; start: () => Promise<RunningProcess>},
) => {
  const random = createRandom(run.seed);
  const maxSize = await maxRequestSizeOf(service);
  const [hostile, labels, slow, restarts, costly] = await Promise.all([
    attack({
      port: service.apiPort,
      random,
      next: createHostile({random, key: hostileKey, maxSize}),
      requests: Number.POSITIVE_INFINITY,
      connections: 4,
      secrets: [registryKey, hostileKey],
      signal: run.signal,
      pauseMs: 60,
    }),
    sendLabels(run, service),
    openSlowConnections(run, service.apiPort),
    restartUnderLoad(run, kills, start),
    sendCostlyRequests(run, service, maxSize),
  ]);
  return {hostile, labels, slow, restarts, costly};
};

const printSummary = (
  verdict: ReturnType<typeof judge>,
  first: Gauges,
  {hostile, labels, slow, restarts, costly}: Abuse,
): void => {
  const statuses = [...hostile.responses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  const lines = {
    requests: `${verdict.requests} with a response: ${verdict.wellBehaved} of well-behaved clients, ${hostile.requests} hostile, ${labels.requests} with ${labels.sent} label values`,
    'responses to hostile': statuses.join(', '),
    'slow connections': `${slow.opened} opened, ${slow.cutOff} cut off`,
    'costly requests': `${costly.bodies} bodies of ${shapes.length} shapes, ${costly.connections} connections of unread requests`,
    errors: verdict.errors,
    memory: `${megabytes(first.resident)} at the start, ${verdict.memory}`,
    'p99 of well-behaved clients': `${longest(verdict.waits.map(({elapsed}) => elapsed))} ms elapsed, ${longest(verdict.waits.map(({processor}) => processor))} ms of the service's processor time`,
    'event loop': verdict.eventLoop,
    loss: verdict.loss,
    kills: `${restarts.restarts} by SIGTERM under load: ${restarts.missing} of ${restarts.answered} events with a 200 response missing at the scraper`,
  };
  for (const [name, line] of Object.entries(lines)) print(`${name.padEnd(25)}${line}`);
};

/** Runs the service under everything; prints the progress and a summary. Returns whether nothing broke. */
export const soak = async ({minutes, seed, kills, signal, onUndo}: SoakOptions): Promise<boolean> => {
  const over = new AbortController();
  signal.addEventListener('abort', () => over.abort());
  const startedAt = Date.now();
  const problems: string[] = [];
  const run: Run = {
    minutes,
    seed,
    signal: over.signal,
    sleep: ms => pause(ms, undefined, {signal: over.signal}).catch(() => {}),
    elapsed: () => (Date.now() - startedAt) / 60_000,
    note: problem => {
      problems.push(problem);
      print(`  ! ${problem.slice(0, 500)}`);
    },
  };
  const start = (variables: Readonly<Record<string, string>>) =>
    runReady(
      {teardown: onUndo},
      {METRICS_RATE_LIMIT: '1000000000', DRAIN_TIMEOUT_SECONDS: '60', ...variables},
      {detached: true, node: [smallHeap]},
    );
  const {path: folder, remove} = await createTemporaryFolder('mcp-soak-');
  onUndo(remove);
  print(`soak for ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, --seed ${seed}, node ${process.version}`);
  const service = await start({METRICS_API_KEY_HOSTILE: hostileKey, SQLITE_DB_PATH: join(folder, 'metrics.db')});
  const ended = setTimeout(() => over.abort(), minutes * 60_000);
  let hasCrashed = false;
  service.exited.then(() => {
    if (over.signal.aborted) return;
    hasCrashed = true;
    run.note(`the service ended: ${service.output.stderr}`);
    over.abort();
  });
  const clients = Array.from({length: 4}, (_, index) =>
    startClient({
      port: service.apiPort,
      key: registryKey,
      service: `well-behaved-${index}`,
      metricsPerRequest: eventsPerRequest,
      pauseMs: 40,
      clockMs: processorMsOf(service.pid),
    }),
  );
  const work = abuse(run, {service, kills, start: () => start({})});
  // A failure aborts the rest and is thrown again below. Unhandled, it would leave services running.
  work.catch(() => over.abort());
  const {first, maxResident} = await watch(run, service);
  clearTimeout(ended);
  const {hostile} = await work;
  await Promise.all(clients.map(client => client.stop()));
  for (const problem of hostile.problems) run.note(problem);
  if (!hasCrashed) {
    const last = await readGauges(service);
    const verdict = judge(run, clients, last, Math.max(maxResident, last.resident));
    service.kill('SIGTERM');
    const {code} = await service.exited;
    if (code !== 0) run.note(`SIGTERM ended it with ${code}`);
    if (service.output.stderr !== '') run.note(`it wrote to stderr: ${service.output.stderr}`);
    printSummary(verdict, first, await work);
  }
  print(problems.length === 0 ? 'nothing broke' : `${problems.length} problems`);
  return problems.length === 0;
};
