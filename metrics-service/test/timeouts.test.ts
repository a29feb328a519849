/** Clients that are slow, silent or deaf: each is cut off, and its connection with it. */
import {setTimeout as pause} from 'node:timers/promises';
import test from 'ava';
import {registryKey, start} from './running-service.ts';
import {assertError, type Connection, open, parseResponse} from './socket.ts';

/** Long enough for an well-behaved request on a busy machine. */
const timeouts = {
  timeout: 1500,
  headersTimeout: 800,
  requestTimeout: 1200,
  keepAliveTimeout: 800,
  connectionsCheckingInterval: 50,
};
const good = '{"service":"nginx","metrics":[{"type":"custom","value":1}]}';
const post = 'POST /metrics HTTP/1.1\r\nHost: metrics\r\n';
const withKey = `${post}X-API-Key: ${registryKey}\r\n`;

test('a client that stops anywhere before the end of its request gets 408 and is cut off', async t => {
  const service = await start(t, {timeouts});
  const beginnings = [
    `${post}X-API-`,
    `${withKey}Content-Length: ${good.length}\r\n\r\n`,
    `${withKey}Content-Length: ${good.length}\r\n\r\n${good.slice(0, 20)}`,
    `${withKey}Transfer-Encoding: chunked\r\n\r\n20\r\n{"ser`,
  ];
  await Promise.all(
    beginnings.map(async text => {
      const connection = await open(t, service.apiPort);
      connection.write(text);
      assertError(t, await connection.closed, 408, 'Request took too long');
    }),
  );
  t.is(await service.read('mcp_metrics_service_requests_total', {route: 'other', code: '408'}), beginnings.length);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), undefined);
});

test('a connection without a request is closed without a response, and is not counted as a request', async t => {
  const service = await start(t, {timeouts});
  const connections = [await open(t, service.apiPort), await open(t, service.expositionPort)];
  for (const {closed} of connections) t.is(await closed, '');
  t.is(await service.read('mcp_metrics_service_requests_total', {route: 'other', code: '408'}), 0);
});

test('a request whose response is sent before its body came gets only that one, and its connection is closed', async t => {
  const service = await start(t, {timeouts});
  const connection = await open(t, service.apiPort);
  connection.write('GET /health HTTP/1.1\r\nHost: m\r\nContent-Length: 10\r\n\r\n');
  const received = await connection.closed;
  t.is(received.match(/HTTP\/1\.1 /g)?.length, 1);
  t.is(parseResponse(received).status, 200);
  t.is(await service.read('mcp_metrics_service_requests_total', {route: 'other', code: '408'}), 0);
});

test('idle connections are kept for longer than the 300 s of Service Connect', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write('GET /health HTTP/1.1\r\nHost: m\r\n\r\n');
  const [, seconds] = /^keep-alive: timeout=(\d+)/im.exec(await connection.until(/\}$/)) ?? [];
  t.true(Number(seconds) > 300, seconds);
});

/** Keeps writing until the connection is closed: only the other side's FIN does not stop it. */
const writeUntilReset = async ({socket, write}: Connection, text: string): Promise<void> => {
  while (!socket.destroyed) {
    write(text);
    await pause(10);
  }
};

for (const [what, text, more] of [
  ['drips its headers', `${post}X-Drip: `, 'x'],
  ['drips its body', `${withKey}Content-Length: 100000\r\n\r\n`, 'x'],
  [
    'sends a body without end to where nothing is',
    'POST /nothing HTTP/1.1\r\nHost: metrics\r\nTransfer-Encoding: chunked\r\n\r\n',
    '1\r\nx\r\n',
  ],
  ['does not send HTTP', 'hello\r\n\r\n', 'x'],
] as const) {
  test(`a half-open connection that ${what} is cut off, though its client never closes it`, async t => {
    const service = await start(t, {timeouts});
    const connection = await open(t, service.apiPort, {deaf: true});
    connection.write(text);
    await writeUntilReset(connection, more);
    t.regex(connection.received(), /^HTTP\/1\.1 4\d\d /);
  });
}

test('an idle connection is closed', async t => {
  const service = await start(t, {timeouts});
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Content-Length: ${good.length}\r\n\r\n${good}`);
  const received = await connection.closed;
  t.is(parseResponse(received).status, 200);
  t.is(received.match(/HTTP\/1\.1/g)?.length, 1);
});

test('a client that sends request after request and never reads its responses is cut off', async t => {
  const service = await start(t, {timeouts});
  const {socket, write, closed} = await open(t, service.apiPort);
  socket.pause();
  // Each response has forty times the length of its request: together more than the kernel buffers.
  const body = `{"service":"a","metrics":[${Array.from({length: 1024}, () => '0').join()}]}`;
  write(`${withKey}Content-Length: ${body.length}\r\n\r\n${body}`.repeat(400));
  const probe = setInterval(() => write('\r\n'), 2 * timeouts.timeout);
  t.teardown(() => clearInterval(probe));
  await closed;
  t.is((await service.request({path: '/health'})).status, 200);
});

test('a scraper that never reads is cut off', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '5000'}, timeouts});
  for (let sent = 0; sent < 5000; sent += 1000) {
    await service.send(
      ...Array.from({length: 1000}, (_, index) => ({
        type: 'protocol_latency',
        value: 1,
        dimensions: {server_name: `${sent + index}${'n'.repeat(90)}`},
      })),
    );
  }
  const {socket, write, closed} = await open(t, service.expositionPort);
  socket.pause();
  write('GET /metrics HTTP/1.1\r\nHost: metrics\r\n\r\n');
  // A client that doesn't read learns that it was cut off when it writes; each time it has been still for long enough.
  const probe = setInterval(() => write('\r\n'), 2 * timeouts.timeout);
  t.teardown(() => clearInterval(probe));
  const received = await closed;
  t.false(received.endsWith('\r\n0\r\n\r\n'));
});

// Serially: that many concurrent expositions would delay the other tests.
test.serial('a scraper that sends request after request and never reads is cut off', async t => {
  const service = await start(t, {timeouts});
  const {socket, write, closed} = await open(t, service.expositionPort);
  socket.pause();
  write('GET /metrics HTTP/1.1\r\nHost: metrics\r\n\r\n'.repeat(200));
  const probe = setInterval(() => write('\r\n'), timeouts.timeout / 2);
  t.teardown(() => clearInterval(probe));
  await closed;
  t.is((await service.scrape()).length > 0, true);
});

test('the exposition cuts off slow clients as the API does, and counts no request for them', async t => {
  const service = await start(t, {timeouts});
  const garbage = await open(t, service.expositionPort);
  garbage.write('hello\r\n\r\n');
  const homeless = await open(t, service.expositionPort);
  homeless.write('GET /metrics HTTP/1.1\r\n\r\n');
  const slow = await open(t, service.expositionPort, {deaf: true});
  slow.write('GET /metrics HTTP/1.1\r\n');
  assertError(t, await garbage.closed, 400, 'Request is not HTTP');
  assertError(t, await homeless.closed, 400, 'Expected a Host header, found none');
  await writeUntilReset(slow, 'x');
  assertError(t, slow.received(), 408, 'Request took too long');
  for (const code of ['400', '408']) {
    t.is(await service.read('mcp_metrics_service_requests_total', {route: 'other', code}), 0);
  }
});
