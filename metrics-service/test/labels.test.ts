/** Tests how label values that a sender chooses are changed, and how many there may be. */
import test from 'ava';
import {nonZero, sampleValue, sumOf} from './exposition-samples.ts';
import {start, type Variables} from './running-service.ts';

const named = (name: unknown) => ({type: 'custom', value: 1, dimensions: {metric_name: name}});

const becomes = test.macro(async (t, sent: unknown, label: string, variables: Variables = {}) => {
  const service = await start(t, {variables});
  t.is((await service.send(named(sent))).status, 200);
  t.deepEqual(nonZero(await service.samples(), 'mcp_custom_events_total'), {[`name=${label}`]: 1});
});

const allowed = 'AZaz09-_.:/';
test('letters, digits and -_.:/ are kept', becomes, allowed, allowed);
test('every other character becomes _', becomes, ' !"#$%&\'()*+,;<=>?@[\\]^`{|}~é中\u0000\n', '_'.repeat(32));
test('128 characters are kept, as many as a tool name may have', becomes, 'n'.repeat(128), 'n'.repeat(128));
test('the 129th character is cut', becomes, 'n'.repeat(129), 'n'.repeat(128));
const normalizedTotal = 'mcp_metrics_service_normalized_total';

test('a value that may have become the same as another is counted, by what was changed, each time it comes', async t => {
  const service = await start(t);
  const plain = 'n'.repeat(128);
  for (let time = 1; time <= 2; time += 1) {
    await service.send(named('a b'), named('a+b'), named('a_b'), named(`${plain}x`), named(`${plain} `), named(plain));
    t.deepEqual(nonZero(await service.samples(), normalizedTotal), {
      'reason=label_characters': 3 * time,
      'reason=label_length': 2 * time,
    });
  }
  t.deepEqual(nonZero(await service.samples(), 'mcp_custom_events_total'), {'name=a_b': 6, [`name=${plain}`]: 6});
});

test('an unknown dimension, an alias of a value and a value past the limit are not counted as changed', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '1'}});
  const {send, samples} = service;
  await send(named('first'), named('TRUE'), named(null), named({}), {...named(''), dimensions: {user_hash: 'a b'}});
  await send(named('a b'), {type: 'custom', value: 'none', dimensions: {metric_name: 'c d'}});
  t.deepEqual(nonZero(await samples(), normalizedTotal), {'reason=dimension_type': 1});
});

test('METRICS_MAX_LABEL_LENGTH cuts elsewhere', becomes, 'abcdefgh', 'abcdef', {METRICS_MAX_LABEL_LENGTH: '6'});
test('reserved values are never cut', becomes, '', '_unset', {METRICS_MAX_LABEL_LENGTH: '2'});
test('an emoji is one character where it is cut', becomes, `${'😀'.repeat(127)}ab`, `${'_'.repeat(127)}a`);
test('an absent value is _unset', becomes, undefined, '_unset');
test('null is _unset', becomes, null, '_unset');
test('an empty string is _unset', becomes, '', '_unset');
test('false is false, not unset', becomes, false, 'false');
test('0 is 0, not unset', becomes, 0, '0');
test('an object is _invalid', becomes, {}, '_invalid');
for (const raw of ['TRUE', 'True', 'tRuE', true]) test(`${raw} (${typeof raw}) becomes true`, becomes, raw, 'true');
for (const raw of ['FALSE', 'False', false]) test(`${raw} (${typeof raw}) becomes false`, becomes, raw, 'false');
test('a string that only contains true is kept', becomes, 'TRUEST', 'TRUEST');

for (const [sent, label] of [
  [true, 'true'],
  ['true', 'true'],
  ['TRUE', 'true'],
  ['True', 'true'],
  [false, 'false'],
  ['fAlSe', 'false'],
  ['yes', 'unknown'],
  ['', 'unknown'],
  [' true', 'unknown'],
  [1, 'unknown'],
  [0, 'unknown'],
  [null, 'unknown'],
  [undefined, 'unknown'],
  [{}, 'unknown'],
] as const) {
  test(`success and healthy with the value ${JSON.stringify(sent)} become ${label}`, async t => {
    const service = await start(t);
    await service.send(
      {type: 'auth_request', value: 1, dimensions: {success: sent}},
      {type: 'health_check', value: 1, dimensions: {healthy: sent}},
    );
    const samples = await service.samples();
    t.is(sumOf(samples, 'mcp_auth_requests_total', {success: label}), 1);
    t.is(sumOf(samples, 'mcp_health_checks_total', {healthy: label}), 1);
  });
}

test('over METRICS_MAX_LABEL_CARDINALITY new values become _other, and known values are still accepted', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '3'}});
  // Reserved values do not count towards the limit, and neither do other spellings of the same value.
  await service.send(...['', null, {}, '_other', '_invalid', 'a', 'a', 'b!', 'b?', 'b_'].map(named));
  await service.send(...['c', 'd', 'e', 'a', 'c', 'd', '', {}].map(named));
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_custom_events_total'), {
    'name=_unset': 3,
    'name=_invalid': 3,
    'name=_other': 4,
    'name=a': 3,
    'name=b_': 3,
    'name=c': 2,
  });
  t.deepEqual(nonZero(samples, 'mcp_metrics_service_folded_labels_total'), {'label=name': 3});
});

