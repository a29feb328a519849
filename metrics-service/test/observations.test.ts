/** The effect of each type of event on the metrics. */
import test from 'ava';
import {nonZero, sampleValue, sumOf} from './exposition-samples.ts';
import {start} from './running-service.ts';

type Metric = Readonly<Record<string, unknown>>;
/** Family → samples that aren't 0. */
type Expected = Readonly<Record<string, Readonly<Record<string, number>>>>;

const counts = test.macro(async (t, metrics: readonly Metric[], expected: Expected) => {
  const service = await start(t);
  const {status, body} = await service.send(...metrics);
  t.is(status, 200);
  t.is(body.rejected, 0);
  const samples = await service.samples();
  for (const [name, values] of Object.entries(expected)) t.deepEqual(nonZero(samples, name), values, name);
  t.is(sumOf(samples, 'mcp_metrics_service_ingested_total'), metrics.length);
});

test(
  'counted types add their value, and a duration of 0 is observed',
  counts,
  [
    {type: 'auth_request', value: 3, duration_ms: 0, dimensions: {success: true, method: 'jwt', server: 'time'}},
    {type: 'auth_request', value: 0.5, dimensions: {success: true, method: 'jwt', server: 'time'}},
    {type: 'auth_request', value: 0, duration_ms: 1500, dimensions: {success: false, method: 'jwt', server: 'time'}},
  ],
  {
    mcp_auth_requests_total: {'service=registry success=true method=jwt server=time': 3.5},
    mcp_auth_request_duration_seconds_count: {
      'service=registry success=true method=jwt server=time': 1,
      'service=registry success=false method=jwt server=time': 1,
    },
    mcp_auth_request_duration_seconds_sum: {'service=registry success=false method=jwt server=time': 1.5},
  },
);

test(
  'an authentication counts its kind of target, one that is not known or not given as unknown',
  counts,
  [
    {type: 'auth_request', value: 2, dimensions: {success: true, target_kind: 'mcp_server'}},
    {type: 'auth_request', value: 1, dimensions: {success: 'False', target_kind: 'control_plane'}},
    {type: 'auth_request', value: 1, dimensions: {success: true, target_kind: 'a kind of tomorrow'}},
    {type: 'auth_request', value: 1, dimensions: {success: true, target_kind: null}},
    {type: 'auth_request', value: 1},
  ],
  {
    mcp_gateway_targets_total: {
      'target_kind=mcp_server success=true': 2,
      'target_kind=control_plane success=false': 1,
      'target_kind=unknown success=true': 2,
      'target_kind=unknown success=unknown': 1,
    },
  },
);

test(
  'an execution counts with all of its labels, its duration without tool and client',
  counts,
  [
    {
      type: 'tool_execution',
      value: 1,
      duration_ms: 250,
      dimensions: {success: true, method: 'tools/call', server_name: 's', tool_name: 't', client_name: 'c'},
      metadata: {input_size_bytes: 64, output_size_bytes: 65},
    },
    {
      type: 'tool_execution',
      value: 1,
      dimensions: {server_name: 's'},
      metadata: {input_size_bytes: 0, output_size_bytes: -1},
    },
    {type: 'tool_execution', value: 1, metadata: {input_size_bytes: '12', output_size_bytes: null}},
  ],
  {
    mcp_tool_executions_total: {
      'service=registry success=true method=tools/call server_name=s tool_name=t client_name=c': 1,
      'service=registry success=unknown method=_unset server_name=s tool_name=_unset client_name=_unset': 1,
      'service=registry success=unknown method=_unset server_name=_unset tool_name=_unset client_name=_unset': 1,
    },
    mcp_tool_execution_duration_seconds_sum: {'service=registry success=true method=tools/call server_name=s': 0.25},
    mcp_tool_payload_bytes_count: {'direction=input server_name=s': 1, 'direction=output server_name=s': 1},
    mcp_tool_payload_bytes_sum: {'direction=input server_name=s': 64, 'direction=output server_name=s': 65},
  },
);

test('payload buckets are powers of four from 64 B to 64 MiB', async t => {
  const service = await start(t);
  await service.send({type: 'tool_execution', value: 1, metadata: {input_size_bytes: 64, output_size_bytes: 65}});
  const samples = (await service.samples()).filter(({name}) => name === 'mcp_tool_payload_bytes_bucket');
  const input = samples.filter(({labels}) => labels['direction'] === 'input');
  t.deepEqual(
    input.map(({labels}) => labels['le']),
    [
      ...[64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864].map(String),
      '+Inf',
    ],
  );
  t.true(input.every(({value}) => value === 1));
  t.deepEqual(
    samples.filter(({labels}) => labels['direction'] === 'output').map(({value}) => value),
    [0, ...Array.from({length: 11}, () => 1)],
  );
});

