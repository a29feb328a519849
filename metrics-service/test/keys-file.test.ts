/** Keys from a file, and how they are replaced while the service runs. */
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {keyId} from '../src/keyring.ts';
import {parseEnvironmentFile} from '../src/keys-file.ts';
import {readSettings, SettingsError} from '../src/settings.ts';
import {postExport} from './otlp-client.ts';
import {toProtobuf} from './otlp-encode.ts';
import {type Client, logLines, registryKey, runReady, type Scope, until} from './running-service.ts';
import {open} from './socket.ts';

const old = 'the-old-key-of-auth-server';
const fresh = 'the-new-key-of-auth-server';
const metrics = [{type: 'custom', value: 1}];

const fileOf = async (t: Scope, text: string): Promise<string> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'keys-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const file = path.join(folder, 'keys.env');
  await writeFile(file, text);
  return file;
};

test('SIGHUP reads the file of keys again, and no request is lost', async t => {
  const file = await fileOf(t, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  const service = await runReady(t, {METRICS_API_KEYS_FILE: file});
  const status = async (key: string) => (await service.post({service: 'a', metrics}, {'X-API-Key': key})).status;
  const reload = async (text: string, message: string) => {
    const linesBefore = logLines(service).length;
    await writeFile(file, text);
    service.kill('SIGHUP');
    return until(
      () =>
        logLines(service)
          .slice(linesBefore)
          .find(({msg}) => msg === message),
      service,
    );
  };
  t.deepEqual([await status(old), await status(fresh), await status(registryKey)], [200, 401, 200]);

  await reload(`METRICS_API_KEY_AUTH_SERVER=${old},${fresh}\n`, 'keys were read again');
  t.deepEqual([await status(old), await status(fresh), await status(registryKey)], [200, 200, 200]);

  const line = await reload(
    `METRICS_API_KEY_AUTH_SERVER=${fresh}\nMETRICS_API_KEY_NEW=${old}\n`,
    'keys were read again',
  );
  t.deepEqual(line['keys'], [`auth-server ${keyId(fresh)}`, `new ${keyId(old)}`, `registry ${keyId(registryKey)}`]);
  t.is((await service.request({path: '/rate-limit', headers: {'X-API-Key': old}})).body['service'], 'new');

  await reload(`METRICS_API_KEY_NEW=${fresh}\n`, 'keys were read again');
  t.deepEqual([await status(old), await status(fresh)], [401, 200]);
  const text = await service.scrape();
  t.false(
    text.includes(`last_accepted_timestamp_seconds{emitter="auth-server"}`),
    'an emitter that is gone is not silent',
  );
  t.true(text.includes(`last_accepted_timestamp_seconds{emitter="new"}`));
  t.false(text.includes(keyId(old)));
  t.regex(text, /ingested_total\{emitter="auth-server",type="custom"\} 3\n/);
  for (const key of [old, fresh, registryKey]) t.false(service.output.stdout.includes(key));
});

test('an emitter whose key is removed is no longer shown as reporting both ways, until it has a key again and does', async t => {
  const file = await fileOf(t, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  const service = await runReady(t, {METRICS_API_KEYS_FILE: file});
  const flag = () => service.read('mcp_metrics_service_reporting_both_ways', {emitter: 'auth-server'});
  const body = toProtobuf({
    name: 'mcpgw_registry_metrics_emission_path_total',
    sum: [{attributes: {path: 'legacy'}, value: 1}],
  });
  const report = () => postExport(service, {encoding: 'protobuf', body, headers: {'X-API-Key': old}});
  const reload = async (text: string) => {
    const before = logLines(service).length;
    await writeFile(file, text);
    service.kill('SIGHUP');
    await until(() => logLines(service).length > before, service);
  };
  t.is((await report()).status, 200);
  t.is(await flag(), 1);
  await reload(`METRICS_API_KEY_NEW=${fresh}\n`);
  t.is(await flag(), undefined);
  await reload(`METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  t.is(await flag(), 0);
  t.is((await report()).status, 200);
  t.is(await flag(), 1);
});

test('a request that ends after its key was removed is counted, and does not cause an alert that its emitter is silent', async t => {
  const file = await fileOf(t, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  const service = await runReady(t, {METRICS_API_KEYS_FILE: file});
  const body = JSON.stringify({service: 'a', metrics: [...metrics, {type: 'none'}]});
  const connection = await open(t, service.apiPort);
  const head = `POST /metrics HTTP/1.1\r\nHost: m\r\nX-API-Key: ${old}\r\nConnection: close\r\nContent-Length: ${body.length}`;
  connection.write(`${head}\r\nExpect: 100-continue\r\n\r\n`);
  await connection.until(/100 Continue\r\n\r\n$/);
  await writeFile(file, `METRICS_API_KEY_NEW=${fresh}\n`);
  service.kill('SIGHUP');
  await until(() => logLines(service).find(({msg}) => msg === 'keys were read again'), service);
  connection.write(body);
  t.regex(await connection.closed, /HTTP\/1\.1 200 OK/);
  const text = await service.scrape();
  t.regex(text, /ingested_total\{emitter="auth-server",type="custom"\} 1\n/);
  t.regex(text, /rejected_total\{emitter="auth-server",reason="type"\} 1\n/);
  t.notRegex(text, /last_(?:accepted|rejected)_timestamp_seconds\{emitter="auth-server"\}/);
});

/** Posts events that each create a series, and returns how many of them the exposition shows. */
const flood = async (service: Client, key: string, prefix: string, count = 100): Promise<number> => {
  const events = Array.from({length: count}, (_, index) => ({
    type: 'custom',
    value: 1,
    dimensions: {metric_name: `${prefix}-${index}`},
  }));
  await service.post({service: 'a', metrics: events}, {'X-API-Key': key});
  const samples = await service.samples();
  return samples.filter(
    ({name, labels}) => name === 'mcp_custom_events_total' && labels['name']?.startsWith(`${prefix}-`),
  ).length;
};

const budgeted = {METRICS_MAX_SERIES: '60', METRICS_MAX_LABEL_CARDINALITY: '1000', METRICS_API_KEY_NGINX: fresh};

test('an emitter whose key is removed has no share of the series any more, only those it has', async t => {
  const file = await fileOf(t, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  const service = await runReady(t, {...budgeted, METRICS_API_KEYS_FILE: file});
  t.is(await flood(service, old, 'auth', 10), 10);
  await writeFile(file, '');
  service.kill('SIGHUP');
  await until(() => logLines(service).find(({msg}) => msg === 'keys were read again'), service);
  // Half of 60 is shared by two, and 10 of the other half are in use until they expire.
  t.is(await flood(service, registryKey, 'registry'), 15 + 20);
  t.is(await flood(service, fresh, 'nginx'), 15);
});

test('an emitter that gets a key has its share of the series before its first event', async t => {
  const file = await fileOf(t, '');
  const service = await runReady(t, {...budgeted, METRICS_API_KEYS_FILE: file});
  await writeFile(file, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  service.kill('SIGHUP');
  await until(() => logLines(service).find(({msg}) => msg === 'keys were read again'), service);
  t.is(await flood(service, registryKey, 'registry'), 10 + 30);
  t.is(await flood(service, old, 'auth'), 10);
  t.is(await flood(service, fresh, 'nginx'), 10);
});

test('an emitter that gets a key has its share of the series where others have used more than theirs', async t => {
  const file = await fileOf(t, '');
  const service = await runReady(t, {...budgeted, METRICS_API_KEYS_FILE: file});
  t.is(await flood(service, registryKey, 'registry'), 15 + 30);
  await writeFile(file, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  service.kill('SIGHUP');
  await until(() => logLines(service).find(({msg}) => msg === 'keys were read again'), service);
  t.is(await flood(service, old, 'auth'), 10);
});

test('a file with problems keeps the keys, and each problem is logged', async t => {
  const file = await fileOf(t, `METRICS_API_KEY_AUTH_SERVER=${old}\n`);
  const service = await runReady(t, {METRICS_API_KEYS_FILE: file});
  await writeFile(
    file,
    `METRICS_API_KEY_A=short\n${fresh}\nMETRICS_API_KEY_REGISTRY=${fresh}\nMETRICS_API_KEY_B=${registryKey}`,
  );
  service.kill('SIGHUP');
  const line = await until(() => logLines(service).find(({level}) => level === 50), service);
  t.deepEqual(line['problems'], [
    `${file}:2: expected METRICS_API_KEY_<SERVICE>=<key>, found something else`,
    `METRICS_API_KEY_REGISTRY: expected in the environment or in ${file}, found in both`,
    'METRICS_API_KEY_A: expected keys of at least 16 characters, found one of 5',
  ]);
  for (const [key, status] of [
    [old, 200],
    [fresh, 401],
  ] as const)
    t.is((await service.post({service: 'a', metrics}, {'X-API-Key': key})).status, status);
  t.false(service.output.stdout.includes(fresh));
});

test('without a file of keys SIGHUP changes nothing and ends nothing', async t => {
  const service = await runReady(t);
  service.kill('SIGHUP');
  const line = await until(() => logLines(service).find(({signal}) => signal === 'SIGHUP'), service);
  t.like(line, {level: 40, msg: 'keys are unchanged: METRICS_API_KEYS_FILE is not set'});
  t.is((await service.send(...metrics)).status, 200);
});

test('a file that cannot be read stops the start, as the only problem', t => {
  const error = t.throws(() => readSettings({METRICS_API_KEYS_FILE: '/nowhere/keys'}), {instanceOf: SettingsError});
  t.deepEqual(error?.problems, [
    'METRICS_API_KEYS_FILE: expected a file that can be read at /nowhere/keys, found ENOENT',
  ]);
});

test('the file is read as an env file: comments, blank lines, export, quotes', t => {
  const problems: string[] = [];
  const text = `# keys\n\nexport METRICS_API_KEY_A="${old}"\r\n METRICS_API_KEY_B = '${fresh}' \nMETRICS_API_KEY_A=again\nPATH=/bin\n`;
  t.deepEqual(parseEnvironmentFile('f', text, problems), {METRICS_API_KEY_A: old, METRICS_API_KEY_B: fresh});
  t.deepEqual(problems, [
    'f:5: expected METRICS_API_KEY_A once, found it again',
    'f:6: expected METRICS_API_KEY_<SERVICE>=<key>, found something else',
  ]);
});
