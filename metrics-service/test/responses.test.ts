/** Tests the status, the order of the checks and the format of every response. */
import test from 'ava';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {registryKey, type ServiceRequest, type ServiceResponse, start} from './running-service.ts';

const good = JSON.stringify({service: 'registry', metrics: [{type: 'custom', value: 1}]});
const withKey = {'X-API-Key': registryKey};
const json = {'Content-Type': 'application/json'};

/** Every error has these three fields; `detail` describes it and `status_code` repeats the status. */
const isError = ({status, headers, body}: ServiceResponse, detail: string | RegExp): boolean =>
  body.status_code === status &&
  (typeof detail === 'string' ? body.detail === detail : detail.test(body.detail ?? '')) &&
  /^[A-Za-z0-9_.-]{1,64}$/.test(body.request_id ?? '') &&
  body.request_id === headers.get('X-Request-ID') &&
  headers.get('content-type') === 'application/json; charset=utf-8';

interface Case extends ServiceRequest {
  readonly expected: number;
  readonly detail: string | RegExp;
  readonly route?: string;
  /** Fields of the body beside the three that all errors have. */
  readonly more?: readonly string[];
}

const respondsWith = test.macro(async (t, {expected, detail, route = '/metrics', more = [], ...request}: Case) => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: '1KB'}});
  const response = await service.request(request);
  t.is(response.status, expected);
  t.true(isError(response, detail), response.text);
  t.deepEqual(Object.keys(response.body).sort(), ['detail', 'request_id', 'status_code', ...more].sort());
  const samples = await service.samples();
  t.is(sampleValue(samples, 'mcp_metrics_service_requests_total', {route, code: String(expected)}), 1);
  t.is(sumOf(samples, 'mcp_metrics_service_requests_total'), 1);
  t.is(sumOf(samples, 'mcp_metrics_service_ingested_total'), 0);
});

const post = {method: 'POST', path: '/metrics'};
const missing = 'API key required in X-API-Key header';
const large = 'x'.repeat(1001);
const tooLarge = 'Request body is larger than 1000 bytes';

test('a missing key gets 401', respondsWith, {...post, body: good, expected: 401, detail: missing});
test('an empty key gets 401, as a missing one does', respondsWith, {
  ...post,
  headers: {'X-API-Key': ''},
  body: good,
  expected: 401,
  detail: missing,
});
test('a wrong key is 401', respondsWith, {
  ...post,
  headers: {'X-API-Key': `${registryKey}x`},
  body: good,
  expected: 401,
  detail: 'Invalid API key',
});
test('a key in another case is 401', respondsWith, {
  ...post,
  headers: {'X-API-Key': registryKey.toUpperCase()},
  body: good,
  expected: 401,
  detail: 'Invalid API key',
});
test('401 comes before 415, 413 and 400', respondsWith, {
  ...post,
  headers: {'Content-Type': 'text/plain'},
  body: large,
  expected: 401,
  detail: missing,
});
for (const [type, found] of [
  ['text/plain', 'text/plain'],
  ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded'],
  ['application/jsonp', 'application/jsonp'],
  ['multipart/form-data; boundary=json', 'multipart/form-data; boundary=json'],
] as const) {
  test(`the content type ${type} is 415`, respondsWith, {
    ...post,
    headers: {...withKey, 'Content-Type': type},
    body: good,
    expected: 415,
    detail: `Expected Content-Type application/json, found ${found}`,
  });
}
for (const encoding of ['deflate', 'br', 'identity, gzip']) {
  test(`the content encoding ${encoding} is 415`, respondsWith, {
    ...post,
    headers: {...withKey, ...json, 'Content-Encoding': encoding},
    body: good,
    expected: 415,
    detail: `Expected Content-Encoding gzip or identity, found ${encoding}`,
  });
}
test('415 comes before 413 and 400', respondsWith, {
  ...post,
  headers: {...withKey, 'Content-Type': 'text/plain'},
  body: large,
  expected: 415,
  detail: /text\/plain/,
});
test('413 comes before 400', respondsWith, {
  ...post,
  headers: {...withKey, ...json},
  body: large,
  expected: 413,
  detail: tooLarge,
});
for (const [what, body, where] of [
  ['nothing', '', 'unexpected end at offset 0'],
  ['spaces', '  \n', 'unexpected end at offset 3'],
  ['half an object', good.slice(0, -1), `unexpected end at offset ${good.length - 1}`],
  ['an object and more', `${good}x`, `unexpected byte at offset ${good.length}`],
  ['a comma too many', '{"service":"registry","metrics":[],}', 'unexpected byte at offset 35'],
  ['900 unclosed arrays', '['.repeat(900), 'unexpected end at offset 900'],
  ['an unknown word after two bytes of one character', '{"é":nil}', 'unexpected byte at offset 7'],
  ['a byte order mark and more', '\ufeffx', 'unexpected byte at offset 3'],
  ['NaN and an error behind it', '{"a":NaN,"b":}', 'unexpected byte at offset 13'],
] as const) {
  test(`a body of ${what} is 400 with the position of the error`, respondsWith, {
    ...post,
    headers: {...withKey, ...json},
    body,
    expected: 400,
    detail: `Request body is not JSON: ${where}`,
  });
}
test('an envelope that breaks a rule is 422', respondsWith, {
  ...post,
  headers: {...withKey, ...json},
  body: '{}',
  expected: 422,
  detail: 'Request violates the wire contract',
  more: ['status', 'accepted', 'rejected', 'errors'],
});

