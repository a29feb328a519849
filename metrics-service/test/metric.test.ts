import test from 'ava';
import {accepts, normalizes, rejects} from './event-rule.ts';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {start} from './running-service.ts';

const types =
  'auth_request, tool_discovery, tool_execution, registry_operation, health_check, protocol_latency or custom';
const countedTypes = ['auth_request', 'tool_discovery', 'tool_execution', 'registry_operation', 'health_check'];

for (const [found, metric] of [
  ['"login"', {type: 'login', value: 1}],
  ['"Custom"', {type: 'Custom', value: 1}],
  ['"constructor"', {type: 'constructor', value: 1}],
  ['"__proto__"', {type: '__proto__', value: 1}],
  ['nothing', {value: 1}],
  ['null', {type: null, value: 1}],
  ['1', {type: 1, value: 1}],
  ['an array', {type: ['custom'], value: 1}],
  ['an object', {type: {custom: true}, value: 1}],
] as const) {
  test(`a type that is ${found} is rejected`, rejects, {
    metric,
    reason: 'type',
    line: `.type: expected ${types}, found ${found}`,
  });
}

for (const [what, metric] of [
  ['an array', []],
  ['null', null],
  ['7', 7],
  ['"custom"', '"custom"'],
] as const) {
  test(`a metric that is ${what} is rejected`, rejects, {
    metric,
    reason: 'field',
    line: `: expected an object, found ${what}`,
  });
}

for (const type of [...countedTypes, 'protocol_latency', 'custom'])
  test(`${type} is accepted`, accepts, {type, value: 1});

const bounds = [
  ...countedTypes.map(type => ({type, min: 0, max: 1_000_000})),
  {type: 'protocol_latency', min: 0, max: 600},
  {type: 'custom', min: -1e12, max: 1e12},
];
for (const {type, min, max} of bounds) {
  test(`the value of ${type} may be ${min}`, accepts, {type, value: min});
  test(`the value of ${type} may be ${max}`, accepts, {type, value: max});
  for (const value of [min === 0 ? -0.001 : min - 1, max + 0.001]) {
    test(`the value of ${type} may not be ${value}`, rejects, {
      metric: {type, value},
      reason: 'range',
      line: `.value: expected a number from ${min} to ${max}, found ${value}`,
    });
  }
}

for (const [found, json] of [
  ['"1"', '"1"'],
  ['true', 'true'],
  ['null', 'null'],
  ['an array', '[1]'],
  ['an object', '{"valueOf":1}'],
] as const) {
  test(`a value that is ${found} is rejected`, rejects, {
    metric: `{"type":"tool_execution","value":${json}}`,
    reason: 'field',
    line: `.value: expected a number from 0 to 1000000, found ${found}`,
  });
}
test('a missing value is rejected', rejects, {
  metric: {type: 'tool_execution'},
  reason: 'field',
  line: '.value: expected a number from 0 to 1000000, found nothing',
});
test('a value too large for a number is rejected', rejects, {
  metric: '{"type":"custom","value":1e400}',
  reason: 'range',
  line: '.value: expected a number from -1000000000000 to 1000000000000, found Infinity',
});
test('a long string in place of a value is quoted in shortened form, on one line and in whole characters', rejects, {
  metric: {type: 'custom', value: `${'x'.repeat(58)}\n😀${'y'.repeat(500)}`},
  reason: 'field',
  line: `.value: expected a number from -1000000000000 to 1000000000000, found "${'x'.repeat(58)}\\n😀…"`,
});

const timed = {type: 'tool_execution', value: 1};
for (const duration of [0, 0.2, 86_400_000, null])
  test(`duration_ms may be ${duration}`, accepts, {...timed, duration_ms: duration});
for (const duration of [-0.001, 86_400_000.1, '12', true, {}]) {
  const metric = {...timed, duration_ms: duration};
  test(`a duration_ms of ${JSON.stringify(duration)} is dropped`, normalizes, {metric, reason: 'duration'});
}
test('an event without a duration is counted, but not observed in a histogram', async t => {
  const service = await start(t);
  await service.send({...timed, duration_ms: -0.2});
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total'), 1);
  t.is(sumOf(samples, 'mcp_tool_execution_duration_seconds_count'), 0);
});

for (const literal of ['NaN', 'Infinity', '-Infinity']) {
  test(`a bare ${literal} is read as null, and costs no other event`, async t => {
    const service = await start(t);
    const good = '{"type":"tool_execution","value":1}';
    const {status, body} = await service.post(
      `{"service":"registry","version":"${literal}","metrics":[${good},{"type":"custom","value":${literal}},{"type":"tool_execution","value":1,"duration_ms":${literal},"dimensions":{"method":"${literal}"}},${good}]}`,
    );
    t.is(status, 200);
    t.like(body, {accepted: 3, rejected: 1});
    t.deepEqual(body.errors, ['metrics[1].value: expected a number from -1000000000000 to 1000000000000, found null']);
    const samples = await service.samples();
    t.is(sumOf(samples, 'mcp_tool_executions_total'), 3);
    t.is(sumOf(samples, 'mcp_tool_executions_total', {method: literal}), 1);
    t.is(sampleValue(samples, 'mcp_metrics_service_normalized_total', {reason: 'non_finite'}), 2);
  });
}

test('null and absent are the same for every optional field of a metric', accepts, {
  type: 'tool_execution',
  value: 1,
  duration_ms: null,
  timestamp: null,
  dimensions: null,
  metadata: null,
});

test('the keys __proto__ and constructor and unknown keys are ignored', async t => {
  const service = await start(t);
  const {status, body} = await service.post(
    '{"service":"registry","__proto__":{"version":7},"constructor":1,"extra":[],"metrics":[{"__proto__":{"value":1,"type":"custom"},"constructor":{"type":"custom"},"type":"custom"}]}',
  );
  t.is(status, 422);
  t.deepEqual(body.errors, ['metrics[0].value: expected a number from -1000000000000 to 1000000000000, found nothing']);
});
