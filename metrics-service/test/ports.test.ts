/** Tests that one port accepts metrics, the other serves the exposition, and neither does both. */
import {once} from 'node:events';
import {IncomingMessage, ServerResponse} from 'node:http';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import {Duplex} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import {pino} from 'pino';
import {textFormat} from '../src/exposition-format.ts';
import {createExpositionListener} from '../src/http/exposition.ts';
import type {Exposition} from '../src/instruments.ts';
import {createLifecycle} from '../src/lifecycle.ts';
import {createScrapers} from '../src/scrapers.ts';
import {createSeriesClock} from '../src/series-clock.ts';
import {registryKey, run, start} from './running-service.ts';

/** Listens on a free port, so that it is in use, and returns it. */
const occupyPort = async (t: ExecutionContext): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  return (server.address() as AddressInfo).port; // a listening TCP server has one
};

const variables = {METRICS_SERVICE_HOST: '127.0.0.1', METRICS_API_KEY_REGISTRY: registryKey};

for (const [inUse, free] of [
  ['METRICS_SERVICE_PORT', 'OTEL_PROMETHEUS_PORT'],
  ['OTEL_PROMETHEUS_PORT', 'METRICS_SERVICE_PORT'],
] as const) {
  test(`a port in use is named with its variable: ${inUse}`, async t => {
    const port = await occupyPort(t);
    const process = run(t, {...variables, [inUse]: String(port), [free]: '0'});
    t.deepEqual(await process.exited, {code: 1, signal: null});
    t.is(process.output.stderr, `metrics-service does not start. ${inUse}: port ${port} on 127.0.0.1 is in use\n`);
  });
}

test('two ports in use are named together', async t => {
  const [api, exposition] = [await occupyPort(t), await occupyPort(t)];
  const process = run(t, {
    ...variables,
    METRICS_SERVICE_PORT: String(api),
    OTEL_PROMETHEUS_PORT: String(exposition),
  });
  t.deepEqual(await process.exited, {code: 1, signal: null});
  t.is(
    process.output.stderr,
    `metrics-service does not start. METRICS_SERVICE_PORT: port ${api} on 127.0.0.1 is in use; OTEL_PROMETHEUS_PORT: port ${exposition} on 127.0.0.1 is in use\n`,
  );
});

test('a host that is not of this machine is named with the port', async t => {
  const process = run(t, {...variables, METRICS_SERVICE_HOST: '192.0.2.1', METRICS_SERVICE_PORT: '18890'});
  t.deepEqual(await process.exited, {code: 1, signal: null});
  t.is(
    process.output.stderr,
    [
      'metrics-service does not start. METRICS_SERVICE_PORT: port 18890 on 192.0.2.1 cannot be bound (EADDRNOTAVAIL)',
      'OTEL_PROMETHEUS_PORT: port 9465 on 192.0.2.1 cannot be bound (EADDRNOTAVAIL)\n',
    ].join('; '),
  );
});

