/** The client for TypeScript emitters, against the service itself. */
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {createMetricsClient, type MetricsClientOptions} from '../src/client/client.ts';
import {type Client, registryKey, start, until} from './running-service.ts';

const labels = {success: true, method: 'tools/call', server_name: 'time', tool_name: 'now', client_name: 'cli'};
const exposed = {...labels, success: 'true', service: 'emitter'};
const calls = 'mcp_tool_executions_total';

/** A client that is quick to try again; closed with the test. */
const clientOf = (t: ExecutionContext, port: number, changed: Partial<MetricsClientOptions> = {}) => {
  const problems: string[] = [];
  const client = createMetricsClient({
    url: `http://127.0.0.1:${port}`,
    key: registryKey,
    service: 'emitter',
    backoffMs: 1,
    flushOnExit: false,
    onProblem: problem => problems.push(problem),
    ...changed,
  });
  t.teardown(() => client.close({timeoutMs: 0}));
  const call = (times = 1): void => {
    for (let sent = 0; sent < times; sent += 1)
      client.report('tool_execution', {dimensions: labels, duration_ms: 3, metadata: {input_size_bytes: 10}});
  };
  return {client, call, problems};
};

const counted = async (service: Client): Promise<number> => (await service.read(calls, exposed)) ?? 0;

test('Every kind is counted under its labels.', async t => {
  const service = await start(t);
  const {client} = clientOf(t, service.apiPort);
  client.report('auth_request', {dimensions: {success: false, method: 'initialize', server: 'time'}, duration_ms: 1});
  client.report('tool_discovery', {dimensions: {results_count: 3}});
  client.report('tool_execution', {dimensions: labels, value: 2});
  client.report('registry_operation', {dimensions: {success: 'true', operation: 'read', resource_type: 'server'}});
  client.report('health_check', {dimensions: {healthy: true, endpoint: '/mcp'}});
  client.report('protocol_latency', {dimensions: {flow_step: 'full_protocol_flow', server_name: 'time'}, value: 0.5});
  client.report('custom', {dimensions: {metric_name: 'mine'}, value: -5});
  await client.flush();
  t.deepEqual(client.stats(), {sent: 7, rejected: 0, dropped: 0, buffered: 0});
  const at = (name: string, set: Readonly<Record<string, string>>) => service.read(name, set);
  const from = {service: 'emitter'};
  t.is(await at('mcp_auth_requests_total', {...from, success: 'false', method: 'initialize', server: 'time'}), 1);
  t.is(await at('mcp_tool_discovery_total', {...from, results: 'few'}), 1);
  t.is(await at(calls, exposed), 2);
  t.is(await at('mcp_registry_operations_total', {success: 'true', operation: 'read', resource_type: 'server'}), 1);
  t.is(await at('mcp_health_checks_total', {healthy: 'true', endpoint: '/mcp'}), 1);
  const leg = {...from, flow_step: 'full_protocol_flow', server_name: 'time'};
  t.is(await at('mcp_protocol_latency_seconds_sum', leg), 0.5);
  t.is(await at('mcp_custom_events_total', {name: 'mine'}), 1);
});

test('What a kind has no label for, and what a label cannot be, does not compile.', async t => {
  const service = await start(t);
  const {client} = clientOf(t, service.apiPort);
  // @ts-expect-error: no label of a health check
  client.report('health_check', {dimensions: {healthy: true, tool_name: 'x'}});
  // @ts-expect-error: no value of success
  client.report('tool_execution', {dimensions: {success: 'maybe'}});
  // @ts-expect-error: success is missing
  client.report('auth_request', {dimensions: {method: 'x'}});
  // @ts-expect-error: no step
  client.report('protocol_latency', {dimensions: {flow_step: 'teardown'}, value: 1});
  // @ts-expect-error: a latency is a value
  client.report('protocol_latency', {dimensions: {flow_step: 'other'}, duration_ms: 1});
  // @ts-expect-error: no kind
  t.notThrows(() => client.report('tool_call', {dimensions: {}}));
});

test('Whole batches leave by themselves, what is left by the clock.', async t => {
  const service = await start(t);
  const {client, call} = clientOf(t, service.apiPort, {maxBatch: 10, intervalMs: 20});
  call(25);
  await until(() => client.stats().sent === 25);
  t.is(await counted(service), 25);
  t.is(await service.read('mcp_metrics_service_requests_total', {route: '/metrics', code: '200'}), 3);
});

