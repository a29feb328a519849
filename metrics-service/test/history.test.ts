/** The optional history: rows as SQLite reads them back. */
import {copyFile, mkdir, mkdtemp, readdir, readlink, rm, rmdir, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import Database from 'libsql';
import {registryKey, start, until, type Variables} from './running-service.ts';

const newFolder = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-history-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
};

/** Never writes automatically within a test. */
const never: Variables = {FLUSH_INTERVAL_SECONDS: '3600', BATCH_SIZE: '1000000'};
const flush = {method: 'POST', path: '/flush', headers: {'X-API-Key': registryKey}};

const rowsOf = (path: string): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  const database = new Database(path);
  try {
    // A row is an object with a property for each column.
    return database.prepare('SELECT * FROM metrics ORDER BY id').all() as Array<Record<string, unknown>>;
  } finally {
    database.close();
  }
};

const metric = {type: 'custom', value: 1};
const many = (count: number) => Array.from({length: count}, () => metric);

test('only the owner can read the file and those that SQLite puts beside it', async t => {
  const folder = await newFolder(t);
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: join(folder, 'metrics.db')}});
  await service.send(metric);
  t.is((await service.request(flush)).status, 200);
  const names = await readdir(folder);
  t.true(names.includes('metrics.db-wal'), names.join());
  for (const name of names) t.is((await stat(join(folder, name))).mode & 0o777, 0o600, name);
});

test('POST /flush writes one row per metric, with all of its fields', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  const before = Date.now();
  const {status} = await service.post({
    service: 'auth-server',
    version: '1.2.3',
    instance_id: 'i-7',
    metrics: [
      {
        type: 'tool_execution',
        value: 2.5,
        duration_ms: 0.25,
        timestamp: '2025-10-01T10:30:15.123999+02:00',
        dimensions: {success: true, text: '😀'.repeat(201), list: [1]},
        metadata: {query: 'what time is it', nested: {a: [1, null]}},
      },
      {type: 'tool_execution', value: 'refused'},
      {type: 'custom', value: -1},
    ],
  });
  t.is(status, 200);
  t.is(await service.read('mcp_metrics_service_history_buffer_rows'), 2);
  const flushed = await service.request(flush);
  t.is(flushed.status, 200);
  t.is(flushed.text, '{"status":"success","message":"Metrics flushed to storage"}');
  t.is(await service.read('mcp_metrics_service_history_buffer_rows'), 0);
  t.is(await service.read('mcp_metrics_service_history_rows_total', {result: 'written'}), 2);

  const [first, second, ...others] = rowsOf(path);
  const received = Number(first?.['received_at']);
  t.true(received >= before && received <= Date.now());
  t.like(first, {
    occurred_at: Date.UTC(2025, 9, 1, 8, 30, 15, 123),
    service: 'auth-server',
    version: '1.2.3',
    instance_id: 'i-7',
    type: 'tool_execution',
    value: 2.5,
    duration_ms: 0.25,
  });
  t.deepEqual(JSON.parse(String(first?.['dimensions'])), {success: true, text: '😀'.repeat(200), list: '_invalid'});
  t.deepEqual(JSON.parse(String(first?.['metadata'])), {query: 'what time is it', nested: {a: [1, null]}});
  t.like(second, {
    occurred_at: received,
    type: 'custom',
    value: -1,
    duration_ms: null,
    dimensions: '{}',
    metadata: '{}',
  });
  t.deepEqual(others, []);
});

test('strings that SQLite cannot store do not lose a row', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  const odd = '"\\ud800 \\u0000"';
  const body = `{"service":"a","version":${odd},"metrics":[{"type":"custom","value":1,"dimensions":{"d":${odd}},"metadata":{"m":${odd}}},{"type":"custom","value":2}]}`;
  t.is((await service.post(body)).body.accepted, 2);
  t.is((await service.request(flush)).status, 200);
  t.deepEqual(
    rowsOf(path).map(({value}) => value),
    [1, 2],
  );
});

