/** From SIGTERM to the end: what the service still does, in which order, and for how long. */
import type {Server} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import type {Logger} from 'pino';
import type {History} from './history.ts';
import type {Lifecycle} from './lifecycle.ts';
import type {Scrapers} from './scrapers.ts';

export interface DrainOptions {
  /** Seconds after which the drain ends at the latest. */
  readonly timeoutSeconds: number;
  /** Seconds in which events are still accepted while health checks fail. */
  readonly graceSeconds: number;
  /** Whether to wait until each scraper that matters has collected all counts. */
  readonly awaitScrape: boolean;
  readonly lifecycle: Lifecycle;
  /** Undefined without an exposition: there is no scrape to wait for. */
  readonly scrapers: Scrapers | undefined;
  readonly history: History | undefined;
  readonly servers: readonly Server[];
  /** Called when the drain starts. */
  readonly onDraining: () => void;
  /** Called when no scrape is waited for any more. */
  readonly onLastScrape: () => void;
  readonly log: Logger;
}

/** Milliseconds that clients have to close their side: a reset could discard data that they have not read yet. */
const closeMs = 500;

/** Closes a server: idle connections immediately, all others after `closeMs`. */
const close = (server: Server): Promise<void> =>
  new Promise(resolve => {
    const cutOff = setTimeout(() => server.closeAllConnections(), closeMs);
    server.close(() => {
      clearTimeout(cutOff);
      resolve();
    });
    server.closeIdleConnections();
  });

export const closeAll = async (servers: readonly Server[]): Promise<void> => {
  await Promise.all(servers.map(close));
};

export const drain = async (options: DrainOptions): Promise<void> => {
  const {timeoutSeconds, graceSeconds, awaitScrape, lifecycle, scrapers, history, servers, log} = options;
  const ended = new AbortController();
  const timeoutMs = timeoutSeconds * 1000;
  const deadline = delay(timeoutMs, undefined, {signal: ended.signal}).catch(() => {});
  const expired = AbortSignal.timeout(timeoutMs);
  scrapers?.endAt(performance.now() + timeoutMs);
  options.onDraining();
  lifecycle.enter('lame-duck');
  if (awaitScrape) await delay(graceSeconds * 1000);
  lifecycle.enter('draining');
  // The scrapers that matter have until then to read the last counts.
  log.info({timeout_seconds: Math.ceil(timeoutMs / 1000)}, 'no new events are accepted');
  await Promise.race([lifecycle.idle(), deadline]);
  await history?.close();
  if (awaitScrape && scrapers !== undefined) {
    await scrapers.allCollected(expired);
    // Scrapes in progress are finished: a reader that comes late loses nothing because another was quicker.
    await Promise.race([scrapers.idle(), deadline]);
  }
  ended.abort();
  options.onLastScrape();
  // The phase is still `draining`: requests on open connections get 503 until the connections are closed.
  await closeAll(servers);
  lifecycle.enter('ended');
};