for (const [method, path, route] of [
  ['GET', '/nothing', 'other'],
  ['POST', '/metrics/', 'other'],
  ['POST', '/Metrics', 'other'],
  ['GET', '/api/metrics', 'other'],
  ['DELETE', '/%zz', 'other'],
] as const) {
  test(`${method} ${path} is 404`, respondsWith, {
    method,
    path,
    headers: withKey,
    expected: 404,
    detail: /^There is nothing at \//,
    route,
  });
}
for (const [method, path, allowed] of [
  ['GET', '/metrics', 'POST'],
  ['PUT', '/metrics', 'POST'],
  ['OPTIONS', '/metrics', 'POST'],
  ['POST', '/health', 'HEAD or GET'],
  ['DELETE', '/', 'HEAD or GET'],
  ['GET', '/flush', 'POST'],
  ['POST', '/rate-limit', 'HEAD or GET'],
] as const) {
  test(`${method} ${path} is 405`, respondsWith, {
    method,
    path,
    headers: withKey,
    expected: 405,
    detail: `Expected ${allowed}, found ${method}`,
    route: path,
  });
}
for (const [method, path] of [
  ['POST', '/flush'],
  ['GET', '/rate-limit'],
] as const) {
  test(`${method} ${path} without a key is 401`, respondsWith, {
    method,
    path,
    expected: 401,
    detail: missing,
    route: path,
  });
  test(`${method} ${path} with a wrong key is 401`, respondsWith, {
    method,
    path,
    headers: {'X-API-Key': 'wrong'},
    expected: 401,
    detail: 'Invalid API key',
    route: path,
  });
}

test('a 405 has the allowed methods in Allow', async t => {
  const service = await start(t);
  t.is((await service.request({path: '/metrics'})).headers.get('Allow'), 'POST');
  t.deepEqual((await service.request({method: 'POST', path: '/health'})).headers.get('Allow')?.split(', ').sort(), [
    'GET',
    'HEAD',
  ]);
});

for (const headers of [
  {'Content-Type': 'application/json; charset=utf-8'},
  {'Content-Type': 'APPLICATION/JSON'},
  {'Content-Type': 'application/vnd.mcp.metrics+json'},
  {'Content-Type': ''},
  {...json, 'Content-Encoding': 'identity'},
]) {
  test(`${JSON.stringify(headers)} is read as JSON`, async t => {
    const service = await start(t);
    t.is((await service.request({...post, headers: {...withKey, ...headers}, body: Buffer.from(good)})).status, 200);
  });
}
test('a missing content type is read as JSON, and a byte order mark is not part of the text', async t => {
  const service = await start(t);
  t.is((await service.request({...post, headers: withKey, body: Buffer.from(good)})).status, 200);
  t.is((await service.request({...post, headers: withKey, body: Buffer.from(`\ufeff${good}`)})).status, 200);
});
test('a body of exactly MAX_REQUEST_SIZE is read', async t => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: String(good.length)}});
  t.is((await service.post(good)).status, 200);
  t.is((await service.post(`${good} `)).status, 413);
});
test('slashes that a base URL left before the path change nothing', async t => {
  const service = await start(t);
  for (const path of ['//metrics', '///metrics?a=//b'])
    t.is((await service.request({...post, path, headers: {...withKey, ...json}, body: good})).status, 200, path);
  t.is((await service.request({path: '//health'})).status, 200);
  t.is(await service.read('mcp_metrics_service_requests_total', {route: '/metrics', code: '200'}), 2);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 2);
});

test('a 401 has the way to authenticate in WWW-Authenticate', async t => {
  const service = await start(t);
  for (const headers of [{}, {'X-API-Key': 'wrong'}]) {
    for (const [method, path] of [
      ['POST', '/metrics'],
      ['POST', '/flush'],
      ['GET', '/rate-limit'],
    ] as const) {
      const {status, headers: told} = await service.request({method, path, headers});
      t.is(status, 401);
      t.is(told.get('WWW-Authenticate'), 'ApiKey realm="metrics-service", header="X-API-Key"');
    }
  }
});

