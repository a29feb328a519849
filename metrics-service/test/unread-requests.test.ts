/** The cost of a client without a key: bounded on both ports, however many requests it writes and never reads. */
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import test from 'ava';
import {maxConnections} from '../src/http/http-server.ts';
import {parseSamples, sampleValue, sumOf} from './exposition-samples.ts';
import {logLines, registryKey, runReady, start, until} from './running-service.ts';
import {runSmallHeap} from './small-heap.ts';
import {open, parseResponse} from './socket.ts';
import {pipelineUnread} from './unread-requests.ts';
import {startClient} from './well-behaved-client.ts';

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const floods = {
  'the OpenAPI document': {onApi: true, request: get('/openapi.json')},
  'the exposition': {onApi: false, request: get('/metrics')},
  'posts without a key': {onApi: true, request: 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'},
  'what is not a target': {onApi: true, request: get('http://[')},
  'anything behind a response that ends the connection': {
    onApi: true,
    first: 'POST /metrics HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n',
    request: get('/'),
  },
} as const;

for (const [what, {onApi, request, ...more}] of Object.entries(floods)) {
  test.serial(`40 connections that request ${what} and never read end nothing and lose nothing`, async t => {
    t.timeout(120_000);
    const service = await runSmallHeap(t);
    const wellBehaved = startClient({
      port: service.apiPort,
      key: registryKey,
      service: 'well-behaved',
      metricsPerRequest: 20,
      pauseMs: 5,
      clockMs: service.processorMs,
    });
    service.measure();
    const port = onApi ? service.apiPort : service.expositionPort;
    const flood = pipelineUnread({port, request, connections: 40, requests: 1700, ...more});
    t.teardown(() => flood.stop());
    let mostResident = 0;
    // Until each was closed, and opened again, a few times.
    do {
      const resident = sampleValue(await service.samples(), 'process_resident_memory_bytes') ?? Number.NaN;
      mostResident = Math.max(mostResident, resident);
      await pause(50);
    } while (flood.opened() < 400);
    flood.stop();
    await wellBehaved.stop();
    t.deepEqual([...wellBehaved.failures], []);
    const samples = await service.samples();
    t.is(sumOf(samples, 'mcp_tool_executions_total', {service: 'well-behaved'}), wellBehaved.answered);
    t.is(sumOf(samples, 'mcp_metrics_service_requests_total', {code: '500'}), 0);
    const p99Ms = wellBehaved.percentileMs(0.99);
    const p99 = `p99 ${wellBehaved.elapsedPercentileMs(0.99).toFixed(0)} ms elapsed, ${p99Ms.toFixed(0)} ms of the service's processor time`;
    t.true(p99Ms < 250, p99);
    t.log(`${p99}; ${(mostResident / 1e6).toFixed(0)} MB resident at most`);
    t.true(mostResident < 350e6, `${mostResident} bytes`);
    // Ten a second at most, whatever the flood, and the number of the others.
    const lines = logLines(service).filter(({level}) => Number(level) > 30);
    t.true(lines.some(({suppressed}) => Number(suppressed) > 0));
    const {code, stallMs} = await service.end();
    t.is(code, 0);
    t.log(`longest stall: ${stallMs.toFixed(0)} ms`);
    t.true(stallMs < 250, `the event loop was blocked for ${stallMs} ms`);
    t.is(service.output.stderr, '');
  });
}

for (const onApi of [true, false])
  test.serial(
    `idle connections close the oldest idle ones of the ${onApi ? 'API' : 'exposition'}, and none of an emitter`,
    async t => {
      t.timeout(120_000);
      const service = await runSmallHeap(t);
      const emitter = await open(t, service.apiPort);
      const body = JSON.stringify({service: 's', metrics: [{type: 'custom', value: 1}]});
      const post = `POST /metrics HTTP/1.1\r\nHost: x\r\nX-API-Key: ${registryKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      emitter.write(post);
      await until(async () => sumOf(await service.samples(), 'mcp_metrics_service_ingested_total') === 1);

      const port = onApi ? service.apiPort : service.expositionPort;
      const idle = new Set<Socket>();
      t.teardown(() => {
        for (const socket of idle) socket.destroy();
      });
      const closed: number[] = [];
      const count = maxConnections + 200;
      for (let index = 0; index < count; index += 1) {
        const socket = connect(port, '127.0.0.1');
        idle.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => closed.push(index));
        await once(socket, 'connect');
      }
      // The emitter has a place on the API, each scrape one on the exposition.
      await until(() => Promise.resolve(closed.length >= 200));
      t.true(closed.length < 300, `${closed.length} closed`);
      t.true(Math.max(...closed) < 300, 'the oldest');
      emitter.write(post);
      await until(async () => sumOf(await service.samples(), 'mcp_metrics_service_ingested_total') === 2);
      const resident = sampleValue(await service.samples(), 'process_resident_memory_bytes') ?? Number.NaN;
      t.true(resident < 350e6, `${resident} bytes`);
      const lines = logLines(service).filter(({msg}) => String(msg).includes('too many connections'));
      t.true(lines.length > 0 && lines.length < 200, `${lines.length} lines`);
      t.is((await service.end()).code, 0);
    },
  );

test('as many pipelined requests as a connection may have all get their responses, in order', async t => {
  const service = await start(t);
  const connection = await open(t, service.apiPort);
  connection.write(`${get('/health').repeat(15)}${get('/health').replace('Host: x', 'Host: x\r\nConnection: close')}`);
  const received = await connection.closed;
  t.is(received.match(/HTTP\/1\.1 200 /g)?.length, 16);
});

test('pipelined requests whose responses fill the connection get them as their client reads', async t => {
  const service = await start(t);
  const body = `{"service":"a","metrics":[${Array.from({length: 1024}, () => '0').join()}]}`;
  const post = `POST /metrics HTTP/1.1\r\nHost: x\r\nX-API-Key: ${registryKey}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const connection = await open(t, service.apiPort);
  connection.socket.pause();
  // Two pieces for the parser, in one chunk.
  connection.write(
    `${post.repeat(14)}${get('/health')}${get('/health').replace('Host: x', 'Host: x\r\nConnection: close')}`,
  );
  await until(
    async () =>
      (await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'field'})) !== 0,
  );
  connection.socket.resume();
  const received = await connection.closed;
  t.is(received.match(/HTTP\/1\.1 422 /g)?.length, 14);
  t.is(received.match(/HTTP\/1\.1 200 /g)?.length, 2);
  t.is(await service.read('mcp_metrics_service_rejected_total', {emitter: 'registry', reason: 'field'}), 14 * 1024);
});

