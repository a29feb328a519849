/** OTLP over HTTP: what is accepted, what is rejected and why, and in which words. */
import {gzipSync} from 'node:zlib';
import test from 'ava';
import {nonZero, sampleValue, sumOf} from './exposition-samples.ts';
import {contentTypeOf, type ExportResponse, encodings, exportMetrics, postExport} from './otlp-client.ts';
import {type MetricDescription, toJson, toProtobuf} from './otlp-encode.ts';
import {logLines, registryKey, runReady, start, until} from './running-service.ts';
import {open, parseResponse} from './socket.ts';

const good: MetricDescription = {
  name: 'mcpgw_registry_nginx_config_writes_total',
  unit: '1',
  sum: [{attributes: {status: 'success'}, value: 3}],
};
const counter = 'mcp_nginx_config_writes_total';
const rejectedTotal = 'mcp_metrics_service_rejected_total';
const histogramName = 'mcpgw_registry_operation_duration';
const latency = (point: object): MetricDescription => ({name: histogramName, unit: 'ms', histogram: [point]});

for (const encoding of encodings) {
  const body = (...metrics: readonly MetricDescription[]) =>
    encoding === 'json' ? toJson(...metrics) : toProtobuf(...metrics);

  test(`an accepted export in ${encoding} gets 200, an empty response in its encoding and the rate limit`, async t => {
    const service = await start(t, {variables: {METRICS_RATE_LIMIT: '7'}});
    const response = await exportMetrics(service, encoding, good);
    t.is(response.status, 200);
    t.is(response.headers.get('content-type'), contentTypeOf(encoding));
    t.is(response.bytes.toString(), encoding === 'json' ? '{}' : '');
    t.is(response.headers.get('x-ratelimit-limit'), '7');
    t.is(response.headers.get('x-ratelimit-remaining'), '6');
    t.truthy(response.headers.get('x-request-id'));
    t.is(await service.read(counter, {status: 'success'}), 3);
  });

  test(`an export in ${encoding} without points gets 200`, async t => {
    const service = await start(t);
    t.is((await exportMetrics(service, encoding)).status, 200);
    const empty = await postExport(service, {encoding, body: encoding === 'json' ? '{}' : ''});
    t.is(empty.status, 200);
    t.is(sumOf(await service.samples(), rejectedTotal), 0);
  });

  test(`gzip of an export in ${encoding} is accepted, and bounded as inflated`, async t => {
    const service = await start(t, {variables: {MAX_REQUEST_SIZE: '4096'}});
    const headers = {'Content-Encoding': 'gzip'};
    t.is((await postExport(service, {encoding, body: gzipSync(body(good)), headers})).status, 200);
    t.is(await service.read(counter, {status: 'success'}), 3);
    const large = await postExport(service, {encoding, body: gzipSync(Buffer.alloc(50_000, ' ')), headers});
    t.deepEqual([large.status, large.code], [413, 8]);
    t.is(large.message, 'Request body is larger than 4096 bytes');
    t.is((await postExport(service, {encoding, body: 'no gzip', headers})).status, 400);
    t.is((await postExport(service, {encoding, body: body(good), headers: {'Content-Encoding': 'br'}})).status, 415);
    t.is(await service.read(rejectedTotal, {emitter: 'registry', reason: 'too_large'}), 1);
    t.is(await service.read(rejectedTotal, {emitter: 'registry', reason: 'encoding'}), 2);
  });

  test(`every error of an export in ${encoding} is a google.rpc.Status`, async t => {
    const service = await start(t, {variables: {MAX_REQUEST_SIZE: '4096', METRICS_RATE_LIMIT: '3'}});
    const expectStatus = (response: ExportResponse, status: number, code: number, message: RegExp) => {
      t.is(response.status, status);
      t.is(response.headers.get('content-type'), contentTypeOf(encoding));
      t.is(response.code, code);
      t.regex(response.message, message);
    };
    const bad = encoding === 'json' ? '{' : Buffer.from([10, 99]);
    const wrongKey = {'X-API-Key': 'wrong'};
    expectStatus(
      await postExport(service, {encoding, body: body(good), headers: wrongKey}),
      401,
      16,
      /^Invalid API key$/,
    );
    expectStatus(
      await postExport(service, {encoding, body: bad}),
      400,
      3,
      encoding === 'json'
        ? /^Request body is not JSON/
        : /^ExportMetricsServiceRequest at byte 2: expected at most 0 bytes, found a length of 99$/,
    );
    expectStatus(await postExport(service, {encoding, body: Buffer.alloc(5000)}), 413, 8, /larger than 4096 bytes/);
    expectStatus(
      await postExport(service, {encoding, body: body({...good, temporality: 2})}),
      400,
      3,
      /^No data point was accepted: mcpgw_registry_nginx_config_writes_total: expected delta temporality, found cumulative; set OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta$/,
    );
    const limited = await postExport(service, {encoding, body: body(good)});
    expectStatus(limited, 503, 14, /^Rate limit exceeded/);
    t.regex(limited.headers.get('retry-after') ?? '', /^\d+$/);
    t.is(limited.headers.get('x-ratelimit-remaining'), '0');
    const samples = await service.samples();
    t.is(sampleValue(samples, 'mcp_metrics_service_rate_limited_total', {emitter: 'registry'}), 1);
    t.is(sampleValue(samples, 'mcp_metrics_service_requests_total', {route: '/v1/metrics', code: '503'}), 1);
    t.is(
      sampleValue(samples, rejectedTotal, {emitter: 'registry', reason: encoding === 'json' ? 'not_json' : 'envelope'}),
      1,
    );
    t.is(sampleValue(samples, rejectedTotal, {emitter: 'registry', reason: 'temporality'}), 1);
    t.is(await service.read(counter, {status: 'success'}), 0);
  });

  test(`a draining service responds to an export in ${encoding} with 503 and Retry-After`, async t => {
    const service = await start(t, {variables: {DRAIN_TIMEOUT_SECONDS: '20'}});
    t.is((await exportMetrics(service, encoding, good)).status, 200);
    const drained = service.drain({awaitScrape: true});
    const response = await until(async () => {
      const next = await exportMetrics(service, encoding, {
        ...good,
        sum: [{attributes: {status: 'failure'}, value: 0}],
      });
      return next.status === 503 ? next : undefined;
    });
    t.is(response.code, 14);
    t.is(response.headers.get('retry-after'), '5');
    t.is(await service.read(counter, {status: 'success'}), 3);
    await drained;
  });

  test(`large exports in ${encoding} beyond the four that can wait get 503 and Retry-After, and are counted`, async t => {
    const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1000'}});
    const points = Array.from({length: 6000}, () => ({attributes: {status: 'success'}, value: 1}));
    const large = Buffer.from(body({...good, sum: points}));
    t.true(large.length > 256 * 1024);
    const head = `POST /v1/metrics HTTP/1.1\r\nHost: m\r\nX-API-Key: ${registryKey}\r\nContent-Type: ${contentTypeOf(encoding)}\r\nContent-Length: ${large.length}\r\nConnection: close\r\n\r\n`;
    const sendTwelve = async () => {
      const connections = await Promise.all(Array.from({length: 12}, () => open(t, service.apiPort)));
      for (const connection of connections) connection.write(Buffer.concat([Buffer.from(head), large.subarray(0, -1)]));
      for (const connection of connections) connection.write(large.subarray(-1));
      return Promise.all(connections.map(async ({closed}) => parseResponse(await closed)));
    };
    // On a busy machine the last bytes may arrive so far apart that none has to wait for four others.
    const responses = await sendTwelve();
    for (let rounds = 1; rounds < 20 && !responses.some(({status}) => status === 503); rounds += 1)
      responses.push(...(await sendTwelve()));
    const accepted = responses.filter(({status}) => status === 200).length;
    const rejected = responses.filter(({status}) => status === 503);
    t.is(accepted + rejected.length, responses.length);
    t.true(accepted >= 5 && rejected.length > 0, `${accepted} accepted`);
    for (const {head} of rejected) t.regex(head, /^retry-after: 1$/im);
    const samples = await service.samples();
    t.is(sampleValue(samples, counter, {status: 'success'}), 6000 * accepted);
    t.is(sampleValue(samples, 'mcp_metrics_service_rate_limited_total', {emitter: 'registry'}), rejected.length);
    t.deepEqual(nonZero(samples, rejectedTotal), {});
  });

  test(`traces and logs in ${encoding} get 404 and the variable that ends them`, async t => {
    const service = await start(t);
    for (const [signal, variable] of [
      ['traces', 'OTEL_TRACES_EXPORTER'],
      ['logs', 'OTEL_LOGS_EXPORTER'],
    ]) {
      for (const headers of [{}, {'X-API-Key': 'wrong'}] as const) {
        const response = await postExport(service, {encoding, body: 'anything', path: `/v1/${signal}`, headers});
        t.deepEqual([response.status, response.code], [404, 5]);
        t.is(response.message, `Expected metrics only, found ${signal}: set ${variable}=none`);
      }
    }
    const samples = await service.samples();
    for (const route of ['/v1/traces', '/v1/logs'])
      t.is(sampleValue(samples, 'mcp_metrics_service_requests_total', {route, code: '404'}), 2);
    t.is(sumOf(samples, 'mcp_metrics_service_authentication_failures_total'), 0);
  });

  test(`a point with the flag for no recorded value is neither counted nor rejected (${encoding})`, async t => {
    const service = await start(t);
    const {status, rejected} = await exportMetrics(
      service,
      encoding,
      {...good, sum: [{flags: 1}]},
      {...latency({flags: 1})},
    );
    t.deepEqual([status, rejected], [200, 0]);
    t.is(sumOf(await service.samples(), rejectedTotal), 0);
  });

  test(`an export in ${encoding} is counted whole or not at all`, async t => {
    const service = await start(t);
    const text = toJson(good, good).replace(/"asInt":"3"(?!.*"asInt")/, '"asInt":"x"');
    const bytes = toProtobuf(good);
    const broken = encoding === 'json' ? text : Buffer.concat([bytes, bytes.subarray(0, -1)]);
    const {status, code} = await postExport(service, {encoding, body: broken});
    t.deepEqual([status, code], [400, 3]);
    t.is(await service.read(counter, {status: 'success'}), 0);
    t.is(await service.read(rejectedTotal, {emitter: 'registry', reason: 'envelope'}), 1);
  });
}

