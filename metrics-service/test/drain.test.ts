/** From SIGTERM to the end: no event with a 200 response is lost. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import Database from 'libsql';
import {parseSamples, sumOf} from './exposition-samples.ts';
import {type Client, type RunningProcess, registryKey, runReady, until} from './running-service.ts';
import {open, parseResponse} from './socket.ts';

const patient = {DRAIN_TIMEOUT_SECONDS: '60', METRICS_RATE_LIMIT: '1000000'};
const good = '{"service":"nginx","metrics":[{"type":"custom","value":1}]}';
const head = `POST /metrics HTTP/1.1\r\nHost: metrics\r\nX-API-Key: ${registryKey}\r\nContent-Length: ${good.length}\r\n\r\n`;

const eventsIn = (text: string): number => sumOf(parseSamples(text), 'mcp_custom_events_total');

const isDraining = (service: Client) =>
  until(async () => (await service.request({path: '/health'})).status === 503 || undefined);
const flush = {method: 'POST', path: '/flush', headers: {'X-API-Key': registryKey}};
/** By a request that adds no event. */
const acceptsNothing = (service: Client) =>
  until(async () => (await service.request(flush)).status === 503 || undefined);

test('SIGTERM: 503 for new requests, those in flight are finished, then a scrape, then exit 0', async t => {
  const service = await runReady(t, patient);
  const inFlight = await open(t, service.apiPort);
  inFlight.write(`${head}${good.slice(0, 10)}`);
  // By the time of this response the service has read the start above.
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);

  const rejected = await service.post(good);
  t.like(rejected.body, {detail: 'Service is draining', status_code: 503});
  t.regex(rejected.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
  t.is(rejected.headers.get('Connection'), 'close');
  const health = await service.request({path: '/health'});
  t.is(health.status, 503);
  t.deepEqual(Object.keys(health.body).sort(), ['detail', 'request_id', 'status_code']);

  // A scrape before the last 200 doesn't end it.
  t.is(sumOf(await service.samples(), 'mcp_custom_events_total'), 1);
  t.is(await service.read('mcp_metrics_service_draining'), 1);
  inFlight.write(good.slice(10));
  t.is(parseResponse(await inFlight.closed).status, 200);
  t.is(sumOf(await service.samples(), 'mcp_custom_events_total'), 2);
  t.deepEqual(await service.exited, {code: 0, signal: null});
  t.is(service.output.stderr, '');
});

