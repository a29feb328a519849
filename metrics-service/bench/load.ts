/**
 * A load generator in a process of its own: so many connections, each with one request under way, the same bytes every
 * time. Plain sockets, since an HTTP client would cost more than the servers it measures. Prints what came back.
 *
 * Usage: load.ts <port> <connections> <seconds> <metrics a request> <key>
 */
import {connect} from 'node:net';
import {batchOf} from './batch.ts';

const [port, connections, seconds, metrics] = process.argv.slice(2, 6).map(Number) as [number, number, number, number]; // as main.ts calls it
const key = process.argv[6] ?? '';
const body = JSON.stringify(batchOf(metrics));
const request = Buffer.from(
  `POST /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: ${key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
);

const latencies: number[] = [];
let other = 0;
let stopping = false;
let open = connections;
const begun = performance.now();
let ended = begun;

const finish = (): void => {
  open -= 1;
  if (open > 0) return;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0;
  process.stdout.write(
    `${JSON.stringify({answered: latencies.length, other, seconds: (ended - begun) / 1000, p50: at(0.5), p99: at(0.99)})}\n`,
  );
};

for (let index = 0; index < connections; index += 1) {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  let sent = performance.now();
  socket.on('connect', () => socket.write(request));
  socket.on('data', (chunk: Buffer) => {
    // An answer fits one packet; its status stands at a fixed place.
    const now = performance.now();
    if (chunk.toString('latin1', 9, 12) === '200') latencies.push(now - sent);
    else other += 1;
    if (stopping) {
      ended = now;
      return void socket.end();
    }
    sent = now;
    socket.write(request);
  });
  socket.on('error', () => {
    other += 1;
  });
  socket.on('close', finish);
}
setTimeout(() => {
  stopping = true;
}, seconds * 1000);
