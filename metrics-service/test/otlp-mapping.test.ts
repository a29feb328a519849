/** Which instrument feeds which metric of the catalogue, under which names, with which labels. */
import test from 'ava';
import {nonZero} from './exposition-samples.ts';
import {encodings, exportMetrics} from './otlp-client.ts';
import type {AttributeValues, MetricDescription} from './otlp-encode.ts';
import {start} from './running-service.ts';

interface Mapped {
  readonly instrument: string;
  readonly attributes: AttributeValues;
  /** Counter, or the count of a histogram in milliseconds. */
  readonly sample: string;
  readonly labels: string;
  readonly kind?: 'ms' | 's';
}

/** Sections 3 and 4 of the contract, row by row. */
const mapped: readonly Mapped[] = [
  {
    instrument: 'mcpgw_registry_auth_request_total',
    attributes: {success: 'True', method: 'bearer', server: 'time', target_kind: 'a2a_agent', user_hash: 'x'},
    sample: 'mcp_auth_requests_total',
    labels: 'service=registry success=true method=bearer server=time',
  },
  {
    instrument: 'mcpgw_registry_auth_request_total',
    attributes: {success: 'true', target_kind: 'generic_proxy_skill'},
    sample: 'mcp_gateway_targets_total',
    labels: 'target_kind=generic_proxy_skill success=true',
  },
  {
    instrument: 'mcpgw_registry_auth_request_duration',
    attributes: {success: 'False', method: 'bearer'},
    sample: 'mcp_auth_request_duration_seconds',
    labels: 'service=registry success=false method=bearer server=_unset',
    kind: 'ms',
  },
  {
    instrument: 'mcpgw_registry_tool_execution_total',
    attributes: {
      success: true,
      method: 'tools/call',
      server_name: 's',
      tool_name: 't',
      client_name: 'c',
      client_version: '1',
    },
    sample: 'mcp_tool_executions_total',
    labels: 'service=registry success=true method=tools/call server_name=s tool_name=t client_name=c',
  },
  {
    instrument: 'tool_execution_duration',
    attributes: {success: 'True', method: 'tools/call', server_name: 's', tool_name: 't', client_name: 'c'},
    sample: 'mcp_tool_execution_duration_seconds',
    labels: 'service=registry success=true method=tools/call server_name=s',
    kind: 'ms',
  },
  {
    instrument: 'mcpgw_registry_tool_discovery_total',
    attributes: {results_count_bucket: 'few'},
    sample: 'mcp_tool_discovery_total',
    labels: 'service=registry results=few',
  },
  {
    instrument: 'mcpgw_registry_tool_discovery_duration',
    attributes: {results_count_bucket: '6 to 20'},
    sample: 'mcp_discovery_duration_seconds',
    labels: 'service=registry results=unknown',
    kind: 'ms',
  },
  {
    instrument: 'mcpgw_registry_protocol_latency',
    attributes: {flow_step: 'full_protocol_flow', server_name: 's', session_key: 'x'},
    sample: 'mcp_protocol_latency_seconds',
    labels: 'service=registry flow_step=full_protocol_flow server_name=s',
    kind: 'ms',
  },
  {
    instrument: 'mcpgw_registry_operation_total',
    attributes: {operation: 'read', resource_type: 'server', success: 'True'},
    sample: 'mcp_registry_operations_total',
    labels: 'operation=read resource_type=server success=true',
  },
  {
    instrument: 'mcpgw_registry_operation_duration',
    attributes: {operation: 'read', resource_type: 'server', success: 'no'},
    sample: 'mcp_registry_operation_duration_seconds',
    labels: 'operation=read resource_type=server success=unknown',
    kind: 'ms',
  },
  {
    instrument: 'mcpgw_rate_limit_checks_total',
    attributes: {axis: 'clr', entity_type: 'user', window_seconds: 60, outcome: 'deny'},
    sample: 'mcp_rate_limit_checks_total',
    labels: 'axis=clr entity_type=user outcome=deny',
  },
  {
    instrument: 'mcpgw_rate_limit_throttled_total',
    attributes: {axis: 'tgt', entity_type: 'server', window_seconds: 60},
    sample: 'mcp_rate_limit_throttled_total',
    labels: 'axis=tgt entity_type=server',
  },
  {
    instrument: 'mcpgw_rate_limit_errors_total',
    attributes: {axis: 'qtn'},
    sample: 'mcp_rate_limit_errors_total',
    labels: 'axis=qtn',
  },
  {
    instrument: 'mcpgw_rate_limit_quarantine_denied_total',
    attributes: {scope: 'caller', entity_type: 'user'},
    sample: 'mcp_rate_limit_quarantine_denied_total',
    labels: 'scope=caller entity_type=user',
  },
  {
    instrument: 'mcpgw_rate_limit_backend_duration',
    attributes: {backend: 'documentdb', op: 'incr'},
    sample: 'mcp_rate_limit_backend_duration_seconds',
    labels: 'op=incr',
    kind: 'ms',
  },
  {
    instrument: 'mcpgw_registry_generic_proxy_request_total',
    attributes: {entity_type: 'skill', outcome: 'ok'},
    sample: 'mcp_generic_proxy_requests_total',
    labels: 'entity_type=skill outcome=ok',
  },
  {
    instrument: 'mcpgw_registry_generic_proxy_slot_rejected_total',
    attributes: {pool: 'skills'},
    sample: 'mcp_generic_proxy_slots_rejected_total',
    labels: 'pool=skills',
  },
  {
    instrument: 'mcpgw_registry_nginx_config_writes_total',
    attributes: {status: 'rejected'},
    sample: 'mcp_nginx_config_writes_total',
    labels: 'status=rejected',
  },
  {
    instrument: 'mcpgw_registry_session_store_resolve_total',
    attributes: {result: 'store_error'},
    sample: 'mcp_session_store_resolutions_total',
    labels: 'result=store_error',
  },
  {
    instrument: 'mcpgw_registry_internal_token_replay_check_total',
    attributes: {result: 'a result of tomorrow'},
    sample: 'mcp_token_replay_checks_total',
    labels: 'result=unknown',
  },
  {
    instrument: 'mcpgw_registry_token_mint_total',
    attributes: {token_kind: 'm2m', resource_type: 'none', token_path: 'exchange', outcome: 'success'},
    sample: 'mcp_token_mints_total',
    labels: 'token_kind=m2m token_path=exchange outcome=success',
  },
  {
    instrument: 'mcpgw_registry_webhook_send_total',
    attributes: {event_type: 'update', outcome: 'timeout'},
    sample: 'mcp_webhooks_total',
    labels: 'event_type=update outcome=timeout',
  },
  {
    instrument: 'peer_sync_failures_total',
    attributes: {peer_id: 'p', failure_type: 'timeout'},
    sample: 'mcp_peer_sync_failures_total',
    labels: 'failure_type=timeout',
  },
  {
    instrument: 'peer_sync_duration',
    attributes: {peer_id: 'p', success: 'true'},
    sample: 'mcp_peer_sync_duration_seconds',
    labels: 'success=true',
    kind: 's',
  },
  {
    instrument: 'mcpgw_registry_tool_invocations_total',
    attributes: {tool: 'search', success: 'False'},
    sample: 'mcp_gateway_tool_invocations_total',
    labels: 'tool=search success=false',
  },
  {
    instrument: 'mcpgw_registry_tool_duration',
    attributes: {tool: 'search', success: 'True'},
    sample: 'mcp_gateway_tool_duration_seconds',
    labels: 'tool=search success=true',
    kind: 'ms',
  },
];

