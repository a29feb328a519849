/** Waits until a workspace holds what was scraped after a moment, such as that of a deployment. */
import {setTimeout as delay} from 'node:timers/promises';
import {buildInfo} from '@mcp-observability/metrics-service/catalogue';
import {createEndpoint} from './endpoint.ts';

export type FreshnessOptions = {
  readonly url: string;
  readonly fetch: typeof globalThis.fetch;
  /** Data must be newer than this. */
  readonly since: Date;
  readonly timeoutSeconds: number;
  /** Told of each look that was in vain; the newest sample, or undefined when there is none. */
  readonly onLook?: (newest: Date | undefined) => void;
  readonly betweenMs?: number;
};

/** Nothing new arrived in time. */
export class StaleDataError extends Error {
  override readonly name = 'StaleDataError';
  readonly code = 'ERR_STALE_DATA';
}

/** Each task of the service exposes it always, with or without traffic. */
const newestSample = `max(timestamp(${buildInfo.name}))`;

/**
 * Resolves to the moment of the newest sample, once that is newer than `since`. Rejects with StaleDataError after
 * `timeoutSeconds`, with EndpointError or QueryError when there is nobody to ask.
 */
export const untilFresh = async ({
  url,
  fetch,
  since,
  timeoutSeconds,
  onLook = () => {},
  betweenMs = 2000,
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
        `${url}: expected data newer than ${since.toISOString()} within ${timeoutSeconds} s, found ${newest === undefined ? `no ${buildInfo.name} at all` : `nothing after ${newest.toISOString()}`}`,
      );
    onLook(newest);
    await delay(Math.min(betweenMs, Math.max(0, deadline - Date.now())));
  }
};