test('the file is in WAL mode, and rows of an earlier run stay', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  for (const rows of [1, 2]) {
    const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
    await service.send(metric);
    // Buffered rows are written at the end.
    await service.drain({awaitScrape: false});
    t.is(rowsOf(path).length, rows);
  }
  const database = new Database(path);
  t.teardown(() => database.close());
  t.deepEqual(database.prepare('PRAGMA journal_mode').all(), [{journal_mode: 'wal'}]);
});

test('rows are written every FLUSH_INTERVAL_SECONDS', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const service = await start(t, {variables: {...never, FLUSH_INTERVAL_SECONDS: '0.05', SQLITE_DB_PATH: path}});
  for (let rows = 1; rows <= 2; rows += 1) {
    await service.send(metric);
    const written = () => service.read('mcp_metrics_service_history_rows_total', {result: 'written'});
    await until(async () => (await written()) === rows || undefined);
    t.is(rowsOf(path).length, rows);
  }
});

test('BATCH_SIZE rows are written immediately, fewer wait', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const service = await start(t, {variables: {...never, BATCH_SIZE: '10', SQLITE_DB_PATH: path}});
  await service.send(...many(9));
  t.is(await service.read('mcp_metrics_service_history_buffer_rows'), 9);
  await service.send(metric);
  await until(async () => (await service.read('mcp_metrics_service_history_buffer_rows')) === 0 || undefined);
  t.is(rowsOf(path).length, 10);
});

test('a BATCH_SIZE larger than the buffer loses nothing', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  for (let batch = 0; batch < 11; batch += 1) t.is((await service.send(...many(1000))).status, 200);
  t.is((await service.request(flush)).status, 200);
  t.is(await service.read('mcp_metrics_service_history_rows_total', {result: 'dropped'}), 0);
  t.is(rowsOf(path).length, 11_000);
});

test('rows older than METRICS_RETENTION_DAYS are deleted', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const first = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  await first.send(metric, metric, metric);
  await first.drain({awaitScrape: false});
  const day = 86_400_000;
  const database = new Database(path);
  const age = database.prepare('UPDATE metrics SET received_at = ? WHERE id = ?');
  age.run(Date.now() - 2 * day - 60_000, 1);
  age.run(Date.now() - 2 * day + 60_000, 2);
  database.close();
  await start(t, {variables: {...never, SQLITE_DB_PATH: path, METRICS_RETENTION_DAYS: '2'}});
  await until(() => rowsOf(path).length === 2 || undefined);
  t.deepEqual(
    rowsOf(path).map(({id}) => id),
    [2, 3],
  );
});

test('a path that can not be opened costs rows, and nothing else', async t => {
  const folder = await newFolder(t);
  const path = join(folder, 'missing', 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  t.is((await service.send(metric)).status, 200);
  const {status, body} = await service.request(flush);
  t.is(status, 500);
  t.like(body, {detail: 'The history cannot be written', status_code: 500});
  t.regex(body.request_id ?? '', /^[0-9a-f-]{36}$/);
  t.is((await service.send(metric)).status, 200);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 2);
  t.is(await service.read('mcp_metrics_service_history_buffer_rows'), 2);
  t.is(await service.read('mcp_metrics_service_history_rows_total', {result: 'written'}), 0);
});

test('a file that is not a database costs rows, and is not changed', async t => {
  const path = join(await newFolder(t), 'notes.txt');
  await writeFile(path, 'not a database, and longer than the header of one would be: '.repeat(20));
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  t.is((await service.send(metric)).status, 200);
  t.is((await service.request(flush)).status, 500);
  t.is((await service.request({path: '/health'})).status, 200);
});

