/**
 * Locally Prometheus scrapes the service directly, where on AWS a collector does. So that the panels about the
 * collector have data, a simulated one exposes what a real one (v0.158) exposed about itself, recorded in
 * `simulated-collector.txt`; its counters grow at the recorded rate. Its series carry `instance="simulated"`.
 */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {jobs} from '@mcp-observability/dashboards';

/** The labels of its series. */
export const simulatedTarget = {job: jobs.collector, instance: 'simulated'} as const;

/** The recorded counters have the data points of one scrape interval. */
const recordedMs = 15_000;

export interface SimulatedCollector {
  /** The exposition at a time, in milliseconds since 1970, of a collector that started at `since`. */
  readonly expositionAt: (ms: number) => string;
}

export const createCollector = async (since: number): Promise<SimulatedCollector> => {
  const recorded = await readFile(new URL('simulated-collector.txt', import.meta.url), 'utf8');
  return {
    expositionAt: ms =>
      recorded.replaceAll(/^(otelcol_\w+_metric_points\{.*\}) (\d+)$/gm, (_, series: string, value: string) =>
        [series, Math.round((Number(value) * (ms - since)) / recordedMs)].join(' '),
      ),
  };
};

/** Serves the exposition on a free port of 127.0.0.1 until `signal` aborts. Returns host and port. */
export const serveCollector = async ({
  since,
  signal,
}: {
  readonly since: number;
  readonly signal: AbortSignal;
}): Promise<string> => {
  const collector = await createCollector(since);
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(collector.expositionAt(Date.now()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  signal.addEventListener('abort', () => {
    server.close();
    server.closeAllConnections();
  });
  const {port} = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return `127.0.0.1:${port}`;
};