/** The names that releases of the gateway have had for an instrument. */
const spellings = (name: string): readonly string[] => {
  const bare = name.replace(/^mcpgw_registry_/, '').replace(/_total$/, '');
  return [...new Set([name, bare, `${bare}_total`, `mcpgw_registry_${bare}`, `mcpgw_registry_${bare}_total`])];
};

const describe = ({kind, attributes}: Mapped, name: string): MetricDescription =>
  kind === undefined
    ? {name, unit: '1', sum: [{attributes, value: 2}]}
    : {name, unit: kind, histogram: [{attributes, bounds: [5, 100], counts: [1, 1, 0], sum: 60}]};

for (const row of mapped) {
  const {instrument, sample, labels, kind} = row;
  test(`${instrument} feeds ${sample}, in both encodings and under each of its names`, async t => {
    const service = await start(t);
    const names = spellings(instrument);
    for (const encoding of encodings)
      for (const name of names) {
        const {status, rejected} = await exportMetrics(service, encoding, describe(row, name));
        t.deepEqual({status, rejected}, {status: 200, rejected: 0}, name);
      }
    const samples = await service.samples();
    const exports = encodings.length * names.length;
    t.deepEqual(nonZero(samples, kind === undefined ? sample : `${sample}_count`), {[labels]: 2 * exports});
    if (kind !== undefined) {
      const [sum] = Object.values(nonZero(samples, `${sample}_sum`));
      t.true(Math.abs((sum ?? 0) - (exports * 60) / (kind === 'ms' ? 1000 : 1)) < 1e-9);
    }
    t.deepEqual(nonZero(samples, 'mcp_metrics_service_unmapped_points_total'), {});
    t.deepEqual(nonZero(samples, 'mcp_metrics_service_ingested_total'), {'emitter=registry type=otlp_point': exports});
  });
}

