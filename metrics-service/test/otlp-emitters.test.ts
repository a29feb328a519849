/** OTLP is accounted for by emitter, and bounded by emitter, as JSON is. */
import {AggregationTemporality} from '@opentelemetry/sdk-metrics';
import test from 'ava';
import {nonZero, sampleValue} from './exposition-samples.ts';
import {postExport} from './otlp-client.ts';
import {type MetricDescription, toProtobuf} from './otlp-encode.ts';
import {createSdk} from './otlp-sdk.ts';
import {type Client, logLines, type Process, registryKey, runReady, start, until} from './running-service.ts';

const authKey = 'key-of-the-auth-server-1';
const variables = {METRICS_API_KEY_AUTH_SERVER: authKey};
const counter = 'mcpgw_registry_nginx_config_writes_total';
const failures = 'mcp_peer_sync_failures_total';
const rejectedTotal = 'mcp_metrics_service_rejected_total';
const lastAccepted = 'mcp_metrics_service_last_accepted_timestamp_seconds';
const lastRejected = 'mcp_metrics_service_last_rejected_timestamp_seconds';

const writes = (value: number, more: Partial<MetricDescription> = {}): MetricDescription => ({
  name: counter,
  unit: '1',
  sum: [{attributes: {status: 'success'}, value}],
  ...more,
});

const failuresOf = (...types: readonly string[]): MetricDescription => ({
  name: 'peer_sync_failures_total',
  sum: types.map(type => ({attributes: {failure_type: type}, value: 1})),
});

const exportBy = (service: Pick<Client, 'apiPort'>, key: string, ...metrics: readonly MetricDescription[]) =>
  postExport(service, {encoding: 'protobuf', body: toProtobuf(...metrics), headers: {'X-API-Key': key}});

const linesOf = (service: Process) => logLines(service).filter(({reason}) => reason !== undefined);

test('points are counted for the owner of the key, with the time of the last one', async t => {
  const service = await start(t, {variables});
  const before = Math.floor(Date.now() / 1000);
  t.is((await exportBy(service, authKey, writes(7), failuresOf('a', 'b'))).status, 200);
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_metrics_service_ingested_total'), {'emitter=auth-server type=otlp_point': 3});
  const time = sampleValue(samples, lastAccepted, {emitter: 'auth-server'}) ?? 0;
  t.true(time >= before && time <= Date.now() / 1000, String(time));
  t.is(sampleValue(samples, lastAccepted, {emitter: 'registry'}), 0);
  t.deepEqual(nonZero(samples, lastRejected), {});
});

const rejections = {
  'points of cumulative temporality': {
    body: toProtobuf(writes(1, {temporality: 2}), writes(1, {temporality: 2})),
    reason: 'temporality',
    events: 2,
    example: /^mcpgw\S+: expected delta temporality, found cumulative; set OTEL_\w+_PREFERENCE=delta$/,
  },
  'a point out of range': {
    body: toProtobuf(writes(-1), writes(1)),
    reason: 'range',
    events: 1,
    example: /^mcpgw\S+\.value: expected a number from 0 to 1000000000, found -1$/,
  },
  'points of another kind': {
    body: toProtobuf({name: counter, gauge: [{value: 1}, {value: 2}, {value: 3}]}),
    reason: 'type',
    events: 3,
    example: /^mcpgw\S+: expected a monotonic sum, found a gauge$/,
  },
  'an export that is not protobuf': {
    body: Buffer.from([10, 99]),
    reason: 'envelope',
    events: 1,
    example: /^ExportMetricsServiceRequest at byte 2: expected .+, found a length of 99$/,
  },
  'an export over the limit': {
    body: Buffer.alloc(5000),
    reason: 'too_large',
    events: 1,
    example: /^body: expected at most 4096 bytes, found more$/,
  },
  'an export in an unknown encoding': {
    body: toProtobuf(writes(1)),
    headers: {'Content-Encoding': 'br'},
    reason: 'encoding',
    events: 1,
    example: /br/,
  },
};
for (const [what, {body, reason, events, example, ...more}] of Object.entries(rejections))
  test(`${what}: counted, logged and dated for the emitter`, async t => {
    const service = await runReady(t, {...variables, MAX_REQUEST_SIZE: '4096'});
    const headers = {'X-API-Key': authKey, ...('headers' in more ? more.headers : {})};
    const {headers: given} = await postExport(service, {encoding: 'protobuf', body, headers});
    const samples = await service.samples();
    t.deepEqual(nonZero(samples, rejectedTotal), {[`emitter=auth-server reason=${reason}`]: events});
    t.true((sampleValue(samples, lastRejected, {emitter: 'auth-server'}) ?? 0) > 0);
    t.is(sampleValue(samples, lastRejected, {emitter: 'registry'}), 0);
    const line = await until(() => linesOf(service)[0], service);
    t.like(line, {level: 40, emitter: 'auth-server', reason, events, peer: '127.0.0.1', suppressed: 0});
    t.regex(String(line['example']), example);
    t.is(line['request_id'], given.get('X-Request-ID'));
  });