test('SIGTERM: a pipelined request that was counted gets its response, although the one before it ends later', async t => {
  const service = await runReady(t, {...patient, MAX_REQUEST_SIZE: '10MB'});
  const gzipped = (body: string | Buffer): Buffer => {
    const bytes = gzipSync(body);
    return Buffer.concat([
      Buffer.from(
        `POST /metrics HTTP/1.1\r\nHost: metrics\r\nX-API-Key: ${registryKey}\r\nContent-Encoding: gzip\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      ),
      bytes,
    ]);
  };
  // Two bodies are inflated at a time: the first of the pipelined requests waits for all of these.
  const large = gzipped(Buffer.alloc(9_000_000, ' '));
  for (let index = 0; index < 12; index += 1) (await open(t, service.apiPort)).write(large);
  const client = await open(t, service.apiPort);
  client.write(Buffer.concat([gzipped(good), Buffer.from(`${head}${good}`)]));
  await until(async () => eventsIn(await service.scrape()) === 1);
  service.kill('SIGTERM');
  await client.until(/HTTP\/1\.1 200 .*\}HTTP\/1\.1 200 .*\}$/s);
  t.is(eventsIn(await service.scrape()), 2);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: a request that is counted behind a failed health check gets its response', async t => {
  const service = await runReady(t, {...patient, DRAIN_GRACE_SECONDS: '20'});
  service.kill('SIGTERM');
  await isDraining(service);
  const client = await open(t, service.apiPort);
  client.write(`GET /health HTTP/1.1\r\nHost: metrics\r\n\r\n${head}${good}`);
  await client.until(/HTTP\/1\.1 503 .*\}HTTP\/1\.1 200 .*\}$/s);
  t.is(eventsIn(await service.scrape()), 1);
});

test('SIGTERM: what has been scraped since the last 200 needs no further scrape', async t => {
  const service = await runReady(t, patient);
  t.is((await service.post(good)).status, 200);
  t.is((await service.request({path: '/health'})).status, 200);
  await service.scrape();
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: without a scrape it ends after DRAIN_TIMEOUT_SECONDS, and flushes the history before', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-drain-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const path = join(folder, 'metrics.db');
  const service = await runReady(t, {
    DRAIN_TIMEOUT_SECONDS: '0.3',
    SQLITE_DB_PATH: path,
    FLUSH_INTERVAL_SECONDS: '3600',
  });
  t.is((await service.post(good)).status, 200);
  // Neither is a scrape: the exposition has to be sent whole.
  await fetch(`http://127.0.0.1:${service.expositionPort}/metrics`, {method: 'HEAD'});
  await fetch(`http://127.0.0.1:${service.expositionPort}/`);
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
  const database = new Database(path);
  t.teardown(() => database.close());
  t.deepEqual(database.prepare('SELECT service, type FROM metrics').all(), [{service: 'nginx', type: 'custom'}]);
});

test('SIGTERM: a request that never ends delays the exit no longer than DRAIN_TIMEOUT_SECONDS', async t => {
  const service = await runReady(t, {DRAIN_TIMEOUT_SECONDS: '0.3'});
  const inFlight = await open(t, service.apiPort);
  inFlight.write(`${head}${good.slice(0, 10)}`);
  t.is((await service.request({path: '/health'})).status, 200);
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
  await inFlight.closed;
});

test('SIGTERM: a client that requested a tunnel and never disconnects does not delay the exit', async t => {
  const service = await runReady(t, patient);
  for (const port of [service.apiPort, service.expositionPort]) {
    const tunnel = await open(t, port, {deaf: true});
    tunnel.write('CONNECT metrics:443 HTTP/1.1\r\nHost: metrics:443\r\n\r\n');
    t.is(parseResponse(await tunnel.until(/\}$/)).status, 400);
  }
  const startedAt = performance.now();
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
  // Its client could go on for 10 s.
  t.true(performance.now() - startedAt < 8000);
});

/**
 * Starts a new request every second, whose body never ends, so that one is always in progress, until the port is
 * closed.
 */
const trickle = async (t: ExecutionContext, port: number, {path, key}: {path: string; key: string}): Promise<void> => {
  for (;;) {
    const connection = await open(t, port, {deaf: true}).catch(() => undefined);
    if (connection === undefined) return;
    connection.write(`POST ${path} HTTP/1.1\r\nHost: m\r\nX-API-Key: ${key}\r\nContent-Length: 1000000\r\n\r\n{`);
    await pause(1000);
  }
};

const strangers = [
  {path: '/metrics', key: 'no-key-of-anyone-00001'},
  {path: '/metrics', key: registryKey},
  {path: '/v1/metrics', key: 'no-key-of-anyone-00001'},
  {path: '/v1/metrics', key: registryKey},
  {path: '/v1/traces', key: ''},
  {path: '/flush', key: 'no-key-of-anyone-00001'},
  {path: '/nothing', key: ''},
];

test('SIGTERM: slow requests that were not admitted before do not delay the drain', async t => {
  const service = await runReady(t, patient);
  for (const {path, key} of strangers.filter(({key}) => key !== registryKey)) trickle(t, service.apiPort, {path, key});
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);
  // Those with a key as well: the service no longer accepts what they send.
  for (const stranger of strangers) trickle(t, service.apiPort, stranger);
  t.is(eventsIn(await service.scrape()), 1);
  const startedAt = performance.now();
  t.deepEqual(await service.exited, {code: 0, signal: null});
  // DRAIN_TIMEOUT_SECONDS is a minute.
  t.true(performance.now() - startedAt < 30_000);
});

test('SIGTERM: a request that was admitted before is finished, whatever strangers do', async t => {
  const service = await runReady(t, patient);
  const connection = await open(t, service.apiPort);
  connection.write(`${head}${good.slice(0, 10)}`);
  t.is((await service.post(good)).status, 200);
  trickle(t, service.apiPort, {path: '/metrics', key: ''});
  service.kill('SIGTERM');
  await acceptsNothing(service);
  t.is(eventsIn(await service.scrape()), 1);
  connection.write(good.slice(10));
  t.is(parseResponse(await connection.closed).status, 200);
  t.is(eventsIn(await service.scrape()), 2);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

/** Runs a service whose exposition is too long for the buffers of a connection. */
const runWithManySeries = async (t: ExecutionContext): Promise<RunningProcess> => {
  const service = await runReady(t, {
    ...patient,
    METRICS_MAX_LABEL_CARDINALITY: '20000',
    METRICS_MAX_SERIES: '1000000',
  });
  for (let batch = 0; batch < 10; batch += 1) {
    const metrics = Array.from({length: 1000}, (_, index) => ({
      type: 'protocol_latency',
      value: 0.3,
      dimensions: {server_name: `server-${batch}-${index}`},
    }));
    t.is((await service.post({service: 'nginx', metrics})).status, 200);
  }
  return service;
};

test('SIGTERM: readers that did not announce themselves as scrapers, and read slowly, do not delay the drain', async t => {
  const service = await runWithManySeries(t);
  const slow = await open(t, service.expositionPort);
  slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await slow.until(/# HELP/);
  slow.socket.pause();
  await service.scrapeAs('prometheus');
  await service.scrapeAs('prometheus');
  service.kill('SIGTERM');
  const startedAt = performance.now();
  t.deepEqual(await service.exited, {code: 0, signal: null});
  // DRAIN_TIMEOUT_SECONDS is a minute, and a scrape may take that long.
  t.true(performance.now() - startedAt < 30_000);
});

test('a second SIGTERM ends it immediately', async t => {
  const service = await runReady(t, patient);
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);
  service.kill('SIGTERM');
  const {code, signal} = await service.exited;
  t.is(signal, null);
  t.not(code, 0);
});

test('DRAIN_GRACE_SECONDS: health checks get 503, events are still accepted, and each connection is closed', async t => {
  const service = await runReady(t, {...patient, DRAIN_GRACE_SECONDS: '5'});
  const before = await open(t, service.apiPort);
  before.write(`${head}${good.slice(0, 10)}`);
  t.is((await service.post(good)).headers.get('Connection'), 'keep-alive');
  service.kill('SIGTERM');
  await isDraining(service);
  const accepted = await service.post(good);
  t.is(accepted.status, 200);
  t.is(accepted.headers.get('Connection'), 'close');
  const rejected = await service.post('{');
  t.is(rejected.status, 400);
  t.is(rejected.headers.get('Connection'), 'close');
  const flushed = await service.request(flush);
  t.is(flushed.status, 200);
  t.is(flushed.headers.get('Connection'), 'close');
  t.is(await service.read('mcp_metrics_service_draining'), 1);
  // An earlier request gets `connection: close` too; no scrape has its metric yet.
  before.write(good.slice(10));
  t.regex(parseResponse(await before.closed).head, /^connection: close$/im);
  await acceptsNothing(service);
  t.is(sumOf(await service.samples(), 'mcp_custom_events_total'), 3);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('without an exposition there is no scrape to wait for', async t => {
  const service = await runReady(t, {...patient, OTEL_PROMETHEUS_ENABLED: 'false'});
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGINT leaves without waiting for a scrape', async t => {
  const service = await runReady(t, patient);
  t.is((await service.post(good)).status, 200);
  service.kill('SIGINT');
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

/** Posts again and again until the service accepts no more; returns the number of 200 responses. */
const hammer = async (service: Client): Promise<number> => {
  let answered = 0;
  for (;;) {
    const status = await service.post(good).then(
      response => response.status,
      // The port is closed.
      () => 0,
    );
    if (status !== 200) return answered;
    answered += 1;
  }
};

test('drain under load loses nothing: the last scrape has all events with a 200 response', async t => {
  const service = await runReady(t, patient);
  const clients = Array.from({length: 32}, () => hammer(service));
  const before = await until(async () => {
    const text = await service.scrape();
    return eventsIn(text) > 200 ? text : undefined;
  });
  service.kill('SIGTERM');
  const answered = (await Promise.all(clients)).reduce((sum, count) => sum + count, 0);
  // Without a response since the scrape before, there is no scrape to wait for.
  const last = (await lastScrape(service)) || before;
  t.true(answered > 200);
  t.is(eventsIn(last), answered);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

/** Scrapes until there is no response. */
const lastScrape = async (service: RunningProcess): Promise<string> => {
  let last = '';
  for (;;) {
    const text = await service.scrape().catch(() => undefined);
    if (text === undefined) return last;
    last = text;
  }
};

test('SIGTERM: when a scraper has announced itself, a manual scrape does not end the drain', async t => {
  const service = await runReady(t, patient);
  await service.scrapeAs('prometheus');
  await service.scrapeAs('prometheus');
  t.is((await service.post(good)).status, 200);
  // An operator reads the exposition, before and after.
  await service.scrape();
  service.kill('SIGTERM');
  await acceptsNothing(service);
  t.is(eventsIn(await service.scrape()), 1);
  t.is(eventsIn(await service.scrape()), 1);
  // A series that no scraper has seen needs two scrapes: at 0 and with its count.
  t.is(eventsIn(await service.scrapeAs('prometheus')), 0);
  t.is(eventsIn(await service.scrape()), 1);
  t.is(eventsIn(await service.scrapeAs('prometheus')), 1);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: each scraper of the last minutes carries the counts before the drain ends', async t => {
  const service = await runReady(t, patient);
  t.is((await service.post(good)).status, 200);
  for (const name of ['left', 'right', 'left', 'right']) await service.scrapeAs(name);
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);
  t.is(eventsIn(await service.scrapeAs('left')), 2);
  t.is(eventsIn(await service.scrapeAs('left')), 2);
  t.is(eventsIn(await service.scrapeAs('right')), 2);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: a scraper that comes during the drain in place of another carries the counts', async t => {
  const service = await runReady(t, patient);
  t.is((await service.post(good)).status, 200);
  for (let times = 0; times < 2; times += 1) await service.scrapeAs('collector-1');
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);
  // The first is gone once it has missed scrapes for five seconds.
  t.is(eventsIn(await service.scrapeAs('collector-2')), 2);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: a new series shows its count in its first scrape where a second one would come too late', async t => {
  const service = await runReady(t, {...patient, DRAIN_TIMEOUT_SECONDS: '30'});
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);
  // A scraper that comes for the first time may come again in a minute.
  t.is(eventsIn(await service.scrapeAs('prometheus')), 1);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: a scrape in progress when another one ends the drain is sent whole', async t => {
  const service = await runWithManySeries(t);
  const slow = await open(t, service.expositionPort);
  slow.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await slow.until(/# HELP/);
  slow.socket.pause();
  service.kill('SIGTERM');
  await acceptsNothing(service);
  const quick = await service.scrape();
  t.true(quick.length > 10e6);
  slow.socket.resume();
  const received = await slow.closed;
  t.regex(received.slice(-20), /\r\n0\r\n\r\n$/);
  t.true(received.length >= quick.length);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('SIGTERM: pipelined scrapes that were never read do not delay the drain once their connection is closed', async t => {
  const service = await runReady(t, {...patient, METRICS_MAX_LABEL_CARDINALITY: '5000', METRICS_MAX_SERIES: '1000000'});
  const metrics = Array.from({length: 1000}, (_, index) => ({
    type: 'protocol_latency',
    value: 0.3,
    dimensions: {server_name: `server-${index}`},
  }));
  t.is((await service.post({service: 'nginx', metrics})).status, 200);
  const unread = await open(t, service.expositionPort);
  unread.socket.pause();
  unread.write('GET /metrics HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n'.repeat(40));
  // The response to another request comes after some of them have started.
  await service.scrape();
  unread.socket.destroy();
  await unread.closed;
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await acceptsNothing(service);
  const response = await fetch(`http://127.0.0.1:${service.expositionPort}/metrics`);
  t.is(response.headers.get('Content-Encoding'), 'gzip');
  await response.text();
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('a log without a reader keeps the service neither from serving nor from ending', async t => {
  const service = await runReady(t, {LOG_LEVEL: 'trace'});
  service.stopReading();
  t.is((await service.post('nothing')).status, 400);
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
});
