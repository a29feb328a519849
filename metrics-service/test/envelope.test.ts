import test from 'ava';
import {sumOf} from './exposition-samples.ts';
import {start} from './running-service.ts';

const metrics = [{type: 'custom', value: 1}];
const custom = (count: number) => Array.from({length: count}, () => ({type: 'custom', value: 1}));

const accepts = test.macro(async (t, envelope: Readonly<Record<string, unknown>>) => {
  const service = await start(t);
  const {status, body} = await service.post({service: 'registry', metrics, ...envelope});
  t.is(status, 200);
  t.deepEqual(
    {...body, request_id: typeof body.request_id},
    {status: 'success', accepted: 1, rejected: 0, errors: [], request_id: 'string'},
  );
});

for (const [what, envelope] of [
  ['a service of one character', {service: '_'}],
  ['a service of 100 characters', {service: 'aZ09_-'.padEnd(100, 'x')}],
  ['an empty version', {version: ''}],
  ['a version that is not semantic', {version: 'build of Tuesday, 2nd'}],
  ['a version of 50 emoji, which are 100 UTF-16 units', {version: '😀'.repeat(50)}],
  ['no version and no instance_id', {version: null, instance_id: null}],
  ['an instance_id of one character', {instance_id: '.'}],
  ['an instance_id of 100 characters', {instance_id: 'ip-10.0.0.1_'.padEnd(100, '7')}],
  ['fields it does not know', {extra: {deep: [1]}}],
] as const) {
  test(`an envelope with ${what} is accepted`, accepts, envelope);
}

const serviceRule = 'service: expected 1 to 100 characters matching ^[a-zA-Z0-9_-]+$, found';
const instanceRule = 'instance_id: expected 1 to 100 characters matching ^[a-zA-Z0-9_.-]+$, found';
const versionRule = 'version: expected a string of at most 50 characters, found';

const rejectsRequest = test.macro(async (t, envelope: Readonly<Record<string, unknown>>, ...errors: string[]) => {
  const service = await start(t);
  const {status, body} = await service.post({service: 'registry', metrics, ...envelope});
  const sent = 'metrics' in envelope ? envelope['metrics'] : metrics;
  const rejected = Array.isArray(sent) ? sent.length : 0;
  t.is(status, 422);
  t.deepEqual(
    {...body, request_id: typeof body.request_id},
    {
      status: 'error',
      accepted: 0,
      rejected,
      errors,
      detail: 'Request violates the wire contract',
      status_code: 422,
      request_id: 'string',
    },
  );
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_metrics_service_rejected_total', {reason: 'envelope'}), Math.max(1, rejected));
  t.is(sumOf(samples, 'mcp_metrics_service_rejected_total'), Math.max(1, rejected));
  t.is(sumOf(samples, 'mcp_metrics_service_ingested_total'), 0);
});

for (const [found, service] of [
  ['nothing', undefined],
  ['null', null],
  ['""', ''],
  ['7', 7],
  ['an array', ['registry']],
  ['"auth server"', 'auth server'],
  ['"registry.v2"', 'registry.v2'],
  ['"r\\n"', 'r\n'],
  ['"é"', 'é'],
  [`"${'a'.repeat(60)}…"`, 'a'.repeat(101)],
] as const) {
  test(`a service that is ${found} rejects the request`, rejectsRequest, {service}, `${serviceRule} ${found}`);
}
for (const [found, version] of [
  ['7', 7],
  ['false', false],
  ['an object', {}],
  [`"${'1'.repeat(51)}"`, '1'.repeat(51)],
  [`"${'😀'.repeat(51)}"`, '😀'.repeat(51)],
] as const) {
  test(`a version that is ${found} rejects the request`, rejectsRequest, {version}, `${versionRule} ${found}`);
}
for (const [found, instance_id] of [
  ['""', ''],
  ['7', 7],
  ['"a/b"', 'a/b'],
  [`"${'i'.repeat(60)}…"`, 'i'.repeat(101)],
] as const) {
  test(
    `an instance_id that is ${found} rejects the request`,
    rejectsRequest,
    {instance_id},
    `${instanceRule} ${found}`,
  );
}
for (const [found, value] of [
  ['nothing', undefined],
  ['null', null],
  ['an object', {0: metrics[0], length: 1}],
  ['"[]"', '[]'],
] as const) {
  test(
    `metrics that are ${found} reject the request`,
    rejectsRequest,
    {metrics: value},
    `metrics: expected an array, found ${found}`,
  );
}
test('no metrics reject the request', rejectsRequest, {metrics: []}, 'metrics: expected 1 to 1024 events, found 0');
test(
  '1,025 metrics reject the request',
  rejectsRequest,
  {metrics: custom(1025)},
  'metrics: expected 1 to 1024 events, found 1025',
);
test(
  'all problems of an envelope are named together',
  rejectsRequest,
  {service: '', version: 1, instance_id: [], metrics: []},
  `${serviceRule} ""`,
  `${versionRule} 1`,
  `${instanceRule} an array`,
  'metrics: expected 1 to 1024 events, found 0',
);

