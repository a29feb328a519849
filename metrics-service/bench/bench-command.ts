/** The service against its goals and against others, in one run: tables for people, JSON for machines. */
import {mkdirSync, writeFileSync} from 'node:fs';
import {cpus, totalmem} from 'node:os';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {how, startLoad} from './candidates.ts';
import {
  type GoalOptions,
  measureMemory,
  measureRatios,
  measureScraped,
  measureStall,
  measureStart,
  type Verdict,
} from './goals.ts';
import {byBatch, byConnections, bySeries, pushgateway, type Row, type ScalingOptions} from './scaling.ts';
import {median, spread as spreadOf} from './statistics.ts';
import {createMeter} from './throughput.ts';

const defaultFile = fileURLToPath(new URL('../dist/bench.json', import.meta.url));
const usage = `Usage: npm run bench [-- options]

Measures the service in turn with a bare node:http server that parses the same JSON and with a naive Koa and prom-client
service, on this machine and in one run, and prints which goals it meets. Takes about four minutes.

  --quick          about a minute: shorter rounds, fewer label values, no scaling tables; not for the record
  --rounds N       rounds of each comparison (5)
  --seconds S      seconds of a round (1)
  --connections N  connections, each with one request under way (32)
  --json FILE      where the figures go as JSON (${defaultFile})
  --help

Exits with 1 when something was counted that was not sent, or the other way round; with 0 whether or not goals are met.
With PUSHGATEWAY_BIN, or pushgateway in PATH, Prometheus's pushgateway is measured as well.
`;

const fail = (problem: string): never => {
  process.stderr.write(`${problem}\n\n${usage}`);
  process.exit(2);
};

const readFlags = () => {
  try {
    return parseArgs({
      options: {
        quick: {type: 'boolean', default: false},
        rounds: {type: 'string'},
        seconds: {type: 'string'},
        connections: {type: 'string', default: '32'},
        json: {type: 'string', default: defaultFile},
        help: {type: 'boolean', short: 'h', default: false},
      },
    }).values;
  } catch (error) {
    return fail((error as Error).message); // parseArgs throws TypeErrors
  }
};
const flags = readFlags();
const numberOf = (flag: 'rounds' | 'seconds' | 'connections', fallback: number, whole = true): number => {
  const text = flags[flag] ?? String(fallback);
  const value = Number(text);
  const fits = value > 0 && value <= 10_000 && (!whole || Number.isInteger(value));
  return fits ? value : fail(`--${flag}: expected a ${whole ? 'whole ' : ''}number above 0, found ${text}`);
};
if (flags.help) {
  process.stdout.write(usage);
  process.exit(0);
}

const {quick} = flags;
const pace = {rounds: numberOf('rounds', quick ? 3 : 5), seconds: numberOf('seconds', quick ? 0.5 : 1, false)};
const connections = numberOf('connections', 32);

const begun = performance.now();
const progress = (text: string): void => {
  process.stderr.write(`${((performance.now() - begun) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
};
const load = startLoad();
const meter = createMeter({load, progress});
const options: GoalOptions = {meter, load, pace, connections, progress};
const scaling: ScalingOptions = {meter, seconds: pace.seconds, connections, progress};

const machine = {
  date: new Date().toISOString(),
  runtime: how,
  cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
  memory: `${(totalmem() / 1e9).toFixed(1)} GB`,
  load: `${connections} connections, ${pace.rounds} rounds of ${pace.seconds} s`,
};

const ratios = await measureRatios(options);
const scraped = await measureScraped(options);
const stall = await measureStall(options);
const memory = await measureMemory(options, quick ? 200_000 : 1_000_000);
const start = await measureStart(options, how);
const tables: Record<string, readonly Row[]> = {
  'Throughput, medians': ratios.rows.map(({metrics, rates, ratio, cpuRatio}) => ({
    'events per request': metrics,
    contestant: rates.name,
    'events/s': Math.round(median(rates.perSecond)),
    'min–max': spreadOf(rates.perSecond, 0),
    ratio,
    'ratio by CPU': cpuRatio,
    'CPU, µs/event': Number(median(rates.cpuMicroseconds).toFixed(2)),
    'p50, ms': Number(rates.p50.toFixed(2)),
    'p99, ms': Number(rates.p99.toFixed(2)),
  })),
  'A scrape of 10,000 label sets, seen by a client that sends one event at a time': stall.rows,
};
if (!quick) {
  tables['By events per request'] = await byBatch(scaling);
  tables['By connections, one event per request'] = await byConnections(scaling);
  tables['By number of series'] = await bySeries(scaling);
}
const pushes = quick ? undefined : await pushgateway(scaling);
if (pushes !== undefined) tables['Prometheus pushgateway'] = pushes;
load.stop();

const verdicts: readonly Verdict[] = [...ratios.verdicts, ...scraped, ...stall.verdicts, ...memory, ...start];
process.stdout.write(`${Object.values(machine).join('\n')}\n\nGoals\n`);
console.table(
  verdicts.map(({what, goal, found, spread, byCpu = '', met}) => ({
    what,
    goal,
    found,
    spread,
    'by CPU': byCpu,
    met: met ? 'yes' : 'NO',
  })),
);
for (const [title, rows] of Object.entries(tables)) {
  process.stdout.write(`\n${title}\n`);
  console.table(rows);
}
const {problems} = meter;
process.stdout.write(
  problems.length === 0
    ? `\nAll ${meter.checked().toLocaleString('en')} events with a 200 response were counted, and nothing else.\n`
    : `\nWrong: ${problems.map(({name, sent, counted, otherAnswers}) => `${name}: ${sent} events with a 200 response, ${counted} counted, ${otherAnswers} other responses`).join('\n')}\n`,
);
mkdirSync(dirname(flags.json), {recursive: true});
writeFileSync(flags.json, `${JSON.stringify({machine, verdicts, ratios: ratios.rows, tables, problems}, null, 2)}\n`);
process.stderr.write(`Figures: ${flags.json}\n`);
if (problems.length > 0) process.exitCode = 1;
