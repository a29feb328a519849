/** Waits until a workspace has a sample that was scraped after a given time, such as that of a deployment. */

import {setTimeout as delay} from 'node:timers/promises';
import {buildInfo} from '@mcp-observability/metrics-service/catalogue';
import {DashboardsError} from '../errors.ts';
import {createEndpoint} from './endpoint.ts';

export type FreshnessOptions = {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  /** Data must be newer than this. */
  readonly since: Date;
  readonly timeoutSeconds: number;
  /** Called after each query that found no newer sample, with the time of the newest sample or undefined. */
  readonly onLook?: (newest: Date | undefined) => void;
  /** Milliseconds between two queries. @default 2000 */
  readonly pollIntervalMs?: number;
};

/** No newer sample arrived before the timeout. */
export class StaleDataError extends DashboardsError {
  override readonly name = 'StaleDataError';
  readonly code = 'ERR_STALE_DATA';
}

/** Every task of the service always exposes this metric, with or without traffic. */
const newestSample = `max(timestamp(${buildInfo.name}))`;

/**
 * Resolves to the time of the newest sample once it is newer than `since`.
 *
 * @throws {StaleDataError} after `timeoutSeconds`
 * @throws {EndpointError} when there is no Prometheus API at the URL
 * @throws {QueryError} when the query fails
 */
export const waitForNewerSample = async ({
  url,
  fetch,
  since,
  timeoutSeconds,
  onLook = () => {},
  pollIntervalMs = 2000,
}: FreshnessOptions): Promise<Date> => {
  const endpoint = createEndpoint(url, fetch);
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const [sample] = await endpoint.query(newestSample, Date.now() / 1000);
    const seconds = sample?.values.at(-1);
    const newest = seconds === undefined ? undefined : new Date(seconds * 1000);
    if (newest !== undefined && newest > since) return newest;
    if (Date.now() >= deadline)
      throw new StaleDataError(
        `${url}: expected data newer than ${since.toISOString()} within ${timeoutSeconds}s, found ${newest === undefined ? `no ${buildInfo.name}` : `none after ${newest.toISOString()}`}`,
      );
    onLook(newest);
    await delay(Math.min(pollIntervalMs, Math.max(0, deadline - Date.now())));
  }
};
