/** The service is away for ten seconds, as in a deployment: the OpenTelemetry SDK loses no point. */
import {createServer as createHttpServer} from 'node:http';
import {connect, createServer, type Server, type Socket} from 'node:net';
import {setTimeout as pause} from 'node:timers/promises';
import {freePort} from '@mcp-observability/tools/ports';
import test, {type ExecutionContext} from 'ava';
import {createSdk} from './otlp-sdk.ts';
import {start} from './running-service.ts';

const awayMs = 10_000;

interface Listening {
  close(): Promise<void>;
}

/** Closing it refuses connections and destroys those that are open. */
const listen = async (t: ExecutionContext, server: Server, port: number): Promise<Listening> => {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const close = (): Promise<void> =>
    new Promise(resolve => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
  t.teardown(close);
  return {close};
};

/** The address of the service, as emitters know it. */
const forwardTo = (port: number): Server =>
  createServer(client => {
    const service = connect(port, '127.0.0.1').on('error', () => client.destroy());
    service.on('close', () => client.destroy());
    client.on('close', () => service.destroy());
    client.pipe(service).pipe(client);
  });

const unavailable = (): Server =>
  createHttpServer((request, response) => {
    request.resume();
    response.writeHead(503, {'Retry-After': '5', Connection: 'close'}).end();
  });

const resetting = (): Server => createServer(socket => socket.once('data', () => socket.resetAndDestroy()));

for (const [what, standIn] of [
  ['refuses connections', undefined],
  ['resets connections', resetting],
  ['responds 503 with Retry-After', unavailable],
] as const)
  test(`an SDK that retries for 30 s loses no point while the service ${what} for 10 s`, async t => {
    t.timeout(90_000);
    const service = await start(t);
    const port = await freePort();
    const before = await listen(t, forwardTo(service.apiPort), port);
    const emitters = Array.from({length: 11}, () => {
      const sdk = createSdk({apiPort: port, timeoutMs: 30_000});
      t.teardown(() => sdk.shutdown());
      const counter = sdk.meter.createCounter('mcpgw_registry_nginx_config_writes_total');
      return {sdk, add: () => counter.add(1, {status: 'success'})};
    });
    const exportAll = () =>
      Promise.all(
        emitters.map(({sdk, add}) => {
          add();
          return sdk.flush();
        }),
      );
    await exportAll();
    await before.close();
    const during = standIn === undefined ? undefined : await listen(t, standIn(), port);
    // One export starts each second, the first together with the absence.
    const exports = emitters.map(async ({sdk, add}, second) => {
      await pause((second * awayMs) / emitters.length);
      add();
      await sdk.flush();
    });
    await pause(awayMs);
    await during?.close();
    await listen(t, forwardTo(service.apiPort), port);
    await Promise.all(exports);
    await exportAll();
    t.is(await service.read('mcp_nginx_config_writes_total', {status: 'success'}), 3 * emitters.length);
  });