test('each reason of one export has a separate line', async t => {
  const service = await runReady(t, variables);
  await exportBy(service, registryKey, writes(-1), writes(1, {temporality: 2}), writes(2));
  const lines = await until(() => (linesOf(service).length >= 2 ? linesOf(service) : undefined), service);
  t.deepEqual(lines.map(({reason}) => reason).sort(), ['range', 'temporality']);
});

test('an SDK with cumulative temporality is logged with the variable that fixes it, once per minute for each emitter', async t => {
  const service = await runReady(t, variables);
  for (const key of [registryKey, authKey, registryKey]) {
    const sdk = createSdk({apiPort: service.apiPort, key, temporality: AggregationTemporality.CUMULATIVE});
    sdk.meter.createCounter(counter).add(1, {status: 'success'});
    await sdk.flush();
    await sdk.shutdown().catch(() => {});
  }
  const lines = await until(() => (linesOf(service).length >= 2 ? linesOf(service) : undefined), service);
  t.deepEqual(lines.map(({emitter}) => emitter).sort(), ['auth-server', 'registry']);
  for (const {example} of lines) t.regex(String(example), /OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta/);
  t.is(await service.read('mcp_nginx_config_writes_total', {status: 'success'}), 0);
});

test('an emitter that makes up values in OTLP cannot use up the places of another', async t => {
  const service = await start(t, {variables: {...variables, METRICS_MAX_LABEL_CARDINALITY: '3'}});
  await exportBy(service, authKey, failuresOf('x1', 'x2', 'x3', 'x4', 'x5'));
  await exportBy(service, registryKey, failuresOf('a', 'b', 'x1', 'c', 'd'));
  t.deepEqual(nonZero(await service.samples(), failures), {
    'failure_type=x1': 2,
    'failure_type=x2': 1,
    'failure_type=x3': 1,
    'failure_type=a': 1,
    'failure_type=b': 1,
    'failure_type=c': 1,
    'failure_type=_other': 3,
  });
});

test('an emitter has its own name as reporter, however many others it invented', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '1'}});
  await service.post({service: 'made-up', metrics: [{type: 'tool_discovery', value: 1}]});
  await exportBy(service, registryKey, {
    name: 'mcpgw_registry_tool_discovery_total',
    sum: [{attributes: {results_count_bucket: 'many'}, value: 5}],
  });
  t.is(await service.read('mcp_tool_discovery_total', {service: 'registry', results: 'many'}), 5);
});

const distinct = (prefix: string, count: number) => Array.from({length: count}, (_, index) => `${prefix}-${index}`);

/** Series of this prefix. */
const heldBy = async (service: Client, prefix: string): Promise<number> =>
  (await service.samples()).filter(
    ({name, labels}) => name === failures && labels['failure_type']?.startsWith(prefix) === true,
  ).length;

