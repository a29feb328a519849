/** One task takes over from another, as in a deployment: nothing answered 200 is missing at a real Prometheus. */
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {toolExecutions} from '@mcp-observability/metrics-service/catalogue';
import {headers, paths} from '@mcp-observability/metrics-service/contract';
import type {WireBatch} from '@mcp-observability/metrics-service/events';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import test, {type ExecutionContext} from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {key, startTask, type Task, until} from './task.ts';

/** Says which tasks there are, as a DNS name does: each look-up sees what it was told last. */
const serveDiscovery = async (t: ExecutionContext) => {
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
      targets = tasks.map(({target}) => target);
    },
  };
};

const startPrometheus = async (t: ExecutionContext, discovery: string): Promise<string> => {
  const {prometheus} = await findPrometheus();
  const port = await freePort();
  const processes = createProcesses();
  t.teardown(async () => {
    processes.kill();
    await processes.stop();
  });
  const folder = processes.temporaryFolder('rolling-');
  await mkdir(join(folder, 'data'));
  const configuration = {
    global: {scrape_interval: '1s', scrape_timeout: '1s'},
    scrape_configs: [{job_name: 'tasks', http_sd_configs: [{url: discovery, refresh_interval: '1s'}]}],
  };
  await writeFile(join(folder, 'prometheus.json'), JSON.stringify(configuration)); // JSON is YAML
  processes.start({
    name: 'Prometheus',
    program: prometheus,
    parameters: [
      `--config.file=${join(folder, 'prometheus.json')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilReady({name: 'Prometheus', url: `${url}/-/ready`, signal: processes.failure});
  return url;
};

type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: ReadonlyArray<readonly [number, string]>;
};

const ask = async (
  prometheus: string,
  path: string,
  parameters: Record<string, string>,
): Promise<readonly Series[]> => {
  const response = await fetch(`${prometheus}/api/v1/${path}`, {method: 'POST', body: new URLSearchParams(parameters)});
  const {data, error} = (await response.json()) as {
    data: {result: Array<Series & {value?: [number, string]}>};
    error?: string;
  }; // as Prometheus's API answers
  if (error !== undefined) throw new Error(error);
  return data.result.map(({metric, values, value}) => ({
    metric,
    values: values ?? (value === undefined ? [] : [value]),
  }));
};

/** The balancer: clients are sent to whichever tasks were healthy when it last looked. Nobody tries twice. */
const balance = (tasks: readonly Task[]) => {
  let healthy: readonly Task[] = tasks;
  let stopping = false;
  const counts = {answered: 0, failures: [] as string[]};
  const batch: WireBatch = {
    service: 'auth-server',
    metrics: [{type: 'tool_execution', value: 1, dimensions: {success: true, method: 'tools/call'}}],
  };
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
        body: JSON.stringify(batch),
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

test('a task that takes over from another loses nothing, and no sum over tasks falls', async t => {
  const discovery = await serveDiscovery(t);
  const prometheus = await startPrometheus(t, discovery.url);
  const before = await startTask(t);
  discovery.announce([before]);
  const name = toolExecutions.name;
  const sum = async (expr: string) => Number((await ask(prometheus, 'query', {query: expr}))[0]?.values[0]?.[1] ?? 0);
  const begun = Date.now() / 1000;

  const tasks = [before];
  const balancer = balance(tasks);
  t.teardown(balancer.stop);
  await until('the first task is scraped', async () => (await sum(`sum(${name})`)) > 0);

  const after = await startTask(t);
  tasks.push(after);
  discovery.announce(tasks);
  await until(
    'both tasks are scraped',
    async () => (await sum(`count(up == 1)`)) === 2 && (await sum(`count(${name}{success="true"} > 0)`)) === 2,
  );

  // The old one is asked to go, and taken out of the discovery once it is gone.
  const sentBefore = balancer.counts.answered;
  await before.stop();
  t.true(before.drained);
  discovery.announce([after]);
  await until('the new task has taken over', () => balancer.counts.answered > sentBefore + 20);
  await balancer.stop();
  t.deepEqual(balancer.counts.failures, [], 'callers that never retry meet no refusal');

  /** The last that is known of each task, whether it is still there or not. */
  const known = `sum(last_over_time(${name}[1h]))`;
  await until('all that was answered is scraped', async () => (await sum(known)) >= balancer.counts.answered);
  t.is(await sum(known), balancer.counts.answered);

  const range = {start: String(begun), end: String(Date.now() / 1000), step: '0.5'};
  const [total] = await ask(prometheus, 'query_range', {query: known, ...range});
  const values = (total?.values ?? []).map(([, value]) => Number(value));
  t.true(values.length > 5);
  t.deepEqual(
    values,
    values.toSorted((left, right) => left - right),
  );
  for (const {metric, values: own} of await ask(prometheus, 'query_range', {
    query: `${name}{success="true"}`,
    ...range,
  })) {
    const numbers = own.map(([, value]) => Number(value));
    t.deepEqual(
      numbers,
      numbers.toSorted((left, right) => left - right),
      metric['instance'],
    );
  }
  t.deepEqual(await ask(prometheus, 'query', {query: `resets(${name}[1h]) > 0`}), []);
});
