/** Connections that no ordinary HTTP client makes: each gets a response or is cut off, and none delays the others. */
import {gzipSync} from 'node:zlib';
import test from 'ava';
import {defaultTimeouts} from '../src/http/timeouts.ts';
import {sampleValue} from './exposition-samples.ts';
import {type Client, registryKey, runReady, start, until} from './running-service.ts';
import {assertError, open, parseResponse} from './socket.ts';

const good = '{"service":"nginx","metrics":[{"type":"custom","value":1}]}';
const post = 'POST /metrics HTTP/1.1\r\nHost: metrics\r\n';
const withKey = `${post}X-API-Key: ${registryKey}\r\n`;

const piece = Buffer.alloc(100_000, 0x20);

const responseCount = (client: Client, code: number, route = 'other') =>
  client.read('mcp_metrics_service_requests_total', {route, code: String(code)});

for (const [what, text] of [
  ['is not HTTP', 'hello\r\n\r\n'],
  ['is the start of TLS', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'],
  ['has an unknown method', 'STEAL /metrics HTTP/1.1\r\nHost: metrics\r\n\r\n'],
  ['has a broken header', 'GET /health HTTP/1.1\r\nHost: metrics\r\nbroken\r\n\r\n'],
  ['has two lengths', `${withKey}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`],
  ['has no length that is a number', `${withKey}Content-Length: many\r\n\r\n{}`],
  ['has a chunk of no size', `${withKey}Transfer-Encoding: chunked\r\n\r\nzz\r\n`],
] as const) {
  test(`input that ${what} gets 400 and its connection is closed`, async t => {
    const service = await start(t);
    const connection = await open(t, service.apiPort);
    connection.write(text);
    assertError(t, await connection.closed, 400, 'Request is not HTTP');
    t.is(await responseCount(service, 400), 1);
  });
}

test('HTTP/1.1 without a Host gets 400', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write('GET /health HTTP/1.1\r\n\r\n');
  assertError(t, await connection.closed, 400, 'Expected a Host header, found none');
  t.is(await responseCount(service, 400, '/health'), 1);
});

test('an HTTP/1.0 request gets a response', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(
    `POST /metrics HTTP/1.0\r\nX-API-Key: ${registryKey}\r\nContent-Length: ${good.length}\r\n\r\n${good}`,
  );
  t.is(parseResponse(await connection.closed).status, 200);
});

test('headers of 20 kB get 431', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${post}X-Filler: ${'x'.repeat(20_000)}\r\n\r\n`);
  assertError(t, await connection.closed, 431, 'Request headers are too large');
  t.is(await responseCount(service, 431), 1);
});

test('slow clients do not delay other clients', async t => {
  // None is cut off within the test, however slow the machine is.
  const timeouts = {...defaultTimeouts, timeout: 300_000, headersTimeout: 300_000, requestTimeout: 300_000};
  const service = await start(t, {timeouts});
  const slow = await Promise.all(
    Array.from({length: 60}, async (_, index) => {
      const connection = await open(t, service.apiPort);
      connection.write([`${post}X-`, `${withKey}Content-Length: 1000\r\n\r\n{`, ''][index % 3] ?? '');
      return connection;
    }),
  );
  for (let index = 0; index < 20; index += 1) t.is((await service.post(good)).status, 200);
  t.is((await service.request({path: '/health'})).status, 200);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 20);
  t.true(slow.every(({received, socket}) => received() === '' && !socket.destroyed));
});

test('the 401 is sent before the body is read, and a client that never sends the body is cut off', async t => {
  const service = await start(t);
  const missing = await open(t, service.apiPort);
  missing.write(`${post}Content-Length: 1000000\r\n\r\n`);
  const invalid = await open(t, service.apiPort);
  invalid.write(`${post}X-API-Key: wrong\r\nTransfer-Encoding: chunked\r\n\r\n`);
  assertError(t, await missing.until(/\}$/), 401, 'API key required in X-API-Key header');
  assertError(t, await invalid.until(/\}$/), 401, 'Invalid API key');
  await Promise.all([missing.closed, invalid.closed]);
});

const expecting = (length: number | string) => `Content-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`;

test('a client that expects 100 with a valid key gets 100 Continue', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}${expecting(good.length)}`);
  t.is(await connection.until(/\r\n\r\n$/), 'HTTP/1.1 100 Continue\r\n\r\n');
  connection.write(good);
  t.regex(await connection.until(/\}$/), /HTTP\/1\.1 200 OK/);
});

