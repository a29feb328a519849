/** A history whose disk is full, whose file is locked or corrupt: events are still accepted, and the loss is counted. */
import {mkdtemp, rename, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import Database from 'libsql';
import {type Client, logLines, type RunningProcess, runReady, until} from './running-service.ts';

const metric = {type: 'custom', value: 1};
const newFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-faults-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
};
const soon = {
  FLUSH_INTERVAL_SECONDS: '0.02',
  BATCH_SIZE: '1000000',
  METRICS_RATE_LIMIT: '1000000',
  DRAIN_TIMEOUT_SECONDS: '86400',
};
const logCount = (service: RunningProcess, message: string): number =>
  logLines(service).filter(({msg}) => String(msg).startsWith(message)).length;
const failing = 'the history cannot be written';
const recovered = 'the history can be written again';
const rowsOf = (path: string): unknown => {
  const database = new Database(path);
  try {
    return database.prepare('SELECT count(*) AS rows FROM metrics').all();
  } finally {
    database.close();
  }
};
const historyRows = (service: Client, result: 'written' | 'dropped') =>
  service.read('mcp_metrics_service_history_rows_total', {result});
const isReported = (service: RunningProcess) => until(() => logCount(service, failing) > 0 || undefined, service);

test('a full disk costs rows, which are counted, and is logged once', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  // No file may grow past 128 KiB.
  const service = await runReady(t, {...soon, SQLITE_DB_PATH: path}, {largestFileKiB: 128});
  const metrics = Array.from({length: 1000}, () => ({...metric, metadata: {text: 'x'.repeat(200)}}));
  for (let batch = 0; batch < 12; batch += 1) t.is((await service.send(...metrics)).status, 200);
  await isReported(service);
  // Several flush intervals, each of which tries again.
  for (let times = 0; times < 20; times += 1) t.is((await service.send(metric)).status, 200);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 12_020);
  const [written, dropped, buffered] = [
    await historyRows(service, 'written'),
    await historyRows(service, 'dropped'),
    await service.read('mcp_metrics_service_history_buffer_rows'),
  ];
  t.true((dropped ?? 0) > 0);
  t.is((written ?? 0) + (dropped ?? 0) + (buffered ?? 0), 12_020);
  t.is(logCount(service, failing), 1);
  t.is((await service.request({path: '/health'})).status, 200);
  service.kill('SIGTERM');
  await until(async () => (await service.scrape().catch(() => undefined)) === undefined || undefined);
  t.deepEqual(await service.exited, {code: 0, signal: null});
});

test('a file that another process has locked is written once it is free, and nothing is lost', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const database = new Database(path);
  t.teardown(() => database.close());
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE lock (id INTEGER); BEGIN IMMEDIATE');
  const service = await runReady(t, {...soon, SQLITE_DB_PATH: path});
  for (let times = 0; times < 20; times += 1) t.is((await service.send(metric)).status, 200);
  await isReported(service);
  t.is(await historyRows(service, 'written'), 0);
  t.is(logCount(service, failing), 1);
  database.exec('COMMIT');
  await until(async () => (await historyRows(service, 'written')) === 20 || undefined, service);
  t.is(await historyRows(service, 'dropped'), 0);
  t.deepEqual(rowsOf(path), [{rows: 20}]);
  await until(() => logCount(service, recovered) === 1 || undefined, service);
});

test('a corrupt file is logged once, and a new one is written when it has been moved away', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  await writeFile(path, 'SQLite format 3\0and no more of it than that, '.repeat(100));
  const service = await runReady(t, {...soon, SQLITE_DB_PATH: path});
  for (let times = 0; times < 20; times += 1) t.is((await service.send(metric)).status, 200);
  await isReported(service);
  t.is(logCount(service, failing), 1);
  await rename(path, `${path}.spoilt`);
  await until(async () => (await historyRows(service, 'written')) === 20 || undefined, service);
  t.deepEqual(rowsOf(path), [{rows: 20}]);
  t.is(logCount(service, failing), 1);
});
