/** Signals at every moment of a process's life, most of them chosen by chance; FUZZ_SEED chooses others. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import test from 'ava';
import Database from 'libsql';
import {createRandom, seedOfTests} from './random.ts';
import {live} from './restart-cycle.ts';
import {logLines, registryKey, run, runReady, until} from './running-service.ts';
import {open} from './socket.ts';

const random = createRandom(seedOfTests());
/** A drain that waits in vain would be seen. */
const patient = {DRAIN_TIMEOUT_SECONDS: '86400', METRICS_RATE_LIMIT: '1000000000'};
const good = '{"service":"nginx","metrics":[{"type":"custom","value":1}]}';

test.serial(
  'ten services ended by SIGTERM at any moment under load: no event with a 200 response is missing',
  async t => {
    t.log(`FUZZ_SEED=${seedOfTests()}`);
    const folder = await mkdtemp(join(tmpdir(), 'mcp-signals-'));
    t.teardown(() => rm(folder, {recursive: true, force: true}));
    let answered = 0;
    const one = async (number: number): Promise<void> => {
      const path = join(folder, `${number}.db`);
      const service = await runReady(t, {
        ...patient,
        SQLITE_DB_PATH: path,
        FLUSH_INTERVAL_SECONDS: '3600',
        BATCH_SIZE: '500',
      });
      const life = await live(service, {random, signal: 'SIGTERM'});
      t.deepEqual(life.problems, []);
      answered += life.answered;
      // Counted events are in the history as well: it was flushed before the exit.
      const database = new Database(path);
      t.deepEqual(database.prepare('SELECT count(*) AS rows FROM metrics').all(), [{rows: life.scraped}]);
      database.close();
    };
    for (let pair = 0; pair < 5; pair += 1) await Promise.all([one(2 * pair), one(2 * pair + 1)]);
    t.true(answered > 0);
  },
);

test.serial('a service that is killed loses no event that was accepted before the last scrape started', async t => {
  const {problems} = await live(await runReady(t, patient), {random, signal: 'SIGKILL'});
  t.deepEqual(problems, []);
});

test.serial('SIGTERM during the start ends it, and it logs listening only if it then drains', async t => {
  const variables = {
    ...patient,
    METRICS_SERVICE_HOST: '127.0.0.1',
    METRICS_SERVICE_PORT: '0',
    OTEL_PROMETHEUS_PORT: '0',
    METRICS_API_KEY_REGISTRY: registryKey,
  };
  const starting = Array.from({length: 4}, async () => {
    const process = run(t, variables);
    await pause(random.below(800));
    process.kill('SIGTERM');
    const {code, signal} = await process.exited;
    t.true(code === 0 || (code === null && signal === 'SIGTERM'), `${code} ${signal}`);
    t.is(process.output.stderr, '');
    const messages = logLines(process).map(({msg}) => msg);
    if (messages.includes('listening')) t.is(code, 0);
    if (code === 0) t.is(messages.at(-1), 'drained');
  });
  await Promise.all(starting);
});

test('SIGTERM while nothing happens ends it immediately', async t => {
  const service = await runReady(t, patient);
  const idle = await open(t, service.apiPort);
  const scraper = await open(t, service.expositionPort);
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 0, signal: null});
  await Promise.all([idle.closed, scraper.closed]);
});

test('SIGTERM during scrapes: an interrupted scrape does not count, a complete one is the last', async t => {
  const sets = 3000;
  const service = await runReady(t, {
    ...patient,
    METRICS_MAX_LABEL_CARDINALITY: String(sets),
    METRICS_MAX_SERIES: '1000000',
  });
  for (let sent = 0; sent < sets; sent += 1000) {
    const metric = (_: unknown, index: number) => ({
      type: 'protocol_latency',
      value: 1,
      dimensions: {server_name: `${sent + index}${'n'.repeat(80)}`},
    });
    t.is((await service.send(...Array.from({length: 1000}, metric))).status, 200);
  }
  /** Starts a scrape and stops reading: its response exceeds the kernel's buffer. */
  const beginScrape = async () => {
    const connection = await open(t, service.expositionPort);
    const firstBytes = connection.until(/HTTP\/1\.1 200 OK/);
    connection.write('GET /metrics HTTP/1.1\r\nHost: metrics\r\n\r\n');
    await firstBytes;
    connection.socket.pause();
    return connection;
  };
  const [broken, whole] = [await beginScrape(), await beginScrape()];
  service.kill('SIGTERM');
  await until(async () => (await service.request({path: '/health'})).status === 503 || undefined);
  broken.socket.resetAndDestroy();
  // It would have ended by the time of these responses, had that been a scrape.
  for (let times = 0; times < 3; times += 1) t.is((await service.request({path: '/health'})).status, 503);
  t.deepEqual(
    logLines(service).map(({msg}) => msg),
    ['listening', 'draining', 'no new events are accepted'],
  );
  whole.socket.resume();
  const text = await whole.closed;
  t.true(text.endsWith('\r\n0\r\n\r\n'));
  t.is(text.match(/^mcp_protocol_latency_seconds_count\{/gm)?.length, sets);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('a second SIGTERM during the grace period ends it immediately, with exit code 1', async t => {
  const service = await runReady(t, {...patient, DRAIN_GRACE_SECONDS: '3600'});
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await until(async () => (await service.request({path: '/health'})).status === 503 || undefined);
  service.kill('SIGTERM');
  t.deepEqual(await service.exited, {code: 1, signal: null});
  t.is(logLines(service).at(-1)?.['msg'], 'ended by a second signal');
});

test('SIGUSR1 opens no inspector', async t => {
  const service = await runReady(t, patient);
  service.kill('SIGUSR1');
  await until(() => logLines(service).find(({signal}) => signal === 'SIGUSR1'));
  t.is((await service.request({path: '/health'})).status, 200);
  t.is(service.output.stderr, '');
});
