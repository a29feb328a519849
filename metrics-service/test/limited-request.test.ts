/** Tests the behaviour of Node that the limit of pipelined requests relies on: a version that differs fails here. */
import {once} from 'node:events';
import {createServer} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import test from 'ava';
import {limitRequests} from '../src/http/limited-request.ts';

const limit = 3;

test('Node parses nothing behind a request that is one too many, and hands over its connection', async t => {
  let made = 0;
  let handled = 0;
  const Limited = limitRequests(() => handled >= limit);
  class Counted extends Limited {
    constructor(...parameters: ConstructorParameters<typeof Limited>) {
      super(...parameters);
      made += 1;
    }
  }
  const server = createServer({IncomingMessage: Counted}, () => {
    handled += 1;
  });
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const upgraded = once(server, 'upgrade');
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a listening TCP server has one
  t.teardown(() => client.destroy());
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
  const [request, socket] = await upgraded;
  t.is(handled, limit);
  t.is(made, limit + 1);
  t.true(request instanceof Counted);
  const closed = once(client, 'close');
  socket.destroy();
  await closed;
  t.is(made, limit + 1);
});

test('a request for another protocol that is not one too many is handled as any other', async t => {
  const server = createServer({IncomingMessage: limitRequests(() => false)}, (_, response) => response.end('handled'));
  server.on('upgrade', () => t.fail('it was handed over'));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1'); // a listening TCP server has one
  client.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n');
  let received = '';
  client.setEncoding('utf8').on('data', chunk => {
    received += chunk;
  });
  await once(client, 'close');
  t.regex(received, /handled/);
});
