/** `npm run smoke`: sends one event of each type through a deployed service to the workspace. */
import {parseArgs} from 'node:util';
import {EndpointError, secondsOf} from '@mcp-observability/dashboards/verify';
import {checkAddress, createFetch} from '@mcp-observability/dashboards/verify/connection';
import {QueryError} from '@mcp-observability/dashboards/verify/endpoint';
import {foldedLabels} from '@mcp-observability/metrics-service/catalogue';
import {type Missing, ServiceError, smoke} from './smoke.ts';

const usage = `Usage: npm run smoke -- --url URL [--key KEY] --prometheus URL
       npm run smoke -- --url URL [--key KEY] --amp URL --sigv4 REGION

Sends one event of each type to a deployed metrics-service and waits until all have
arrived in the workspace. Their label service is "smoke", which boards list as a reporter.
Exits with 0 if all have arrived, with 1 if not, and with 2 on wrong usage.

  --url URL         URL of the service's API, such as http://127.0.0.1:8890
  --key KEY         API key of one of its emitters (default: METRICS_API_KEY)
  --prometheus URL  the Prometheus that stores its metrics, without /api/v1,
                    such as http://127.0.0.1:9090
  --amp URL         the AMP workspace that stores its metrics, without /api/v1
  --sigv4 REGION    the workspace's region; credentials come from AWS's default chain and
                    need aps:QueryMetrics
  --timeout TIME    how long to wait, such as 90s (default: 3m)
  --help            show this help`;

type Request = {
  readonly help: boolean;
  readonly url: string;
  readonly key: string;
  readonly workspace: string;
  readonly region: string | undefined;
  readonly timeoutSeconds: number;
};

const request = (env: NodeJS.ProcessEnv): Request => {
  const {values} = parseArgs({
    options: {
      url: {type: 'string', default: ''},
      key: {type: 'string', default: env['METRICS_API_KEY'] ?? ''},
      prometheus: {type: 'string'},
      amp: {type: 'string'},
      sigv4: {type: 'string'},
      timeout: {type: 'string', default: '3m'},
      help: {type: 'boolean', short: 'h', default: false},
    },
  });
  const {help, url, key, prometheus, amp, sigv4: region, timeout} = values;
  if (!help) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw new TypeError(`--url: expected a URL such as http://127.0.0.1:8890, found ${url || 'nothing'}`);
    if (key === '') throw new TypeError('--key: expected a key that the service knows, found nothing');
    if ((prometheus === undefined) === (amp === undefined))
      throw new TypeError(`expected one of --prometheus and --amp, found ${amp === undefined ? 'neither' : 'both'}`);
    if ((amp === undefined) !== (region === undefined))
      throw new TypeError(
        `expected --amp and --sigv4 together, found ${amp === undefined ? 'only --sigv4' : 'only --amp'}`,
      );
    checkAddress(
      {url: amp ?? prometheus ?? '', region},
      {url: amp === undefined ? '--prometheus' : '--amp', region: '--sigv4'},
    );
  }
  return {
    help,
    url,
    key,
    workspace: amp ?? prometheus ?? '',
    region,
    timeoutSeconds: secondsOf(timeout, '--timeout'),
  };
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
    `infra/README.md, "When something is wrong". If only some are missing, see ${foldedLabels.name}.`,
  ].join('\n');
};

const main = async (): Promise<number> => {
  let asked: Request;
  try {
    asked = request(process.env);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (asked.help) {
    console.log(usage);
    return 0;
  }
  const {url, key, workspace, timeoutSeconds} = asked;
  try {
    const fetch = await createFetch(asked, {
      onWait: ({status, milliseconds}) =>
        console.error(`throttled with ${status}: retrying in ${(milliseconds / 1000).toFixed(1)} s`),
    });
    const missing = await smoke({
      url,
      key,
      workspace: {url: workspace, fetch},
      timeoutSeconds,
      say: line => console.log(line),
    });
    if (missing.length > 0) console.error(failure(missing, asked));
    else console.log('All events arrived.');
    return missing.length === 0 ? 0 : 1;
  } catch (error) {
    const expected = [EndpointError, QueryError, ServiceError].some(kind => error instanceof kind);
    if (!(expected && error instanceof Error)) throw error;
    console.error(error.message);
    return 1;
  }
};

process.exitCode = await main();