test('150 values of a label are kept by default', async t => {
  const service = await start(t);
  await service.send(...Array.from({length: 200}, (_, index) => named(`n${index}`)));
  const names = nonZero(await service.samples(), 'mcp_custom_events_total');
  t.is(Object.keys(names).length, 151);
  t.is(names['name=n149'], 1);
  t.is(names['name=_other'], 50);
});

test('values are counted by label name: over all families that have it, and not over other labels', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '1'}});
  await service.send(
    {type: 'auth_request', value: 1, dimensions: {method: 'm1', server: 's1'}},
    {type: 'tool_execution', value: 1, dimensions: {method: 'm2', server_name: 's2', tool_name: 't1'}},
    {type: 'tool_execution', value: 1, dimensions: {method: 'm1', server_name: 's1', tool_name: 't1'}},
  );
  await service.post({
    service: 'nginx',
    metrics: [{type: 'protocol_latency', value: 1, dimensions: {server_name: 's2'}}],
  });
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_tool_executions_total'), {
    'service=registry success=unknown method=_other server_name=s2 tool_name=t1 client_name=_unset': 1,
    'service=registry success=unknown method=m1 server_name=_other tool_name=t1 client_name=_unset': 1,
  });
  t.deepEqual(nonZero(samples, 'mcp_protocol_latency_seconds_sum'), {
    'service=_other flow_step=other server_name=s2': 1,
  });
  t.deepEqual(nonZero(samples, 'mcp_metrics_service_folded_labels_total'), {
    'label=service': 1,
    'label=method': 1,
    'label=server_name': 1,
  });
});

test('past METRICS_MAX_SERIES series, a histogram as its buckets and three more, a new label set is counted under _other in every open label', async t => {
  const maxSeries = 200;
  const service = await start(t, {variables: {METRICS_MAX_SERIES: String(maxSeries)}});
  const execution = (index: number) => ({
    type: 'tool_execution',
    value: 1,
    duration_ms: 10,
    dimensions: {success: true, method: `m${index % 7}`, server_name: `s${index % 11}`, tool_name: `t${index % 13}`},
  });
  const sent = 500;
  const {body} = await service.send(...Array.from({length: sent}, (_, index) => execution(index)));
  t.is(body.accepted, sent);
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total'), sent);
  t.is(sumOf(samples, 'mcp_tool_execution_duration_seconds_count'), sent);

  const other = {service: '_other', success: 'true', method: '_other', server_name: '_other'};
  const folded = sampleValue(samples, 'mcp_tool_executions_total', {
    ...other,
    tool_name: '_other',
    client_name: '_other',
  });
  t.true((folded ?? 0) > sent / 2);
  t.true((sampleValue(samples, 'mcp_tool_execution_duration_seconds_count', other) ?? 0) > sent / 2);

  // All series of both families, as Prometheus stores them: those that were made at 0 and those of _other included.
  const series = samples.filter(({name}) => /^mcp_tool_execution(?:s_total|_duration_seconds_)/.test(name));
  const others = series.filter(({labels}) => labels['service'] === '_other');
  t.true(series.length - others.length <= maxSeries, `${series.length} series, ${others.length} of _other`);
  t.true(series.length - others.length > maxSeries - 21, `${series.length} series, ${others.length} of _other`);
  t.is(sampleValue(samples, 'mcp_metrics_service_series'), series.length);
  t.is(others.length, 22); // one counter and one histogram
  t.true((sampleValue(samples, 'mcp_metrics_service_folded_labels_total', {label: 'tool_name'}) ?? 0) > sent / 2);

  // A known label set is still counted under its own values; a new one of another family is folded as well.
  await service.send(execution(0), {type: 'custom', value: 1, dimensions: {metric_name: 'late'}});
  const after = await service.samples();
  const first = {method: 'm0', server_name: 's0', tool_name: 't0'};
  t.is(sumOf(after, 'mcp_tool_executions_total', first), sumOf(samples, 'mcp_tool_executions_total', first) + 1);
  t.deepEqual(nonZero(after, 'mcp_custom_events_total'), {'name=_other': 1});
});

test("the service's own series do not count towards the budget: it starts with a budget of 1", async t => {
  const service = await start(t, {
    variables: {
      METRICS_MAX_SERIES: '1',
      METRICS_API_KEY_NGINX: 'a-key-of-nginx-00001',
      METRICS_API_KEY_AUTH: 'a-key-of-auth-000001',
    },
  });
  const before = await service.samples();
  t.is(sampleValue(before, 'mcp_metrics_service_series'), 0);
  t.is(sumOf(before, 'mcp_metrics_service_build_info'), 1);
  await service.send(...['a', 'b', 'c'].map(named));
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_custom_events_total'), {'name=a': 1, 'name=_other': 2});
  t.deepEqual(
    samples
      .flatMap(({name, labels}) => (name === 'mcp_metrics_service_rate_limited_total' ? labels['emitter'] : []))
      .sort(),
    ['auth', 'nginx', 'registry'],
  );
});

test('dimension keys that are no labels of the metric are dropped', async t => {
  const service = await start(t);
  const {body} = await service.send({
    type: 'protocol_latency',
    value: 1,
    dimensions: {le: '7', service: 'spoofed', tool_name: 'x', __name__: 'y', server_name: 's'},
  });
  t.is(body.accepted, 1);
  const text = await service.scrape();
  t.notRegex(text, /spoofed|__name__|tool_name="x"/);
  t.regex(text, /^mcp_protocol_latency_seconds_count\{service="registry",flow_step="other",server_name="s"\} 1$/m);
});
