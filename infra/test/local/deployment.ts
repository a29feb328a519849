/** The environment of tasks in a deployment: discovery, a scraper, storage, and callers behind a load balancer. */
import {writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {headers, paths} from '@mcp-observability/metrics-service/contract';
import type {WireBatch} from '@mcp-observability/metrics-service/events';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import type {ExecutionContext} from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {key, type Task} from './task.ts';

/**
 * Announces the tasks as a DNS name does: each lookup returns the last announcement.
 *
 * @param host by which the tasks are reached
 */
export const serveDiscovery = async (t: ExecutionContext, {host = '127.0.0.1'} = {}) => {
  let targets: readonly string[] = [];
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify([{targets}]));
  });
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo; // it listens on a port, not on a pipe
  return {
    url: `http://127.0.0.1:${port}`,
    announce: (tasks: readonly Task[]) => {
      targets = tasks.map(({target}) => target.replace('127.0.0.1', host));
    },
  };
};

const newProcesses = (t: ExecutionContext) => {
  const processes = createProcesses();
  t.teardown(async () => {
    processes.kill();
    await processes.stop();
  });
  return processes;
};

/** The same for Prometheus and for the receiver of the collector. */
const scrapeConfig = (discovery: string) => ({
  global: {scrape_interval: '1s', scrape_timeout: '1s'},
  scrape_configs: [{job_name: 'tasks', http_sd_configs: [{url: discovery, refresh_interval: '1s'}]}],
});

/**
 * Starts a real Prometheus.
 *
 * @param discovery where it learns what to scrape; undefined: it scrapes nothing and accepts remote writes
 * @returns its URL
 */
export const startPrometheus = async (t: ExecutionContext, discovery?: string): Promise<string> => {
  const {prometheus} = await findPrometheus();
  const port = await freePort();
  const processes = newProcesses(t);
  const folder = processes.temporaryFolder('rolling-');
  const configuration = discovery === undefined ? {} : scrapeConfig(discovery);
  await writeFile(join(folder, 'prometheus.json'), JSON.stringify(configuration)); // JSON is YAML
  processes.start({
    name: 'Prometheus',
    program: prometheus,
    parameters: [
      `--config.file=${join(folder, 'prometheus.json')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      ...(discovery === undefined ? ['--web.enable-remote-write-receiver'] : []),
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady({name: 'Prometheus', url: `${url}/-/ready`, signal: processes.failure});
  return url;
};

/** Starts a real collector, which scrapes what is discovered and writes it to Prometheus. */
export const startCollector = async (
  t: ExecutionContext,
  {program, discovery, prometheus}: {readonly program: string; readonly discovery: string; readonly prometheus: string},
): Promise<void> => {
  const processes = newProcesses(t);
  const folder = processes.temporaryFolder('collector-');
  const configuration = {
    receivers: {prometheus: {config: scrapeConfig(discovery)}},
    exporters: {prometheusremotewrite: {endpoint: `${prometheus}/api/v1/write`}},
    service: {
      // Its own telemetry would need a port.
      telemetry: {metrics: {level: 'none'}},
      pipelines: {metrics: {receivers: ['prometheus'], exporters: ['prometheusremotewrite']}},
    },
  };
  await writeFile(join(folder, 'collector.json'), JSON.stringify(configuration)); // JSON is YAML
  processes.start({name: 'collector', program, parameters: [`--config=file:${join(folder, 'collector.json')}`]});
};

export type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: ReadonlyArray<readonly [number, string]>;
};

/** Queries the HTTP API of a Prometheus. A vector's single value is one of `values`. */
export const queryPrometheus = async (
  prometheus: string,
  path: string,
  parameters: Record<string, string>,
): Promise<readonly Series[]> => {
  const response = await fetch(`${prometheus}/api/v1/${path}`, {method: 'POST', body: new URLSearchParams(parameters)});
  const {data, error} = (await response.json()) as {
    data: {result: Array<Series & {value?: [number, string]}>};
    error?: string;
  }; // as Prometheus's API responds
  if (error !== undefined) throw new Error(error);
  return data.result.map(({metric, values, value}) => ({
    metric,
    values: values ?? (value === undefined ? [] : [value]),
  }));
};

/**
 * Callers behind a load balancer, which routes them to tasks that passed the last health check. Callers never retry.
 *
 * @param nextBatch returns the next batch to send
 */
export const balance = (tasks: readonly Task[], nextBatch: () => WireBatch) => {
  let healthy: readonly Task[] = tasks;
  let stopping = false;
  const counts = {answered: 0, failures: [] as string[]};
  const look = async (): Promise<void> => {
    while (!stopping) {
      const states = await Promise.all(
        tasks.map(async task => ({
          task,
          ok: await fetch(`${task.url}${paths.health}`).then(
            ({ok}) => ok,
            () => false,
          ),
        })),
      );
      healthy = states.filter(({ok}) => ok).map(({task}) => task);
      await delay(100);
    }
  };
  const send = async (): Promise<void> => {
    for (let sent = 0; !stopping; sent += 1) {
      const task = healthy[sent % healthy.length];
      const outcome = await fetch(`${task?.url}${paths.metrics}`, {
        method: 'POST',
        headers: {[headers.apiKey]: key, 'Content-Type': 'application/json'},
        body: JSON.stringify(nextBatch()),
      }).then(
        async response => {
          await response.arrayBuffer();
          return String(response.status);
        },
        (error: Error) => String(error.cause ?? error),
      );
      if (outcome === '200') counts.answered += 1;
      else counts.failures.push(outcome);
      await delay(20);
    }
  };
  const running = Promise.all([look(), send(), send(), send()]);
  return {
    counts,
    stop: async () => {
      stopping = true;
      await running;
    },
  };
};
