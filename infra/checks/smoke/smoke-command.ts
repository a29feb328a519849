/** `npm run smoke`: from a deployed service to the workspace, with one event of each kind. */
import {parseArgs} from 'node:util';
import {EndpointError, secondsOf} from '@mcp-observability/dashboards/verify';
import {checkAddress, createFetch} from '@mcp-observability/dashboards/verify/connection';
import {QueryError} from '@mcp-observability/dashboards/verify/endpoint';
import {foldedLabels} from '@mcp-observability/metrics-service/catalogue';
import {type Missing, ServiceError, smoke} from './smoke.ts';

const usage = `Usage: npm run smoke -- --url URL [--key KEY] --prometheus URL
       npm run smoke -- --url URL [--key KEY] --amp URL --sigv4 REGION

Sends one event of each kind to a deployed metrics-service and waits until each has
arrived under its labels. Their service is "smoke", which boards offer as an observer.
Exits 0 when all have arrived, 1 when not, 2 when it was called wrongly.

  --url URL         of the service's API, such as http://127.0.0.1:8890
  --key KEY         of one of its emitters; METRICS_API_KEY of the environment when left out
  --prometheus URL  where its metrics arrive, without /api/v1, such as http://127.0.0.1:9090
  --amp URL         the same, of an AMP workspace
  --sigv4 REGION    the workspace's region; AWS's default chain finds the credentials, which
                    need aps:QueryMetrics
  --timeout TIME    how long it waits: 90s, 3m; 3m when left out
  --help            this text`;

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
      throw new TypeError(`--url: expected an address such as http://127.0.0.1:8890, found ${url || 'nothing'}`);
    if (key === '') throw new TypeError('--key: expected a key that the service knows, found nothing');
    if ((prometheus === undefined) === (amp === undefined))
      throw new TypeError(`expected one of --prometheus and --amp, found ${amp === undefined ? 'neither' : 'both'}`);
    if ((amp === undefined) !== (region === undefined))
      throw new TypeError(
        `expected --amp and --sigv4 together, found ${amp === undefined ? '--sigv4' : '--amp'} alone`,
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
    'The service counted them, so look at what scrapes it and writes there: the board Pipeline, or',
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
        console.error(`throttled with ${status}: asking again in ${(milliseconds / 1000).toFixed(1)} s`),
    });
    const missing = await smoke({
      url,
      key,
      workspace: {url: workspace, fetch},
      timeoutSeconds,
      say: line => console.log(line),
    });
    if (missing.length > 0) console.error(failure(missing, asked));
    else console.log('Every kind arrived.');
    return missing.length === 0 ? 0 : 1;
  } catch (error) {
    const expected = [EndpointError, QueryError, ServiceError].some(kind => error instanceof kind);
    if (!(expected && error instanceof Error)) throw error;
    console.error(error.message);
    return 1;
  }
};

process.exitCode = await main();
