/** The soak's traffic besides well-behaved clients: many label values, slow connections, costly requests, restarts. */
import {connect, type Socket} from 'node:net';
import {sendShapes} from '../test/hostile-sender.ts';
import {createRandom} from '../test/random.ts';
import {live} from '../test/restart-cycle.ts';
import type {RunningProcess} from '../test/running-service.ts';
import {pipelineUnread} from '../test/unread-requests.ts';

/** The run that the abuse is part of. */
export interface Run {
  readonly minutes: number;
  readonly seed: number;
  /** Aborted at the end of the run. */
  readonly signal: AbortSignal;
  /** Resolves after this time, or at the end of the run. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Minutes since the start. */
  readonly elapsed: () => number;
  /** Records a problem. */
  readonly note: (problem: string) => void;
}

export const hostileKey = 'key-of-the-hostile-00001';

const labelValues = 1_000_000;
const labelsPerRequest = 1000;

/** Waits while `done`, a fraction, is ahead of the part of the run that has passed. */
const keepPace = async (run: Run, done: number): Promise<void> => {
  const aheadMinutes = done * run.minutes - run.elapsed();
  if (aheadMinutes > 0) await run.sleep(aheadMinutes * 60_000);
};

/** Random values for every label that an emitter may choose, spread over the first nine tenths of the time. */
export const sendLabels = async (run: Run, service: RunningProcess): Promise<{sent: number; requests: number}> => {
  const random = createRandom(run.seed ^ 0x1abe1);
  const text = (): string => `v${random.below(2 ** 31).toString(36)}${random.below(2 ** 31).toString(36)}`;
  let sent = 0;
  let requests = 0;
  while (!run.signal.aborted && sent < labelValues) {
    const metrics = Array.from({length: labelsPerRequest / 4}, () => ({
      type: 'tool_execution',
      value: 1,
      dimensions: {success: true, method: text(), server_name: text(), tool_name: text(), client_name: text()},
    }));
    const {status} = await service.post({service: 'labels', metrics});
    if (status !== 200) run.note(`response to label values: ${status}`);
    sent += labelsPerRequest;
    requests += 1;
    await keepPace(run, (sent / labelValues) * 0.9);
  }
  return {sent, requests};
};

const openConnections = 300;

/** Connections that send half of a request; each must be cut off by the service. */
export const openSlowConnections = async (run: Run, port: number): Promise<{opened: number; cutOff: number}> => {
  const beginnings = [
    '',
    'POST /metrics HTTP/1.1\r\nX-',
    `POST /metrics HTTP/1.1\r\nHost: m\r\nX-API-Key: ${hostileKey}\r\nContent-Length: 99\r\n\r\n{`,
  ];
  const sockets = new Set<Socket>();
  let opened = 0;
  let cutOff = 0;
  const open = (): void => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('connect', () => socket.write(beginnings[opened % beginnings.length] ?? ''));
    socket.on('data', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      cutOff += 1;
    });
    opened += 1;
  };
  while (!run.signal.aborted) {
    while (sockets.size < openConnections && !run.signal.aborted) open();
    await run.sleep(500);
  }
  const cutOffByService = cutOff;
  for (const socket of sockets) socket.destroy();
  return {opened, cutOff: cutOffByService};
};

/** Requests that cost more than their size: every shape of a body, and requests without a key whose responses are not read. */
export const sendCostlyRequests = async (
  run: Run,
  service: RunningProcess,
  maxSize: number,
): Promise<{bodies: number; connections: number}> => {
  const unread = [
    {port: service.apiPort, request: 'GET /openapi.json HTTP/1.1\r\nHost: m\r\n\r\n'},
    {port: service.apiPort, request: 'POST /metrics HTTP/1.1\r\nHost: m\r\nContent-Length: 2\r\n\r\n{}'},
    {port: service.expositionPort, request: 'GET /metrics HTTP/1.1\r\nHost: m\r\n\r\n'},
  ];
  let bodies = 0;
  let connections = 0;
  while (!run.signal.aborted) {
    const floods = unread.map(options => pipelineUnread({...options, connections: 40, requests: 1700}));
    await run.sleep(500);
    for (const flood of floods) {
      flood.stop();
      connections += flood.opened();
    }
    const sent = await sendShapes({port: service.apiPort, key: hostileKey, sizes: [maxSize, 512 * 1024], atOnce: 8});
    bodies += sent.length;
    for (const {shape, status} of sent)
      if (![200, 400, 413, 422].includes(Number(status)) && !run.signal.aborted)
        run.note(`${shape}: response ${status}`);
    await run.sleep(10_000);
  }
  return {bodies, connections};
};

/** Other services, one after the other, each ended by SIGTERM under load. */
export const restartUnderLoad = async (
  run: Run,
  kills: number,
  start: () => Promise<RunningProcess>,
): Promise<{restarts: number; answered: number; missing: number}> => {
  const random = createRandom(run.seed ^ 0x1177);
  const total = {restarts: 0, answered: 0, missing: 0};
  while (!run.signal.aborted && total.restarts < kills) {
    const life = await live(await start(), {random, signal: 'SIGTERM'});
    for (const problem of life.problems) run.note(`restart ${total.restarts + 1}: ${problem}`);
    total.restarts += 1;
    total.answered += life.answered;
    total.missing += Math.max(0, life.answered - life.scraped);
    await keepPace(run, (total.restarts / kills) * 0.95);
  }
  return total;
};
