/** Which requests the preview's server passes on, with a Prometheus that records whatever reaches it. */
import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, request} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {BoardStore} from '../src/board-store.ts';
import {assetOf} from '../src/entry-page.ts';
import {parseEndpoint} from '../src/prometheus-proxy.ts';
import {createPreviewServer} from '../src/server.ts';

const listen = async (t: ExecutionContext, server: ReturnType<typeof createServer>): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port; // listens on TCP
};

type PreviewResponse = {readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string};

const start = async (t: ExecutionContext, answer = {status: 200, headers: {}}) => {
  const reached: string[] = [];
  const prometheus = await listen(
    t,
    createServer((request, response) => {
      reached.push(`${request.method} ${request.url}`);
      response.writeHead(answer.status, answer.headers);
      response.end('{"status":"success","data":[]}');
    }),
  );
  const boards = new BoardStore();
  boards.publish({boards: {a: {uid: 'a'}}, problems: []});
  const port = await listen(
    t,
    createPreviewServer({
      assets: new Map([['/assets/main.js', assetOf(new TextEncoder().encode('1'), 'text/javascript')]]),
      boards,
      prometheus: parseEndpoint(`http://127.0.0.1:${prometheus}/prefix/`),
      prometheusPage: 'http://127.0.0.1',
    }),
  );
  /** `path` is sent unchanged: fetch would normalize it. */
  const ask = (
    path: string,
    {method = 'GET', headers = {}}: {method?: string; headers?: Record<string, string>} = {},
  ) =>
    new Promise<PreviewResponse>((resolve, reject) => {
      const sent = request({host: '127.0.0.1', port, path, method, headers: {host: `localhost:${port}`, ...headers}});
      sent.on('error', reject);
      sent.on('response', async response => {
        let body = '';
        for await (const chunk of response) body += String(chunk);
        resolve({status: response.statusCode ?? 0, headers: response.headers, body});
      });
      sent.end();
    });
  return {ask, reached, port};
};

test('a read query reaches the configured endpoint and nothing else', async t => {
  const {ask, reached} = await start(t);
  const {status, headers} = await ask('/api/prometheus/query?query=up%7Ba%3D%22%26%22%7D&time=1');
  t.is(status, 200);
  t.is(headers['content-type'], 'application/json; charset=utf-8');
  t.deepEqual(reached, ['GET /prefix/api/v1/query?query=up%7Ba%3D%22%26%22%7D&time=1']);
});

const isRejected = test.macro(
  async (t, path: string, options?: {method?: string; headers?: Record<string, string>}) => {
    const {ask, reached} = await start(t);
    const {status, headers} = await ask(path, options);
    t.true([403, 404, 405].includes(status), String(status));
    t.is(headers['access-control-allow-origin'], undefined);
    t.deepEqual(reached, []);
  },
);

for (const path of [
  'admin/tsdb/delete_series?match[]=up',
  'admin/tsdb/snapshot',
  'write',
  'status/config',
  'targets',
  '../../-/reload',
  '..%2f..%2f-%2freload',
  'query/../admin/tsdb/snapshot',
  'label/../../x/values',
  'label/a%2f..%2fb/values',
  'http://169.254.169.254/latest',
  '/169.254.169.254/latest',
  'query%00',
  'query;/../write',
  'label/__proto__%2f/values',
  '@169.254.169.254/query',
]) {
  test(`${path} is not passed on to Prometheus`, isRejected, `/api/prometheus/${path}`);
}
test('a POST is rejected, also for a query', isRejected, '/api/prometheus/query?query=up', {method: 'POST'});
test('a DELETE is rejected', isRejected, '/api/prometheus/query?query=up', {method: 'DELETE'});
test('a foreign name that resolves to this machine is rejected', isRejected, '/api/prometheus/query?query=up', {
  headers: {host: 'evil.example'},
});
test('a request from another site is rejected', isRejected, '/api/prometheus/query?query=up', {
  headers: {origin: 'https://evil.example'},
});
test('a page on another port of this machine is rejected', isRejected, '/api/prometheus/query?query=up', {
  headers: {origin: 'http://localhost:8080'},
});
test('a request that the browser marks as same-site is rejected', isRejected, '/api/boards', {
  headers: {'sec-fetch-site': 'same-site'},
});
test('a page without an origin, such as a sandboxed frame, is rejected', isRejected, '/api/boards', {
  headers: {origin: 'null'},
});
for (const host of ['localhost.evil.example', 'evil.example:80', '127.0.0.1.nip.io', 'localhost:3000:80']) {
  test(`“${host}” is not a name of this machine`, isRejected, '/api/prometheus/query?query=up', {headers: {host}});
}
test('a web socket is not opened', async t => {
  const {ask, reached} = await start(t);
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'a'.repeat(22),
    'sec-websocket-version': '13',
  };
  t.is((await ask('/api/prometheus/query_live', {headers})).status, 404);
  t.deepEqual(reached, []);
});
test('a request that the browser marks as cross-site is rejected', isRejected, '/api/boards', {
  headers: {'sec-fetch-site': 'cross-site'},
});

