/** The service's reports about each emitter: what was accepted and rejected, when, and with which key. */
import {createHash} from 'node:crypto';
import test from 'ava';
import {rejectionReasons} from '../src/contract.ts';
import {createRejectionLog, withoutValues} from '../src/rejection-log.ts';
import {nonZero, sampleValue, sumOf} from './exposition-samples.ts';
import {type Client, logLines, type Process, registryKey, runReady, start, until} from './running-service.ts';

const authKey = 'key-of-the-auth-server-1';
const variables = {METRICS_API_KEY_AUTH_SERVER: authKey};
const auth = {'X-API-Key': authKey};
const event = {type: 'custom', value: 1, dimensions: {metric_name: 'n'}};
const batch = (count: number) => JSON.stringify({service: 'nginx', metrics: Array.from({length: count}, () => event)});
const rejectedTotal = 'mcp_metrics_service_rejected_total';
const lastAccepted = 'mcp_metrics_service_last_accepted_timestamp_seconds';
const lastRejected = 'mcp_metrics_service_last_rejected_timestamp_seconds';

test('every emitter with a key has its series at 0 from the start', async t => {
  const service = await start(t, {variables});
  const samples = await service.samples();
  for (const emitter of ['auth-server', 'registry']) {
    for (const reason of rejectionReasons) t.is(sampleValue(samples, rejectedTotal, {emitter, reason}), 0, reason);
    for (const type of ['custom', 'tool_execution', 'otlp_point'])
      t.is(sampleValue(samples, 'mcp_metrics_service_ingested_total', {emitter, type}), 0);
    for (const name of [lastAccepted, lastRejected, 'mcp_metrics_service_rate_limited_total'])
      t.is(sampleValue(samples, name, {emitter}), 0);
  }
  t.is(sampleValue(samples, lastRejected, {emitter: 'unknown'}), 0);
});

test('events are counted for the owner of the key, whatever service the body names', async t => {
  const service = await start(t, {variables});
  const before = Math.floor(Date.now() / 1000);
  await service.post(batch(3), auth);
  await service.send(event, {type: 'auth_request', value: 1});
  const samples = await service.samples();
  t.deepEqual(nonZero(samples, 'mcp_metrics_service_ingested_total'), {
    'emitter=auth-server type=custom': 3,
    'emitter=registry type=custom': 1,
    'emitter=registry type=auth_request': 1,
  });
  for (const emitter of ['auth-server', 'registry']) {
    const time = sampleValue(samples, lastAccepted, {emitter}) ?? 0;
    t.true(time >= before && time <= Date.now() / 1000, `${emitter} ${time}`);
    t.is(sampleValue(samples, lastRejected, {emitter}), 0);
  }
});

test('twelve truncated nginx batches count as the events they contained, not as twelve', async t => {
  const service = await start(t, {variables});
  const cut = batch(1024).slice(0, -2);
  for (let index = 0; index < 12; index += 1) t.is((await service.post(cut, auth)).status, 400);
  t.deepEqual(nonZero(await service.samples(), rejectedTotal), {
    'emitter=auth-server reason=not_json': 12 * 1024,
  });
});

const rejections = {
  'a value that is not a number': {
    body: {service: 'a', metrics: [{...event, value: 'x'}, event]},
    reason: 'field',
    events: 1,
  },
  'an unknown type': {
    body: {
      service: 'a',
      metrics: [
        {...event, type: 'x'},
        {...event, type: 'y'},
      ],
    },
    reason: 'type',
    events: 2,
  },
  'an envelope with three events and no service': {
    body: {metrics: [event, event, event]},
    reason: 'envelope',
    events: 3,
  },
  'a body that is not JSON': {body: '{"service"', reason: 'not_json', events: 1},
  'an unknown encoding': {body: batch(5), headers: {'Content-Encoding': 'br'}, reason: 'encoding', events: 1},
  'another content type': {body: batch(5), headers: {'Content-Type': 'text/plain'}, reason: 'encoding', events: 1},
  'a body over the limit': {body: batch(1000), reason: 'too_large', events: 1, more: {MAX_REQUEST_SIZE: '1KB'}},
};
for (const [what, rejection] of Object.entries(rejections)) {
  const {body, reason, events, headers = {}, more = {}} = {headers: undefined, more: undefined, ...rejection};
  test(`${what} is counted and logged for its emitter`, async t => {
    const service = await runReady(t, {...variables, ...more});
    const {status, headers: given} = await service.post(body, {...auth, ...headers});
    t.true(status === 200 || status >= 400);
    const samples = await service.samples();
    t.deepEqual(nonZero(samples, rejectedTotal), {[`emitter=auth-server reason=${reason}`]: events});
    t.true((sampleValue(samples, lastRejected, {emitter: 'auth-server'}) ?? 0) > 0);
    t.is(sampleValue(samples, lastRejected, {emitter: 'registry'}), 0);
    const line = await until(() => linesOf(service)[0], service);
    t.like(line, {level: 40, emitter: 'auth-server', reason, events, peer: '127.0.0.1', suppressed: 0});
    t.is(line['request_id'], given.get('X-Request-ID'));
    t.regex(String(line['example']), /expected .+ found /i);
  });
}

