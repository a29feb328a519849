/** Panels read from records against the same panels read from raw series, on a real Prometheus with 30 days of traffic. */
import {execFile} from 'node:child_process';
import {createWriteStream} from 'node:fs';
import {cp, mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {promisify} from 'node:util';
import {growthRules, recordedGrowth, ruleFiles} from '@mcp-observability/dashboards';
import {type PanelResult, verifyBoards} from '@mcp-observability/dashboards/verify';
import {createEndpoint, type Sample} from '@mcp-observability/dashboards/verify/endpoint';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses, type Processes} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import test, {type ExecutionContext} from 'ava';
import {parse, stringify} from 'yaml';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {keepForever, recordHistory} from '../../local/recorded-history.ts';
import {monthOfTraffic} from './month-of-traffic.ts';

const run = promisify(execFile);
const hour = 3600;
const day = 24 * hour;
const to = Date.UTC(2026, 0, 15, 12, 3, 11) / 1000;
const from = to - 31 * day;
const now = new Date(to * 1000);

/** The rules that record growth, and no others. */
const growthGroups = (): ReadonlyMap<string, string> => {
  const {groups} = parse(ruleFiles().get('rules/recordings.yaml') ?? '') as {groups: readonly {name: string}[]};
  return new Map([['recordings.yaml', stringify({groups: groups.filter(({name}) => name.startsWith('growth-'))})]]);
};

let processes: Processes;
let programs: {readonly prometheus: string; readonly promtool: string};
let temporary: string;

const record = (data: string, span: {readonly from: number; readonly to: number}) =>
  recordHistory({
    ...programs,
    data,
    temporary,
    rules: growthGroups(),
    from: span.from * 1000,
    to: span.to * 1000,
    processes,
    signal: processes.failure,
  });

const serve = async (data: string): Promise<string> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  processes.start({
    name: 'Prometheus',
    program: programs.prometheus,
    parameters: [
      '--config.file=/dev/null',
      `--storage.tsdb.path=${data}`,
      keepForever,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  await waitUntilReady({name: 'Prometheus', url: `${url}/-/ready`, signal: processes.failure});
  return url;
};

/** Records throughout. */
let whole: string;
/** No records of the day that ended nine days ago. */
let gap: string;
/** The same after a backfill. */
let filled: string;
/** Records since six hours ago. */
let young: string;

test.before(async t => {
  t.timeout(600_000);
  processes = createProcesses();
  programs = await findPrometheus();
  temporary = processes.temporaryFolder('recorded-growth-');
  const folder = (name: string): string => join(temporary, name);
  await mkdir(folder('raw'));
  const file = folder('samples.txt');
  await pipeline(Readable.from(monthOfTraffic({from, to})), createWriteStream(file));
  await run(
    programs.promtool,
    ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', '--max-block-duration=486h', file, folder('raw')],
    {env: {...process.env, TMPDIR: temporary}, maxBuffer: 1e8},
  );
  await rm(file);
  const copy = async (source: string, name: string): Promise<string> => {
    await cp(source, folder(name), {recursive: true});
    return folder(name);
  };
  const youngData = await copy(folder('raw'), 'young');
  await record(youngData, {from: to - 6 * hour, to});
  young = await serve(youngData);
  const gapData = await copy(folder('raw'), 'gap');
  await record(gapData, {from, to: to - 10 * day});
  await record(gapData, {from: to - 9 * day, to});
  const filledData = await copy(gapData, 'filled');
  gap = await serve(gapData);
  await record(filledData, {from: to - 10 * day, to: to - 9 * day});
  filled = await serve(filledData);
  const wholeData = await copy(folder('raw'), 'whole');
  await record(wholeData, {from, to});
  whole = await serve(wholeData);
});
test.after.always(async () => {
  processes?.kill();
  await processes?.stop();
});

const resolutionOf = ({expr}: PanelResult): string | undefined => /resolution=~"([^"]*)"/.exec(expr)?.[1];
const raw = (expr: string): string => expr.replaceAll(/resolution=~"[^"]*"/g, 'resolution=~"|raw"');

const keyOf = ({labels}: Sample): string => JSON.stringify(Object.entries(labels).sort());

/** The queries of a board that have data, and read raw series or records. */
const growthQueries = async (url: string, window: string, board: string): Promise<readonly PanelResult[]> =>
  (await verifyBoards({url, window, now, board})).filter(
    result => result.outcome === 'data' && resolutionOf(result) !== undefined,
  );

/** The panels that show one number or a table of numbers. */
const figures = async (url: string, window: string): Promise<readonly PanelResult[]> =>
  [
    ...(await growthQueries(url, window, 'mcp-analytics')),
    ...(await growthQueries(url, window, 'mcp-pipeline')),
  ].filter(({expr, panel}) => !expr.startsWith('topk(1,') && figureTitles.has(panel));

const figureTitles = new Set([
  'Emitters',
  'Active MCP Servers',
  'Server Performance Dashboard',
  'Tool Usage Rankings',
  'MCP Protocol Flow Analysis',
  'Tool Usage by Call Count',
  'Client Applications Distribution',
  'Session Activity by Client',
]);

type Difference = {readonly panel: string; readonly series: string; readonly share: number};

