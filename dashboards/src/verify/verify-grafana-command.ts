/** `npm run verify:grafana`: checks the health and the boards of a running Grafana, and runs every panel's query through it. */
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {call} from '../command.ts';
import {jobNameOf} from '../signals/scraping.ts';
import {jobs} from '../signals/third-party-metrics.ts';
import {inspect} from './board-check.ts';
import {secondsOf} from './board-queries.ts';
import {checkUrl} from './connection.ts';
import {createGrafana} from './grafana-api.ts';

const usage = `Usage: npm run verify:grafana -- --url URL [--window 15m] [--within 5m]
                                [--job NAME] [--no-collector]

Checks the health of a running Grafana, compares each board with the board that this checkout
generates, and runs the query of every Prometheus panel through Grafana.
Exit codes: 0 Grafana is healthy, has these boards and every query has data, 1 otherwise,
2 invalid options.

  --url URL        URL of Grafana, such as http://127.0.0.1:3000 or https://example.org/grafana
  --window TIME    time range of the boards, such as 90s, 15m, 6h or 7d (default: 15m)
  --within TIME    repeat failed checks for up to this time (default: check once)
  --job NAME       the job_name by which Prometheus scrapes metrics-service (default: ${jobs.service})
  --no-collector   verifies the boards that are generated with --no-collector
  --help           this text

To authenticate, set GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD. Without them the requests are anonymous.`;

type Request = {
  readonly url: string;
  readonly window: string;
  readonly withinSeconds: number;
  readonly job: string;
  readonly collector: boolean;
  /** The authorization header; empty for anonymous requests. */
  readonly headers: Readonly<Record<string, string>>;
};

/** @throws {TypeError} when only one of GRAFANA_USER and GRAFANA_PASSWORD is set. */
const authorization = (): Readonly<Record<string, string>> => {
  const {GRAFANA_TOKEN: token, GRAFANA_USER: user, GRAFANA_PASSWORD: password} = process.env;
  if (token) return {authorization: `Bearer ${token}`};
  if (!user && !password) return {};
  if (!user || !password)
    throw new TypeError(
      `${user ? 'GRAFANA_PASSWORD' : 'GRAFANA_USER'}: expected a value, as ${user ? 'GRAFANA_USER' : 'GRAFANA_PASSWORD'} is set, found nothing`,
    );
  return {authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`};
};

/** Undefined when `--help` is given. @throws {TypeError} when an option is not valid. */
const request = (): Request | undefined => {
  const {values} = parseArgs({
    options: {
      url: {type: 'string', default: ''},
      window: {type: 'string', default: '15m'},
      within: {type: 'string'},
      job: {type: 'string', default: jobs.service},
      'no-collector': {type: 'boolean', default: false},
      help: {type: 'boolean', short: 'h', default: false},
    },
  });
  const {url, window, within, help} = values;
  if (help) return undefined;
  checkUrl(url, {flag: '--url', example: 'http://127.0.0.1:3000'});
  secondsOf(window, '--window');
  return {
    url,
    window,
    withinSeconds: within === undefined ? 0 : secondsOf(within, '--within'),
    job: jobNameOf(values.job, '--job'),
    collector: !values['no-collector'],
    headers: authorization(),
  };
};

const retryIntervalMs = 5000;

const verify = async (asked: Request): Promise<number> => {
  const grafana = createGrafana(asked.url, asked.headers);
  const deadline = Date.now() + asked.withinSeconds * 1000;
  for (;;) {
    const found = await inspect(grafana, asked);
    if (found.well || Date.now() >= deadline) {
      console.log(found.lines.join('\n'));
      return found.well ? 0 : 1;
    }
    console.log(`checking again: ${found.lines.at(-1)}`);
    await delay(Math.min(retryIntervalMs, Math.max(0, deadline - Date.now())));
  }
};

await call({usage, request, run: verify});