test('attributes are bounded as dimensions are, and share their values', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '2', METRICS_MAX_LABEL_LENGTH: '8'}});
  await service.send({type: 'auth_request', value: 1, dimensions: {success: true, method: 'm', server: 'json'}});
  const point = (server: AttributeValues[string]) => ({attributes: {success: 'True', method: 'm', server}, value: 1});
  // Twice each: the second time the same bytes are known.
  for (const encoding of encodings)
    for (let round = 0; round < 2; round += 1)
      await exportMetrics(service, encoding, {
        name: 'mcpgw_registry_auth_request_total',
        sum: ['json', 'ä long name', 'third', null, '', ['a list'], 'True'].map(point),
      });
  const samples = await service.samples();
  const prefix = 'service=registry success=true method=m server=';
  t.deepEqual(nonZero(samples, 'mcp_auth_requests_total'), {
    [`${prefix}json`]: 5,
    [`${prefix}__long_n`]: 4,
    [`${prefix}_other`]: 8,
    [`${prefix}_unset`]: 8,
    [`${prefix}_invalid`]: 4,
  });
  t.deepEqual(nonZero(samples, 'mcp_metrics_service_folded_labels_total'), {'label=server': 8});
});

test('a number is a label value as in JSON', async t => {
  const service = await start(t);
  for (const encoding of encodings)
    await exportMetrics(service, encoding, {
      name: 'peer_sync_failures_total',
      sum: [
        {attributes: {failure_type: -503}, value: 1},
        {attributes: {failure_type: 0.5}, value: 1},
      ],
    });
  t.deepEqual(nonZero(await service.samples(), 'mcp_peer_sync_failures_total'), {
    'failure_type=-503': 2,
    'failure_type=0.5': 2,
  });
});

test('the reporter is the owner of the key, whatever the values of service.name and an attribute', async t => {
  const service = await start(t, {variables: {METRICS_API_KEY_AUTH_SERVER: 'key-of-the-auth-server-1'}});
  const metric = {
    name: 'mcpgw_registry_tool_discovery_total',
    sum: [{attributes: {service: 'nginx', results_count_bucket: 'many'}, value: 1}],
  };
  await exportMetrics(service, 'protobuf', metric);
  const {toProtobuf} = await import('./otlp-encode.ts');
  const {postExport} = await import('./otlp-client.ts');
  const headers = {'X-API-Key': 'key-of-the-auth-server-1'};
  await postExport(service, {encoding: 'protobuf', body: toProtobuf(metric), headers});
  t.deepEqual(nonZero(await service.samples(), 'mcp_tool_discovery_total'), {
    'service=registry results=many': 1,
    'service=auth-server results=many': 1,
  });
});

for (const encoding of encodings)
  test(`a gauge is never exposed: under a name that is not mapped it is ignored and counted by name (${encoding})`, async t => {
    const service = await start(t);
    const gauge = [{attributes: {pool: 'a'}, value: 5}];
    const response = await exportMetrics(service, encoding, {name: 'mcpgw_pool_size', gauge}, {name: 'up', gauge});
    t.like(response, {status: 200, rejected: 0, errorMessage: ''});
    const samples = await service.samples();
    const unmapped = 'mcp_metrics_service_unmapped_points_total';
    t.deepEqual(nonZero(samples, unmapped), {'instrument=mcpgw_pool_size': 1, 'instrument=up': 1});
    t.deepEqual(nonZero(samples, 'mcp_metrics_service_rejected_total'), {});
    t.deepEqual(nonZero(samples, 'mcp_metrics_service_ingested_total'), {});
    t.false(samples.some(({name}) => /pool_size|^up$/.test(name)));
  });

test('what the catalogue does not have is ignored and counted once for each export and name', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '3'}});
  const point = {value: 7};
  for (const encoding of encodings) {
    const {status, rejected} = await exportMetrics(
      service,
      encoding,
      {
        name: 'http_server_duration',
        histogram: [
          {counts: [1], sum: 1},
          {counts: [1], sum: 1},
        ],
      },
      {name: 'http_server_duration', histogram: [{counts: [1], sum: 1}]},
      {name: 'health_check_total', sum: [point, point, point]},
      {name: 'a gauge', gauge: [point]},
      {name: 'four', temporality: 2, sum: [point]},
      {name: 'five', summary: 2},
      {name: 'without points', sum: []},
    );
    t.deepEqual({status, rejected}, {status: 200, rejected: 0});
  }
  const text = await service.scrape();
  t.false(/^(?:http_|health_check_total)/m.test(text));
  t.deepEqual(nonZero(await service.samples(), 'mcp_metrics_service_unmapped_points_total'), {
    'instrument=http_server_duration': 2,
    'instrument=health_check_total': 2,
    'instrument=a_gauge': 2,
    'instrument=_other': 4,
  });
});
