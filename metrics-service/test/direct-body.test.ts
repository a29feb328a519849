/** Tests the behaviour of Node that bodies without a stream rely on: a version that differs fails here. */
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {DirectRequest} from '../src/http/direct-body.ts';
import {open} from './socket.ts';

/** Responds with the body of each request, and with how it was read. */
const serve = async (t: ExecutionContext, {late = false} = {}) => {
  const requests: DirectRequest[] = [];
  const server = createServer({IncomingMessage: DirectRequest}, async (request, response) => {
    if (!(request instanceof DirectRequest)) return t.fail('another class of requests was used');
    requests.push(request);
    if (late) await new Promise(setImmediate);
    const isWhole = request.readWhole(body => response.end(`whole: ${body}`));
    if (isWhole) return;
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    response.end(`read: ${Buffer.concat(parts)}`);
  });
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {port: (server.address() as AddressInfo).port, requests}; // a listening TCP server has one
};

const head = (length: number) => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n\r\n`;

test('a body is passed on whole, in however many parts it comes', async t => {
  const {port} = await serve(t);
  const client = await open(t, port);
  client.write(`${head(6)}one`);
  client.write('two');
  await client.until(/whole: onetwo$/);
  client.write(`${head(5)}t`);
  await new Promise(setImmediate);
  client.write('hree');
  await client.until(/whole: three$/);
  client.write(`${head(4)}four${head(4)}five`);
  t.regex(await client.until(/whole: five$/), /whole: four.*whole: five$/s);
});

test('Node lets go of a request after its response, without waiting for its stream', async t => {
  const {port, requests} = await serve(t);
  const client = await open(t, port);
  client.write(`${head(3)}one`);
  await client.until(/whole: one$/);
  client.write(`${head(3)}two`);
  await client.until(/whole: two$/);
  for (const request of requests) {
    t.true(request.readableEnded);
    t.deepEqual(request.eventNames(), []);
    t.is(request.readableFlowing, null);
  }
  t.is(requests.length, 2);
});

test('a body that came before it was read is left to the stream', async t => {
  const {port} = await serve(t, {late: true});
  const client = await open(t, port);
  client.write(`${head(3)}one`);
  t.regex(await client.until(/read: one$/), /read: one/);
  client.write(head(0));
  t.notRegex(await client.until(/read: $/), /whole/);
});

test('nothing is passed on of a body that the client does not finish', async t => {
  const {port, requests} = await serve(t);
  const client = await open(t, port);
  client.write(`${head(6)}one`);
  while (requests.length === 0) await new Promise(setImmediate);
  const [request] = requests;
  if (request === undefined) return t.fail();
  const closed = once(request, 'close', {signal: AbortSignal.timeout(10_000)}).catch((error: unknown) => error);
  request.on('error', () => {});
  client.socket.destroy();
  await closed;
  t.true(request.destroyed);
  t.false(request.readableEnded);
});
