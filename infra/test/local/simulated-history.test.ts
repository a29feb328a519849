/** Simulated history, as Prometheus will store it. */
import {execFile} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {ruleFiles} from '@mcp-observability/dashboards';
import {catalogue} from '@mcp-observability/metrics-service/catalogue';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import test from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {preparePrometheus} from '../../local/prometheus-process.ts';
import {keepForever, passesOf} from '../../local/recorded-history.ts';
import {historyText, loadHistory, scrapeMs} from '../../local/simulated-history.ts';

const from = Date.UTC(2026, 0, 15, 11, 50);
const options = {seed: 3, from, to: from + 600_000, rate: 5, instance: 'i:1'};

const textOf = async (more = {}): Promise<string> => {
  let text = '';
  for await (const slice of historyText({...options, ...more})) text += slice;
  return text;
};

test('the same seed and times produce the same text, another seed a different one', async t => {
  const [first, second, third] = await Promise.all([textOf(), textOf(), textOf({seed: 4})]);
  t.is(first, second);
  t.not(first, third);
});

test('it has one scrape for each interval, every sample with its target and time, and the end mark', async t => {
  const text = await textOf();
  for (const target of ['job="mcp-metrics-service",instance="i:1"', 'job="adot-collector",instance="simulated"']) {
    const ups = text.match(new RegExp(`^up\\{${target}\\} 1 \\d+$`, 'gm')) ?? [];
    t.is(ups.length, 600_000 / scrapeMs + 1, target);
  }
  t.true(text.endsWith('# EOF\n'));
  const strays = text
    .split('\n')
    .filter(
      line => !/^([a-z0-9_]+\{job="[^"]+",instance="[^"]+"[^\n]*\} \S+ \d+|# TYPE \S+ histogram|# EOF|)$/i.test(line),
    );
  t.deepEqual(strays, []);
});

test('it contains exactly the families of the catalogue', async t => {
  const text = await textOf();
  for (const {name} of [catalogue.toolExecutions, catalogue.authRequests, catalogue.ingested]) {
    t.true(text.includes(`\n${name}{`), name);
  }
});

/**
 * Start of a block, in milliseconds since 1970; undefined for the other files that Prometheus keeps beside its blocks.
 */
const startOf = async (folder: string): Promise<number | undefined> => {
  const text = await readFile(join(folder, 'meta.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const {minTime}: {minTime: number} = JSON.parse(text); // as Prometheus documents its blocks
  return minTime;
};

test('promtool loads it as blocks with what the rules record, the same each time, and nothing else is left', async t => {
  t.timeout(120_000, 'Prometheus may have to be fetched');
  const {prometheus, promtool} = await findPrometheus();
  const processes = createProcesses();
  t.teardown(() => processes.stop());
  const {failure: signal} = processes;
  const run = promisify(execFile);
  /** Blocks, and what was recorded from what two passes before it recorded. */
  const load = async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'history-test-'));
    t.teardown(() => rm(temporary, {recursive: true, force: true}));
    const data = join(temporary, 'data');
    await loadHistory({...options, prometheus, promtool, data, temporary, rules: ruleFiles(), processes, signal});
    t.deepEqual(await readdir(temporary), ['data']);
    const starts = await Promise.all((await readdir(data)).map(block => startOf(join(data, block))));
    const budget = '{__name__="objective_service:mcp_error_budget_left:ratio_30d",service="nginx"}';
    const {stdout: samples} = await run(promtool, ['tsdb', 'dump', `--match=${budget}`, data]);
    return {starts, samples};
  };
  const [first, second] = await Promise.all([load(), load()]);
  t.true(first.starts.includes(from), first.starts.join(' ')); // a block that starts where the history does
  t.regex(first.samples, /objective="tool-availability".* \S+ \d+$/m, first.samples);
  t.is(first.samples, second.samples);
});

test('a live scrape continues the buckets of the history', async t => {
  t.timeout(120_000, 'Prometheus may have to be fetched');
  const {prometheus, promtool} = await findPrometheus();
  const processes = createProcesses();
  t.teardown(() => processes.stop());
  const {failure: signal} = processes;
  const temporary = processes.temporaryFolder('history-test-');
  const data = join(temporary, 'data');
  await loadHistory({
    ...options,
    prometheus,
    promtool,
    data,
    temporary,
    rules: new Map<string, string>(),
    processes,
    signal,
  });
  const live = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end('# TYPE live histogram\nlive_bucket{le="5"} 1\nlive_bucket{le="1048576"} 1\n');
  });
  await new Promise<void>(resolve => live.listen(0, '127.0.0.1', resolve));
  t.teardown(() => live.close());
  const address = live.address();
  const port = await freePort();
  const target = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const server = {
    binary: prometheus,
    port,
    target,
    rules: new Map<string, string>(),
    scrapeIntervalSeconds: 1,
    temporary,
    data,
  };
  const {parameters, ...command} = await preparePrometheus(server);
  processes.start({...command, parameters: [...parameters, keepForever]});
  /** Boundaries of a metric whenever it was scraped. */
  const boundaries = async (metric: string): Promise<readonly string[]> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/series?match[]=${metric}&start=${from / 1000}`);
    const {data: found} = (await response.json()) as {data: {le: string}[]}; // Prometheus's documented envelope
    return found.map(({le}) => le);
  };
  await waitUntilReady({name: 'Prometheus', url: `http://127.0.0.1:${port}/-/ready`, signal});
  let scraped = await boundaries('live_bucket');
  while (scraped.length < 2) {
    await delay(50, undefined, {signal});
    scraped = await boundaries('live_bucket');
  }
  const kept = new Set([
    ...(await boundaries('mcp_tool_execution_duration_seconds_bucket')),
    ...(await boundaries('mcp_tool_payload_bytes_bucket')),
  ]);
  t.true(kept.size > 10);
  for (const le of scraped) t.true(kept.has(le), `${le}: ${[...kept].join(' ')}`);
});

test('a rule is evaluated after those whose series it reads, and a cycle is an error', t => {
  const file = (...rules: readonly string[]) =>
    JSON.stringify({
      groups: [
        {
          name: 'g',
          interval: '1m',
          rules: rules.map(rule => rule.split(' = ')).map(([record, expr]) => ({record, expr})),
        },
        {name: 'alerts', interval: '1m', rules: [{alert: 'A', expr: 'x:c > 0'}]},
      ],
    });
  const passes = passesOf([file('x:c = sum(x:b)', 'x:a = sum(m)', 'x:b = rate(x:a[5m])', 'x:d = vector(1)')]);
  t.deepEqual(
    passes.map(groups => groups.flatMap(({rules}) => rules.map(({record}) => record))),
    [['x:a', 'x:d'], ['x:b'], ['x:c']],
  );
  t.throws(() => passesOf([file('x:a = x:b', 'x:b = x:a')]), {message: /depend on each other in a cycle: x:a, x:b/});
});
