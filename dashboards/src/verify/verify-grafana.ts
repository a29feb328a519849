/** `npm run verify -- --grafana`: checks the health and the boards of a Grafana, and runs every panel's query through it. */
import {setTimeout as delay} from 'node:timers/promises';
import {checkUsage, UsageError} from '@mcp-observability/tools/command-line';
import {inspect} from './board-check.ts';
import {checkUrl} from './connection.ts';
import {createGrafana} from './grafana-api.ts';

export type GrafanaRequest = {
  readonly url: string;
  /** Time range of the boards, such as 15m. */
  readonly window: string;
  readonly job: string;
  readonly collector: boolean;
  /** Failed checks are repeated for this many seconds; 0 checks once. */
  readonly withinSeconds: number;
};

const retryIntervalMs = 5000;

/** The authorization header; empty for anonymous requests. @throws {UsageError} when only user or password is set */
const authorization = (): Readonly<Record<string, string>> => {
  const {GRAFANA_TOKEN: token, GRAFANA_USER: user, GRAFANA_PASSWORD: password} = process.env;
  if (token) return {authorization: `Bearer ${token}`};
  if (!user && !password) return {};
  if (!user || !password)
    throw new UsageError(
      `${user ? 'GRAFANA_PASSWORD' : 'GRAFANA_USER'}: expected a value, as ${user ? 'GRAFANA_USER' : 'GRAFANA_PASSWORD'} is set, found nothing`,
    );
  return {authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`};
};

/**
 * Prints what was checked. Returns whether Grafana is healthy, has the boards of this checkout, and every query has data.
 *
 * @throws {UsageError} when the URL or the credentials of the environment are not valid
 */
export const verifyGrafana = async (request: GrafanaRequest): Promise<boolean> => {
  checkUsage(() => checkUrl(request.url, {flag: '--url', example: 'http://127.0.0.1:3000'}));
  const grafana = createGrafana(request.url, authorization());
  const deadline = Date.now() + request.withinSeconds * 1000;
  for (;;) {
    const found = await inspect(grafana, request);
    if (found.ok || Date.now() >= deadline) {
      console.log(found.lines.join('\n'));
      return found.ok;
    }
    console.log(`checking again: ${found.lines.at(-1)}`);
    await delay(Math.min(retryIntervalMs, Math.max(0, deadline - Date.now())));
  }
};