for (const [count, results] of [
  [0, 'none'],
  [1, 'few'],
  [5, 'few'],
  [6, 'some'],
  [20, 'some'],
  [21, 'many'],
  [100_000, 'many'],
  [-1, 'unknown'],
  [null, 'unknown'],
  [undefined, 'unknown'],
  ['7', 'some'],
  ['', 'unknown'],
  ['several', 'unknown'],
  [true, 'unknown'],
  [[3], 'unknown'],
] as const) {
  test(
    `a search with results_count ${JSON.stringify(count)} found ${results}`,
    counts,
    [{type: 'tool_discovery', value: 1, duration_ms: 40, dimensions: {results_count: count}}],
    {
      mcp_tool_discovery_total: {[`service=registry results=${results}`]: 1},
      mcp_discovery_duration_seconds_sum: {[`service=registry results=${results}`]: 0.04},
    },
  );
}

test(
  'a vector search is timed under the name that registries give it from 1.24.8 on',
  counts,
  [
    {type: 'tool_discovery', value: 1, metadata: {embedding_time_ms: 12, vector_search_time_ms: 20}},
    {type: 'tool_discovery', value: 1, metadata: {vector_search_time_ms: null, faiss_search_time_ms: 20}},
  ],
  {
    mcp_discovery_stage_duration_seconds_count: {'stage=embedding': 1, 'stage=vector_search': 2},
    mcp_discovery_stage_duration_seconds_sum: {'stage=embedding': 0.012, 'stage=vector_search': 0.04},
  },
);

test(
  'the stages of a search are observed where they are numbers',
  counts,
  [
    {type: 'tool_discovery', value: 1, metadata: {embedding_time_ms: 12, faiss_search_time_ms: 0}},
    {type: 'tool_discovery', value: 1, metadata: {embedding_time_ms: '12', faiss_search_time_ms: -1}},
    {type: 'tool_discovery', value: 1, metadata: {embedding_time_ms: null, faiss_search_time_ms: {}}},
  ],
  {
    mcp_discovery_stage_duration_seconds_count: {'stage=embedding': 1, 'stage=vector_search': 1},
    mcp_discovery_stage_duration_seconds_sum: {'stage=embedding': 0.012},
  },
);

test(
  'a latency observes its value under its flow step, or under other',
  counts,
  [
    ...['initialize_to_tools_list', 'tools_list_to_tools_call', 'full_protocol_flow', 'other'].map(flow_step => ({
      type: 'protocol_latency',
      value: 2,
      duration_ms: 9000,
      dimensions: {flow_step, server_name: 's'},
    })),
    ...['initialise', 7, null, undefined, {}, 'constructor', 'Other'].map(flow_step => ({
      type: 'protocol_latency',
      value: 600,
      dimensions: {flow_step, server_name: 's'},
    })),
  ],
  {
    mcp_protocol_latency_seconds_sum: {
      'service=registry flow_step=initialize_to_tools_list server_name=s': 2,
      'service=registry flow_step=tools_list_to_tools_call server_name=s': 2,
      'service=registry flow_step=full_protocol_flow server_name=s': 2,
      'service=registry flow_step=other server_name=s': 4202,
    },
    mcp_protocol_latency_seconds_count: {
      'service=registry flow_step=initialize_to_tools_list server_name=s': 1,
      'service=registry flow_step=tools_list_to_tools_call server_name=s': 1,
      'service=registry flow_step=full_protocol_flow server_name=s': 1,
      'service=registry flow_step=other server_name=s': 8,
    },
  },
);

test(
  'registry operations and health checks count and are timed',
  counts,
  [
    {
      type: 'registry_operation',
      value: 2,
      duration_ms: 10,
      dimensions: {operation: 'create', resource_type: 'server', success: 'False'},
    },
    {type: 'health_check', value: 1, duration_ms: 20, dimensions: {endpoint: '/mcp', healthy: 'up'}},
  ],
  {
    mcp_registry_operations_total: {'operation=create resource_type=server success=false': 2},
    mcp_registry_operation_duration_seconds_sum: {'operation=create resource_type=server success=false': 0.01},
    mcp_health_checks_total: {'endpoint=/mcp healthy=unknown': 1},
    mcp_health_check_duration_seconds_sum: {'endpoint=/mcp healthy=unknown': 0.02},
  },
);

test(
  'a custom event counts once, whatever its value',
  counts,
  [
    {type: 'custom', value: -1e12, dimensions: {metric_name: 'n'}},
    {type: 'custom', value: 0, dimensions: {metric_name: 'n'}},
    {type: 'custom', value: 250, duration_ms: 7, dimensions: {metric_name: 'n'}},
    {type: 'custom', value: 1},
  ],
  {mcp_custom_events_total: {'name=n': 3, 'name=_unset': 1}},
);

