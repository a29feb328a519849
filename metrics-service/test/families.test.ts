/** Which families there are, with which labels and which series from the start. */
import test from 'ava';
import {Counter, Gauge, Histogram, Registry} from 'prom-client';
import {parseSamples, sumOf} from './exposition-samples.ts';
import {start} from './running-service.ts';

/** Section 5 of the wire contract: kind and labels of every family under `mcp_`. */
const contracted: Readonly<Record<string, readonly [kind: string, ...labels: string[]]>> = {
  mcp_auth_requests_total: ['counter', 'service', 'success', 'method', 'server'],
  mcp_auth_request_duration_seconds: ['histogram', 'service', 'success', 'method', 'server'],
  mcp_tool_executions_total: ['counter', 'service', 'success', 'method', 'server_name', 'tool_name', 'client_name'],
  mcp_tool_execution_duration_seconds: ['histogram', 'service', 'success', 'method', 'server_name'],
  mcp_tool_discovery_total: ['counter', 'service', 'results'],
  mcp_discovery_duration_seconds: ['histogram', 'service', 'results'],
  mcp_protocol_latency_seconds: ['histogram', 'service', 'flow_step', 'server_name'],
  mcp_registry_operations_total: ['counter', 'operation', 'resource_type', 'success'],
  mcp_registry_operation_duration_seconds: ['histogram', 'operation', 'resource_type', 'success'],
  mcp_health_checks_total: ['counter', 'endpoint', 'healthy'],
  mcp_health_check_duration_seconds: ['histogram', 'endpoint', 'healthy'],
  mcp_tool_payload_bytes: ['histogram', 'direction', 'server_name'],
  mcp_discovery_stage_duration_seconds: ['histogram', 'stage'],
  mcp_errors_total: ['counter', 'type', 'error_code'],
  mcp_custom_events_total: ['counter', 'name'],
  mcp_gateway_targets_total: ['counter', 'target_kind', 'success'],
  mcp_rate_limit_checks_total: ['counter', 'axis', 'entity_type', 'outcome'],
  mcp_rate_limit_throttled_total: ['counter', 'axis', 'entity_type'],
  mcp_rate_limit_errors_total: ['counter', 'axis'],
  mcp_rate_limit_quarantine_denied_total: ['counter', 'scope', 'entity_type'],
  mcp_rate_limit_backend_duration_seconds: ['histogram', 'op'],
  mcp_generic_proxy_requests_total: ['counter', 'entity_type', 'outcome'],
  mcp_generic_proxy_slots_rejected_total: ['counter', 'pool'],
  mcp_nginx_config_writes_total: ['counter', 'status'],
  mcp_session_store_resolutions_total: ['counter', 'result'],
  mcp_token_replay_checks_total: ['counter', 'result'],
  mcp_token_mints_total: ['counter', 'token_kind', 'token_path', 'outcome'],
  mcp_webhooks_total: ['counter', 'event_type', 'outcome'],
  mcp_peer_sync_failures_total: ['counter', 'failure_type'],
  mcp_peer_sync_duration_seconds: ['histogram', 'success'],
  mcp_gateway_tool_invocations_total: ['counter', 'tool', 'success'],
  mcp_gateway_tool_duration_seconds: ['histogram', 'tool', 'success'],
  mcp_metrics_service_ingested_total: ['counter', 'emitter', 'type'],
  mcp_metrics_service_rejected_total: ['counter', 'emitter', 'reason'],
  mcp_metrics_service_last_accepted_timestamp_seconds: ['gauge', 'emitter'],
  mcp_metrics_service_last_rejected_timestamp_seconds: ['gauge', 'emitter'],
  mcp_metrics_service_key_last_used_timestamp_seconds: ['gauge', 'emitter', 'key'],
  mcp_metrics_service_normalized_total: ['counter', 'reason'],
  mcp_metrics_service_requests_total: ['counter', 'route', 'code'],
  mcp_metrics_service_authentication_failures_total: ['counter', 'reason'],
  mcp_metrics_service_rate_limited_total: ['counter', 'emitter'],
  mcp_metrics_service_request_duration_seconds: ['histogram', 'route'],
  mcp_metrics_service_folded_labels_total: ['counter', 'label'],
  mcp_metrics_service_unmapped_points_total: ['counter', 'instrument'],
  mcp_metrics_service_reporting_both_ways: ['gauge', 'emitter'],
  mcp_metrics_service_series: ['gauge'],
  mcp_metrics_service_expired_series_total: ['counter'],
  mcp_metrics_service_history_rows_total: ['counter', 'result'],
  mcp_metrics_service_history_buffer_rows: ['gauge'],
  mcp_metrics_service_event_loop_stall_seconds: ['histogram'],
  mcp_metrics_service_draining: ['gauge'],
  mcp_metrics_service_build_info: ['gauge', 'version', 'name'],
};

