/** What a look at the boards reads, on a real Prometheus that holds 30 days of a gateway of middle size. */
import {execFile} from 'node:child_process';
import {createWriteStream} from 'node:fs';
import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {promisify} from 'node:util';
import {boardCost} from '@mcp-observability/dashboards/verify/cost';
import {freePort} from '@mcp-observability/tools/ports';
import {createProcesses, type Processes} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';
import test from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {keepForever} from '../../local/recorded-history.ts';
import {rawSeries, rawText, recordedSeries, recordedText} from './mid-size-gateway.ts';

const run = promisify(execFile);

/**
 * The gateway that the goals are set for has twelve servers, and nearly all of its series are by server. The test loads
 * three of the twelve, and multiplies what is read by four: more than the whole gateway would read, never less.
 */
const wholeServers = 12;
const servers = Number(process.env['COST_TEST_SERVERS'] ?? 3);
const gateway = {servers, tools: 8, clients: 6};
const factor = wholeServers / servers;

const now = Date.UTC(2026, 0, 15, 12, 3) / 1000;
const hour = 3600;
const day = 24 * hour;

const million = 1e6;
/** Samples of one look at Analytics with its folds open, and of its dearest query. */
const goals = {
  '1h': {look: 10 * million, query: 2 * million},
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
  const raw = rawSeries(gateway);
  // Scrapes and steps of graphs are never at the same moments.
  await load(rawText(raw, {from: now - 1.1 * hour, to: now - 7, every: 15}));
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
  test(`a look at Analytics over ${range} reads at most ${goal.look / million} million samples`, async t => {
    const [analytics] = await boardCost({url, range, board: 'mcp-analytics', now: new Date(now * 1000)});
    const read = (analytics?.look ?? Number.NaN) * factor;
    const [dearest] = analytics?.queries ?? [];
    t.log(
      `${range}: ${(read / million).toFixed(2)} M; dearest ${dearest?.panel} ${(((dearest?.read ?? 0) * factor) / million).toFixed(2)} M`,
    );
    if (process.env['COST_TEST_SERVERS'])
      for (const one of analytics?.queries.slice(0, 60) ?? []) t.log(`  ${one.panel} ${one.refId}: ${one.read}`);
    t.true(read <= goal.look, `${range}: ${read}`);
    t.true((dearest?.read ?? Number.NaN) * factor <= goal.query, `${range}: ${dearest?.panel} ${dearest?.read}`);
  });
