/**
 * `npm run soak`: what the fault tests hold the service to, for minutes instead of moments. One service lives through all
 * of it, under honest clients, hostile ones, slow ones and a million label values; others are ended by SIGTERM at
 * moments of chance. Exits 1 when anything was lost, broken or grew.
 */
import {mkdtemp, rm} from 'node:fs/promises';
import {connect, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {attack} from '../test/attack.ts';
import {sampleValue, sumOf} from '../test/exposition-samples.ts';
import {beHonest} from '../test/honest.ts';
import {createHostile} from '../test/hostile.ts';
import {sendShapes} from '../test/hostile-sender.ts';
import {shapes} from '../test/hostile-shapes.ts';
import {createRandom} from '../test/random.ts';
import {live} from '../test/restart-cycle.ts';
import {registryKey, runReady} from '../test/running-service.ts';
import {maxRequestSizeOf} from '../test/small-heap.ts';
import {pipelineUnread} from '../test/unread-requests.ts';
import {readOptions} from './soak-options.ts';

const {minutes, seed, kills} = readOptions();

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const hostileKey = 'key-of-the-hostile-00001';
const labelValues = 1_000_000;
const labelsPerRequest = 1000;
/** The service runs at its default settings in the heap that Node 24 takes in 512 MB. */
const smallHeap = '--max-heap-size=259';
const mostResident = 350e6;
const mostSeries = 20_000;

/** Undone at the end, whatever the end is. */
const undo: Array<() => unknown> = [];
const scope = {teardown: (last: () => unknown) => void undo.push(last)};
const over = new AbortController();
/** npm passes on the Ctrl-C that the terminal has already sent: one press arrives twice. */
const echoMs = 500;
let asked = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!over.signal.aborted) asked = Date.now();
    else if (Date.now() - asked > echoMs) {
      for (const last of undo) last(); // kills immediately: a second signal does not wait for the rest
      process.exit(130);
    }
    over.abort();
  });
}
// The terminal may be gone before the end.
process.stdout.on('error', () => {});
const sleep = (ms: number): Promise<void> => pause(ms, undefined, {signal: over.signal}).catch(() => {});

const startOne = (variables: Readonly<Record<string, string>>) =>
  runReady(
    scope,
    {METRICS_RATE_LIMIT: '1000000000', DRAIN_TIMEOUT_SECONDS: '60', ...variables},
    {detached: true, node: [smallHeap]},
  );
type Service = Awaited<ReturnType<typeof startOne>>;

const problems: string[] = [];
const note = (problem: string): void => {
  problems.push(problem);
  print(`  ! ${problem.slice(0, 500)}`);
};

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const begun = Date.now();
const elapsed = (): number => (Date.now() - begun) / 60_000;

/** Random values for every label a sender may choose, spread over the first nine tenths of the time. */
const sendLabels = async (service: Service): Promise<{sent: number; requests: number}> => {
  const random = createRandom(seed ^ 0x1abe1);
  const text = (): string => `v${random.below(2 ** 31).toString(36)}${random.below(2 ** 31).toString(36)}`;
  let sent = 0;
  let requests = 0;
  while (!over.signal.aborted && sent < labelValues) {
    const metrics = Array.from({length: labelsPerRequest / 4}, () => ({
      type: 'tool_execution',
      value: 1,
      dimensions: {success: true, method: text(), server_name: text(), tool_name: text(), client_name: text()},
    }));
    const {status} = await service.post({service: 'labels', metrics});
    if (status !== 200) note(`response to label values: ${status}`);
    sent += labelsPerRequest;
    requests += 1;
    const ahead = (sent / labelValues) * minutes * 0.9 - elapsed();
    if (ahead > 0) await sleep(ahead * 60_000);
  }
  return {sent, requests};
};

