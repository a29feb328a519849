import test from 'ava';
import {registryKey, start, until} from './running-service.ts';

const metrics = [{type: 'custom', value: 1}];
const good = {service: 'registry', metrics};
const withKey = {'X-API-Key': registryKey};
const other = 'key-of-the-auth-server-01';

test('the limit is 1,000 requests per minute unless METRICS_RATE_LIMIT is set', async t => {
  const service = await start(t);
  const {headers} = await service.post(good);
  t.is(headers.get('X-RateLimit-Limit'), '1000');
  t.is(headers.get('X-RateLimit-Remaining'), '999');
  const wide = await start(t, {variables: {METRICS_RATE_LIMIT: '5000'}});
  t.is((await wide.post(good)).headers.get('X-RateLimit-Limit'), '5000');
});

test('an authenticated POST uses one token whatever its response, and every response has the remaining number', async t => {
  // Few enough per minute that no token is added during the test.
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '6', MAX_REQUEST_SIZE: '1KB'}});
  const responses = [
    await service.post(good),
    await service.post('{'),
    await service.post({}),
    await service.post(good, {'Content-Type': 'text/plain'}),
    await service.post('x'.repeat(1001)),
    await service.request({method: 'POST', path: '/flush', headers: withKey}),
    await service.post(good),
    await service.request({method: 'POST', path: '/flush', headers: withKey}),
  ];
  t.deepEqual(
    responses.map(({status}) => status),
    [200, 400, 422, 415, 413, 200, 429, 429],
  );
  t.deepEqual(
    responses.map(({headers}) => headers.get('X-RateLimit-Remaining')),
    ['5', '4', '3', '2', '1', '0', '0', '0'],
  );
  t.true(responses.every(({headers}) => headers.get('X-RateLimit-Limit') === '6'));
  const {body, headers} = responses[6] ?? t.fail();
  t.is(body.detail, 'Rate limit exceeded. Limit: 6 requests/minute');
  const seconds = Number(headers.get('Retry-After'));
  t.true(Number.isInteger(seconds) && seconds >= 1 && seconds <= 10, `${seconds}`);
  t.is(await service.read('mcp_metrics_service_rate_limited_total', {emitter: 'registry'}), 2);
  // The bodies of requests over the rate limit were not read.
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 1);
});

test('a request that is not authenticated uses no token, and its response does not show the rate limit', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1'}});
  const rejected = await service.post(good, {'X-API-Key': 'wrong'});
  t.is(rejected.status, 401);
  t.is(rejected.headers.get('X-RateLimit-Limit'), null);
  t.is(rejected.headers.get('X-RateLimit-Remaining'), null);
  t.is((await service.post(good)).status, 200);
});

test('GET /rate-limit shows the bucket and uses no token', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '2'}});
  const look = () => service.request({path: '/rate-limit', headers: withKey});
  for (let times = 0; times < 3; times += 1) {
    const {status, body, headers} = await look();
    t.is(status, 200);
    t.deepEqual(body, {service: 'registry', rate_limit: 2, available_tokens: 2, reset_time_seconds: 0});
    t.is(headers.get('X-RateLimit-Limit'), '2');
    t.is(headers.get('X-RateLimit-Remaining'), '2');
  }
  await service.post(good);
  await service.post(good);
  const {status, body} = await look();
  t.is(status, 200);
  t.like(body, {available_tokens: 0});
  const reset = Number(body['reset_time_seconds']);
  t.true(Number.isInteger(reset) && reset > 30 && reset <= 60, `${reset}`);
  t.is((await service.post(good)).status, 429);
});

test('each service has its own bucket, which all of its keys share', async t => {
  const second = 'second-key-of-auth-server';
  const service = await start(t, {
    variables: {METRICS_RATE_LIMIT: '2', METRICS_API_KEY_AUTH_SERVER: `${other},${second}`},
  });
  const send = async (key: string) => (await service.post(good, {'X-API-Key': key})).status;
  t.deepEqual([await send(other), await send(second), await send(other), await send(second)], [200, 200, 429, 429]);
  t.is(await send(registryKey), 200);
  t.is(await service.read('mcp_metrics_service_rate_limited_total', {emitter: 'auth-server'}), 2);
  t.is(await service.read('mcp_metrics_service_rate_limited_total', {emitter: 'registry'}), 0);
});

test('tokens flow back', async t => {
  // A token comes back every half a second.
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '120'}});
  await Promise.all(
    Array.from({length: 120}, () => service.request({method: 'POST', path: '/flush', headers: withKey})),
  );
  const empty = await until(async () => {
    const response = await service.request({method: 'POST', path: '/flush', headers: withKey});
    return response.status === 429 ? response : undefined;
  });
  t.is(empty.headers.get('Retry-After'), '1');
  await until(async () => ((await service.post(good)).status === 200 ? true : undefined));
  t.pass();
});
