/**
 * Here Prometheus scrapes by itself, as it does on AWS only through a collector. So that the panels about the collector
 * have something to show, a make-believe one says what a real one once said of itself (collector.v0.158, recorded
 * beside this file), its counters growing as they did then. Its series carry `instance="make-believe"`.
 */
import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {jobs} from '@mcp-observability/dashboards';

/** The labels of its series. */
export const makeBelieve = {job: jobs.collector, instance: 'make-believe'} as const;

/** One scrape's data points were counted in so long. */
const recordedMs = 15_000;

export interface MakeBelieveCollector {
  /** What it exposes at a time, in milliseconds since 1970; it started at `since`. */
  readonly expositionAt: (ms: number) => string;
}

export const createCollector = async (since: number): Promise<MakeBelieveCollector> => {
  const recorded = await readFile(new URL('simulated-collector.txt', import.meta.url), 'utf8');
  return {
    expositionAt: ms =>
      recorded.replaceAll(/^(otelcol_\w+_metric_points\{.*\}) (\d+)$/gm, (_, series: string, value: string) =>
        [series, Math.round((Number(value) * (ms - since)) / recordedMs)].join(' '),
      ),
  };
};

/** Serves the exposition on a free port of this machine until `signal`. Returns host and port. */
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
