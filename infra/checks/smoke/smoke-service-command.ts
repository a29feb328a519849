/** `npm run smoke`: sends one event of each type through a deployed service to the workspace. */
import {secondsOf} from '@mcp-observability/dashboards/verify';
import {checkAddress, checkUrl, createFetch} from '@mcp-observability/dashboards/verify/connection';
import {foldedLabels} from '@mcp-observability/metrics-service/catalogue';
import {
  checkUsage,
  createProgram,
  exitCodes,
  nonEmptyOption,
  Option,
  parsedOption,
  runProgram,
  UsageError,
} from '@mcp-observability/tools/command-line';
import {type Missing, smoke} from './smoke.ts';

type Request = {
  readonly workspace: string;
  readonly region: string | undefined;
  readonly timeoutSeconds: number;
};

type Addresses = {
  readonly prometheus?: string | undefined;
  readonly amp?: string | undefined;
  readonly sigv4?: string | undefined;
};

/** Where the events must arrive. @throws {UsageError} unless there is one workspace, with a region if it is AMP's */
const workspaceOf = ({prometheus, amp, sigv4: region}: Addresses): Pick<Request, 'workspace' | 'region'> => {
  const workspace = amp ?? prometheus;
  if (workspace === undefined) throw new UsageError('expected one of --prometheus and --amp, found neither');
  if ((amp === undefined) !== (region === undefined))
    throw new UsageError(
      `expected --amp and --sigv4 together, found ${amp === undefined ? 'only --sigv4' : 'only --amp'}`,
    );
  const flags = {url: amp === undefined ? '--prometheus' : '--amp', region: '--sigv4'};
  checkUsage(() => checkAddress({url: workspace, region}, flags));
  return {workspace, region};
};

const failure = (missing: readonly Missing[], {workspace, timeoutSeconds}: Request): string => {
  const kinds = [...new Set(missing.map(({kind}) => kind))];
  return [
    `${kinds.join(', ')} did not arrive at ${workspace} within ${timeoutSeconds} s:`,
    ...missing.map(
      ({kind, expr, value}) =>
        `  ✘ ${kind}: expected ${expr} to grow, found ${value === undefined ? 'no such series' : `${value} as before`}`,
    ),
    'The service counted them, so check what scrapes it and writes to the workspace: see the board Pipeline, or',
    `infra/operating.md, "When something is wrong". If only some are missing, see ${foldedLabels.name}.`,
  ].join('\n');
};

const program = createProgram(
  'npm run smoke --',
  `Sends one event of each type to a deployed metrics-service and waits until all have arrived in the workspace. Their label service has the value "smoke", which boards list among the reporters.

Exit status: 0 if all have arrived, 1 if some have not, 2 for wrong usage.`,
)
  .usage('--url <url> [--key <key>] (--prometheus <url> | --amp <url> --sigv4 <region>)')
  .requiredOption(
    '--url <url>',
    "URL of the service's API, such as http://127.0.0.1:8890",
    parsedOption(url => {
      checkUrl(url, {flag: '--url', example: 'http://127.0.0.1:8890'});
      return url;
    }),
  )
  .addOption(
    new Option('--key <key>', 'API key of one of its emitters')
      .env('METRICS_API_KEY')
      .argParser(nonEmptyOption)
      .makeOptionMandatory(),
  )
  .addOption(
    new Option(
      '--prometheus <url>',
      'the Prometheus that stores its metrics, without /api/v1, such as http://127.0.0.1:9090',
    ).conflicts('amp'),
  )
  .option('--amp <url>', 'the AMP workspace that stores its metrics, without /api/v1')
  .option(
    '--sigv4 <region>',
    "the workspace's region; credentials come from AWS's default chain and need aps:QueryMetrics",
  )
  .addOption(
    new Option('--timeout <time>', 'how long to wait, such as 90s')
      .argParser(parsedOption(text => secondsOf(text, '--timeout')))
      .default(180, '3m'),
  )
  .action(async ({url, key, timeout: timeoutSeconds, ...addresses}) => {
    const target = {...workspaceOf(addresses), timeoutSeconds};
    const fetch = await createFetch(target, {
      onWait: ({status, milliseconds}) =>
        console.error(`throttled with ${status}: retrying in ${(milliseconds / 1000).toFixed(1)} s`),
    });
    const missing = await smoke({
      url,
      key,
      workspace: {url: target.workspace, fetch},
      timeoutSeconds,
      log: line => console.log(line),
    });
    if (missing.length > 0) {
      console.error(failure(missing, target));
      process.exitCode = exitCodes.failure;
    } else console.log('All events arrived.');
  });

await runProgram(program);
