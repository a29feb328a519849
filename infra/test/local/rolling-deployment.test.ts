/** One task takes over from another, as in a deployment: no event is missing at a real Prometheus, and none is too many. */
import {networkInterfaces} from 'node:os';
import {toolExecutions} from '@mcp-observability/metrics-service/catalogue';
import type {WireBatch} from '@mcp-observability/metrics-service/events';
import test, {type ExecutionContext} from 'ava';
import {balance, queryPrometheus, type Series, serveDiscovery, startCollector, startPrometheus} from './deployment.ts';
import {startTask, type Task, until} from './task.ts';

test('a task that takes over from another loses nothing, and no sum over tasks falls', async t => {
  const discovery = await serveDiscovery(t);
  const prometheus = await startPrometheus(t, discovery.url);
  const before = await startTask(t);
  discovery.announce([before]);
  const name = toolExecutions.name;
  const sum = async (expr: string) =>
    Number((await queryPrometheus(prometheus, 'query', {query: expr}))[0]?.values[0]?.[1] ?? 0);
  const startedAt = Date.now() / 1000;

  const tasks = [before];
  const batch: WireBatch = {
    service: 'auth-server',
    metrics: [{type: 'tool_execution', value: 1, dimensions: {success: true, method: 'tools/call'}}],
  };
  const balancer = balance(tasks, () => batch);
  t.teardown(balancer.stop);
  await until('the first task is scraped', async () => (await sum(`sum(${name})`)) > 0);

  const after = await startTask(t);
  tasks.push(after);
  discovery.announce(tasks);
  await until(
    'both tasks are scraped',
    async () => (await sum(`count(up == 1)`)) === 2 && (await sum(`count(${name}{success="true"} > 0)`)) === 2,
  );

  // The old one gets SIGTERM, and is removed from the discovery once it is gone.
  const sentBefore = balancer.counts.answered;
  await before.stop();
  t.true(before.drained);
  discovery.announce([after]);
  await until('the new task has taken over', () => balancer.counts.answered > sentBefore + 20);
  await balancer.stop();
  t.deepEqual(balancer.counts.failures, [], 'callers that never retry meet no rejection');

  /** The last that is known of each task, whether it is still there or not. */
  const known = `sum(last_over_time(${name}[1h]))`;
  await until('every event that got a 200 is scraped', async () => (await sum(known)) >= balancer.counts.answered);
  t.is(await sum(known), balancer.counts.answered);

  const range = {start: String(startedAt), end: String(Date.now() / 1000), step: '0.5'};
  const [total] = await queryPrometheus(prometheus, 'query_range', {query: known, ...range});
  const values = (total?.values ?? []).map(([, value]) => Number(value));
  t.true(values.length > 5);
  t.deepEqual(
    values,
    values.toSorted((left, right) => left - right),
  );
  for (const {metric, values: own} of await queryPrometheus(prometheus, 'query_range', {
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
  t.deepEqual(await queryPrometheus(prometheus, 'query', {query: `resets(${name}[1h]) > 0`}), []);
});

/** How many deployments each of the proofs below goes through. */
const rounds = Number(process.env['DEPLOYMENT_ROUNDS'] ?? 2);

/**
 * How much counters have grown, sample by sample: what `increase()` computes before it extrapolates to the edges of its
 * window. Where a sample is lower than the one before, the counter restarted at 0.
 */
const growthOf = (series: readonly Series[]): number => {
  let growth = 0;
  for (const {values} of series) {
    for (const [index, [, value]] of values.entries()) {
      if (index === 0) continue; // growth before the first sample does not count
      const before = Number(values[index - 1]?.[1]);
      growth += Number(value) - (Number(value) < before ? 0 : before);
    }
  }
  return growth;
};

/** One that scrapes, or has it done, and stores. */
interface Storage {
  readonly discovery: Awaited<ReturnType<typeof serveDiscovery>>;
  readonly prometheus: string;
}

interface Deployment {
  readonly storages: readonly Storage[];
  readonly round: number;
  /** The ports that the tasks bind. */
  readonly host?: string;
}

/** Batches that bring new tools all the time, and what was sent of each tool. */
const createTraffic = (round: number) => {
  const sent = new Map<string, number>();
  let batches = 0;
  const nextBatch = (): WireBatch => {
    batches += 1;
    // Every second batch is of a tool that no task has seen.
    const tool = `round-${round}-${batches % 2 === 0 ? batches : batches % 7}`;
    const size = 1 + (batches % 5);
    sent.set(tool, (sent.get(tool) ?? 0) + size);
    const dimensions = {success: true, tool_name: tool};
    const metric = {type: 'tool_execution', value: 1, duration_ms: 1, dimensions} as const;
    return {service: 'auth-server', metrics: Array.from({length: size}, () => metric)};
  };
  return {sent, nextBatch};
};

/** A storage has exactly the sent events of a round, tool by tool, and every series starts at 0. */
const hasAll = async (
  t: ExecutionContext,
  {
    prometheus,
    round,
    sent,
  }: {readonly prometheus: string; readonly round: number; readonly sent: ReadonlyMap<string, number>},
): Promise<void> => {
  const query = `${toolExecutions.name}{tool_name=~"round-${round}-.*"}[1h]`;
  const raw = () => queryPrometheus(prometheus, 'query', {query});
  const total = [...sent.values()].reduce((sum, count) => sum + count, 0);
  // The comparison below shows what is missing.
  await until('what was sent is stored', async () => growthOf(await raw()) >= total).catch(() => {});
  const series = await raw();
  t.true(
    series.every(({values}) => Number(values[0]?.[1]) === 0),
    `round ${round}: every series starts at 0`,
  );
  const found = new Map<string, number>();
  for (const tool of sent.keys()) found.set(tool, growthOf(series.filter(({metric}) => metric['tool_name'] === tool)));
  t.deepEqual(found, new Map(sent), `round ${round}`);
  t.log(`round ${round}: ${total} events of ${sent.size} tools in ${series.length} series, ${growthOf(series)} found`);
};

/** One deployment: a task is replaced by another under traffic, until the end of both. */
const deploy = async (t: ExecutionContext, {storages, round, ...where}: Deployment): Promise<void> => {
  const {sent, nextBatch} = createTraffic(round);
  const announce = (tasks: readonly Task[]) => {
    for (const {discovery} of storages) discovery.announce(tasks);
  };
  const port = ({target}: Task): string | undefined => target.split(':').at(-1);
  const isScraped = async (task: Task): Promise<boolean> => {
    const query = `${toolExecutions.name}{instance=~".*:${port(task)}"} > 0`;
    const found = await Promise.all(storages.map(({prometheus}) => queryPrometheus(prometheus, 'query', {query})));
    return found.every(series => series.length > 0);
  };

  const before = await startTask(t, where);
  announce([before]);
  const tasks = [before];
  const balancer = balance(tasks, nextBatch);
  t.teardown(balancer.stop);
  await until('the first task is scraped', () => isScraped(before));
  const after = await startTask(t, where);
  tasks.push(after);
  announce(tasks);
  await until('both tasks are scraped', () => isScraped(after));
  await before.stop();
  t.true(before.drained, `round ${round}: the first task ended before it was killed`);
  announce([after]);
  await balancer.stop();
  t.deepEqual(balancer.counts.failures, [], `round ${round}: callers that never retry meet no rejection`);
  await after.stop();
  t.true(after.drained, `round ${round}: the second task ended before it was killed`);
  announce([]);
  for (const {prometheus} of storages) await hasAll(t, {prometheus, round, sent});
};

test(`increase() is exactly what was sent, over ${rounds} deployments`, async t => {
  t.timeout(rounds * 120_000);
  const discovery = await serveDiscovery(t);
  const prometheus = await startPrometheus(t, discovery.url);
  for (let round = 1; round <= rounds; round += 1) await deploy(t, {storages: [{discovery, prometheus}], round});
});

const hasIpv6 = networkInterfaces()['lo']?.some(({address}) => address === '::1') ?? false;
(hasIpv6 ? test : test.skip)(`a pair of Prometheus servers has it twice, over ${rounds} deployments`, async t => {
  t.timeout(rounds * 120_000);
  const storages: Storage[] = [];
  // Two addresses, as two servers have: otherwise the tasks could not distinguish them.
  for (const host of ['127.0.0.1', '[::1]']) {
    const discovery = await serveDiscovery(t, {host});
    storages.push({discovery, prometheus: await startPrometheus(t, discovery.url)});
  }
  for (let round = 1; round <= rounds; round += 1) await deploy(t, {storages, round, host: '::'});
});

const collector = process.env['COLLECTOR_BIN'];
(collector ? test : test.skip)(`through a collector too, over ${rounds} deployments`, async t => {
  t.timeout(rounds * 120_000);
  const discovery = await serveDiscovery(t);
  const prometheus = await startPrometheus(t);
  await startCollector(t, {program: collector ?? '', discovery: discovery.url, prometheus});
  for (let round = 1; round <= rounds; round += 1) await deploy(t, {storages: [{discovery, prometheus}], round});
});