test('other content types get 415, and none at all too', async t => {
  const service = await start(t);
  for (const type of ['text/plain', 'application/grpc', '']) {
    const headers = {'Content-Type': type};
    const {status, code, message} = await postExport(service, {encoding: 'protobuf', body: toProtobuf(good), headers});
    t.deepEqual([status, code], [415, 3]);
    t.regex(message, /^Expected Content-Type application\/x-protobuf or application\/json, found /);
  }
  t.is(await service.read(rejectedTotal, {emitter: 'registry', reason: 'encoding'}), 3);
});

test('parameters of a content type do not matter', async t => {
  const service = await start(t);
  const headers = {'Content-Type': 'Application/JSON; charset=utf-8'};
  t.is((await postExport(service, {encoding: 'json', body: toJson(good), headers})).status, 200);
});

test('GET /v1/metrics gets 405, and the exposition is not there', async t => {
  const service = await start(t);
  const {status, headers} = await service.request({path: '/v1/metrics', headers: {'X-API-Key': registryKey}});
  t.is(status, 405);
  t.is(headers.get('allow'), 'POST');
  t.is((await service.request({path: '/v1/traces'})).status, 405);
});

test('JSON numbers may be numbers or strings, and what is not the message is named by its path', async t => {
  const service = await start(t);
  const text = toJson(good).replace('"asInt":"3"', '"asInt":3');
  t.is((await postExport(service, {encoding: 'json', body: text})).status, 200);
  for (const [from, to, message] of [
    ['"asInt":"3"', '"asInt":"three"', /dataPoints\[0\]\.asInt: expected a number, found "three"$/],
    [
      '"name":"mcpgw',
      '"name":7,"x":"mcpgw',
      /^resourceMetrics\[0\]\.scopeMetrics\[0\]\.metrics\[0\]\.name: expected a string, found 7$/,
    ],
    [
      '"aggregationTemporality":1',
      '"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"',
      /aggregationTemporality: expected a number/,
    ],
    ['"resourceMetrics":[', '"resourceMetrics":{},"x":[', /^resourceMetrics: expected an array, found an object$/],
    [
      '"attributes":[{"key":"status"',
      '"attributes":[7,{"key":"status"',
      /attributes\[0\]: expected an object, found 7$/,
    ],
  ] as const) {
    const response = await postExport(service, {encoding: 'json', body: toJson(good).replace(from, to)});
    t.is(response.status, 400, to);
    t.regex(response.message, message);
  }
  t.is(await service.read(counter, {status: 'success'}), 3);
});