test('A service that is down costs nothing until the bound, and then the oldest, counted.', async t => {
  const service = await start(t);
  await service.drain({awaitScrape: false});
  const {client, call, problems} = clientOf(t, service.apiPort, {maxBuffered: 30, maxBatch: 10});
  call(50);
  await until(() => problems.some(problem => /^not sent: .*ECONNREFUSED/.test(problem)));
  t.is(client.stats().dropped + client.stats().buffered, 50);
  t.is(client.stats().buffered, 30);
  await client.close({timeoutMs: 20});
  t.deepEqual(client.stats(), {sent: 0, rejected: 0, dropped: 50, buffered: 0});
  call();
  t.is(client.stats().dropped, 51, 'closed');
});

test('A restart of the service loses nothing that was not yet sent.', async t => {
  const first = await start(t);
  const {client, call} = clientOf(t, first.apiPort, {maxBatch: 5, intervalMs: 5});
  call(5);
  await until(() => client.stats().sent === 5);
  await first.drain({awaitScrape: false});
  call(20);
  const second = await start(t, {variables: {METRICS_SERVICE_PORT: String(first.apiPort)}});
  await until(() => client.stats().sent === 25);
  t.is(await counted(second), 20);
  t.is(client.stats().dropped, 0);
});

test('An unknown key keeps everything and says so, without the key.', async t => {
  const service = await start(t);
  const {client, call, problems} = clientOf(t, service.apiPort, {key: 'not-a-key-0123456789'});
  call(3);
  await client.flush({timeoutMs: 1});
  t.is(await until(() => problems[0]), 'not sent: status 401, Invalid API key');
  t.is(client.stats().buffered, 3);
  t.false(problems.join().includes('not-a-key'));
});

test('A request that is too large is halved until it fits; one metric that never will is dropped.', async t => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: '2000'}});
  const {client, call} = clientOf(t, service.apiPort);
  call(40);
  client.report('custom', {dimensions: {metric_name: 'x'.repeat(3000)}});
  await client.flush();
  t.deepEqual(client.stats(), {sent: 40, rejected: 0, dropped: 1, buffered: 0});
  t.is(await counted(service), 40);
});

test('A page that something else answers with 200 is no word of the service: everything is kept.', async t => {
  const service = await start(t);
  let pages = 3;
  const {client, call, problems} = clientOf(t, service.apiPort, {
    fetch: async (...parameters) => {
      if (pages === 0) return await fetch(...parameters);
      pages -= 1;
      return new Response(['{"status":"ok"}', 'null', '<html>Welcome</html>'][pages], {status: 200});
    },
  });
  call(3);
  await client.flush();
  await until(() => client.stats().sent === 3);
  t.is(await counted(service), 3);
  t.deepEqual(
    problems,
    Array.from({length: 3}, () => 'not sent: status 200'),
  );
});

test('Blanks around a key are no part of it, whatever kind of blank.', async t => {
  const service = await start(t);
  const {client, call} = clientOf(t, service.apiPort, {key: `\ufeff ${registryKey}\u00a0\n`});
  call();
  await client.flush();
  t.is(client.stats().sent, 1);
});

test('429 is waited for as long as it asks, but for somebody who flushes.', async t => {
  let asked = 0;
  const service = await start(t);
  const limited: typeof fetch = async (input, init) => {
    asked += 1;
    if (asked > 1) return fetch(input, init);
    return Response.json({detail: 'Rate limit exceeded'}, {status: 429, headers: {'Retry-After': '100'}});
  };
  const {client, call, problems} = clientOf(t, service.apiPort, {fetch: limited, maxBatch: 1});
  call();
  t.is(await until(() => problems[0]), 'not sent: status 429, Rate limit exceeded');
  for (let time = 0; time < 5; time += 1) await service.scrape(); // longer than the back-off of a millisecond
  t.is(asked, 1);
  await client.flush();
  t.is(client.stats().sent, 1);
});

test('Somebody who flushes while a request is under way does not wait for what its answer asks for.', async t => {
  const service = await start(t);
  let answer = (_: Response): void => {};
  const draining = new Promise<Response>(resolve => {
    answer = resolve;
  });
  let asked = 0;
  const first: typeof fetch = (input, init) => {
    asked += 1;
    return asked === 1 ? draining : fetch(input, init);
  };
  const {client, call} = clientOf(t, service.apiPort, {fetch: first, maxBatch: 1});
  call();
  const flushed = client.flush({timeoutMs: 60_000});
  answer(Response.json({detail: 'draining'}, {status: 503, headers: {'Retry-After': '100'}}));
  await flushed;
  t.like(client.stats(), {sent: 1, buffered: 0});
});

test('Whoever closes a second time waits as long as the first.', async t => {
  const service = await start(t);
  const {client, call} = clientOf(t, service.apiPort);
  call();
  void client.close();
  await client.close();
  t.like(client.stats(), {sent: 1, buffered: 0});
});