for (const [found, json] of [
  ['null', 'null'],
  ['true', 'true'],
  ['12', '12'],
  ['"metrics"', '"metrics"'],
  ['an array', '[{"service":"registry"}]'],
  ['an array', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
] as const) {
  test(`a body of ${json.length} bytes that is ${found} is rejected because it is not an object`, async t => {
    const service = await start(t);
    const {status, body} = await service.post(json);
    t.is(status, 422);
    t.like(body, {status: 'error', accepted: 0, rejected: 0, errors: [`body: expected an object, found ${found}`]});
    t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'envelope'}), 1);
  });
}

test('100,000 levels of nesting in the envelope reject only the value that contains them', async t => {
  const service = await start(t);
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  const ignored = await service.post(`{"service":"registry","extra":${deep},"metrics":[{"type":"custom","value":1}]}`);
  t.is(ignored.status, 200);
  const {status, body} = await service.post(`{"service":${deep},"metrics":[{"type":"custom","value":1}]}`);
  t.is(status, 422);
  t.deepEqual(body.errors, [`${serviceRule} an object`]);
});

test('one invalid metric among 1,024 is rejected, and the others are counted', async t => {
  const service = await start(t);
  const batch = custom(1024).map((metric, index) => (index === 512 ? {...metric, value: 'much'} : metric));
  const {status, body} = await service.post({service: 'registry', metrics: batch});
  t.is(status, 200);
  t.like(body, {
    status: 'success',
    accepted: 1023,
    rejected: 1,
    errors: ['metrics[512].value: expected a number from -1000000000000 to 1000000000000, found "much"'],
  });
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_custom_events_total'), 1023);
  t.is(sumOf(samples, 'mcp_metrics_service_ingested_total', {type: 'custom'}), 1023);
  t.is(sumOf(samples, 'mcp_metrics_service_rejected_total', {reason: 'field'}), 1);
});

test('each rejected event is one line, in the order they were sent, and counts under its own reason', async t => {
  const service = await start(t);
  const {status, body} = await service.send(
    {type: 'nope', value: 1},
    {type: 'custom', value: 1},
    {type: 'tool_execution', value: -1},
    {type: 'custom', value: 1, metadata: 'none'},
    {type: 'custom', value: null},
    {type: 'custom', value: 1, dimensions: {'bad key': 1}},
  );
  t.is(status, 200);
  t.like(body, {accepted: 1, rejected: 5});
  t.deepEqual(
    body.errors?.map(line => line.split(':', 1)[0]),
    ['metrics[0].type', 'metrics[2].value', 'metrics[3].metadata', 'metrics[4].value', 'metrics[5].dimensions'],
  );
  const samples = await service.samples();
  for (const [reason, count] of [
    ['type', 1],
    ['range', 1],
    ['field', 3],
    ['envelope', 0],
  ] as const) {
    t.is(sumOf(samples, 'mcp_metrics_service_rejected_total', {reason}), count, reason);
  }
});

test('METRICS_MAX_BATCH sets how many events one request may have', async t => {
  const service = await start(t, {variables: {METRICS_MAX_BATCH: '2'}});
  t.is((await service.send(...custom(2))).status, 200);
  const {status, body} = await service.send(...custom(3));
  t.is(status, 422);
  t.deepEqual(body.errors, ['metrics: expected 1 to 2 events, found 3']);
});
