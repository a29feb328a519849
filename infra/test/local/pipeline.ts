/** The real service and a real Prometheus that scrapes it every second, for a test. */
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {ruleFiles} from '@mcp-observability/dashboards';
import {apiKeyVariable, paths, variables} from '@mcp-observability/metrics-service/contract';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses, type Processes, typescriptFlags} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {preparePrometheus} from '../../local/prometheus-process.ts';
import {serveCollector} from '../../local/simulated-collector.ts';

/** One series of a response: its labels and its value. */
export type Sample = {readonly labels: Readonly<Record<string, string>>; readonly value: number};

export type Pipeline = {
  /** The URL of the service's API. */
  readonly service: string;
  readonly key: string;
  readonly prometheus: string;
  readonly startService: () => Promise<void>;
  /** As the kernel would: no warning, no draining. */
  readonly killService: () => Promise<void>;
  /** At the present when no time is given. */
  readonly query: (expr: string, at?: number) => Promise<readonly Sample[]>;
  /** Repeats the query until the expression has a series. */
  readonly until: (expr: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

const timeoutMs = 30_000;
const main = fileURLToPath(import.meta.resolve('../../../metrics-service/src/main.ts'));

const address = (port: number): string => `http://127.0.0.1:${port}`;

const killed = async (processes: Processes): Promise<void> => {
  processes.kill();
  await processes.stop();
};

export const createPipeline = async ({withCollector = false} = {}): Promise<Pipeline> => {
  const {prometheus: binary} = await findPrometheus();
  const [api, exposition, port] = [await freePort(), await freePort(), await freePort()];
  const [service, prometheus] = [address(api), address(port)];
  const key = 'a-key-for-this-test-alone';

  const ended = new AbortController();
  const collector = withCollector ? await serveCollector({since: Date.now(), signal: ended.signal}) : undefined;
  const scraper = createProcesses();
  const temporary = scraper.temporaryFolder('pipeline-');
  scraper.start(
    await preparePrometheus({
      binary,
      port,
      target: `127.0.0.1:${exposition}`,
      ...(collector && {collector}),
      rules: ruleFiles({interval: '1s'}),
      scrapeIntervalSeconds: 1,
      temporary,
      data: join(temporary, 'data'),
    }),
  );
  await waitUntilReady({name: 'Prometheus', url: `${prometheus}/-/ready`, signal: scraper.failure});

  let running: Processes | undefined;
  const startService = async (): Promise<void> => {
    running = createProcesses();
    running.start({
      name: 'metrics-service',
      program: process.execPath,
      parameters: [...typescriptFlags, main],
      env: {
        [variables.host]: '127.0.0.1',
        [variables.apiPort]: String(api),
        [variables.expositionPort]: String(exposition),
        [apiKeyVariable('test')]: key,
      },
    });
    await waitUntilReady({name: 'metrics-service', url: `${service}${paths.health}`, signal: running.failure});
  };
  const killService = async (): Promise<void> => {
    if (running) {
      await killed(running);
    }
  };

  const query = async (expr: string, at?: number): Promise<readonly Sample[]> => {
    const body = new URLSearchParams({query: expr, ...(at !== undefined && {time: String(at)})});
    const response = await fetch(`${prometheus}/api/v1/query`, {method: 'POST', body});
    // The response of Prometheus's API to an instant query.
    const {data, error} = (await response.json()) as {
      data: {result: {metric: Record<string, string>; value: [number, string]}[]};
      error?: string;
    };
    if (error !== undefined) {
      throw new Error(`${error}: ${expr}`);
    }
    return data.result.map(({metric, value}) => ({labels: metric, value: Number(value[1])}));
  };

  const until = async (expr: string): Promise<void> => {
    const deadline = Date.now() + timeoutMs;
    while ((await query(expr)).length === 0) {
      if (Date.now() > deadline) {
        throw new Error(`nothing after ${timeoutMs / 1000} s: ${expr}`);
      }
      await delay(100);
    }
  };

  const stop = async (): Promise<void> => {
    ended.abort();
    await Promise.all([killService(), killed(scraper)]);
  };
  return {service, key, prometheus, startService, killService, query, until, stop};
};
