/** Requests for the exposition, and its responses: formats, compression, targets, health. */
import {execFileSync} from 'node:child_process';
import {request as sendRequest} from 'node:http';
import {gunzipSync} from 'node:zlib';
import test from 'ava';
import {parseSamples, sampleValue} from './exposition-samples.ts';
import {type Client, runReady, start} from './running-service.ts';
import {open, parseResponse} from './socket.ts';

/** The headers of Prometheus 2.42 and 3.13. */
const accepts = {
  'Prometheus 2.42':
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
  'Prometheus 3':
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
  'Prometheus that prefers protobuf':
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3',
};

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** As fetch() does, but without default headers, and without inflating. */
const request = (
  {expositionPort}: Client,
  {
    path = '/metrics',
    method = 'GET',
    headers = {},
  }: {readonly path?: string; readonly method?: string; readonly headers?: Readonly<Record<string, string>>} = {},
): Promise<Response> =>
  new Promise((resolve, reject) => {
    const sent = sendRequest({port: expositionPort, host: '127.0.0.1', path, method, headers}, async response => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks)});
    });
    sent.on('error', reject).end();
  });

const oneOfEach = [
  {type: 'tool_execution', value: 1, duration_ms: 1500, dimensions: {success: true, server_name: 's'}},
  {type: 'protocol_latency', value: 1, dimensions: {server_name: 's'}},
  {type: 'custom', value: 1},
];

const openMetrics = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const text = 'text/plain; version=0.0.4; charset=utf-8';

for (const [who, accept] of Object.entries(accepts)) {
  test(`${who} is given OpenMetrics`, async t => {
    const service = await start(t);
    t.is((await request(service, {headers: {Accept: accept}})).headers['content-type'], openMetrics);
  });
}

for (const accept of [
  undefined,
  '*/*',
  'text/plain',
  'application/json',
  'application/openmetrics-text;version=0.0.1',
  'application/openmetrics-text;version=1.0.0;q=0',
  'application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.5',
  ';;;q=,',
]) {
  test(`a reader that accepts ${accept} is given text`, async t => {
    const service = await start(t);
    const {status, headers} = await request(service, {headers: accept === undefined ? {} : {Accept: accept}});
    t.is(status, 200);
    t.is(headers['content-type'], text);
  });
}

test('OpenMetrics has counter names without their suffix, units, the creation time of each series, and # EOF at the end', async t => {
  const service = await start(t);
  const before = Date.now() / 1000;
  await service.send(...oneOfEach);
  const after = Date.now() / 1000;
  const body = String((await request(service, {headers: {Accept: accepts['Prometheus 2.42']}})).body);
  t.true(body.endsWith('\n# EOF\n'));
  t.notRegex(body, /\n\n/);
  for (const line of [
    '# TYPE mcp_custom_events counter',
    'mcp_custom_events_total{name="_unset"} 1',
    '# TYPE mcp_protocol_latency_seconds histogram',
    '# UNIT mcp_protocol_latency_seconds seconds',
    '# UNIT mcp_metrics_service_series series',
    'mcp_protocol_latency_seconds_bucket{le="1.0",service="registry",flow_step="other",server_name="s"} 1',
    'mcp_protocol_latency_seconds_count{service="registry",flow_step="other",server_name="s"} 1',
    '# TYPE process_cpu_seconds counter',
    '# TYPE process_start_time_seconds gauge',
  ]) {
    t.true(body.includes(`\n${line}\n`), line);
  }
  for (const [name, labels] of [
    ['mcp_custom_events_created', {name: '_unset'}],
    ['mcp_protocol_latency_seconds_created', {service: 'registry', flow_step: 'other', server_name: 's'}],
  ] as const) {
    const created = sampleValue(parseSamples(body), name, labels) ?? 0;
    t.true(created >= before && created <= after, `${name} ${created}`);
  }
  t.notRegex(body, /^mcp_metrics_service_(?:series|draining|build_info)_created/m);
});

test('METRICS_CREATED_TIMESTAMPS=false omits created timestamps', async t => {
  const service = await start(t, {variables: {METRICS_CREATED_TIMESTAMPS: 'false'}});
  await service.send(...oneOfEach);
  const {headers, body} = await request(service, {headers: {Accept: accepts['Prometheus 3']}});
  t.is(headers['content-type'], openMetrics);
  t.notRegex(String(body), /_created/);
});