const linesOf = (service: Process) => logLines(service).filter(({reason}) => reason !== undefined);

const without = {'X-API-Key': ''};
for (const [what, headers, reason] of [
  ['a wrong key', {'X-API-Key': 'not-a-key-of-anybody'}, 'key_invalid'],
  ['no key', without, 'key_missing'],
] as const) {
  test(`a request with ${what} is logged for the emitter unknown, with the address it came from`, async t => {
    const service = await runReady(t, variables);
    for (const path of ['/metrics', '/flush', '/metrics'])
      t.is((await service.request({method: 'POST', path, headers, body: batch(1)})).status, 401);
    const lines = await until(() => (linesOf(service).length > 0 ? linesOf(service) : undefined), service);
    t.is(lines.length, 1);
    t.like(lines[0], {level: 40, emitter: 'unknown', reason, peer: '127.0.0.1'});
    t.false(service.output.stdout.includes('not-a-key-of-anybody'));
    t.true(((await service.read(lastRejected, {emitter: 'unknown'})) ?? 0) > 0);
  });
}

test('a request past the rate limit is counted and logged for its emitter', async t => {
  const service = await runReady(t, {...variables, METRICS_RATE_LIMIT: '1'});
  t.is((await service.post(batch(1), auth)).status, 200);
  for (let index = 0; index < 3; index += 1) t.is((await service.post(batch(1), auth)).status, 429);
  t.is(await service.read('mcp_metrics_service_rate_limited_total', {emitter: 'auth-server'}), 3);
  t.true(((await service.read(lastRejected, {emitter: 'auth-server'})) ?? 0) > 0);
  const [line, ...more] = await until(() => (linesOf(service).length > 0 ? linesOf(service) : undefined), service);
  t.like(line, {emitter: 'auth-server', reason: 'rate_limit'});
  t.deepEqual(more, []);
});

test('a log line names field and expectation, and nothing that the emitter wrote', async t => {
  const service = await runReady(t, variables);
  const secret = 'user@example.com searched for his diagnosis';
  await service.post({service: secret, metrics: [event]}, auth);
  await service.post({service: 'a', metrics: [{...event, type: secret}]}, auth);
  await service.post({service: 'a', metrics: [{...event, value: secret}]}, auth);
  await service.post({service: 'a', metrics: [{...event, dimensions: {[secret]: 1}}]}, auth);
  await service.post({service: 'a', metrics: [{...event, metadata: {[`"${secret}`]: {a: 'x'.repeat(2000)}}}]}, auth);
  await service.post(batch(1), {...auth, 'Content-Type': 'text/plain; user="user@example.com"'});
  await until(() => linesOf(service).length >= 4 || undefined, service);
  t.notRegex(service.output.stdout, /user@example|diagnosis|xxxx/);
  t.true(linesOf(service).some(({example}) => String(example).includes('metrics[0].type: expected auth_request')));
});

test('within a minute a reason of an emitter is one line; the next one has the number of suppressed ones', t => {
  const lines: object[] = [];
  const log = createRejectionLog({warn: (fields: object) => void lines.push(fields)} as never); // all that it calls
  const report = (emitter: string, requestId: string) =>
    log.report({emitter, reason: 'type', events: 10, example: requestId, request: {requestId, peer: '10.0.0.1'}});
  for (const id of ['1', '2', '3']) report('a', id);
  report('b', '4');
  t.is(lines.length, 2);
  log.endMinute();
  t.is(lines.length, 3);
  t.like(lines[2], {emitter: 'a', request_id: '3', events: 20, suppressed: 1});
  log.endMinute();
  log.endMinute();
  t.is(lines.length, 3);
  report('a', '5');
  t.like(lines[3], {emitter: 'a', request_id: '5', events: 10, suppressed: 0});
});

test('an example is short, however long its problem is', t => {
  t.is(
    withoutValues(`version: expected a string, found ${JSON.stringify('é"\\x')}`),
    'version: expected a string, found a string of 6 characters',
  );
  t.is(withoutValues('x'.repeat(1000)).length, 300);
});

const idOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 8);
const lastUsed = 'mcp_metrics_service_key_last_used_timestamp_seconds';

test('the time of the last use of each key is exposed, by the first characters of its digest', async t => {
  const fresh = 'the-new-key-of-registry-01';
  const service = await start(t, {variables: {METRICS_API_KEY_REGISTRY: `${registryKey},${fresh}`}});
  const use = (client: Client, key: string) => client.post(batch(1), {'X-API-Key': key});
  await use(service, fresh);
  const samples = await service.samples();
  t.is(sampleValue(samples, lastUsed, {emitter: 'registry', key: idOf(registryKey)}), 0);
  t.true((sampleValue(samples, lastUsed, {emitter: 'registry', key: idOf(fresh)}) ?? 0) > Date.now() / 1000 - 60);
  const text = await service.scrape();
  t.false(text.includes(fresh) || text.includes(registryKey));
  t.is(sumOf(samples, 'mcp_metrics_service_authentication_failures_total'), 0);
});