test('a query after the path changes nothing', async t => {
  const service = await start(t);
  t.is(
    (await service.request({...post, path: '/metrics?from=test', headers: {...withKey, ...json}, body: good})).status,
    200,
  );
  t.is(await service.read('mcp_metrics_service_requests_total', {route: '/metrics', code: '200'}), 1);
});

test('429 comes before 415, and 503 before 401', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1', DRAIN_TIMEOUT_SECONDS: '30'}});
  t.is((await service.post(good)).status, 200);
  const limited = await service.post(good, {'Content-Type': 'text/plain'});
  t.is(limited.status, 429);
  t.true(isError(limited, 'Rate limit exceeded. Limit: 1 requests/minute'));

  const drained = service.drain({awaitScrape: true});
  while (
    (await service.request({...post, headers: {'X-API-Key': registryKey, 'Content-Type': 'text/plain'}, body: 'x'}))
      .status !== 503
  );
  const draining = await service.request({...post, headers: {'Content-Type': 'text/plain'}, body: large});
  t.is(draining.status, 503);
  t.true(isError(draining, 'Service is draining'));
  t.regex(draining.headers.get('Retry-After') ?? '', /^[1-9]\d*$/);
  const flush = await service.request({method: 'POST', path: '/flush'});
  t.is(flush.status, 503);
  const health = await service.request({path: '/health'});
  t.is(health.status, 503);
  t.true(isError(health, 'Service is draining'));
  await service.scrape();
  await drained;
});

test('GET /health returns exactly the body that existing health checks compare', async t => {
  const service = await start(t);
  const {status, text} = await service.request({path: '/health'});
  t.is(status, 200);
  t.is(text, '{"status":"healthy","service":"metrics-collection"}');
  t.is((await service.request({method: 'HEAD', path: '/health'})).status, 200);
});

test('GET / has the name and version of the service and its paths', async t => {
  const service = await start(t);
  const {status, body} = await service.request({});
  t.is(status, 200);
  t.like(body, {service: 'MCP Metrics Collection Service', status: 'running'});
  t.regex(String(body['version']), /^\d+\.\d+\.\d+$/);
  t.deepEqual(Object.values(body['endpoints'] ?? {}).sort(), [
    '/',
    '/flush',
    '/health',
    '/metrics',
    '/openapi.json',
    '/rate-limit',
    '/v1/logs',
    '/v1/metrics',
    '/v1/traces',
  ]);
  t.deepEqual(Object.keys(body).sort(), ['endpoints', 'service', 'status', 'version']);
});

test('POST /flush succeeds without a history', async t => {
  const service = await start(t);
  const {status, text, headers} = await service.request({method: 'POST', path: '/flush', headers: withKey});
  t.is(status, 200);
  t.is(text, '{"status":"success","message":"Metrics flushed to storage"}');
  t.is(headers.get('X-RateLimit-Remaining'), '999');
});

test("the caller's request id comes back where it is harmless, else a new one", async t => {
  const service = await start(t);
  const given = await service.post(good, {'X-Request-ID': 'trace-1.a_B'});
  t.is(given.body.request_id, 'trace-1.a_B');
  t.is(given.headers.get('X-Request-ID'), 'trace-1.a_B');
  const other = await service.post(good, {'X-Request-ID': 'a b<script>'});
  t.regex(other.body.request_id ?? '', /^[0-9a-f-]{36}$/);
  t.not((await service.post(good)).body.request_id, other.body.request_id);
});

test('failed authentications are counted by reason', async t => {
  const service = await start(t);
  await service.request({...post, body: good});
  await service.request({path: '/rate-limit'});
  await service.request({method: 'POST', path: '/flush', headers: {'X-API-Key': 'wrong'}});
  t.is(await service.read('mcp_metrics_service_authentication_failures_total', {reason: 'missing'}), 2);
  t.is(await service.read('mcp_metrics_service_authentication_failures_total', {reason: 'invalid'}), 1);
});

test('a body that is not JSON counts as the number of events it appears to contain', async t => {
  const service = await start(t);
  const event = '{"type":"custom","value":1,"metadata":{"a":[{}]}}';
  await service.post(`{"service":"a","metrics":[${Array.from({length: 12}, () => event).join()},oops]}`);
  t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'not_json'}), 12);
});

test('bodies that could not be read are counted as rejected', async t => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: '100'}});
  await service.post('{');
  await service.post('x'.repeat(101));
  await service.post('[]');
  const samples = await service.samples();
  for (const reason of ['not_json', 'too_large', 'envelope']) {
    t.is(sampleValue(samples, 'mcp_metrics_service_rejected_total', {emitter: 'registry', reason}), 1, reason);
  }
});
