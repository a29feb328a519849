/** Public reports of users of similar services: each is tested here. */
import {once} from 'node:events';
import {connect} from 'node:net';
import test from 'ava';
import {defaultTimeouts} from '../src/http/timeouts.ts';
import {registryKey, runReady, start, until} from './running-service.ts';
import {assertError, open, parseResponse} from './socket.ts';

const good = '{"service":"nginx","metrics":[{"type":"custom","value":1}]}';
const post = 'POST /metrics HTTP/1.1\r\nHost: metrics\r\n';
const withKey = `${post}X-API-Key: ${registryKey}\r\n`;
const validRequest = `${withKey}Content-Length: ${good.length}\r\n\r\n${good}`;

test('a connection that was idle for longer than headersTimeout is used again', async t => {
  const timeouts = {...defaultTimeouts, headersTimeout: 2000, requestTimeout: 4000, connectionsCheckingInterval: 50};
  const service = await start(t, {timeouts});
  const [used, fresh] = [await open(t, service.apiPort), await open(t, service.apiPort)];
  used.write(validRequest);
  t.is(parseResponse(await used.until(/\}$/)).status, 200);
  // One on which nothing was ever sent is closed by the same timeout: it has passed.
  await fresh.closed;
  used.write(validRequest);
  const received = await used.until(/\}HTTP[\s\S]*\}$/);
  t.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 200']);
});

test('a client that offers h2c gets its response in HTTP/1.1, on both ports', async t => {
  const service = await start(t);
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n';
  const api = await open(t, service.apiPort);
  api.write(validRequest.replace('\r\n\r\n', `\r\n${offer}\r\n`));
  t.is(parseResponse(await api.until(/\}$/)).status, 200);
  const exposition = await open(t, service.expositionPort);
  exposition.write(`GET /metrics HTTP/1.1\r\nHost: m\r\n${offer}\r\n`);
  t.is(parseResponse(await exposition.until(/mcp_metrics_service_build_info\{/)).status, 200);
});

test('a key in a trailer is not read, and a trailer changes nothing otherwise', async t => {
  const service = await start(t);
  const chunks = `${good.length.toString(16)};name=value\r\n${good}\r\n0\r\nX-API-Key: ${registryKey}\r\n\r\n`;
  const unauthenticated = await open(t, service.apiPort);
  unauthenticated.write(`${post}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
  assertError(t, await unauthenticated.until(/\}$/), 401, 'API key required in X-API-Key header');
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Transfer-Encoding: chunked\r\n\r\n${chunks}`);
  t.is(parseResponse(await connection.until(/\}$/)).status, 200);
});

test('a whole request is counted though its client resets the connection right behind it', async t => {
  const service = await runReady(t);
  for (let client = 0; client < 50; client += 1) {
    const {socket} = await open(t, service.apiPort);
    await new Promise(resolve => socket.write(validRequest, resolve));
    // The service has read it when its response comes.
    await until(async () => (await service.read('mcp_custom_events_total', {name: '_unset'})) === client + 1);
    socket.resetAndDestroy();
  }
  service.kill('SIGTERM');
  t.is((await service.exited).code, 0);
  t.is(service.output.stderr, '');
});

test('when open files run out, connections that are open are served, and new ones once others are closed', async t => {
  const service = await runReady(t, {}, {openFiles: 120});
  const kept = await open(t, service.apiPort);
  kept.write(validRequest);
  await kept.until(/\}$/);
  const idle = Array.from({length: 400}, () => {
    const socket = connect({port: service.apiPort, host: '127.0.0.1'}).on('error', () => {});
    t.teardown(() => socket.destroy());
    return socket;
  });
  await Promise.all(idle.slice(0, 50).map(socket => once(socket, 'connect')));
  kept.write(validRequest);
  await kept.until(/\}HTTP[\s\S]*\}$/);
  for (const socket of idle) socket.destroy();
  t.is((await service.post(good)).status, 200);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 3);
});