test('series are charged to the emitter of an export, also when exports of others are counted while it is read', async t => {
  const limits = {METRICS_MAX_SERIES: '61', METRICS_MAX_LABEL_CARDINALITY: '10000', METRICS_RATE_LIMIT: '1000000'};
  const service = await start(t, {variables: {...variables, ...limits}});
  await exportBy(service, authKey, failuresOf('known'));
  // Long enough to be read in many parts; what is new comes at its end.
  const large = failuresOf(...new Array<string>(60_000).fill('known'), ...distinct('registry', 500));
  let finished = false;
  const exported = exportBy(service, registryKey, large).finally(() => {
    finished = true;
  });
  let others = 0;
  for (; !finished; others += 1) await exportBy(service, authKey, failuresOf('known'));
  t.is((await exported).status, 200);
  t.true(others > 1);
  // The auth-server has its share of 15, of which one is in use; the registry has the other share and what is common.
  t.is(await heldBy(service, 'registry-'), 46);
  await exportBy(service, authKey, failuresOf(...distinct('auth', 500)));
  t.is(await heldBy(service, 'auth-'), 14);
});

test('each export gets the result for its points, even when others of the same emitter are read in between', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1000000'}});
  // Long enough to be read in many parts; what is rejected comes at its end.
  const {name, sum = []} = failuresOf(...new Array<string>(60_000).fill('known'));
  let finished = false;
  const exported = exportBy(service, registryKey, {name, sum: [...sum, {value: -1}]}).finally(() => {
    finished = true;
  });
  let others = 0;
  for (; !finished; others += 1) {
    const {status, rejected} = await exportBy(service, registryKey, failuresOf('known'));
    t.deepEqual({status, rejected}, {status: 200, rejected: 0});
  }
  const {status, rejected} = await exported;
  t.deepEqual({status, rejected}, {status: 200, rejected: 1});
  t.true(others > 1);
  t.deepEqual(nonZero(await service.samples(), 'mcp_metrics_service_ingested_total'), {
    'emitter=registry type=otlp_point': 60_000 + others,
  });
});

test('a label value that expired is looked up again, and is not counted as the one that took its place', async t => {
  const limits = {METRICS_SERIES_EXPIRY_SECONDS: '0.5', METRICS_MAX_LABEL_CARDINALITY: '1'};
  const service = await start(t, {variables: {...limits, METRICS_RATE_LIMIT: '1000000'}});
  await exportBy(service, registryKey, failuresOf('a'));
  await exportBy(service, registryKey, failuresOf('a'));
  await until(async () => {
    await exportBy(service, registryKey, failuresOf('b'));
    return ((await service.read(failures, {failure_type: 'b'})) ?? 0) > 0 || undefined;
  });
  const before = nonZero(await service.samples(), failures);
  await exportBy(service, registryKey, failuresOf('a'));
  t.deepEqual(nonZero(await service.samples(), failures), {
    'failure_type=b': before['failure_type=b'] ?? 0,
    'failure_type=_other': (before['failure_type=_other'] ?? 0) + 1,
  });
});

test('label values of points that were changed are counted each time they come, those of rejected points are not', async t => {
  const service = await start(t, {variables});
  for (let time = 1; time <= 2; time += 1) {
    await exportBy(service, authKey, failuresOf('a b', 'a+b', 'a_b', 'n'.repeat(200)), {
      name: 'peer_sync_failures_total',
      sum: [{attributes: {failure_type: 'c d'}, value: -1}],
    });
    t.deepEqual(nonZero(await service.samples(), 'mcp_metrics_service_normalized_total'), {
      'reason=label_characters': 2 * time,
      'reason=label_length': time,
    });
  }
});

test('names of ignored instruments that were changed are counted', async t => {
  const service = await start(t, {variables});
  await exportBy(service, authKey, {name: 'own counter', sum: [{value: 1}]});
  t.deepEqual(nonZero(await service.samples(), 'mcp_metrics_service_normalized_total'), {'reason=label_characters': 1});
});