test('the exposition is on its own port, with or without a query, and nothing else is there', async t => {
  const service = await start(t);
  const request = (path: string, method = 'GET') =>
    fetch(`http://127.0.0.1:${service.expositionPort}${path}`, {method, headers: {'X-API-Key': registryKey}});
  for (const path of ['/metrics', '/metrics?name[]=up']) {
    const response = await request(path);
    t.is(response.status, 200);
    t.regex(await response.text(), /^# HELP mcp_/m);
  }
  for (const path of ['/', '/health', '/flush', '/rate-limit', '/metrics/', '/Metrics', '/federate']) {
    const response = await request(path);
    t.is(response.status, 404, path);
    const {request_id: id, ...body} = JSON.parse(await response.text());
    t.deepEqual(body, {detail: 'No such path: this port has only /metrics, /-/healthy, /-/ready', status_code: 404});
    t.is(id, response.headers.get('X-Request-ID'));
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    const response = await request('/metrics', method);
    t.is(response.status, 405, method);
    t.is(response.headers.get('Allow'), 'GET, HEAD');
    const {request_id: _, ...body} = JSON.parse(await response.text());
    t.deepEqual(body, {detail: `Expected GET, found ${method}`, status_code: 405});
  }
  const head = await request('/metrics', 'HEAD');
  t.is(head.status, 200);
  t.is(await head.text(), '');
});

test('the API never serves the exposition', async t => {
  const service = await start(t);
  for (const [method, path] of [
    ['GET', '/metrics'],
    ['GET', '/metrics?format=prometheus'],
    ['HEAD', '/metrics'],
    ['GET', '/'],
    ['POST', '/metrics'],
  ] as const) {
    const headers = {'X-API-Key': registryKey, Accept: 'text/plain;version=0.0.4'};
    const {text} = await service.request({method, path, headers});
    t.notRegex(text, /# (?:HELP|TYPE)|mcp_metrics_service_/, `${method} ${path}`);
  }
});

test('OTEL_PROMETHEUS_ENABLED=false serves no exposition and still accepts events', async t => {
  const port = await occupyPort(t);
  const service = await start(t, {
    variables: {OTEL_PROMETHEUS_ENABLED: 'false', OTEL_PROMETHEUS_PORT: String(port)},
  });
  t.is(service.expositionPort, 0);
  t.is((await service.send({type: 'custom', value: 1})).status, 200);
});

test('both ports bind METRICS_SERVICE_HOST and no other address', async t => {
  const service = await start(t, {variables: {METRICS_SERVICE_HOST: '127.0.0.2'}});
  for (const [port, path] of [
    [service.apiPort, '/health'],
    [service.expositionPort, '/metrics'],
  ] as const) {
    t.is((await fetch(`http://127.0.0.2:${port}${path}`)).status, 200);
    const error = await t.throwsAsync(fetch(`http://127.0.0.1:${port}${path}`));
    t.like(error?.cause, {code: 'ECONNREFUSED'});
  }
});

test('an exposition of many slices is complete, and others get responses while it is sent', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '2000', METRICS_MAX_SERIES: '100000'}});
  for (let sent = 0; sent < 2000; sent += 1000) {
    const names = Array.from({length: 1000}, (_, index) => `server-${sent + index}`);
    await service.send(
      ...names.map(server_name => ({type: 'protocol_latency', value: 0.3, dimensions: {server_name}})),
    );
  }
  const order: string[] = [];
  const scraped = service.scrape().then(text => {
    order.push('scrape');
    return text;
  });
  const posted = service.send({type: 'custom', value: 1}).then(({status}) => {
    order.push('post');
    return status;
  });
  const [text, status] = await Promise.all([scraped, posted]);
  t.is(status, 200);
  t.deepEqual(order, ['post', 'scrape']);
  t.is(text.match(/^mcp_protocol_latency_seconds_count\{.*\} 1$/gm)?.length, 2000);
});

test('a fast scraper does not delay other requests', async t => {
  let turns = 0;
  let rendering = true;
  const count = (): void => {
    turns += 1;
    if (rendering) setImmediate(count);
  };
  const turnsBefore: number[] = [];
  const exposition: Exposition = {
    formats: {text: textFormat, openMetrics: textFormat},
    // Each slice fills a write that the system accepts immediately, and together they take longer than others should wait.
    async *slices() {
      for (let slice = 0; slice < 80; slice += 1) {
        turnsBefore.push(turns);
        const startedAt = performance.now();
        while (performance.now() - startedAt < 1);
        yield '#'.repeat(70_000);
      }
    },
  };
  const log = pino({level: 'silent'});
  const lifecycle = createLifecycle();
  const scrapers = createScrapers({lifecycle, clock: createSeriesClock(), now: () => performance.now()});
  const listener = createExpositionListener({exposition, scrapers, lifecycle, timeoutMs: 60_000, log});
  // A socket that accepts every write: the same process can't be a reader that keeps up.
  let sent = 0;
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      sent += chunk.length;
      done();
    },
  }) as Socket; // what http does with a socket a duplex stream can do
  const request = Object.assign(new IncomingMessage(socket), {method: 'GET', url: '/metrics'});
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  socket.on('drain', () => response.emit('drain')); // as http does for its own
  setImmediate(count);
  listener(request, response);
  await once(response, 'finish');
  rendering = false;
  t.true(sent > 80 * 70_000);
  t.true(new Set(turnsBefore).size >= 12, `turns before each slice: ${turnsBefore.join()}`);
});
