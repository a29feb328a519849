/**
 * Remembers which scrapers read the exposition and which counts each of them has collected. With this the service shows
 * a new series at 0 first, so that `increase()` includes its first event, and ends a drain only when the relevant
 * scrapers have all counts. See decisions/what-a-scraper-has-carried.md.
 *
 * Prometheus, the OpenTelemetry collector and vmagent announce themselves by a header; people and most tools do not.
 */
import type {Lifecycle} from './lifecycle.ts';
import {type CollectedSeries, type Reader, ScraperRegistry} from './scraper-registry.ts';
import type {SeriesClock} from './series-clock.ts';

/** One scrape in progress. */
export interface Scrape {
  /** Series with this number or a higher one were created after the scrape started. */
  readonly before: number;
  /** Series with this number or a higher one have never been collected by this reader. */
  readonly seen: number;
  /** Must be called when a series with a count was shown at 0: the scrape then does not collect all counts. */
  readonly onWithheld: () => void;
  /** Must be called at the end of the scrape. `whole`: all of it was sent. Further calls have no effect. */
  end(whole: boolean): void;
}

export interface Scrapers {
  begin(reader: Reader): Scrape;
  /**
   * The service ends at this time, in milliseconds of `now`. From here on a scraper whose next scrape may come too late
   * sees the counts of new series immediately.
   */
  endAt(time: number): void;
  /** Resolves when each relevant scraper has collected the counts of all accepted requests, or when `stop` aborts. */
  allCollected(stop: AbortSignal): Promise<void>;
  /**
   * Resolves when the scrapes that are in progress now have ended; where a scraper has announced itself, only those of
   * such scrapers. Scrapes that start later are not waited for, as some client may always be scraping.
   */
  idle(): Promise<void>;
  /** The series that every relevant scraper has collected: only these may be removed from the exposition. */
  collectedSeries(): CollectedSeries;
}

export interface ScrapersOptions {
  readonly lifecycle: Pick<Lifecycle, 'acceptedRequests'>;
  readonly clock: SeriesClock;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called once when more scrapers announce themselves than are remembered. */
  readonly onTooMany?: () => void;
}

/** How often the drain checks whether a scraper is gone. */
const checkMs = 250;

export const createScrapers = ({lifecycle, clock, now, onTooMany = () => {}}: ScrapersOptions): Scrapers => {
  const registry = new ScraperRegistry({clock, now, onTooMany});
  let endsAt = Number.POSITIVE_INFINITY;
  const inProgress = new Set<Pick<Reader, 'announced'>>();
  let waiting: Array<{readonly isMet: () => boolean; readonly resolve: () => void}> = [];

  const settle = (): void => {
    if (waiting.length === 0) return;
    const ready = waiting.filter(({isMet}) => isMet());
    waiting = waiting.filter(waiter => !ready.includes(waiter));
    for (const {resolve} of ready) resolve();
  };
  const when = (isMet: () => boolean): Promise<void> =>
    new Promise(resolve => {
      waiting.push({isMet, resolve});
      settle();
    });

  return {
    begin(reader) {
      const scraper = registry.find(reader);
      const before = clock.next;
      // What is accepted while the text is made may or may not be in it.
      const requests = lifecycle.acceptedRequests;
      const {period} = clock;
      const seen = scraper === undefined || registry.isLastBefore(endsAt, scraper) ? before : scraper.seen;
      let withheld = false;
      let over = false;
      const entry = {announced: reader.announced};
      inProgress.add(entry);
      return {
        before,
        seen,
        onWithheld() {
          withheld = true;
        },
        end(whole) {
          if (over) return;
          over = true;
          inProgress.delete(entry);
          if (whole) {
            registry.collect(reader, scraper, {requests: withheld ? 0 : requests, period, number: seen});
            if (scraper !== undefined) scraper.seen = Math.max(scraper.seen, before);
          }
          settle();
        },
      };
    },
    endAt(time) {
      endsAt = time;
    },
    async allCollected(stop) {
      const timer = setInterval(settle, checkMs);
      stop.addEventListener('abort', settle, {once: true});
      await when(() => stop.aborted || registry.hasCollected(lifecycle.acceptedRequests));
      clearInterval(timer);
    },
    idle() {
      const relevant = [...inProgress].filter(({announced}) => announced || !registry.everAnnounced);
      return when(() => !relevant.some(entry => inProgress.has(entry)));
    },
    collectedSeries: () => registry.collectedSeries(),
  };
};
