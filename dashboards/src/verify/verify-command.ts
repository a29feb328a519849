/** `npm run verify`: runs the boards' queries against a Prometheus, an AMP workspace or a Grafana. */
import {
  createProgram,
  exitCodes,
  InvalidArgumentError,
  Option,
  parsedOption,
  runProgram,
  UsageError,
} from '@mcp-observability/tools/command-line';
import {parseJobName} from '../signals/scraping.ts';
import {jobs} from '../signals/third-party-metrics.ts';
import {secondsOf} from './board-queries.ts';

const moment = (text: string): Date => {
  const parsed = text === 'now' ? new Date() : new Date(/^\d{10}$/.test(text) ? Number(text) * 1000 : text);
  const isValid = /^(now|\d{10}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d))$/.test(text);
  if (isValid && !Number.isNaN(parsed.getTime())) return parsed;
  throw new InvalidArgumentError(
    `expected a time such as 2026-01-31T12:00:00Z, Unix seconds or now, found ${JSON.stringify(text)}`,
  );
};

const duration = (flag: string) =>
  parsedOption(text => {
    secondsOf(text, flag);
    return text;
  });

const program = createProgram(
  'npm run verify --',
  `Runs every query of every Prometheus panel against a live endpoint, interpolates variables as Grafana does, and prints the outcome of each query: data, no data or an error. Throttled requests are retried with exponential backoff.

With --grafana the URL is that of a running Grafana: its health is checked, each board is compared with the board that this checkout generates, and the queries run through it.

Exit status: 0 if every query has data; 1 if some have none or fail, or Grafana differs; 2 for invalid options.`,
)
  .usage('--url <url> [options]')
  .requiredOption(
    '--url <url>',
    'URL of Prometheus or an AMP workspace, without /api/v1, such as http://127.0.0.1:9090; or of Grafana',
  )
  .option('--window <time>', 'time range of the boards, such as 90s, 15m, 6h or 7d', duration('--window'), '15m')
  .option(
    '--job <name>',
    'the job_name by which Prometheus scrapes metrics-service',
    parsedOption(name => parseJobName(name, '--job')),
    jobs.service,
  )
  .option('--no-collector', 'verify the boards that are generated with --no-collector')
  .option('--grafana', 'the URL is that of a Grafana')
  .option('--within <time>', 'with --grafana: repeat failed checks for up to this time', duration('--within'))
  .addOption(
    new Option(
      '--sigv4 <region>',
      "sign the requests for AMP in this region, with credentials from AWS's default chain; they need aps:QueryMetrics and aps:GetLabels",
    ).conflicts('grafana'),
  )
  .addOption(
    new Option(
      '--cost',
      'print how many samples each panel reads (stats=all of the API), and what each board costs per month in AMP while it is open',
    ).conflicts('grafana'),
  )
  .addOption(
    new Option(
      '--since-deploy <time>',
      'wait for a sample that was scraped after this time: ISO 8601 with a time zone, such as 2026-01-31T12:00:00Z, Unix seconds, or now',
    )
      .argParser(moment)
      .conflicts('grafana'),
  )
  .option('--wait <time>', 'how long --since-deploy waits', duration('--wait'), '10m')
  .addOption(
    new Option('--allow-no-data', 'status 1 only for errors; use it where there is no traffic').conflicts('grafana'),
  )
  .addOption(
    new Option('--junit <file>', 'also write the results as JUnit XML, one suite per board').conflicts('grafana'),
  )
  .addOption(new Option('--markdown <file>', 'also write a summary for a pull request').conflicts('grafana'))
  .addHelpText(
    'after',
    `
To authenticate at Grafana, set GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD. Without them
the requests are anonymous.`,
  )
  .action(async ({grafana, within, sigv4: region, sinceDeploy: since, wait, ...request}) => {
    if (within !== undefined && !grafana) throw new UsageError('--within: expected --grafana as well, found none');
    const passed = grafana
      ? await (await import('./verify-grafana.ts')).verifyGrafana({
          ...request,
          withinSeconds: within === undefined ? 0 : secondsOf(within),
        })
      : await (await import('./verify-prometheus.ts')).verifyPrometheus({
          ...request,
          region,
          since,
          waitSeconds: secondsOf(wait),
          cost: request.cost ?? false,
          allowNoData: request.allowNoData ?? false,
          junit: request.junit,
          markdown: request.markdown,
        });
    process.exitCode = passed ? exitCodes.success : exitCodes.failure;
  });

await runProgram(program);