/** Families with an open label that no JSON event feeds: their labels show in the tests of OTLP. */
const onlyFromOtlp = [
  'mcp_rate_limit_checks_total',
  'mcp_rate_limit_throttled_total',
  'mcp_rate_limit_quarantine_denied_total',
  'mcp_generic_proxy_requests_total',
  'mcp_generic_proxy_slots_rejected_total',
  'mcp_token_mints_total',
  'mcp_webhooks_total',
  'mcp_peer_sync_failures_total',
  'mcp_gateway_tool_invocations_total',
  'mcp_gateway_tool_duration_seconds',
  'mcp_metrics_service_unmapped_points_total',
];

/** One of each type, so that every family has a series. */
const oneOfEach = [
  {type: 'auth_request', value: 1, duration_ms: 1},
  {type: 'tool_execution', value: 1, duration_ms: 1, metadata: {input_size_bytes: 100, error_code: 'E1'}},
  {type: 'tool_discovery', value: 1, duration_ms: 1, metadata: {embedding_time_ms: 1}},
  {type: 'registry_operation', value: 1, duration_ms: 1},
  {type: 'health_check', value: 1, duration_ms: 1},
  {type: 'protocol_latency', value: 1},
  {type: 'custom', value: 1},
];

const familyOf = (sample: string, kind: string): string =>
  kind === 'histogram' ? sample.replace(/_(?:bucket|sum|count)$/, '') : sample;

test("every family has the contract's name, kind and labels, and there are no others", async t => {
  const service = await start(t);
  await service.send(...oneOfEach);
  const text = await service.scrape();
  const kinds = Object.fromEntries(
    [...text.matchAll(/^# TYPE (mcp_\w+) (\w+)$/gm)].map(([, name = '', kind = '']) => [name, kind]),
  );
  t.deepEqual(kinds, Object.fromEntries(Object.entries(contracted).map(([name, [kind]]) => [name, kind])));

  const labels = new Map<string, Set<string>>();
  for (const {name, labels: found} of parseSamples(text)) {
    if (!name.startsWith('mcp_')) continue;
    const family = Object.keys(contracted).find(candidate => familyOf(name, kinds[candidate] ?? '') === candidate);
    const kept = Object.keys(found).filter(label => label !== 'le');
    labels.set(family ?? name, (labels.get(family ?? name) ?? new Set()).add(kept.join()));
  }
  t.deepEqual(
    Object.fromEntries([...labels].map(([name, sets]) => [name, [...sets]])),
    Object.fromEntries(
      Object.entries(contracted)
        .filter(([name]) => !onlyFromOtlp.includes(name))
        .map(([name, [, ...expected]]) => [name, [expected.join()]]),
    ),
  );
});

test('every family has one HELP and one TYPE line before its samples, which are consecutive', async t => {
  const service = await start(t);
  await service.send(...oneOfEach);
  const text = await service.scrape();
  t.true(text.endsWith('\n'));
  const seen = new Set<string>();
  let current = '';
  let kind = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') {
      t.false(seen.has(name), `${name} comes twice`);
      seen.add(name);
      current = name;
      kind = '';
    } else if (word === 'TYPE') {
      t.is(name, current);
      kind = rest;
      // As `promtool check metrics` requires.
      t.is(kind === 'counter', name.endsWith('_total'), name);
    } else if (line !== '') {
      t.is(familyOf(line.replace(/[{ ].*$/, ''), kind), current);
    }
  }
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds']) {
    t.true(seen.has(name), name);
  }
});