test('parameters that would change what Prometheus does are dropped', async t => {
  const {ask, reached} = await start(t);
  await ask('/api/prometheus/query?query=up&timeout=1h&limit=0&stats=all');
  t.deepEqual(reached, ['GET /prefix/api/v1/query?query=up']);
});

test('a redirect from Prometheus is not followed', async t => {
  const {ask, reached} = await start(t, {status: 302, headers: {location: 'http://127.0.0.1:1/secret'}});
  const {status, body} = await ask('/api/prometheus/query?query=up');
  t.is(status, 502);
  t.regex(body, /can’t be reached/);
  t.is(reached.length, 1);
});

for (const path of [
  '/../package.json',
  '/assets/../../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/public/build/img/../../../../package.json',
  '/assets/%00main.js',
  '//etc/passwd',
  '/etc/passwd',
  '/assets',
  '/constructor',
  '/__proto__',
  'http://127.0.0.1:9090/api/v1/status/config',
]) {
  test(`${path} is not a file`, async t => {
    const {ask} = await start(t);
    t.is((await ask(path)).status, 404);
  });
}

test('a connection that sends thousands of requests without reading is closed, without memory for each', async t => {
  const {port} = await start(t);
  const socket = connect(port, '127.0.0.1');
  const closed = once(socket, 'close');
  let received = '';
  socket.on('data', chunk => {
    received += String(chunk);
  });
  socket.on('error', () => {}); // it is closed while it still sends
  socket.write('GET /api/boards HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(2000));
  await closed;
  t.true(received.split('HTTP/1.1 200').length <= 17);
});

test('a browser’s few requests on one connection all get a response', async t => {
  const {port} = await start(t);
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  let received = '';
  socket.write('GET /api/boards HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(6));
  for await (const chunk of socket) {
    received += String(chunk);
    if (received.split('HTTP/1.1 200').length === 7) break;
  }
  t.is(received.split('"scrapeIntervalMs":15000').length, 7);
});

test('a file that the browser still has is not sent again', async t => {
  const {ask} = await start(t);
  const {headers, body} = await ask('/assets/main.js');
  t.is(body, '1');
  const again = await ask('/assets/main.js', {headers: {'if-none-match': String(headers['etag'])}});
  t.is(again.status, 304);
  t.is(again.body, '');
});

test('every response forbids foreign scripts, frames and guessed types', async t => {
  const {ask} = await start(t);
  for (const path of ['/', '/d/a', '/api/boards', '/assets/main.js', '/nothing']) {
    const {headers} = await ask(path);
    t.regex(
      String(headers['content-security-policy']),
      /default-src 'none'; script-src 'self';.*frame-ancestors 'none'/,
    );
    t.is(headers['x-content-type-options'], 'nosniff');
  }
});

test('an invalid endpoint is rejected with what was found', t => {
  t.throws(() => parseEndpoint('file:///etc/passwd'), {message: /expected http:\/\/host:port, found file:/});
  t.throws(() => parseEndpoint('http://me:secret@prometheus'), {
    message: /^(?!.*secret).*without user name and password/,
  });
  t.throws(() => parseEndpoint('prometheus'), {message: /found prometheus/});
});
