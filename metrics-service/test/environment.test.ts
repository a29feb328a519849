/** Tests invalid values of every variable. Other files test the effects of valid values. */
import test from 'ava';
import {readSettings, SettingsError} from '../src/settings.ts';
import {logLines, registryKey, run, runReady, start} from './running-service.ts';

const key = {METRICS_API_KEY_REGISTRY: registryKey};

const stops = test.macro((t, name: string, value: string, expected: string) => {
  const error = t.throws(() => readSettings({...key, [name]: value}), {instanceOf: SettingsError});
  t.deepEqual(error?.problems, [`${name}: expected ${expected}, found ${JSON.stringify(value.slice(0, 100))}`]);
});

const port = 'a whole number from 0 to 65535';
const size = 'a size from 1 byte to 256MiB, such as 10MB, 512KiB or 1048576';
const boundaries = 'up to 100 seconds above 0 in ascending order, separated by commas';
const levels = 'one of trace, debug, info, warn, error, fatal, silent';
for (const [name, expected, values] of [
  ['METRICS_SERVICE_HOST', 'a host name or an IP address', ['http://x', 'a b', '*']],
  ['METRICS_SERVICE_PORT', port, ['http', '-1', '65536', '80.5', '0x50', '8890 9465', '1e3']],
  ['OTEL_PROMETHEUS_ENABLED', 'true or false', ['perhaps', 'yes', '2', 'truefalse']],
  ['OTEL_PROMETHEUS_PORT', port, ['nine', '70000']],
  ['METRICS_RATE_LIMIT', 'a whole number from 1 to 1000000000', ['0', '-5', '10/s', '1.5', '1000000001', 'Infinity']],
  ['MAX_REQUEST_SIZE', size, ['0', '10 apples', 'MB', '-1', '1.5MB', '10MBB', '300MiB', '1e6', '10TB']],
  ['METRICS_MAX_BATCH', 'a whole number from 1 to 1000000', ['0', 'all', '1,024']],
  ['HISTOGRAM_BUCKET_BOUNDARIES', boundaries, ['0.1;0.5', '1,0.5', '0.5,0.5', '-1,1', '0', '1,', '1,,2', 'a', '+Inf']],
  ['METRICS_MAX_LABEL_CARDINALITY', 'a whole number from 1 to 1000000', ['0', 'many']],
  ['METRICS_MAX_LABEL_LENGTH', 'a whole number from 1 to 1024', ['0', '1025', 'long']],
  ['METRICS_MAX_SERIES', 'a whole number from 1 to 10000000', ['0', '20k']],
  ['METRICS_SERIES_EXPIRY_SECONDS', 'seconds from 0 to 31536000', ['-1', '24h', '31536001']],
  ['METRICS_CREATED_TIMESTAMPS', 'true or false', ['perhaps', '2']],
  [
    'SQLITE_MAX_SIZE',
    'a size from 1MiB to 1048576GiB, such as 500MB or 2GiB',
    ['0', '1MB', '-1', '1.5GB', '2000000GiB', 'all'],
  ],
  ['METRICS_RETENTION_DAYS', 'a whole number from 1 to 36500', ['0', '7d', '0.5']],
  ['FLUSH_INTERVAL_SECONDS', 'seconds from 0.01 to 3600', ['0', '5s', '-1', 'NaN', '3601']],
  ['BATCH_SIZE', 'a whole number from 1 to 1000000', ['0', 'x']],
  ['OTEL_SERVICE_NAME', 'at most 100 characters', ['x'.repeat(101)]],
  ['DRAIN_TIMEOUT_SECONDS', 'seconds from 0 to 86400', ['-1', '30s', '86401', '1e1']],
  ['DRAIN_GRACE_SECONDS', 'seconds from 0 to 86400', ['-1', 'soon']],
  ['LOG_LEVEL', levels, ['loud', 'INFO!']],
] as const) {
  for (const value of values) test(`${name}=${value.slice(0, 20)} stops the start`, stops, name, value, expected);
}

test('an empty variable, or one of spaces, counts as not set', t => {
  const names = [
    'METRICS_SERVICE_HOST',
    'METRICS_SERVICE_PORT',
    'OTEL_PROMETHEUS_ENABLED',
    'OTEL_PROMETHEUS_PORT',
    'METRICS_RATE_LIMIT',
    'MAX_REQUEST_SIZE',
    'METRICS_MAX_BATCH',
    'HISTOGRAM_BUCKET_BOUNDARIES',
    'METRICS_MAX_LABEL_CARDINALITY',
    'METRICS_MAX_LABEL_LENGTH',
    'METRICS_MAX_SERIES',
    'METRICS_SERIES_EXPIRY_SECONDS',
    'METRICS_CREATED_TIMESTAMPS',
    'SQLITE_DB_PATH',
    'SQLITE_MAX_SIZE',
    'METRICS_RETENTION_DAYS',
    'FLUSH_INTERVAL_SECONDS',
    'BATCH_SIZE',
    'OTEL_SERVICE_NAME',
    'DRAIN_TIMEOUT_SECONDS',
    'DRAIN_GRACE_SECONDS',
    'LOG_LEVEL',
    'METRICS_API_KEY_NGINX',
  ];
  for (const blank of ['', ' ']) {
    const variables = Object.fromEntries(names.map(name => [name, blank]));
    t.deepEqual(readSettings({...variables, ...key}), readSettings(key));
  }
});