test('the exposition is sent as the text format of Prometheus', async t => {
  const service = await start(t);
  const {headers} = await fetch(`http://127.0.0.1:${service.expositionPort}/metrics`);
  t.is(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
});

/** Families whose labels are all known before the first event, with every series they start with. */
const seeded: ReadonlyArray<readonly [name: string, label: string, values: readonly string[]]> = [
  [
    'mcp_metrics_service_ingested_total',
    'type',
    [
      'auth_request',
      'tool_discovery',
      'tool_execution',
      'registry_operation',
      'health_check',
      'protocol_latency',
      'custom',
      'otlp_point',
    ],
  ],
  [
    'mcp_metrics_service_rejected_total',
    'reason',
    ['field', 'range', 'type', 'timestamp', 'envelope', 'not_json', 'too_large', 'encoding', 'temporality'],
  ],
  [
    'mcp_metrics_service_normalized_total',
    'reason',
    ['timestamp', 'duration', 'dimension_type', 'dimension_length', 'non_finite', 'label_characters', 'label_length'],
  ],
  ['mcp_metrics_service_authentication_failures_total', 'reason', ['missing', 'invalid']],
  ['mcp_metrics_service_history_rows_total', 'result', ['written', 'dropped']],
  ['mcp_metrics_service_rate_limited_total', 'emitter', ['registry']],
  ['mcp_discovery_stage_duration_seconds_count', 'stage', ['embedding', 'vector_search']],
  ['mcp_rate_limit_errors_total', 'axis', ['clr', 'tgt', 'ctg', 'qtn']],
  ['mcp_rate_limit_backend_duration_seconds_count', 'op', ['incr', 'get']],
  ['mcp_nginx_config_writes_total', 'status', ['success', 'failure', 'rejected']],
  ['mcp_session_store_resolutions_total', 'result', ['hit', 'miss', 'expired', 'store_error']],
  ['mcp_token_replay_checks_total', 'result', ['accepted', 'replay', 'missing_jti', 'store_error']],
  ['mcp_peer_sync_duration_seconds_count', 'success', ['true', 'false']],
  [
    'mcp_metrics_service_request_duration_seconds_count',
    'route',
    [
      '/metrics',
      '/health',
      '/',
      '/flush',
      '/rate-limit',
      '/openapi.json',
      '/v1/metrics',
      '/v1/traces',
      '/v1/logs',
      'other',
    ],
  ],
];

for (const [name, label, values] of seeded) {
  test(`${name} has every ${label} at 0 before anything happened`, async t => {
    const service = await start(t);
    const samples = (await service.samples()).filter(sample => sample.name === name);
    t.deepEqual(samples.map(({labels}) => labels[label]).sort(), [...values].sort());
    t.true(samples.every(({value}) => value === 0));
  });
}

test('every possible response of a route is counted from 0, so that the first one is an increase', async t => {
  const service = await start(t);
  const samples = (await service.samples()).filter(({name}) => name === 'mcp_metrics_service_requests_total');
  const codes = (route: string) => samples.flatMap(({labels}) => (labels['route'] === route ? labels['code'] : []));
  t.deepEqual(codes('/metrics').sort(), ['200', '400', '401', '405', '413', '415', '422', '429', '500', '503']);
  t.deepEqual(codes('/health').sort(), ['200', '405', '503']);
  t.true(samples.every(({value}) => value === 0));
});

test('the folded counter has every bounded label at 0', async t => {
  const service = await start(t);
  const samples = (await service.samples()).filter(({name}) => name === 'mcp_metrics_service_folded_labels_total');
  t.deepEqual(samples.map(({labels}) => labels['label']).sort(), [
    'client_name',
    'endpoint',
    'entity_type',
    'error_code',
    'event_type',
    'failure_type',
    'instrument',
    'method',
    'name',
    'operation',
    'outcome',
    'pool',
    'resource_type',
    'server',
    'server_name',
    'service',
    'token_kind',
    'token_path',
    'tool',
    'tool_name',
  ]);
  t.true(samples.every(({value}) => value === 0));
});

test('with the first success of a call, its failures are counted from 0', async t => {
  const service = await start(t);
  await service.send({type: 'tool_execution', value: 1, dimensions: {success: true, method: 'tools/call'}});
  await service.send({type: 'tool_discovery', value: 1, dimensions: {results_count: 3}});
  const labels = {service: 'registry', method: 'tools/call', server_name: '_unset', tool_name: '_unset'};
  const all = {...labels, client_name: '_unset'};
  t.is(await service.read('mcp_tool_executions_total', {...all, success: 'true'}), 1);
  t.is(await service.read('mcp_tool_executions_total', {...all, success: 'false'}), 0);
  t.is(await service.read('mcp_tool_executions_total', {...all, success: 'unknown'}), undefined);
  for (const [results, count] of [
    ['none', 0],
    ['few', 1],
    ['some', 0],
    ['many', 0],
  ] as const) {
    t.is(await service.read('mcp_tool_discovery_total', {service: 'registry', results}), count);
  }
});

test('the exposition is what prom-client would render of the same data', async t => {
  const boundaries = [0.1, 0.25, 1, 30];
  const service = await start(t, {variables: {HISTOGRAM_BUCKET_BOUNDARIES: boundaries.join()}});
  const oracle = new Registry();
  const registers = [oracle];
  const executions = new Counter({
    name: 'mcp_tool_executions_total',
    help: 'MCP requests of any method; tool calls have method tools/call.',
    labelNames: ['service', 'success', 'method', 'server_name', 'tool_name', 'client_name'],
    registers,
  });
  const latency = new Histogram({
    name: 'mcp_protocol_latency_seconds',
    help: 'Time between two steps of an MCP session.',
    labelNames: ['service', 'flow_step', 'server_name'],
    buckets: boundaries,
    registers,
  });
  const draining = new Gauge({name: 'mcp_metrics_service_draining', help: '1 from SIGTERM on, else 0.', registers});
  draining.set(0);
  const values = [0, 0.05, 0.1, 0.1000001, 0.25, 0.3, 1, 1.5, 29.999, 30, 30.5, 600, 1e-9];
  for (const server_name of ['time', 'a/b:c.d-e', '_unset']) {
    const sent = server_name === '_unset' ? null : server_name;
    const labels = {service: 'registry', success: 'true', method: 'tools/call', server_name, tool_name: 'x'};
    for (const value of values) {
      const {status} = await service.send(
        {type: 'protocol_latency', value, dimensions: {flow_step: 'full_protocol_flow', server_name: sent}},
        {
          type: 'tool_execution',
          value: value * 1000,
          dimensions: {success: true, method: 'tools/call', server_name: sent, tool_name: 'x', client_name: 'c'},
        },
      );
      t.is(status, 200);
      latency.observe({service: 'registry', flow_step: 'full_protocol_flow', server_name}, value);
      executions.inc({...labels, client_name: 'c'}, value * 1000);
      executions.inc({...labels, success: 'false', client_name: 'c'}, 0);
    }
  }
  const families = (text: string) =>
    Object.fromEntries(
      text.split(/^(?=# HELP )/m).map(family => [
        family.split(' ')[2],
        family
          .split('\n')
          .filter(line => line !== '')
          .sort(),
      ]),
    );
  const actual = families(await service.scrape());
  const expected = families(await oracle.metrics());
  t.is(Object.keys(expected).length, 3);
  for (const [name, lines] of Object.entries(expected)) t.deepEqual(actual[name], lines, name);
});

test('buckets are cumulative, and the count is the last of them, for every histogram', async t => {
  const service = await start(t);
  await service.send(...oneOfEach, ...oneOfEach);
  const samples = await service.samples();
  const buckets = new Map<string, number[]>();
  for (const {name, labels, value} of samples) {
    if (!/^mcp_.*_bucket$/.test(name)) continue;
    const {le: _, ...rest} = labels;
    const set = `${name.replace(/_bucket$/, '')} ${JSON.stringify(rest)}`;
    buckets.set(set, [...(buckets.get(set) ?? []), value]);
  }
  t.true(buckets.size > 10);
  for (const [set, counts] of buckets) {
    t.true(
      counts.every((count, index) => count >= (counts[index - 1] ?? 0)),
      set,
    );
    const [name = '', labels = ''] = set.split(/ (.*)/);
    const parsed = JSON.parse(labels);
    const count = samples.find(
      sample => sample.name === `${name}_count` && JSON.stringify(sample.labels) === JSON.stringify(parsed),
    );
    t.is(count?.value, counts.at(-1), set);
  }
  t.is(sumOf(samples, 'mcp_protocol_latency_seconds_count'), 2);
});