/** Connections that begin a request and never end it; each must be cut off by the service. */
const beSlow = async (port: number): Promise<{opened: number; cutOff: number}> => {
  const beginnings = [
    '',
    'POST /metrics HTTP/1.1\r\nX-',
    `POST /metrics HTTP/1.1\r\nHost: m\r\nX-API-Key: ${hostileKey}\r\nContent-Length: 99\r\n\r\n{`,
  ];
  const sockets = new Set<Socket>();
  let opened = 0;
  let cutOff = 0;
  while (!over.signal.aborted) {
    while (sockets.size < 300 && !over.signal.aborted) {
      const socket = connect(port, '127.0.0.1');
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('connect', () => socket.write(beginnings[opened % beginnings.length] ?? ''));
      socket.on('data', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        cutOff += 1;
      });
      opened += 1;
    }
    await sleep(500);
  }
  const cutOffByService = cutOff;
  for (const socket of sockets) socket.destroy();
  return {opened, cutOff: cutOffByService};
};

/** Requests that cost more than their size: every shape of a body, and requests without a key whose responses are not read. */
const beCostly = async (service: Service, maxSize: number): Promise<{bodies: number; connections: number}> => {
  const unread = [
    {port: service.apiPort, request: 'GET /openapi.json HTTP/1.1\r\nHost: m\r\n\r\n'},
    {port: service.apiPort, request: 'POST /metrics HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\n{}'},
    {port: service.expositionPort, request: 'GET /metrics HTTP/1.1\r\nHost: m\r\n\r\n'},
  ];
  let bodies = 0;
  let connections = 0;
  while (!over.signal.aborted) {
    const floods = unread.map(options => pipelineUnread({...options, connections: 40, requests: 1700}));
    await sleep(500);
    for (const flood of floods) {
      flood.stop();
      connections += flood.opened();
    }
    const sent = await sendShapes({port: service.apiPort, key: hostileKey, sizes: [maxSize, 512 * 1024], atOnce: 8});
    bodies += sent.length;
    for (const {shape, status} of sent)
      if (![200, 400, 413, 422].includes(Number(status)) && !over.signal.aborted) note(`${shape}: response ${status}`);
    await sleep(10_000);
  }
  return {bodies, connections};
};

const endAgain = async (): Promise<{lives: number; answered: number; requests: number; missing: number}> => {
  const random = createRandom(seed ^ 0x1177);
  const total = {lives: 0, answered: 0, requests: 0, missing: 0};
  while (!over.signal.aborted && total.lives < kills) {
    const life = await live(await startOne({}), {random, signal: 'SIGTERM'});
    for (const problem of life.problems) note(`life ${total.lives + 1}: ${problem}`);
    total.lives += 1;
    total.answered += life.answered;
    total.requests += life.requests;
    total.missing += Math.max(0, life.answered - life.scraped);
    const ahead = (total.lives / kills) * minutes * 0.95 - elapsed();
    if (ahead > 0) await sleep(ahead * 60_000);
  }
  return total;
};