const differences = async (url: string, window: string): Promise<readonly Difference[]> => {
  const endpoint = createEndpoint(url, fetch);
  const found: Difference[] = [];
  for (const {panel, refId, expr} of await figures(url, window)) {
    const expected = new Map(
      (await endpoint.query(raw(expr), to)).map(one => [keyOf(one), one.values[0] ?? Number.NaN]),
    );
    const actual = new Map((await endpoint.query(expr, to)).map(one => [keyOf(one), one.values[0] ?? Number.NaN]));
    for (const key of new Set([...expected.keys(), ...actual.keys()])) {
      const [a = Number.NaN, b = Number.NaN] = [actual.get(key), expected.get(key)];
      found.push({panel: `${panel} ${refId}`, series: key, share: (a - b) / b});
    }
  }
  return found;
};

const equal = async (t: ExecutionContext, url: string, window: string, resolution: string): Promise<void> => {
  const read = await figures(url, window);
  t.deepEqual([...new Set(read.map(resolutionOf))], [resolution]);
  const compared = await differences(url, window);
  t.true(new Set(compared.map(({panel}) => panel)).size >= 10, `${compared.length}`);
  for (const {panel, series, share} of compared)
    t.true(Math.abs(share) <= 0.01, `${panel} ${series}: ${(share * 100).toFixed(2)}%`);
  const worst = Math.max(...compared.map(({share}) => Math.abs(share)));
  t.log(`${window} from ${resolution}: at most ${(worst * 100).toFixed(2)}% off`);
};

for (const [window, resolution] of [
  ['1h', '|raw'],
  ['6h', '5m'],
  ['24h', '5m'],
  ['7d', '1h'],
  ['30d', '1h'],
] as const)
  test(`over ${window} every count is that of the raw series within 1%, across restarts and deployments`, t =>
    equal(t, whole, window, resolution));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The mean of each series of a graph, by its labels. */
const means = async (url: string, expr: string, seconds: number): Promise<ReadonlyMap<string, number>> => {
  const step = Number(/\[(\d+)s\]/.exec(expr)?.[1]);
  const end = Math.floor(to / step) * step;
  const samples = await createEndpoint(url, fetch).queryRange(expr, {start: end - seconds, end, step});
  return new Map(samples.map(one => [keyOf(one), mean(one.values)]));
};

for (const [window, seconds] of [
  ['6h', 6 * hour],
  ['24h', day],
  ['7d', 7 * day],
  ['30d', 30 * day],
] as const)
  test(`over ${window} every graph of Pipeline has the mean of the raw series within 1%`, async t => {
    const graphs = (await growthQueries(whole, window, 'mcp-pipeline')).filter(({panel}) => !figureTitles.has(panel));
    t.true(graphs.length >= 7, `${graphs.length}`);
    for (const {panel, expr} of graphs) {
      const [actual, expected] = [await means(whole, expr, seconds), await means(whole, raw(expr), seconds)];
      t.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort(), panel);
      for (const [key, value] of expected) {
        const share = ((actual.get(key) ?? Number.NaN) - value) / value;
        t.true(Math.abs(share) <= 0.01, `${panel} ${key}: ${(share * 100).toFixed(2)}%`);
      }
    }
  });

/** The selector of the raw series that a rule reads. */
const selectorOf = (rule: string): string => /rate\((.*?)\[/.exec(rule)?.[1] ?? '';

for (const [window, resolution] of [
  ['6h', '5m'],
  ['24h', '5m'],
  ['7d', '1h'],
  ['30d', '1h'],
] as const)
  test(`over ${window} every record, bucket by bucket, is the growth of its raw series within 1%`, async t => {
    const endpoint = createEndpoint(whole, fetch);
    const compared: string[] = [];
    for (const growth of Object.values(recordedGrowth).flat())
      for (const {record, expr} of growthRules(growth, '5m')) {
        const by = `sum by (${expr.by.join(', ')})`;
        const expected = await endpoint.query(`${by} (increase(${selectorOf(expr.text)}[${window}]))`, to);
        const found = await endpoint.query(
          `${by} (sum_over_time(${record}{resolution="${resolution}"}[${window}]))`,
          to,
        );
        const actual = new Map(found.map(one => [keyOf(one), one.values[0] ?? Number.NaN]));
        for (const one of expected) {
          const share = ((actual.get(keyOf(one)) ?? Number.NaN) - (one.values[0] ?? Number.NaN)) / (one.values[0] ?? 0);
          t.true(Math.abs(share) <= 0.01, `${record} ${keyOf(one)}: ${(share * 100).toFixed(2)}%`);
        }
        t.is(found.length, expected.length, record);
        if (expected.length > 0) compared.push(record);
      }
    for (const {record} of recordedGrowth.service.flatMap(growth => growthRules(growth, '5m')))
      t.true(compared.includes(record), `${record}: it has raw series`);
  });

test('on the day after the rules were installed a range of a day reads raw series', t =>
  equal(t, young, '24h', '|raw'));

test('in the week after the rules were installed a range of a week shows the growth that was recorded', async t => {
  const read = await figures(young, '7d');
  t.deepEqual([...new Set(read.map(resolutionOf))], ['1h']);
  for (const {panel, share} of (await differences(young, '7d')).filter(one => one.panel.startsWith('Tool Usage by')))
    t.true(share < -0.9, `${panel}: ${share}`);
});

test('a day without records is missing from 30 days, and from no range that ends before or starts after it', async t => {
  await equal(t, gap, '7d', '1h');
  const lost = (await differences(gap, '30d')).filter(({panel}) => panel.startsWith('Tool Usage by'));
  t.true(lost.length > 0);
  for (const {share} of lost) t.true(share < -0.02 && share > -0.05, `${share}`);
});

test('a backfill restores a day without records', t => equal(t, filled, '30d', '1h'));
