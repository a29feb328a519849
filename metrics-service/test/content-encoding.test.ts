/** Bodies in gzip count as any others, and are bounded by what they inflate to. */
import {setTimeout as pause} from 'node:timers/promises';
import {brotliCompressSync, gzipSync} from 'node:zlib';
import test from 'ava';
import {registryKey, start} from './running-service.ts';
import {open, parseResponse} from './socket.ts';

const event = {type: 'custom', value: 1};
const body = JSON.stringify({service: 'registry', metrics: [event, event]});
const post = {method: 'POST', path: '/metrics'};
const gzip = {'X-API-Key': registryKey, 'Content-Type': 'application/json', 'Content-Encoding': 'gzip'};

for (const encoding of ['gzip', 'GZIP', 'x-gzip']) {
  test(`a body in ${encoding} is counted`, async t => {
    const service = await start(t);
    const headers = {...gzip, 'Content-Encoding': encoding};
    const response = await service.request({...post, headers, body: gzipSync(body)});
    t.is(response.status, 200);
    t.like(response.body, {accepted: 2, rejected: 0});
    t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 2);
  });
}

test('several gzip members are one body', async t => {
  const service = await start(t);
  const halves = [body.slice(0, 30), body.slice(30)].map(half => gzipSync(half));
  t.is((await service.request({...post, headers: gzip, body: Buffer.concat(halves)})).status, 200);
});

test('a body that inflates past MAX_REQUEST_SIZE is 413, however small it was', async t => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: '1MB'}});
  const bomb = gzipSync(Buffer.alloc(50e6, ' '));
  t.true(bomb.length < 100e3);
  const response = await service.request({...post, headers: gzip, body: bomb});
  t.is(response.status, 413);
  t.is(response.body.detail, 'Request body is larger than 1000000 bytes');
  t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'too_large'}), 1);
});

test('a body that inflates to exactly MAX_REQUEST_SIZE is counted', async t => {
  const service = await start(t, {variables: {MAX_REQUEST_SIZE: '1MB'}});
  t.is((await service.request({...post, headers: gzip, body: gzipSync(body.padEnd(1e6))})).status, 200);
});

for (const [what, bytes] of [
  ['is not gzip', Buffer.from(body)],
  ['is empty', Buffer.alloc(0)],
  ['ends too soon', gzipSync(body).subarray(0, -10)],
  ['is damaged', Buffer.from(gzipSync(body)).fill(0xff, 12, 24)],
] as const) {
  test(`a body with Content-Encoding gzip that ${what} is 400`, async t => {
    const service = await start(t);
    const response = await service.request({...post, headers: gzip, body: bytes});
    t.is(response.status, 400);
    t.is(response.body.detail, 'Content-Encoding is gzip, but the request body is not valid gzip');
    t.is(await service.read('mcp_metrics_service_requests_total', {route: '/metrics', code: '400'}), 1);
    t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'encoding'}), 1);
  });
}

test('another encoding is 415 and counted, and the response names what is accepted', async t => {
  const service = await start(t);
  const headers = {...gzip, 'Content-Encoding': 'br'};
  const response = await service.request({...post, headers, body: brotliCompressSync(body)});
  t.is(response.status, 415);
  t.is(response.headers.get('Accept-Encoding'), 'gzip, identity');
  t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'encoding'}), 1);
});

test('many bombs at a time do not delay a well-behaved emitter', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '100000'}});
  const bomb = gzipSync(Buffer.alloc(20e6));
  const bombs = Array.from({length: 40}, () => service.request({...post, headers: gzip, body: bomb}));
  let isOver = false;
  const all = Promise.allSettled(bombs).then(() => {
    isOver = true;
  });
  let counted = 0;
  do {
    t.is((await service.post(body)).status, 200);
    counted += 2;
    // The service inflates in many steps, and in this process: requests without a pause would leave it no time.
    await pause(5);
  } while (!isOver);
  await all;
  t.deepEqual([...new Set((await Promise.all(bombs)).map(({status}) => status))], [413]);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), counted);
});

test('responses keep their order when a body in gzip comes before another', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  const packed = gzipSync(body);
  const head = `POST /metrics HTTP/1.1\r\nHost: m\r\nX-API-Key: ${registryKey}\r\n`;
  connection.write(
    Buffer.concat([
      Buffer.from(`${head}Content-Encoding: gzip\r\nContent-Length: ${packed.length}\r\n\r\n`),
      packed,
      Buffer.from(`${head}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`),
    ]),
  );
  const received = await connection.closed;
  t.is(parseResponse(received).status, 200);
  t.is(received.match(/HTTP\/1\.1 200 /g)?.length, 2);
  t.is(await service.read('mcp_custom_events_total', {name: '_unset'}), 4);
});
