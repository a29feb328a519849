/**
 * The load, from a separate process: a number of connections, each with one request in flight. Plain sockets, since an
 * HTTP client would cost more than the servers it measures. load-process.ts starts it and sends it one job after the other.
 */
import {connect} from 'node:net';

export interface Job {
  readonly port: number;
  readonly connections: number;
  /** When it ends: after this many seconds, or this many requests. Requests in flight are finished. */
  readonly until: {readonly seconds: number} | {readonly requests: number};
  /** Whole requests as bytes; each connection sends them in turn. */
  readonly requests: readonly Uint8Array[];
}

export interface Round {
  /** Requests with a 200 response. */
  readonly responded: number;
  /** Requests with another response, or none. */
  readonly other: number;
  readonly seconds: number;
  /** Milliseconds from a request to its response. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

const run = ({port, connections, until, requests}: Job): Promise<Round> =>
  new Promise(resolve => {
    const latencies: number[] = [];
    let other = 0;
    let left = 'requests' in until ? until.requests : Number.POSITIVE_INFINITY;
    let open = Math.min(connections, left);
    const startedAt = performance.now();
    let ended = startedAt;

    const close = (): void => {
      open -= 1;
      if (open > 0) return;
      latencies.sort((a, b) => a - b);
      const at = (share: number) =>
        latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
      resolve({
        responded: latencies.length,
        other,
        seconds: (ended - startedAt) / 1000,
        p50: at(0.5),
        p99: at(0.99),
        longest: latencies.at(-1) ?? 0,
      });
    };

    for (let index = open; index > 0; index -= 1) {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      let next = index % requests.length;
      let sent = 0;
      let waits = false;
      const send = (): void => {
        sent = performance.now();
        left -= 1;
        waits = true;
        socket.write(requests[next] as Uint8Array); // next stays below the length
        next = next + 1 < requests.length ? next + 1 : 0;
      };
      socket.on('connect', send);
      socket.on('data', (chunk: Buffer) => {
        // A response fits one packet and its status is at a fixed position; any other start counts as wrong.
        const now = performance.now();
        waits = false;
        if (chunk.toString('latin1', 0, 12) === 'HTTP/1.1 200') latencies.push(now - sent);
        else other += 1;
        ended = now;
        if (left > 0) send();
        else socket.end();
      });
      // The 'close' that follows counts it.
      socket.on('error', () => {});
      socket.on('close', () => {
        // The server closed the connection without a response, or before all requests were sent.
        if (waits || left > 0) other += 1;
        close();
      });
    }
    if ('seconds' in until)
      setTimeout(() => {
        left = 0;
      }, until.seconds * 1000);
  });

process.on('message', async (job: Job) => {
  process.send?.(await run(job));
});
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group: this process ends when the bench does.
process.on('SIGINT', () => {});