for (const target of ['http://[', 'http://x:notaport/', '*', 'ftp://x/', 'metrics']) {
  test(`the target ${target} is 400 on both ports, and neither logged nor counted as 500`, async t => {
    const service = await runReady(t);
    for (const port of [service.apiPort, service.expositionPort]) {
      const connection = await open(t, port);
      connection.write(`OPTIONS ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      const {status, body} = parseResponse(await connection.closed);
      t.is(status, 400);
      if (target === '*') t.is(JSON.parse(body).detail, 'Expected a path or a URL, found *');
    }
    t.is(await service.read('mcp_metrics_service_requests_total', {route: 'other', code: '500'}), 0);
    t.is(service.output.stderr, '');
    t.deepEqual(
      logLines(service).filter(({level}) => Number(level) > 40),
      [],
    );
  });
}

test('when more scrapes are in progress than allowed, the newest is served and the oldest cut off', async t => {
  const service = await start(t, {
    variables: {METRICS_MAX_LABEL_CARDINALITY: '5000', METRICS_MAX_SERIES: '200000'},
  });
  // More than the kernel buffers of a scrape that is not read.
  for (let sent = 0; sent < 4000; sent += 1000) {
    await service.send(
      ...Array.from({length: 1000}, (_, index) => ({
        type: 'protocol_latency',
        value: 1,
        dimensions: {server_name: `${sent + index}${'n'.repeat(90)}`},
      })),
    );
  }
  const slow = [];
  for (let index = 0; index < 33; index += 1) {
    const connection = await open(t, service.expositionPort);
    connection.socket.pause();
    connection.write(get('/metrics'));
    slow.push(connection);
  }
  t.is(sumOf(parseSamples(await service.scrape()), 'mcp_metrics_service_ingested_total'), 4000);
  const [oldest] = slow;
  // A client that does not read learns that it was cut off when it writes.
  await until(() => {
    oldest?.write('\r\n');
    return oldest?.socket.destroyed === true;
  });
  t.true(slow.slice(5).every(({socket}) => !socket.destroyed));
});