for (const [what, head, status, detail] of [
  ['has no key', `${post}${expecting(1000)}`, 401, 'API key required in X-API-Key header'],
  ['has too large a body', `${withKey}${expecting(10_000_001)}`, 413, 'Request body is larger than 10000000 bytes'],
  [
    'sends no JSON',
    `${withKey}Content-Type: text/csv\r\n${expecting(10)}`,
    415,
    'Expected Content-Type application/json, found text/csv',
  ],
  [
    'goes elsewhere',
    `POST /nowhere HTTP/1.1\r\nHost: metrics\r\n${expecting(10)}`,
    404,
    'There is nothing at /nowhere',
  ],
] as const) {
  test(`a client that expects 100 and ${what} gets the error immediately, and never gets 100 Continue`, async t => {
    const service = await start(t);
    const connection = await open(t, service.apiPort);
    connection.write(head);
    assertError(t, await connection.until(/\}$/), status, detail);
  });
}

test('an unknown expectation changes nothing', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Expect: the-best\r\nContent-Length: ${good.length}\r\n\r\n${good}`);
  const received = await connection.until(/\}$/);
  t.is(parseResponse(received).status, 200);
});

test('the response is 413 by the length only, before a byte of the body', async t => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: '1KiB'}});
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Content-Length: 1025\r\n\r\n`);
  assertError(t, await connection.until(/\}$/), 413, 'Request body is larger than 1024 bytes');
  t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'too_large'}), 1);
});

test('an endless body is rejected, not kept, and its connection is closed', async t => {
  const service = await runReady(t, {MAX_REQUEST_SIZE: '1MB'});
  const memory = async () => sampleValue(await service.samples(), 'process_resident_memory_bytes') ?? Number.NaN;
  const before = await memory();
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Transfer-Encoding: chunked\r\n\r\n`);
  const size = 2 ** 20;
  const chunk = Buffer.concat([Buffer.from(`${size.toString(16)}\r\n`), Buffer.alloc(size, 0x20), Buffer.from('\r\n')]);
  let sent = 0;
  for (; sent < 200 && !connection.socket.destroyed; sent += 1) {
    // Calls back with an error where the connection was cut off.
    await new Promise(resolve => connection.socket.write(chunk, resolve));
  }
  assertError(t, await connection.until(/\}$/), 413, 'Request body is larger than 1000000 bytes');
  t.true((await memory()) - before < 100e6, `${(await memory()) - before} bytes more`);
  const drip = setInterval(() => connection.write(chunk), 50);
  t.teardown(() => clearInterval(drip));
  await connection.closed;
  t.is((await service.post(good)).status, 200);
});

test('concurrent large bodies have to wait: memory is bounded, and small ones get through', async t => {
  const service = await runReady(t);
  const memory = async () => sampleValue(await service.samples(), 'process_resident_memory_bytes') ?? Number.NaN;
  const before = await memory();
  const connections = await Promise.all(Array.from({length: 30}, () => open(t, service.apiPort)));
  let taken = 0;
  for (const {socket, write} of connections) {
    write(`${withKey}Content-Length: 9900001\r\n\r\n`);
    const send = (left: number): void => {
      taken += 1;
      if (left > 0) socket.write(piece, error => error ?? send(left - 1));
    };
    send(99);
  }
  // Write until the connection accepts no more data.
  let last = -1;
  for (let still = 0; still < 20; still = taken === last ? still + 1 : 0) {
    last = taken;
    t.is((await service.post(good)).status, 200);
  }
  t.true((await memory()) - before < 150e6, `${(await memory()) - before} bytes more`);
});

test('a few large bodies that stall do not delay a batch as large as nginx sends', async t => {
  const service = await start(t, {timeouts: {...defaultTimeouts, headersTimeout: 30_000, requestTimeout: 30_000}});
  const stalled = await Promise.all(Array.from({length: 6}, () => open(t, service.apiPort)));
  let taken = 0;
  for (const {socket, write} of stalled) {
    write(`${withKey}Content-Length: 9900001\r\n\r\n`);
    const send = (left: number): void => {
      taken += 1;
      if (left > 0) socket.write(piece, error => error ?? send(left - 1));
    };
    send(99);
  }
  let last = -1;
  for (let still = 0; still < 20; still = taken === last ? still + 1 : 0) {
    last = taken;
    t.is((await service.post(good)).status, 200);
  }
  const metric = {type: 'tool_execution', value: 1, dimensions: {tool_name: 'x'.repeat(180), success: 'true'}};
  t.is((await service.send(...Array.from({length: 1024}, () => metric))).status, 200);
  t.true(
    stalled.every(({received}) => received() === ''),
    'the response came before any of them was cut off',
  );
});

test('more than the announced length is not part of the body', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Content-Length: 2\r\n\r\n{}`);
  await connection.until(/\}$/);
  t.is(parseResponse(connection.received()).status, 422);
  connection.write('"service":"nginx"}');
  t.regex(await connection.closed, /HTTP\/1\.1 400 /);
});