const openDescriptors = async (folder: string): Promise<number> => {
  const opened = await Promise.all(
    (await readdir('/proc/self/fd')).map(fd => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return opened.filter(target => target.startsWith(folder)).length;
};

test('while writes fail the number of open files stays the same, however often they are tried', async t => {
  const folder = await newFolder(t);
  const unusable = join(folder, 'notes.txt');
  await writeFile(unusable, 'not a database, and longer than the header of one would be: '.repeat(20));
  const locked = join(folder, 'locked.db');
  for (const path of [unusable, locked]) {
    const service = await start(t, {variables: {...never, METRICS_RATE_LIMIT: '100000', SQLITE_DB_PATH: path}});
    t.is((await service.send(metric)).status, 200);
    if (path === locked) {
      t.is((await service.request(flush)).status, 200);
      const database = new Database(path);
      t.teardown(() => database.close());
      database.exec('BEGIN IMMEDIATE');
      t.is((await service.send(metric)).status, 200);
    }
    t.is((await service.request(flush)).status, 500);
    const before = await openDescriptors(folder);
    for (let times = 0; times < 60; times += 1) t.is((await service.request(flush)).status, 500);
    t.is(await openDescriptors(folder), before, path);
  }
});

test('after a clean stop the database file has all rows without its -wal file', async t => {
  const folder = await newFolder(t);
  const path = join(folder, 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  for (let batch = 0; batch < 5; batch += 1) await service.send(...many(100));
  await service.drain({awaitScrape: false});
  const copy = join(folder, 'copy.db');
  await copyFile(path, copy);
  t.is(rowsOf(copy).length, 500);
  t.is((await stat(`${path}-wal`).catch(() => undefined))?.size ?? 0, 0);
});

test('a stop while another process reads loses no row', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  await service.send(metric);
  t.is((await service.request(flush)).status, 200);
  const reader = new Database(path);
  t.teardown(() => reader.close());
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM metrics').get();
  await service.send(metric);
  await service.drain({awaitScrape: false});
  reader.exec('COMMIT');
  t.is(rowsOf(path).length, 2);
});

test('over SQLITE_MAX_SIZE the oldest rows are deleted and counted as dropped, and the file does not grow', async t => {
  const path = join(await newFolder(t), 'metrics.db');
  const variables = {...never, METRICS_RATE_LIMIT: '100000', SQLITE_DB_PATH: path, SQLITE_MAX_SIZE: '2MiB'};
  const service = await start(t, {variables});
  const long = {...metric, metadata: {text: 'x'.repeat(900)}};
  for (let batch = 0; batch < 16; batch += 1) {
    await service.send(...Array.from({length: 500}, () => long));
    t.is((await service.request(flush)).status, 200);
  }
  const dropped = (await service.read('mcp_metrics_service_history_rows_total', {result: 'dropped'})) ?? 0;
  t.is(await service.read('mcp_metrics_service_history_rows_total', {result: 'written'}), 8000);
  t.true(dropped > 5000, String(dropped));
  await service.drain({awaitScrape: false});
  const rows = rowsOf(path);
  t.is(rows.length + dropped, 8000);
  t.deepEqual([rows[0]?.['id'], rows.at(-1)?.['id']], [dropped + 1, 8000]);
  // Up to 500 rows are written before old rows are deleted, in addition to the limit.
  t.true((await stat(path)).size < 3 * 2 ** 20, String((await stat(path)).size));
});

test('rows that can not be written wait in a bounded buffer: the oldest are dropped and counted', async t => {
  const path = join(await newFolder(t), 'missing', 'metrics.db');
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  for (let batch = 0; batch < 11; batch += 1) t.is((await service.send(...many(1000))).status, 200);
  t.is(await service.read('mcp_metrics_service_history_buffer_rows'), 10_000);
  t.is(await service.read('mcp_metrics_service_history_rows_total', {result: 'dropped'}), 1000);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 11_000);
});

test('rows are written as soon as the path is writable', async t => {
  const folder = await newFolder(t);
  const path = join(folder, 'later.db');
  // A folder in its place can't be opened as a file.
  await mkdir(path);
  const service = await start(t, {variables: {...never, SQLITE_DB_PATH: path}});
  await service.send(metric);
  t.is((await service.request(flush)).status, 500);
  await rmdir(path);
  t.is((await service.request(flush)).status, 200);
  t.is(rowsOf(path).length, 1);
});

test('without SQLITE_DB_PATH nothing is kept', async t => {
  const service = await start(t, {variables: never});
  await service.send(...many(100));
  t.is(await service.read('mcp_metrics_service_history_buffer_rows'), 0);
  t.is((await service.request(flush)).status, 200);
});
