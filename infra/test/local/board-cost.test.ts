/** Measures the samples that loading the boards reads, on a real Prometheus with 30 days of a mid-size gateway. */
import {execFile} from 'node:child_process';
import {createWriteStream} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {promisify} from 'node:util';
import {boardCost, type QueryCost} from '@mcp-observability/dashboards/verify/cost';
import * as catalogue from '@mcp-observability/metrics-service/catalogue';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses, type Processes} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import test from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {keepForever} from '../../local/recorded-history.ts';
import {rawSeries, rawText, recordedSeries, recordedText, serviceSeries} from './mid-size-gateway.ts';

const run = promisify(execFile);

/**
 * The gateway that the goals are set for has twelve servers, and nearly all of its series are by server. The test loads
 * three of the twelve, and multiplies what queries of families with a server read by four: more than the whole gateway
 * would read, never less. Other families have the same series however many servers there are.
 */
const wholeServers = 12;
const servers = Number(process.env['COST_TEST_SERVERS'] ?? 3);
const gateway = {servers, tools: 8, clients: 6};
const factor = wholeServers / servers;

/** Base names of the families that have a label for the server; records and buckets contain them. */
const familiesByServer = Object.values(catalogue).flatMap(value =>
  typeof value === 'object' && 'labels' in value && ('server' in value.labels || 'server_name' in value.labels)
    ? [value.name.replace(/_(total|seconds|bytes)$/, '')]
    : [],
);

/** Samples that a query reads for the whole gateway. */
const wholeRead = ({expr, read}: Pick<QueryCost, 'expr' | 'read'>): number =>
  familiesByServer.some(name => expr.includes(name)) ? read * factor : read;

const now = Date.UTC(2026, 0, 15, 12, 3) / 1000;
const hour = 3600;
const day = 24 * hour;

const million = 1e6;
/** Samples read by loading Analytics with all rows open, and by its most expensive query. */
const goals = {
  '1h': {look: 9 * million, query: 2 * million},
  '24h': {look: 20 * million, query: 3 * million},
  '7d': {look: 40 * million, query: 6 * million},
  '30d': {look: 80 * million, query: 12 * million},
} as const;

let processes: Processes;
let url: string;

test.before(async t => {
  t.timeout(600_000);
  const {prometheus, promtool} = await findPrometheus();
  processes = createProcesses();
  const temporary = processes.temporaryFolder('board-cost-');
  const data = join(temporary, 'data');
  await mkdir(data);
  const load = async (text: Iterable<string>): Promise<void> => {
    const file = join(temporary, 'samples.txt');
    await pipeline(Readable.from(text), createWriteStream(file));
    const parameters = [
      'tsdb',
      'create-blocks-from',
      'openmetrics',
      '--quiet',
      '--max-block-duration=486h',
      file,
      data,
    ];
    await run(promtool, parameters, {env: {...process.env, TMPDIR: temporary}, maxBuffer: 1e8});
    await rm(file);
  };
  const raw = [...rawSeries(gateway), ...serviceSeries()];
  // 7s apart from the steps of graphs: Prometheus 2 reads a sample at the border of two windows twice.
  await load(rawText(raw, {from: now - 1.1 * hour - 7, to: now - 7, every: 15}));
  await load(recordedText(recordedSeries(raw, '5m'), '5m', {from: now - 7.1 * day, to: now - 130}));
  await load(recordedText(recordedSeries(raw, '1h'), '1h', {from: now - 30.1 * day, to: now - 1900}));
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  processes.start({
    name: 'Prometheus',
    program: prometheus,
    parameters: [
      '--config.file=/dev/null',
      `--storage.tsdb.path=${data}`,
      keepForever,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
  });
  await waitUntilReady({name: 'Prometheus', url: `${url}/-/ready`, signal: processes.failure});
});
test.after.always(async () => {
  processes?.kill();
  await processes?.stop();
});

for (const [range, goal] of Object.entries(goals))
  test(`loading Analytics over ${range} reads at most ${goal.look / million} million samples`, async t => {
    const [analytics] = await boardCost({url, range, board: 'mcp-analytics', now: new Date(now * 1000)});
    const queries = analytics?.queries ?? [];
    t.true(queries.length > 0 && familiesByServer.length > 3);
    const read = queries.reduce((sum, query) => sum + wholeRead(query), 0);
    const dearest = queries.toSorted((a, b) => wholeRead(b) - wholeRead(a))[0];
    const dearestRead = dearest === undefined ? Number.NaN : wholeRead(dearest);
    t.log(
      `${range}: ${(read / million).toFixed(2)} M; dearest ${dearest?.panel} ${(dearestRead / million).toFixed(2)} M`,
    );
    if (process.env['COST_TEST_SERVERS'])
      for (const one of analytics?.queries.slice(0, 60) ?? []) t.log(`  ${one.panel} ${one.refId}: ${one.read}`);
    t.true(read <= goal.look, `${range}: ${read}`);
    t.true(dearestRead <= goal.query, `${range}: ${dearest?.panel} ${dearestRead}`);
  });

for (const range of Object.keys(goals))
  test(`loading Pipeline over ${range} reads at most 1 million samples`, async t => {
    const [cost] = await boardCost({url, range, board: 'mcp-pipeline', now: new Date(now * 1000)});
    const read = cost?.look ?? Number.NaN;
    t.log(`${range}: ${(read / million).toFixed(2)} M`);
    t.true(read > 0.1 * million && read <= million, `${range}: ${read}`);
  });