test('a client that disconnects within its body counts nothing, and the next request is accepted', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Content-Length: ${good.length}\r\n\r\n${good.slice(0, -1)}`);
  connection.socket.destroy();
  t.is((await service.post(good)).status, 200);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 1);
});

test('a request gets its response before the garbage that follows it in the same segment', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${withKey}Content-Length: ${good.length}\r\n\r\n${good}garbage\r\n\r\n`);
  const received = await connection.closed;
  t.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 1);
  t.is(await responseCount(service, 200, '/metrics'), 1);
  t.is(await responseCount(service, 400), 1);
});

test('a request gets its response before the broken body that follows it in the same segment', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  const whole = `${withKey}Content-Length: ${good.length}\r\n\r\n${good}`;
  connection.write(`${whole}${withKey}Transfer-Encoding: chunked\r\n\r\nzz\r\n`);
  const received = await connection.closed;
  t.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 200', 'HTTP/1.1 400']);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 1);
});

for (const [what, first, status] of [
  ['no Host', 'GET /health HTTP/1.1\r\n\r\n', 400],
  ['no key, and a body without a length', `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`, 401],
] as const) {
  test(`an event behind a request with ${what} is not counted, as its response can never be sent`, async t => {
    const service = await start(t);
    const connection = await open(t, service.apiPort);
    connection.write(`${first}${withKey}Content-Length: ${good.length}\r\n\r\n${good}`);
    t.deepEqual((await connection.closed).match(/HTTP\/1\.1 \d+/g), [`HTTP/1.1 ${status}`]);
    t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), undefined);
  });
}

test('100 Continue precedes the response to a request that was pipelined', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  // Inflating takes a turn of the event loop, so the second request is rejected before the first gets its response.
  const slow = gzipSync(good);
  const head = `${withKey}Content-Encoding: gzip\r\nContent-Length: ${slow.length}\r\n\r\n`;
  connection.write(Buffer.concat([Buffer.from(head), slow, Buffer.from(`${withKey}${expecting(2)}xx`)]));
  const received = await connection.until(/"Request body is not JSON.*\}$/);
  t.deepEqual(received.match(/HTTP\/1\.1 \d+|\{"/g), ['HTTP/1.1 200', '{"', 'HTTP/1.1 100', 'HTTP/1.1 400', '{"']);
});

for (const [what, head, rest, status] of [
  ['a body that is too large', `${withKey}Content-Length: 10000001\r\n\r\n`, ' '.repeat(10_000_001), 413],
  ['headers that are too large', post, `X-Long: ${'x'.repeat(2 ** 20)}`, 431],
  ['what is not HTTP', 'no HTTP at all\r\n\r\n', '', 400],
  ['a body that it sent without waiting for 100 Continue', `${post}${expecting(20_000)}`, ' '.repeat(20_000), 401],
] as const) {
  test(`a client that is slow to read gets its response although it sends more behind ${what}`, async t => {
    const service = await start(t);
    const connection = await open(t, service.apiPort);
    connection.socket.pause();
    const more = `${withKey}Content-Length: ${good.length}\r\n\r\n${good}`.repeat(10);
    for (const part of [head, rest, more, more, more]) {
      await new Promise(resolve => connection.socket.write(part, resolve));
      t.is((await service.request({path: '/health'})).status, 200);
    }
    connection.socket.resume();
    t.deepEqual((await connection.closed).match(/HTTP\/1\.1 \d+/g), [`HTTP/1.1 ${status}`]);
    // Requests without a response were not counted, so the client can send them again.
    t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), undefined);
  });
}

test('a client that sends everything before it reads gets each response up to the one that closes its connection', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.socket.pause();
  // Their responses have a line for each event, more than Node buffers before it stops reading.
  const bad = JSON.stringify({service: 'nginx', metrics: Array.from({length: 1024}, () => ({type: 'none'}))});
  const long = `${withKey}Content-Length: ${bad.length}\r\n\r\n${bad}`;
  const closing = `${post}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`;
  connection.write(long.repeat(4) + closing + long.repeat(40));
  await until(
    async () =>
      ((await service.read('mcp_metrics_service_authentication_failures_total', {reason: 'missing'})) ?? 0) > 0,
  );
  connection.socket.resume();
  const statuses = (await connection.closed).match(/HTTP\/1\.1 \d+/g);
  t.deepEqual(statuses, [...Array.from({length: 4}, () => 'HTTP/1.1 422'), 'HTTP/1.1 401']);
});

for (const [what, head, status] of [
  ['without a key', `${post}Content-Length: 1000000\r\n\r\n`, 401],
  ['of another type', `${withKey}Content-Type: text/plain\r\nContent-Length: 1000000\r\n\r\n`, 415],
  ['that is too large', `${withKey}Content-Length: 10000001\r\n\r\n`, 413],
  ['without an end', `${post}Transfer-Encoding: chunked\r\n\r\n`, 401],
] as const) {
  test(`a client that still sends a large body ${what} reads a response with Connection: close`, async t => {
    const service = await start(t);
    const connection = await open(t, service.apiPort);
    connection.write(head);
    const sending = setInterval(() => connection.write(head.includes('chunked') ? '1\r\nx\r\n' : 'x'), 5);
    t.teardown(() => clearInterval(sending));
    const received = await connection.until(/\}$/);
    t.is(parseResponse(received).status, status);
    t.regex(received, /^connection: close$/im);
    await connection.closed;
  });
}