test('What the service itself answers with 429 is kept.', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '6'}}); // a token every ten seconds
  const {client, call, problems} = clientOf(t, service.apiPort, {maxBatch: 1});
  for (let tokens = 6; tokens > 0; tokens -= 1) await service.send({type: 'custom', value: 1});
  call();
  t.is(await until(() => problems[0]), 'not sent: status 429, Rate limit exceeded. Limit: 6 requests/minute');
  t.like(client.stats(), {sent: 0, buffered: 1, dropped: 0});
});

test('What the service refuses is counted and told, and costs no neighbour.', async t => {
  const service = await start(t);
  const {client, call, problems} = clientOf(t, service.apiPort);
  call(2);
  client.report('protocol_latency', {dimensions: {flow_step: 'other'}, value: 601});
  await client.flush();
  t.deepEqual(client.stats(), {sent: 2, rejected: 1, dropped: 0, buffered: 0});
  t.regex(problems[0] ?? '', /^1 rejected: metrics\[2\]\.value: expected a number from 0 to 600/);
});

test('Nothing throws into the caller: no JSON, no report, a listener that throws, a fetch that does.', async t => {
  const {client} = clientOf(t, 1, {
    onProblem: () => {
      throw new Error('listener');
    },
    fetch: () => {
      throw new Error('fetch');
    },
  });
  const cyclic: Record<string, unknown> = {};
  cyclic['self'] = cyclic;
  t.notThrows(() => client.report('custom', {dimensions: {metric_name: 'x'}, metadata: cyclic}));
  // @ts-expect-error: JavaScript may leave it out
  t.notThrows(() => client.report('custom'));
  t.notThrows(() => client.report('custom', {dimensions: {metric_name: 'x'}}));
  await t.notThrowsAsync(client.flush({timeoutMs: 20}));
  t.like(client.stats(), {dropped: 2, buffered: 1});
});

test('What cannot work is refused when the client is made, all of it at once, without key or password.', t => {
  const make = (changed: Partial<MetricsClientOptions>) => () =>
    createMetricsClient({url: 'http://a', key: 'k', service: 's', flushOnExit: false, ...changed});
  const problemOf = (changed: Partial<MetricsClientOptions>) =>
    t.throws(make(changed), {instanceOf: TypeError})?.message ?? '';
  t.regex(problemOf({url: 'metrics:8890'}), /^url: .*"metrics:8890"$/);
  for (const url of ['http://a/?token=hidden', 'http://a?', 'http://a/#'])
    t.regex(problemOf({url}), /^url: .* \? or #$/, url);
  t.regex(problemOf({key: ' '}), /^key: .*nothing$/);
  t.regex(problemOf({service: 'my server'}), /^service: .*found "my server"$/);
  t.regex(problemOf({version: '1'.repeat(51)}), /^version: /);
  t.regex(problemOf({instanceId: 'a/b'}), /^instance_id: .*found "a\/b"$/);
  for (const maxBatch of [0, 1.5, 1025, Number.NaN]) t.regex(problemOf({maxBatch}), /^maxBatch: .* from 1 to 1024, /);
  const all = problemOf({url: 'http://user:pass-word@a', key: 'secret\nkey', service: ''});
  t.regex(all, /^url: .*; key: .*; service: /);
  t.notRegex(all, /pass-word|secret/);
  t.notThrows(make({key: 'k\n', maxBatch: 1024, version: '1.0', instanceId: 'a.b'}), 'as a file of one line holds it');
});

test('A redirection is not followed: the key is for one address.', async t => {
  const service = await start(t);
  const elsewhere = createServer((_, response) => {
    response.writeHead(307, {Location: `http://127.0.0.1:${service.apiPort}/metrics`}).end();
  }).listen(0, '127.0.0.1');
  t.teardown(() => elsewhere.close());
  await once(elsewhere, 'listening');
  const {port} = elsewhere.address() as AddressInfo; // a listening TCP server has one
  const {client, call, problems} = clientOf(t, port);
  call();
  void client.flush();
  await until(() => problems.length > 0 || client.stats().sent > 0);
  t.is(problems[0], 'not sent: status 307');
  t.is(await counted(service), 0);
  t.like(client.stats(), {sent: 0, buffered: 1});
});

test('A program that ends by itself sends what it has before.', async t => {
  const service = await start(t);
  const program = `
    import {createMetricsClient} from './metrics-service/src/client/client.ts';
    const client = createMetricsClient({url: 'http://127.0.0.1:${service.apiPort}', key: '${registryKey}', service: 'emitter'});
    client.report('tool_execution', {dimensions: ${JSON.stringify(labels)}});`;
  await new Promise<void>((resolve, reject) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      {cwd: fileURLToPath(new URL('../..', import.meta.url))},
      error => (error === null ? resolve() : reject(error)),
    );
  });
  t.is(await counted(service), 1);
});