test('a batch of JSON events that was posted to the path of OTLP gets 400 and the right path', async t => {
  const service = await start(t);
  const events = '{"service":"registry","metrics":[{"type":"custom","value":1}]}';
  const response = await postExport(service, {encoding: 'json', body: events});
  t.is(response.status, 400);
  t.is(response.message, 'resourceMetrics: expected an export, found JSON events: POST them to /metrics');
  t.is((await postExport(service, {encoding: 'json', body: '{}'})).status, 200);
});

test('an emitter that also sends JSON raises the gauge and is logged; one that does not, is not', async t => {
  const service = await runReady(t, {METRICS_API_KEY_AUTH_SERVER: 'key-of-the-auth-server-1'});
  const flag = 'mcp_metrics_service_reporting_both_ways';
  const path = (value: string): MetricDescription => ({
    name: 'mcpgw_registry_metrics_emission_path_total',
    sum: [{attributes: {path: value}, value: 1}],
  });
  t.is((await exportMetrics(service, 'protobuf', path('otel'), good)).status, 200);
  t.is(await service.read(flag, {emitter: 'registry'}), 0);
  for (const encoding of encodings) t.is((await exportMetrics(service, encoding, path('legacy'), good)).status, 200);
  const samples = await service.samples();
  t.is(sampleValue(samples, flag, {emitter: 'registry'}), 1);
  t.is(sampleValue(samples, flag, {emitter: 'auth-server'}), 0);
  t.deepEqual(nonZero(samples, 'mcp_metrics_service_unmapped_points_total'), {});
  const warnings = logLines(service).filter(({msg}) => String(msg).includes('both are counted'));
  t.deepEqual(
    warnings.map(({emitter}) => emitter),
    ['registry'],
  );
});

test('exports of traces are logged with their emitter, once per minute', async t => {
  const service = await runReady(t);
  for (let round = 0; round < 3; round += 1)
    await postExport(service, {encoding: 'protobuf', body: '', path: '/v1/traces'});
  const lines = logLines(service).filter(({signal}) => signal === 'traces');
  t.is(lines.length, 1);
  t.like(lines[0], {emitter: 'registry', variable: 'OTEL_TRACES_EXPORTER'});
});
