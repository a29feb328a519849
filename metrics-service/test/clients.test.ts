/** The clients that exist, as they call: section 1 of the wire contract. */
import test from 'ava';
import {nonZero, sampleValue, sumOf} from './exposition-samples.ts';
import {registryKey, start} from './running-service.ts';
import {open, parseResponse} from './socket.ts';

/** A batch as nginx writes it: no timestamp, strings for booleans, unchanged names from an MCP client. */
const luaMetric = (index: number): string =>
  `{"type":"tool_execution","value":1,"duration_ms":${index / 10},"dimensions":{"tool_name":${index % 2 === 0 ? '""' : '"get_time"'},"server_name":"time","success":"${index % 4 !== 0}","method":"tools/call","client_name":"cursor"},"metadata":{"input_size_bytes":0,"output_size_bytes":128,"error_code":""}}`;

const luaRequest = (body: Uint8Array): Uint8Array =>
  Buffer.concat([
    Buffer.from(
      `POST /metrics HTTP/1.1\r\nHost: metrics:8890\r\nContent-Type: application/json\r\nX-API-Key: ${registryKey}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
    ),
    body,
  ]);

test('nginx: 1,024 events over a separate socket get 200, and the connection is closed', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  const metrics = Array.from({length: 1024}, (_, index) => luaMetric(index)).join();
  connection.write(luaRequest(Buffer.from(`{"service":"nginx","version":"1.0.0","metrics":[${metrics}]}`)));
  const {status, head, body} = parseResponse(await connection.closed);
  t.is(status, 200);
  t.true(head.startsWith('HTTP/1.1 200 OK\r\n'));
  t.regex(head, /^connection: close$/im);
  t.like(JSON.parse(body), {status: 'success', accepted: 1024, rejected: 0, errors: []});

  const samples = await service.samples();
  const call = {service: 'nginx', method: 'tools/call', server_name: 'time'};
  t.deepEqual(nonZero(samples, 'mcp_tool_executions_total'), {
    'service=nginx success=false method=tools/call server_name=time tool_name=_unset client_name=cursor': 256,
    'service=nginx success=true method=tools/call server_name=time tool_name=_unset client_name=cursor': 256,
    'service=nginx success=true method=tools/call server_name=time tool_name=get_time client_name=cursor': 512,
  });
  t.is(sampleValue(samples, 'mcp_tool_execution_duration_seconds_count', {...call, success: 'true'}), 768);
  t.is(sumOf(samples, 'mcp_errors_total'), 0);
});

test('nginx: names with invalid UTF-8 or unusual characters do not lose an event', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  const head = Buffer.from('{"service":"nginx","metrics":[');
  const metric = (name: Uint8Array): Uint8Array =>
    Buffer.concat([
      Buffer.from('{"type":"tool_execution","value":1,"dimensions":{"success":"true","tool_name":"'),
      name,
      Buffer.from('"}}'),
    ]);
  const names = [Buffer.from([0x61, 0xff, 0xc3, 0x62]), Buffer.from('名前'), Buffer.from('\\u0000\\ud800 {}')];
  connection.write(
    luaRequest(
      Buffer.concat([
        head,
        ...names.flatMap((name, index) => [Buffer.from(index === 0 ? '' : ','), metric(name)]),
        Buffer.from(']}'),
      ]),
    ),
  );
  const {status, body} = parseResponse(await connection.closed);
  t.is(status, 200);
  t.like(JSON.parse(body), {accepted: 3, rejected: 0});
  const counted = (await service.samples())
    .filter(({name, value}) => name === 'mcp_tool_executions_total' && value > 0)
    .map(({labels}) => labels['tool_name']);
  t.deepEqual(counted, ['a__b', '__', '_____']);
});

const now = (): string => `${new Date().toISOString().slice(0, -1)}123`;

test('registry: one event per request, with its key', async t => {
  const service = await start(t);
  const {status} = await service.post({
    service: 'registry',
    version: '1.0.0',
    metrics: [
      {
        type: 'registry_operation',
        timestamp: now(),
        value: 1.0,
        duration_ms: 12.5,
        dimensions: {operation: 'read', resource_type: 'server', success: true, resource_id: null, user_id: 'u-7'},
        metadata: {error_code: null, user_agent: null},
      },
    ],
  });
  t.is(status, 200);
  t.is(
    await service.read('mcp_registry_operations_total', {operation: 'read', resource_type: 'server', success: 'true'}),
    1,
  );
});

test('registry middleware: a search whose results are not known, and its custom event', async t => {
  const service = await start(t);
  const search = await service.send({
    type: 'tool_discovery',
    value: 1,
    duration_ms: 80,
    dimensions: {query: 'what time is it', results_count: -1, top_k_services: null, top_n_tools: null},
    metadata: {},
  });
  t.is(search.status, 200);
  const event = await service.send({
    type: 'custom',
    value: 1,
    dimensions: {metric_name: 'request_headers_analysis', has_session: true, header_count: 12, session_id: null},
    metadata: {headers: ['accept', 'x-user']},
  });
  t.is(event.status, 200);
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_tool_discovery_total'), {'service=registry results=unknown': 1});
  t.deepEqual(nonZero(samples, 'mcp_custom_events_total'), {'name=request_headers_analysis': 1});
});

test('auth-server: three requests for one call, times without a zone, sizes of 0', async t => {
  const service = await start(t);
  const post = (metric: Readonly<Record<string, unknown>>) =>
    service.post({
      service: 'auth-server',
      version: '1.0.0',
      instance_id: null,
      metrics: [{timestamp: now(), ...metric}],
    });
  const responses = await Promise.all([
    post({
      type: 'auth_request',
      value: 1,
      duration_ms: 3.2,
      dimensions: {success: true, method: 'cognito', server: 'time', user_hash: 'abc123'},
      metadata: {error_code: null},
    }),
    post({
      type: 'tool_execution',
      value: 1,
      duration_ms: 0,
      dimensions: {tool_name: 'get_time', server_name: 'time', success: true, method: 'tools/call', client_name: null},
      metadata: {error_code: null, input_size_bytes: 310, output_size_bytes: 0},
    }),
    post({
      type: 'protocol_latency',
      value: 0.75,
      dimensions: {flow_step: 'tools_list_to_tools_call', session_key: 's-1', server_name: 'time'},
      metadata: {},
    }),
  ]);
  t.deepEqual(
    responses.map(({status}) => status),
    [200, 200, 200],
  );
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_auth_requests_total'), {
    'service=auth-server success=true method=cognito server=time': 1,
  });
  t.deepEqual(nonZero(samples, 'mcp_tool_executions_total'), {
    'service=auth-server success=true method=tools/call server_name=time tool_name=get_time client_name=_unset': 1,
  });
  t.deepEqual(nonZero(samples, 'mcp_protocol_latency_seconds_sum'), {
    'service=auth-server flow_step=tools_list_to_tools_call server_name=time': 0.75,
  });
  t.deepEqual(nonZero(samples, 'mcp_tool_payload_bytes_count'), {'direction=input server_name=time': 1});
});

test('client library: a batch with its instance_id, times with an offset', async t => {
  const service = await start(t);
  const {status, body} = await service.post({
    service: 'my-agent',
    version: '0.3.1.dev2+g1a2b3c',
    instance_id: 'ip-10-0-0-7.ec2_1',
    metrics: [
      {
        type: 'health_check',
        value: 1,
        duration_ms: 4,
        timestamp: '2025-10-01T08:30:15.123456+02:00',
        dimensions: {endpoint: '/mcp', status_code: 200, healthy: true},
      },
      {
        type: 'health_check',
        value: 1,
        timestamp: '2025-10-01T08:30:15.123456',
        dimensions: {endpoint: '/mcp', healthy: false},
      },
    ],
  });
  t.is(status, 200);
  t.is(body.accepted, 2);
  t.deepEqual(nonZero(await service.samples(), 'mcp_health_checks_total'), {
    'endpoint=/mcp healthy=true': 1,
    'endpoint=/mcp healthy=false': 1,
  });
});

test("the service label does not depend on the key's owner: nginx uses the registry's key", async t => {
  const service = await start(t);
  await service.post({service: 'nginx', metrics: [{type: 'auth_request', value: 1, dimensions: {success: 'true'}}]});
  const services = new Set((await service.samples()).flatMap(({labels}) => labels['service'] ?? []));
  t.deepEqual([...services], ['nginx']);
});