test(
  'an error code counts under the type that carried it, and the absence of one does not',
  counts,
  [
    ...['auth_request', 'tool_execution', 'protocol_latency', 'custom'].map(type => ({
      type,
      value: 1,
      metadata: {error_code: 'E_TIMEOUT'},
    })),
    {type: 'custom', value: 5, metadata: {error_code: -32_601}},
    {type: 'custom', value: 1, metadata: {error_code: {code: 1}}},
    {type: 'custom', value: 1, metadata: {error_code: null}},
    {type: 'custom', value: 1, metadata: {error_code: ''}},
    {type: 'custom', value: 1, dimensions: {error_code: 'E_ELSEWHERE'}},
  ],
  {
    mcp_errors_total: {
      'type=auth_request error_code=E_TIMEOUT': 1,
      'type=tool_execution error_code=E_TIMEOUT': 1,
      'type=protocol_latency error_code=E_TIMEOUT': 1,
      'type=custom error_code=E_TIMEOUT': 1,
      'type=custom error_code=-32601': 1,
      'type=custom error_code=_invalid': 1,
    },
  },
);

test('the same call of two reporters is distinguished by service', async t => {
  const service = await start(t);
  const metrics = [{type: 'tool_execution', value: 1, dimensions: {success: true, method: 'tools/call'}}];
  await service.post({service: 'nginx', metrics});
  await service.post({service: 'auth-server', metrics});
  const samples = await service.samples();
  for (const observer of ['nginx', 'auth-server']) {
    t.is(sumOf(samples, 'mcp_tool_executions_total', {service: observer}), 1);
  }
});

test('the exposition contains no personal or unbounded value, in whichever field it was sent', async t => {
  const service = await start(t);
  const personal = {
    user_hash: 'PERSONAL-1',
    session_key: 'PERSONAL-2',
    query: 'PERSONAL-3',
    user_id: 'PERSONAL-4',
    resource_id: 'PERSONAL-5',
    username: 'PERSONAL-6',
    email: 'PERSONAL-7@example.org',
  };
  const types = ['auth_request', 'tool_discovery', 'tool_execution', 'registry_operation', 'health_check'];
  const {body} = await service.post({
    service: 'registry',
    version: 'PERSONAL-8',
    instance_id: 'PERSONAL-9',
    metrics: [...types, 'protocol_latency', 'custom'].map(type => ({
      type,
      value: 1,
      duration_ms: 5,
      timestamp: '2025-10-01T08:30:15.987654',
      dimensions: personal,
      metadata: {...personal, error_code: 'E1'},
    })),
  });
  t.is(body.accepted, 7);
  const text = await service.scrape();
  t.notRegex(text, /PERSONAL/i);
  t.notRegex(text, /2025-10-01|987654/);
  for (const name of Object.keys(personal)) t.false(text.includes(`${name}=`), name);
});

test('a 200 means the metrics are in the counters by the time it arrives', async t => {
  const service = await start(t);
  for (let sent = 1; sent <= 20; sent += 1) {
    t.is((await service.send({type: 'custom', value: 1, dimensions: {metric_name: 'n'}})).status, 200);
    t.is(sampleValue(await service.samples(), 'mcp_custom_events_total', {name: 'n'}), sent);
  }
});

test('counters never go down', async t => {
  const service = await start(t);
  let before = new Map<string, number>();
  for (const value of [5, 0, 1e-9, 1_000_000, 0.5]) {
    await service.send(
      {type: 'tool_execution', value, duration_ms: value},
      {type: 'tool_execution', value: -1},
      {type: 'custom', value: -5},
    );
    const after = new Map<string, number>();
    for (const {name, labels, value: found} of await service.samples()) {
      if (/^mcp_.*_(?:total|bucket|count|sum)$/.test(name)) after.set(`${name}${JSON.stringify(labels)}`, found);
    }
    for (const [sample, found] of before) t.true((after.get(sample) ?? -1) >= found, sample);
    before = after;
  }
});

test('the service measures how long requests took and whether the event loop was blocked', async t => {
  const service = await start(t);
  await service.send({type: 'custom', value: 1});
  const samples = await service.samples();
  t.is(sampleValue(samples, 'mcp_metrics_service_request_duration_seconds_count', {route: '/metrics'}), 1);
  t.true((sampleValue(samples, 'mcp_metrics_service_request_duration_seconds_sum', {route: '/metrics'}) ?? 0) > 0);
  t.is(sampleValue(samples, 'mcp_metrics_service_draining'), 0);
});
