/** The service against bare node:http in one run: rounds in turn, medians, ratios. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {writeFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';

const usage = `Usage: npm run bench [-- --rounds N] [--seconds S] [--connections N] [--json FILE]

Measures the service and a bare node:http server that parses the same JSON, in turn, and prints medians and ratios.
`;
const key = 'bench-key-0123456789';
const sizes = [1, 100] as const;

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const node = (script: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {PATH: process.env['PATH'], NODE_OPTIONS: process.env['NODE_OPTIONS'], ...environment},
  });

/** Starts a server that prints a JSON line with its ports. */
const start = async (script: string, environment?: Readonly<Record<string, string>>) => {
  const child = node(script, [], environment);
  const lines = createInterface({input: child.stdout});
  const [line] = (await once(lines, 'line')) as [string]; // the event's only argument
  const {api_port: port, exposition_port: scrapePort} = JSON.parse(line) as {
    api_port: number;
    exposition_port?: number;
  }; // ours
  child.stdout.resume();
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  };
  return {port, scrapePort, stop};
};

interface Round {
  readonly answered: number;
  readonly other: number;
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
}

const load = async (port: number, metrics: number, {seconds, connections}: {seconds: number; connections: number}) => {
  const child = node(file('load.ts'), [port, connections, seconds, metrics, key].map(String));
  const [line] = (await once(createInterface({input: child.stdout}), 'line')) as [string]; // the event's only argument
  return JSON.parse(line) as Round; // load.ts prints it
};

/** What the service says it has counted. */
const ingested = async (port: number): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const values = [...text.matchAll(/^mcp_metrics_service_ingested_total\{.*\} (\d+)$/gm)];
  return values.reduce((sum, [, value]) => sum + Number(value), 0);
};

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
};

const {values: flags} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    seconds: {type: 'string', default: '2'},
    connections: {type: 'string', default: '32'},
    json: {type: 'string'},
    help: {type: 'boolean', short: 'h'},
  },
});
if (flags.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const rounds = Number(flags.rounds);
const shape = {seconds: Number(flags.seconds), connections: Number(flags.connections)};

const baseline = await start(file('baseline.ts'));
const service = await start(file('../src/main.ts'), {
  METRICS_API_KEY_AUTH_SERVER: key,
  METRICS_RATE_LIMIT: '1000000000',
  METRICS_SERVICE_HOST: '127.0.0.1',
  METRICS_SERVICE_PORT: '0',
  OTEL_PROMETHEUS_PORT: '0',
  LOG_LEVEL: 'info',
});
const scrapePort = service.scrapePort ?? 0;
const results: Array<{
  readonly metrics: number;
  readonly round: number;
  readonly baseline: number;
  readonly service: number;
  readonly p99: number;
}> = [];
let wrong = 0;
try {
  for (const metrics of sizes) {
    for (const {port} of [baseline, service]) await load(port, metrics, {...shape, seconds: 1}); // warm-up
    for (let round = 1; round <= rounds; round += 1) {
      const bare = await load(baseline.port, metrics, shape);
      const before = await ingested(scrapePort);
      const ours = await load(service.port, metrics, shape);
      const counted = (await ingested(scrapePort)) - before;
      if (counted !== ours.answered * metrics || ours.other > 0) {
        wrong += 1;
        process.stderr.write(
          `wrong: ${ours.answered * metrics} metrics answered 200, ${counted} counted, ${ours.other} other answers\n`,
        );
      }
      const perSecond = ({answered, seconds}: Round) => (answered * metrics) / seconds;
      results.push({metrics, round, baseline: perSecond(bare), service: perSecond(ours), p99: ours.p99});
      process.stderr.write(`${metrics} metrics a request, round ${round} of ${rounds}\n`);
    }
  }
} finally {
  await Promise.all([baseline.stop(), service.stop()]);
}

const rows = sizes.map(metrics => {
  const own = results.filter(result => result.metrics === metrics);
  const ratios = own.map(result => result.service / result.baseline);
  return {
    'metrics a request': metrics,
    'bare node:http, metrics/s': Math.round(median(own.map(result => result.baseline))),
    'service, metrics/s': Math.round(median(own.map(result => result.service))),
    'ratio (median)': Number(median(ratios).toFixed(3)),
    'ratio (min–max)': `${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}`,
    'p99, ms': Number(median(own.map(({p99}) => p99)).toFixed(2)),
  };
});
process.stdout.write(
  `node ${process.version}, ${shape.connections} connections, ${rounds} rounds of ${shape.seconds} s\n`,
);
console.table(rows);
if (flags.json !== undefined)
  writeFileSync(flags.json, `${JSON.stringify({node: process.version, ...shape, results}, null, 2)}\n`);
if (wrong > 0) process.exitCode = 1;