const folder = await mkdtemp(join(tmpdir(), 'mcp-soak-'));
undo.push(() => rm(folder, {recursive: true, force: true}));
try {
  print(`soak for ${minutes} minutes, --seed ${seed}, node ${process.version}`);
  const service = await startOne({
    METRICS_API_KEY_HOSTILE: hostileKey,
    SQLITE_DB_PATH: join(folder, 'metrics.db'),
  });
  const ended = setTimeout(() => over.abort(), minutes * 60_000);
  let crashed = false;
  service.exited.then(() => {
    if (!over.signal.aborted) {
      crashed = true;
      note(`the service ended: ${service.output.stderr}`);
      over.abort();
    }
  });
  const honest = Array.from({length: 4}, (_, index) =>
    beHonest({port: service.apiPort, key: registryKey, service: `honest-${index}`, metricsPerRequest: 20, pauseMs: 40}),
  );
  const random = createRandom(seed);
  const maxSize = await maxRequestSizeOf(service);
  const hostile = attack({
    port: service.apiPort,
    random,
    next: createHostile({random, key: hostileKey, maxSize}),
    requests: Number.POSITIVE_INFINITY,
    connections: 4,
    secrets: [registryKey, hostileKey],
    signal: over.signal,
    pauseMs: 60,
  });
  const work = Promise.all([
    hostile,
    sendLabels(service),
    beSlow(service.apiPort),
    endAgain(),
    beCostly(service, maxSize),
  ]);
  // What fails ends the rest and is thrown again below; unhandled, it would leave services behind.
  work.catch(() => over.abort());

  const look = async () => {
    const samples = await service.samples();
    return {
      samples,
      resident: sampleValue(samples, 'process_resident_memory_bytes') ?? Number.NaN,
      series: sampleValue(samples, 'mcp_metrics_service_series') ?? Number.NaN,
    };
  };
  await sleep(2000);
  const start = await look();
  let most = start.resident;
  let series = start.series;
  let told = Date.now();
  while (!over.signal.aborted) {
    const now = await look();
    most = Math.max(most, now.resident);
    series = now.series;
    if (Date.now() - told > 30_000) {
      told = Date.now();
      const requests = sumOf(now.samples, 'mcp_metrics_service_requests_total');
      print(
        `  ${elapsed().toFixed(1)} min: ${requests} requests, ${megabytes(now.resident)} resident, ${series} series`,
      );
    }
    await sleep(1000);
  }
  clearTimeout(ended);
  const [ofHostile, ofLabels, ofSlow, ofLives, ofCostly] = await work;
  await Promise.all(honest.map(client => client.stop()));
  for (const problem of ofHostile.problems) note(problem);
  if (!crashed) {
    const last = await look();
    most = Math.max(most, last.resident);
    const answered = honest.reduce((sum, client) => sum + client.answered, 0);
    const counted = honest.reduce(
      (sum, _, index) => sum + sumOf(last.samples, 'mcp_tool_executions_total', {service: `honest-${index}`}),
      0,
    );
    const failures = honest.flatMap(client => [...client.failures]);
    const requests = sumOf(last.samples, 'mcp_metrics_service_requests_total');
    const serverErrors =
      sumOf(last.samples, 'mcp_metrics_service_requests_total', {code: '500'}) +
      sumOf(last.samples, 'mcp_metrics_service_requests_total', {code: '503'});
    const stalls = last.samples.filter(({name}) => name === 'mcp_metrics_service_event_loop_stall_seconds_bucket');
    const longest = stalls.find(({value}) => value === stalls.at(-1)?.value)?.labels['le'];
    if (counted !== answered) note(`${answered} events of honest clients got a 200 response, ${counted} were counted`);
    for (const [outcome, count] of failures) note(`${count} requests of honest clients ended with ${outcome}`);
    if (serverErrors > 0) note(`${serverErrors} responses of 5xx`);
    if (most > mostResident) note(`${megabytes(most)} resident, more than ${megabytes(mostResident)}`);
    // Those of _other come on top.
    if (!(series <= mostSeries + 500)) note(`${series} series, more than METRICS_MAX_SERIES`);
    service.kill('SIGTERM');
    const {code} = await service.exited;
    if (code !== 0) note(`SIGTERM ended it with ${code}`);
    if (service.output.stderr !== '') note(`it wrote to stderr: ${service.output.stderr}`);
    print(
      `requests                 ${requests} with a response: ${answered / 20} honest, ${ofHostile.requests} hostile, ${ofLabels.requests} of ${ofLabels.sent} label values`,
    );
    print(
      `responses to hostile     ${[...ofHostile.answers]
        .sort(([a], [b]) => a - b)
        .map(([status, count]) => `${status}: ${count}`)
        .join(', ')}`,
    );
    print(`slow connections         ${ofSlow.opened} opened, ${ofSlow.cutOff} cut off`);
    print(
      `costly ones              ${ofCostly.bodies} bodies of ${shapes.length} shapes, ${ofCostly.connections} connections of unread requests`,
    );
    print(
      `errors                   ${serverErrors} responses of 5xx, ${failures.length} kinds of failure at honest clients`,
    );
    print(
      `memory                   ${megabytes(start.resident)} at the start, ${megabytes(last.resident)} at the end, ${megabytes(most)} at most; ${series} series`,
    );
    print(`event loop               no stall longer than ${longest} s`);
    print(`loss                     ${Math.max(0, answered - counted)} of ${answered} events of honest clients`);
    print(
      `kills                    ${ofLives.lives} by SIGTERM under load: ${ofLives.missing} of ${ofLives.answered} events with a 200 response missing at the scraper`,
    );
  }
} finally {
  for (const last of undo.reverse()) await last();
}
print(problems.length === 0 ? 'nothing broke' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
