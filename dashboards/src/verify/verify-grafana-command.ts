/** `npm run verify:grafana`: a running Grafana's health, its boards, and every panel's query asked through it. */
import {setTimeout as delay} from 'node:timers/promises';
import {parseArgs} from 'node:util';
import {call} from '../command.ts';
import {inspect} from './board-check.ts';
import {secondsOf} from './board-queries.ts';
import {checkUrl} from './connection.ts';
import {createGrafana} from './grafana-api.ts';

const usage = `Usage: npm run verify:grafana -- --url URL [--window 15m] [--within 5m] [--no-collector]

Asks a running Grafana for its health, fetches each board by its uid and compares it with
the one that this checkout compiles, and sends every Prometheus panel's query through it.
Exits 0 when all is well and every query has data, 1 when not, 2 when it was called wrongly.

  --url URL        of Grafana, such as http://127.0.0.1:3000 or https://example.org/grafana
  --window TIME    how far back the boards look: 90s, 15m, 6h, 7d; 15m when left out
  --within TIME    asks again until then while something is missing; once when left out
  --no-collector   leaves out what only a collector exposes, where Prometheus scrapes by itself
  --help           this text

GRAFANA_TOKEN, or GRAFANA_USER and GRAFANA_PASSWORD, let it in; without them it is a visitor.`;

type Request = {
  readonly url: string;
  readonly window: string;
  readonly withinSeconds: number;
  readonly collector: boolean;
  /** That let it in; none for a visitor. */
  readonly headers: Readonly<Record<string, string>>;
};

/** @throws {TypeError} naming the variable that is missing. */
const authorization = (): Readonly<Record<string, string>> => {
  const {GRAFANA_TOKEN: token, GRAFANA_USER: user, GRAFANA_PASSWORD: password} = process.env;
  if (token) return {authorization: `Bearer ${token}`};
  if (!user && !password) return {};
  if (!user || !password)
    throw new TypeError(
      `${user ? 'GRAFANA_PASSWORD' : 'GRAFANA_USER'}: expected it beside ${user ? 'GRAFANA_USER' : 'GRAFANA_PASSWORD'}, found nothing`,
    );
  return {authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`};
};

/** Nothing where help was asked for. @throws {TypeError} naming the flag, what was expected and what was found. */
const request = (): Request | undefined => {
  const {values} = parseArgs({
    options: {
      url: {type: 'string', default: ''},
      window: {type: 'string', default: '15m'},
      within: {type: 'string'},
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
    collector: !values['no-collector'],
    headers: authorization(),
  };
};

const betweenMs = 5000;

const verify = async (asked: Request): Promise<number> => {
  const grafana = createGrafana(asked.url, asked.headers);
  const deadline = Date.now() + asked.withinSeconds * 1000;
  for (;;) {
    const found = await inspect(grafana, asked);
    if (found.well || Date.now() >= deadline) {
      console.log(found.lines.join('\n'));
      return found.well ? 0 : 1;
    }
    console.log(`not yet: ${found.lines.at(-1)}`);
    await delay(Math.min(betweenMs, Math.max(0, deadline - Date.now())));
  }
};

await call({usage, request, run: verify});
