/** A client that keeps to the wire contract, and counts which of its events were accepted. */
import {Agent, request} from 'node:http';
import {setTimeout as pause} from 'node:timers/promises';

export interface ClientOptions {
  readonly port: number;
  readonly key: string;
  /** The body's `service`; distinguishes its metrics from others'. */
  readonly service: string;
  readonly metricsPerRequest: number;
  readonly pauseMs?: number;
  /**
   * The clock for `percentileMs`.
   *
   * @default performance.now()
   */
  readonly clockMs?: () => number;
}

export interface WellBehavedClient {
  /** Events with a 200 response. */
  readonly answered: number;
  readonly requests: number;
  /** Status, or what became of the connection, → requests; without the 200s. */
  readonly failures: ReadonlyMap<string, number>;
  /**
   * Percentile of the requests' durations in milliseconds, for a share such as 0.99; NaN without any. While one waits,
   * those that would have followed it every `pauseMs` wait as well, and count.
   */
  percentileMs(share: number): number;
  /** The same by performance.now(), whatever the clock is. */
  elapsedPercentileMs(share: number): number;
  /** Makes no further request, and resolves when the last is over. */
  stop(): Promise<void>;
}

const timeoutMs = 5000; // the registry's and the auth-server's

/** One POST; resolves with the status, or an error's code. */
const post = (agent: Agent, {port, key, body}: {port: number; key: string; body: string}): Promise<string> =>
  new Promise(resolve => {
    const headers = {'X-API-Key': key, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body)};
    const options = {host: '127.0.0.1', port, path: '/metrics', method: 'POST', agent, headers, timeout: timeoutMs};
    const sent = request(options, response => {
      response.on('data', () => {});
      response.on('end', () => resolve(String(response.statusCode)));
      response.on('error', () => resolve('cut short'));
    });
    sent.on('timeout', () => sent.destroy(Object.assign(new Error('timed out'), {code: 'timed out'})));
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end(body);
  });

/** Counts those that would have started every `pauseMs` while one waits. */
export const percentile = (tookMs: readonly number[], share: number, pauseMs: number): number => {
  const all: number[] = [];
  for (const took of tookMs) {
    all.push(took);
    if (pauseMs > 0) for (let rest = took - pauseMs; rest > 0; rest -= pauseMs) all.push(rest);
  }
  return all.sort((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? Number.NaN;
};

/** Sends one request after another, until it is stopped or the port is closed. */
export const startClient = ({
  port,
  key,
  service,
  metricsPerRequest,
  pauseMs = 0,
  clockMs,
}: ClientOptions): WellBehavedClient => {
  const agent = new Agent({keepAlive: true, maxSockets: 1});
  const metric = {type: 'tool_execution', value: 1, duration_ms: 3, dimensions: {success: true, method: 'tools/call'}};
  const body = JSON.stringify({service, metrics: Array.from({length: metricsPerRequest}, () => metric)});
  const failures = new Map<string, number>();
  let answered = 0;
  let requests = 0;
  const clock = clockMs ?? (() => performance.now());
  const tookMs: number[] = [];
  const elapsedMs: number[] = [];
  let stopping = false;
  const run = async (): Promise<void> => {
    while (!stopping) {
      const startedAt = clock();
      const started = performance.now();
      const outcome = await post(agent, {port, key, body});
      tookMs.push(clock() - startedAt);
      elapsedMs.push(performance.now() - started);
      requests += 1;
      if (outcome === '200') answered += metricsPerRequest;
      else failures.set(outcome, (failures.get(outcome) ?? 0) + 1);
      if (outcome === 'ECONNREFUSED') break;
      if (pauseMs > 0) await pause(pauseMs);
    }
    agent.destroy();
  };
  const ended = run();
  return {
    get answered() {
      return answered;
    },
    get requests() {
      return requests;
    },
    failures,
    percentileMs: share => percentile(tookMs, share, pauseMs),
    elapsedPercentileMs: share => percentile(elapsedMs, share, pauseMs),
    stop() {
      stopping = true;
      return ended;
    },
  };
};