test('a small rejected body costs no connection', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  const rejected = `${post}Content-Length: ${good.length}\r\n\r\n${good}`;
  connection.write(`${rejected}${rejected}`);
  connection.write('GET /health HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n');
  const received = await connection.closed;
  t.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 401', 'HTTP/1.1 401', 'HTTP/1.1 200']);
});

test('the exposition is served for an absolute URL too, as a pass-through proxy requests it', async t => {
  const service = await start(t);
  const connection = await open(t, service.expositionPort);
  connection.write(`GET http://metrics:9465/metrics?x=1 HTTP/1.1\r\nHost: metrics:9465\r\nConnection: close\r\n\r\n`);
  const received = await connection.closed;
  t.is(parseResponse(received).status, 200);
  t.regex(received, /mcp_metrics_service_build_info/);
});

test('a tunnel is rejected, and the client that requested it is cut off', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write('CONNECT metrics:443 HTTP/1.1\r\nHost: metrics:443\r\n\r\n');
  assertError(t, await connection.until(/\}$/), 400, 'Method CONNECT is not supported');
  await connection.closed;
  t.is(await responseCount(service, 400), 1);
});

test('an absolute URL, as proxies write it, is counted under its path', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(
    `${withKey.replace('/metrics', 'http://metrics:8890/metrics?a=/b')}Content-Length: ${good.length}\r\n\r\n${good}`,
  );
  t.is(parseResponse(await connection.until(/\}$/)).status, 200);
  t.is(await responseCount(service, 200, '/metrics'), 1);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 1);
});

test('the service neither waits for nor logs clients that disconnect before their responses', async t => {
  const service = await runReady(t, {DRAIN_TIMEOUT_SECONDS: '86400'});
  const request = `${withKey}Content-Length: ${good.length}\r\n\r\n${good}`;
  const other = 'GET /health HTTP/1.1\r\nHost: metrics\r\n\r\n';
  for (let client = 0; client < 20; client += 1) {
    const {socket} = await open(t, service.apiPort);
    // The requests behind the first one are never handled.
    await new Promise(resolve => socket.write((request + other).repeat(10), resolve));
    socket.destroy();
  }
  t.is((await service.post(good)).status, 200);
  service.kill('SIGTERM');
  await until(async () => (await service.scrape().catch(() => undefined)) === undefined || undefined);
  t.deepEqual(await service.exited, {code: 0, signal: null});
  t.is(service.output.stderr, '');
});