test("the defaults are the contract's", t => {
  t.deepEqual(readSettings(key), {
    host: '0.0.0.0',
    apiPort: 8890,
    expositionPort: 9465,
    keys: [{emitter: 'registry', key: registryKey}],
    keysFile: undefined,
    rateLimit: 1000,
    maxRequestSize: 10_000_000,
    maxBatch: 1024,
    bucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300],
    maxLabelCardinality: 150,
    maxLabelLength: 128,
    maxSeries: 20_000,
    seriesExpirySeconds: 86_400,
    createdTimestamps: true,
    historyMaxSize: 1_000_000_000,
    historyPath: undefined,
    retentionDays: 7,
    flushIntervalSeconds: 5,
    flushBatch: 100,
    serviceName: 'mcp-metrics-service',
    drainTimeoutSeconds: 30,
    drainGraceSeconds: 0,
    logLevel: 'info',
    warnings: [],
  });
});

for (const [text, bytes] of [
  ['1', 1],
  ['1048576', 1_048_576],
  ['512B', 512],
  ['10KB', 10_000],
  ['10 MB', 10_000_000],
  ['0.1GB', undefined],
  ['64kib', 65_536],
  ['256MiB', 268_435_456],
] as const) {
  test(`MAX_REQUEST_SIZE=${text} means ${bytes ?? 'nothing'}`, t => {
    const read = () => readSettings({...key, MAX_REQUEST_SIZE: text}).maxRequestSize;
    if (bytes === undefined) t.throws(read);
    else t.is(read(), bytes);
  });
}

test('the same number for both ports stops the start', t => {
  const error = t.throws(() => readSettings({...key, METRICS_SERVICE_PORT: '9465'}), {instanceOf: SettingsError});
  t.deepEqual(error?.problems, [
    "OTEL_PROMETHEUS_PORT: expected another port than METRICS_SERVICE_PORT's, found 9465 for both",
  ]);
});

test('a METRICS_MAX_BATCH under 1,024 starts with a warning; LOG_LEVEL and OTEL_SERVICE_NAME show in the log', async t => {
  const service = await runReady(t, {
    METRICS_MAX_BATCH: '1023',
    DRAIN_TIMEOUT_SECONDS: '30',
    OTEL_SERVICE_NAME: 'metrics of "dev"',
    LOG_LEVEL: 'INFO',
  });
  const warnings = logLines(service).filter(({level}) => level === 40);
  t.is(warnings.length, 1);
  t.regex(String(warnings[0]?.['msg']), /^METRICS_MAX_BATCH is 1023: the nginx client sends up to 1024 events/);
  t.true(logLines(service).every(line => line['service'] === 'metrics of "dev"'));
  t.regex(
    await service.scrape(),
    /^mcp_metrics_service_build_info\{version="\d+\.\d+\.\d+",name="metrics of \\"dev\\""\} 1$/m,
  );
  // The log contains neither valid nor invalid keys.
  const secret = 'a-key-that-nobody-knows';
  await service.post('{', {'X-API-Key': secret});
  await service.post('{');
  service.kill('SIGINT');
  t.is((await service.exited).code, 0);
  t.false(service.output.stdout.includes(registryKey));
  t.false(service.output.stdout.includes(secret));
  t.is(service.output.stderr, '');
});

test('a drain that leaves less than a scrape interval after its grace starts with a warning', async t => {
  const service = await runReady(t, {DRAIN_TIMEOUT_SECONDS: '20', DRAIN_GRACE_SECONDS: '5.5'});
  const warnings = logLines(service).filter(({level}) => level === 40);
  t.regex(String(warnings[0]?.['msg']), /^DRAIN_TIMEOUT_SECONDS leaves 14.5 s after DRAIN_GRACE_SECONDS: /);
});

test('HISTOGRAM_BUCKET_BOUNDARIES applies to every _seconds histogram and to no other', async t => {
  const service = await start(t, {variables: {HISTOGRAM_BUCKET_BOUNDARIES: '0.25, 1,2.5e1'}});
  await service.send(
    {type: 'auth_request', value: 1, duration_ms: 1000},
    {type: 'tool_execution', value: 1, duration_ms: 1, metadata: {input_size_bytes: 65}},
    {type: 'tool_discovery', value: 1, duration_ms: 1, metadata: {embedding_time_ms: 1}},
    {type: 'registry_operation', value: 1, duration_ms: 1},
    {type: 'health_check', value: 1, duration_ms: 1},
    {type: 'protocol_latency', value: 1},
  );
  const bounds = new Map<string, Set<string>>();
  for (const {name, labels} of await service.samples()) {
    if (!name.startsWith('mcp_') || !name.endsWith('_bucket')) continue;
    bounds.set(name, (bounds.get(name) ?? new Set()).add(labels['le'] ?? ''));
  }
  t.is(bounds.size, 12);
  for (const [name, found] of bounds) {
    if (name === 'mcp_tool_payload_bytes_bucket') t.is(found.size, 12);
    else t.deepEqual([...found], ['0.25', '1', '25', '+Inf'], name);
  }
});

test('--help names every variable, and an argument it does not know is rejected', async t => {
  const help = run(t, {}, {parameters: ['--help']});
  const unknown = run(t, {}, {parameters: ['--port', '80']});
  t.deepEqual(await help.exited, {code: 0, signal: null});
  for (const name of ['METRICS_API_KEY_<SERVICE>', 'METRICS_SERVICE_PORT', 'DRAIN_GRACE_SECONDS', 'LOG_LEVEL']) {
    t.true(help.output.stdout.includes(`  ${name} `), name);
  }
  t.deepEqual(await unknown.exited, {code: 2, signal: null});
  t.regex(unknown.output.stderr, /^Unknown argument --port\n/);
});
