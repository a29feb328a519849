/** `npm run bench`: the service compared with its goals and with others, in one run; tables to read, JSON for programs. */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {cpus, loadavg, totalmem} from 'node:os';
import {dirname} from 'node:path';
import {fileURLToPath} from 'node:url';
import {
  createProgram,
  exitCodes,
  InvalidArgumentError,
  integerOption,
  runProgram,
} from '@mcp-observability/tools/command-line';
import {runtime, stopAll} from './candidates.ts';
import {type GoalOptions, measureMemory, measureScraped, measureStall, measureStart, type Verdict} from './goals.ts';
import {type Load, startLoad} from './load-process.ts';
import {collectorVariable, pushgatewayVariable} from './programs.ts';
import {byBatch, byConnections, bySeries, pushgateway, type Row, type ScalingOptions} from './scaling.ts';
import {measureSpeed} from './speed.ts';
import {createMeter, type Problem} from './throughput.ts';

const defaultFile = fileURLToPath(new URL('../dist/bench.json', import.meta.url));

const secondsOption = (value: string): number => {
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (seconds >= 0.05 && seconds <= 60) return seconds;
  throw new InvalidArgumentError(`expected a number from 0.05 to 60, found ${value === '' ? 'nothing' : value}`);
};

const program = createProgram(
  'npm run bench --',
  'Benchmarks the service against bare node:http and other servers, alternately and on this machine, and prints which goals it meets.',
)
  .option('--quick', 'shorter rounds, fewer label values, no scaling tables: for development, not for the record')
  .option('--speed', 'only events and data points per second of processor time, the first table')
  .option('--rounds <n>', 'rounds of each comparison (default: 5, with --quick 3)', integerOption({min: 1, max: 1000}))
  .option('--seconds <s>', 'seconds of a round (default: 1, with --quick 0.3)', secondsOption)
  .option('--connections <n>', 'connections with one request in flight each', integerOption({min: 1, max: 1000}), 32)
  .option('--json <file>', 'file for the figures as JSON', defaultFile)
  .addHelpText(
    'after',
    `
Environment:
  ${collectorVariable}    an OpenTelemetry collector with the OTLP receiver and the Prometheus exporter, to be measured as well
  ${pushgatewayVariable}  Prometheus's pushgateway, if it is not in PATH

A full run takes about ten minutes, --speed four, --quick two. Exit codes: 0 when all was measured, whether or not goals
are met; 1 when the counted events differ from the accepted ones; 2 for wrong arguments; 3 on systems without /proc, from
which the processor time is read.
`,
  );

const printVerdicts = (verdicts: readonly Verdict[]): void => {
  process.stdout.write('\nGoals\n');
  console.table(
    verdicts.map(({what, goal, found, spread, byCpu = '', met}) => ({
      what,
      goal,
      found,
      rounds: spread,
      'by CPU': byCpu,
      met: met === undefined ? '' : met ? 'yes' : 'NO',
    })),
  );
};

const printTables = (tables: Readonly<Record<string, readonly Row[]>>): void => {
  for (const [title, rows] of Object.entries(tables)) {
    process.stdout.write(`\n${title}\n`);
    console.table(rows);
  }
};

const summaryOf = (problems: readonly Problem[], checked: number): string =>
  problems.length === 0
    ? `\nAll ${checked.toLocaleString('en')} events and data points with a 200 response were counted, and nothing else.\n`
    : `\nWrong: ${problems.map(({name, sent, counted, otherResponses}) => `${name}: ${sent} events with a 200 response, ${counted} counted, ${otherResponses} other responses`).join('\n')}\n`;

const loadText = (): string =>
  loadavg()
    .map(load => load.toFixed(1))
    .join(' ');

const isMeasurable = (): boolean => {
  try {
    return readFileSync('/proc/self/schedstat', 'utf8') !== '';
  } catch {
    return false;
  }
};

/** Runs what starts processes, and leaves none behind. */
const cleaningUp = async <Result>(load: Load, run: () => Promise<Result>): Promise<Result> => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  try {
    return await run();
  } finally {
    load.stop();
    await stopAll();
  }
};

type Flags = ReturnType<(typeof program)['opts']>;

/** The goals besides speed, and how the service scales. */
const measureOthers = async (options: GoalOptions, scaling: ScalingOptions, quick: boolean) => {
  const scraped = await measureScraped(options);
  const stall = await measureStall(options);
  const memory = await measureMemory(options, quick ? 200_000 : 1_000_000);
  const start = await measureStart(options, runtime);
  const tables: Record<string, readonly Row[]> = {
    'A scrape of 10,000 label sets, as a client sees it that sends one event at a time': stall.rows,
  };
  if (!quick) {
    tables['By events per request'] = await byBatch(scaling);
    tables['By connections, one event per request'] = await byConnections(scaling);
    tables['By number of series'] = await bySeries(scaling);
    const pushes = await pushgateway(scaling);
    if (pushes !== undefined) tables['Prometheus pushgateway'] = pushes;
  }
  return {verdicts: [...scraped, ...stall.verdicts, ...memory, ...start], tables};
};

const bench = async ({quick, speed: onlySpeed, rounds, seconds, connections, json}: Flags): Promise<void> => {
  if (!isMeasurable()) {
    process.stderr.write(
      '/proc/self/schedstat: expected the processor time of a process, found none; run it on Linux\n',
    );
    process.exitCode = exitCodes.unavailable;
    return;
  }
  const pace = {rounds: rounds ?? (quick ? 3 : 5), seconds: seconds ?? (quick ? 0.3 : 1)};
  const startedAt = performance.now();
  const progress = (text: string): void => {
    process.stderr.write(`${((performance.now() - startedAt) / 1000).toFixed(0).padStart(4)} s  ${text}\n`);
  };
  const loadBefore = loadText();
  const load = startLoad();
  const meter = createMeter({load, progress});
  const options: GoalOptions = {meter, load, pace, connections, progress};

  const {speed, others} = await cleaningUp(load, async () => ({
    speed: await measureSpeed(options),
    others: onlySpeed
      ? {verdicts: [], tables: {}}
      : await measureOthers(options, {meter, seconds: pace.seconds, connections, progress}, quick === true),
  }));

  const machine = {
    date: new Date().toISOString(),
    runtime,
    cpu: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}`,
    memory: `${(totalmem() / 1e9).toFixed(1)} GB`,
    pace: `${connections} connections, ${pace.rounds} rounds of ${pace.seconds} s`,
    load: `load average before ${loadBefore}, after ${loadText()}`,
  };
  const verdicts = [...speed.verdicts, ...others.verdicts];
  const tables = {'Events and data points per second of processor time, medians': speed.rows, ...others.tables};
  process.stdout.write(`${Object.values(machine).join('\n')}\n`);
  printVerdicts(verdicts);
  printTables(tables);
  const {problems} = meter;
  process.stdout.write(summaryOf(problems, meter.checked()));
  mkdirSync(dirname(json), {recursive: true});
  writeFileSync(json, `${JSON.stringify({machine, verdicts, tables, problems}, null, 2)}\n`);
  process.stderr.write(`Figures: ${json}\n`);
  if (problems.length > 0) process.exitCode = exitCodes.failure;
};

await runProgram(program.action(bench));
