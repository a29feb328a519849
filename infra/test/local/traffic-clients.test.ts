import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {paths} from '@mcp-observability/metrics-service/contract';
import type {WireBatch, WireMetric} from '@mcp-observability/metrics-service/events';
import test, {type ExecutionContext} from 'ava';
import {createClient} from '../../local/traffic/gateway-clients.ts';
import {createOtelClient} from '../../local/traffic/otel-client.ts';
import {postRaw} from '../../local/traffic/raw-post.ts';
import {startTraffic} from '../../local/traffic.ts';

/** A service that responds with the given status and stores what it received. */
const service = async (t: ExecutionContext, statusOf: (batch: WireBatch) => number, host = '127.0.0.1') => {
  const got: Array<{
    readonly batch: WireBatch;
    readonly status: number;
    readonly headers: NodeJS.Dict<string | string[]>;
  }> = [];
  let wake = () => {};
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    t.is(request.url, paths.metrics);
    const batch = JSON.parse(text) as WireBatch; // the senders' own type; the shapes are tested above
    const status = statusOf(batch);
    if (status === 0) request.socket.destroy();
    else response.writeHead(status).end('{}');
    got.push({batch, status, headers: request.headers});
    wake();
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve));
  const stop = new AbortController();
  t.teardown(() => {
    stop.abort();
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${typeof address === 'object' ? address?.port : ''}`;
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise<void>(resolve => (wake = resolve));
  };
  const tally = {sent: 0, events: 0, failed: 0, lastFailure: ''};
  return {url, got, until, stop, tally, options: {url, key: 'k'.repeat(20), tally, signal: stop.signal}};
};

const metric: WireMetric = {type: 'tool_execution', value: 1, dimensions: {tool_name: 'a/b'}};

test('registry and auth-server send one event per request and never retry', async t => {
  const {got, until, tally, options} = await service(t, () => 503);
  const client = createClient('auth-server', options);
  client.report(metric);
  client.report(metric);
  await client.settled();
  await until(() => got.length === 2);
  t.deepEqual(
    got.map(({batch}) => batch.metrics.length),
    [1, 1],
  );
  t.is(got[0]?.headers['x-api-key'], 'k'.repeat(20));
  t.deepEqual(tally, {sent: 0, events: 0, failed: 2, lastFailure: 'status 503'});
});

test('the library sends batches with its instance and retries when it gets no response', async t => {
  let calls = 0;
  const {got, until, tally, options} = await service(t, () => (++calls === 1 ? 0 : 200));
  const client = createClient('library', options);
  for (let count = 0; count < 3; count += 1) client.report(metric);
  await until(() => got.length === 2);
  t.deepEqual(got[0]?.batch, got[1]?.batch);
  t.is(got[0]?.batch.metrics.length, 3);
  t.truthy(got[0]?.batch.instance_id);
  await client.settled();
  t.like(tally, {sent: 1, events: 3, failed: 1});
});

test('an OTLP export counts as one post with as many events as it has data points', async t => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(200).end());
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // it listens on TCP
  const tally = {sent: 0, events: 0, failed: 0, lastFailure: ''};
  const {signal} = new AbortController();
  const client = createOtelClient({url: `http://127.0.0.1:${port}`, key: 'k'.repeat(20), tally, signal});
  const counter = {reporter: 'registry', instrument: 'mcpgw_registry_auth_request_total', unit: '1', value: 1} as const;
  for (const server of ['a', 'b', 'a']) client.record({...counter, attributes: {server}});
  client.record({...counter, instrument: 'mcpgw_registry_auth_request_duration', unit: 'ms', attributes: {}});
  await client.end();
  t.deepEqual(tally, {sent: 1, events: 3, failed: 0, lastFailure: ''});
});

test('nginx keeps a batch until it gets status 200, and sends at most 1,024 events per request', async t => {
  let calls = 0;
  const {got, until, options} = await service(t, () => (++calls === 1 ? 429 : 200));
  const client = createClient('nginx', options);
  for (let count = 0; count < 1030; count += 1) client.report({...metric, value: count});
  await until(() => got.length === 3);
  t.deepEqual(
    got.map(({batch}) => batch.metrics.length),
    [1024, 1024, 6],
  );
  t.deepEqual(got[0]?.batch, got[1]?.batch);
  t.is(got[2]?.batch.metrics[0]?.value, 1024);
  t.is(got[0]?.headers['connection'], 'close');
});

test('nginx reaches a service that listens on an address of IPv6', async t => {
  const ipv6 = await service(t, () => 200, '::1').catch(() => undefined);
  if (ipv6 === undefined) {
    t.pass('this machine has no IPv6');
    return;
  }
  const body = JSON.stringify({service: 'nginx', metrics: [metric]});
  t.is(await postRaw({...ipv6.options, body, timeoutMs: 5_000}), 200);
  t.is(ipv6.got[0]?.headers['host'], new URL(ipv6.url).host);
});

test('live traffic reaches the service from all four reporters until it is stopped', async t => {
  const {url, got, until, stop} = await service(t, () => 200);
  const keys = {registry: 'r'.repeat(16), 'auth-server': 'a'.repeat(16), library: 'l'.repeat(16)};
  const {tally, ended} = startTraffic({url, keys, rate: 20, seed: 3, gateway: '1.24', signal: stop.signal});
  const services = () => new Set(got.map(({batch}) => batch.service));
  await until(() => services().size === 4);
  t.is(got.find(({batch}) => batch.service === 'nginx')?.headers['x-api-key'], keys.registry);
  t.is(got.find(({batch}) => batch.service === 'auth-server')?.headers['x-api-key'], keys['auth-server']);
  stop.abort();
  await ended;
  t.true(tally.sent > 0);
});
