/** `npm run backfill`: records growth for a time in which no recording rules were evaluated, in a Prometheus. */
import {stat, writeFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {ruleFiles} from '@mcp-observability/dashboards';
import {createFetch} from '@mcp-observability/dashboards/verify/connection';
import {createEndpoint, type Endpoint} from '@mcp-observability/dashboards/verify/endpoint';
import {createProgram, runProgram, UsageError} from '@mcp-observability/tools/command-line';
import {run} from '@mcp-observability/tools/run';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {waitFor} from '@mcp-observability/tools/wait';
import {stringify} from 'yaml';
import {findPrometheus} from './find-prometheus/find-prometheus.ts';
import {passesOf} from './recorded-history.ts';

/** Prometheus looks for new blocks once per minute. */
const reloadMs = 150_000;

type Options = {readonly url: string; readonly data: string; readonly since: string; readonly until: string};

const secondsOf = (flag: string, text: string): number => {
  const milliseconds = Date.parse(text);
  if (Number.isNaN(milliseconds))
    throw new UsageError(`${flag}: expected a time such as 2026-01-31T12:00:00Z, found ${JSON.stringify(text)}`);
  return Math.floor(milliseconds / 1000);
};

const count = async (endpoint: Endpoint, expr: string, at: number): Promise<number> => {
  const [series] = await endpoint.query(expr, at);
  return series?.values.at(-1) ?? 0;
};

const backfill = async ({url, data, since, until}: Options): Promise<void> => {
  const [from, to] = [secondsOf('--since', since), secondsOf('--until', until)];
  if (from >= to) throw new UsageError(`--since: expected a time before --until (${until}), found ${since}`);
  const folder = await stat(data).catch(() => undefined);
  if (!folder?.isDirectory()) throw new UsageError(`--data: expected Prometheus's data folder, found ${data}`);
  const {promtool} = await findPrometheus({log: line => console.error(line)});
  const recordings = [...ruleFiles()].filter(([path]) => path.endsWith('recordings.yaml')).map(([, text]) => text);
  const passes = passesOf(recordings)
    .map(groups => groups.filter(({name}) => name.startsWith('growth-')))
    .filter(groups => groups.length > 0);
  const endpoint = createEndpoint(url, await createFetch({}));
  const {path: temporary, remove} = await createTemporaryFolder('backfill-');
  try {
    for (const groups of passes) {
      const interval = groups[0]?.interval ?? '';
      const marker = `count_over_time(all:mcp_recorded:flag{resolution="${interval}"}[${to - from}s])`;
      const before = await count(endpoint, marker, to);
      await writeFile(join(temporary, 'rules.yaml'), stringify({groups}));
      console.log(`recording growth of ${interval} from ${since} to ${until}`);
      await run(
        resolve(promtool),
        [
          ...['tsdb', 'create-blocks-from', 'rules', `--url=${url}`, `--output-dir=${resolve(data)}`],
          ...['--max-block-duration=162h', `--start=${from}`, `--end=${to}`, `--eval-interval=${interval}`],
          'rules.yaml',
        ],
        {cwd: temporary, env: {...process.env, TMPDIR: temporary}},
      );
      console.log('  waiting until Prometheus has loaded it');
      await waitFor(`${url} to load the blocks`, async () => (await count(endpoint, marker, to)) > before, {
        timeoutMs: reloadMs,
        intervalMs: 1000,
      });
    }
  } finally {
    await remove();
  }
};

const program = createProgram(
  'npm run backfill --',
  `Records growth for a period in which no recording rules were evaluated, such as before they were
installed, from the raw series that a Prometheus still has. Needs Prometheus's data folder. Amazon Managed
Service for Prometheus accepts neither blocks nor samples older than an hour, so it cannot be backfilled.
Record each period only once: growth that is recorded twice is counted twice.`,
)
  .requiredOption('--url <url>', 'the running Prometheus, such as http://127.0.0.1:9090')
  .requiredOption('--data <dir>', 'its data folder (--storage.tsdb.path)')
  .requiredOption('--since <time>', 'start time, ISO 8601 with its zone')
  .requiredOption('--until <time>', 'end time: when the rules were first evaluated')
  .action(backfill);

await runProgram(program);