test('both formats have the same series', async t => {
  const service = await start(t);
  await service.send(...oneOfEach);
  const series = (body: Buffer) =>
    parseSamples(String(body))
      .filter(({name}) => name.startsWith('mcp_') && !name.endsWith('_created'))
      .map(({name, labels}) => `${name} ${JSON.stringify({...labels, le: String(Number(labels['le']))})}`)
      .sort();
  const asText = await request(service);
  const asOpenMetrics = await request(service, {headers: {Accept: accepts['Prometheus 3']}});
  t.deepEqual(series(asOpenMetrics.body), series(asText.body));
});

test('the exposition is compressed for a reader that accepts gzip, and for no other', async t => {
  const service = await start(t);
  await service.send(...oneOfEach);
  const plain = await request(service);
  t.is(plain.headers['content-encoding'], undefined);
  t.regex(String(plain.headers['vary']), /accept-encoding/i);
  for (const encoding of ['gzip', 'deflate, gzip;q=0.5', '*', 'GZIP']) {
    const {headers, body} = await request(service, {headers: {'Accept-Encoding': encoding}});
    t.is(headers['content-encoding'], 'gzip', encoding);
    t.true(body.length * 5 < plain.body.length, encoding);
    t.is(sampleValue(parseSamples(String(gunzipSync(body))), 'mcp_custom_events_total', {name: '_unset'}), 1);
  }
  for (const encoding of ['identity', 'gzip;q=0', 'br, zstd', ''])
    t.is((await request(service, {headers: {'Accept-Encoding': encoding}})).headers['content-encoding'], undefined);
});

test('more readers at a time than are compressed for are all served', async t => {
  const service = await start(t);
  await service.send(...oneOfEach);
  const responses = await Promise.all(
    Array.from({length: 30}, () => request(service, {headers: {'Accept-Encoding': 'gzip'}})),
  );
  for (const {status, headers, body} of responses) {
    t.is(status, 200);
    const whole = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    t.is(sampleValue(parseSamples(String(whole)), 'mcp_custom_events_total', {name: '_unset'}), 1);
  }
  // The waiting compression has been released.
  t.is((await request(service, {headers: {'Accept-Encoding': 'gzip'}})).headers['content-encoding'], 'gzip');
});

test('HEAD has the headers of GET and no body', async t => {
  const service = await start(t);
  for (const accept of ['*/*', accepts['Prometheus 3']]) {
    const head = await request(service, {method: 'HEAD', headers: {Accept: accept}});
    const get = await request(service, {headers: {Accept: accept}});
    t.is(head.status, 200);
    t.is(head.body.length, 0);
    for (const name of ['content-type', 'vary']) t.is(head.headers[name], get.headers[name]);
  }
});

test('the target may be in absolute form, as through a proxy', async t => {
  const service = await start(t);
  for (const target of ['http://metrics.internal:9465/metrics', 'HTTP://[::1]/metrics?x=1', '/metrics']) {
    const connection = await open(t, service.expositionPort);
    connection.write(`GET ${target} HTTP/1.1\r\nHost: metrics\r\nConnection: close\r\n\r\n`);
    const received = await connection.closed;
    t.is(parseResponse(received).status, 200, target);
    t.regex(received, /# TYPE mcp_/);
  }
});

test('/-/healthy and /-/ready respond on the port of the exposition; from SIGTERM on it is not ready', async t => {
  const service = await runReady(t, {DRAIN_TIMEOUT_SECONDS: '60', DRAIN_GRACE_SECONDS: '30'});
  for (const path of ['/-/healthy', '/-/ready', 'http://x/-/ready']) {
    const {status, headers, body} = await request(service, {path});
    t.is(status, 200, path);
    t.regex(String(headers['content-type']), /^text\/plain/);
    t.regex(String(body), /^metrics-service is (?:Healthy|Ready)\.\n$/);
    t.is((await request(service, {path, method: 'HEAD'})).status, 200);
    t.is((await request(service, {path, method: 'POST'})).status, 405);
  }
  t.is((await service.send({type: 'custom', value: 1})).status, 200);
  service.kill('SIGTERM');
  for (;;) if ((await request(service, {path: '/-/ready'})).status === 503) break;
  t.is((await request(service, {path: '/-/healthy'})).status, 200);
  service.kill('SIGKILL');
});

const promtool = ((): string | undefined => {
  try {
    execFileSync('promtool', ['--version'], {stdio: 'ignore'});
    return 'promtool';
  } catch {
    return undefined;
  }
})();

(promtool === undefined ? test.skip : test)('promtool check metrics reports no problem in the text format', async t => {
  const service = await start(t);
  await service.send(...oneOfEach);
  const input = await service.scrape();
  t.is(
    execFileSync(promtool ?? '', ['check', 'metrics'], {input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe']}),
    '',
  );
});
