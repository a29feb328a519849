/**
 * Remembers which scrapers read the exposition and which counts each of them has collected. With this the service shows
 * a new series at 0 first, so that `increase()` includes its first event, and ends a drain only when the relevant
 * scrapers have all counts. See decisions/what-a-scraper-has-carried.md.
 *
 * Prometheus, the OpenTelemetry collector and vmagent announce themselves by a header; people and most tools do not.
 */
import type {Lifecycle} from './lifecycle.ts';
import type {SeriesClock} from './series-clock.ts';

/** A client that requests the exposition. */
export interface Reader {
  readonly address: string;
  readonly userAgent: string;
  /** Whether it sent X-Prometheus-Scrape-Timeout-Seconds. */
  readonly announced: boolean;
}

/** One scrape in progress. */
export interface Scrape {
  /** Series with this number or a higher one were created after the scrape began. */
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
   * such scrapers. Scrapes that begin later are not waited for, as some client may always be scraping.
   */
  idle(): Promise<void>;
  /** The series that every relevant scraper has collected: only these may be removed from the exposition. */
  collectedSeries(): CollectedSeries;
}

export interface CollectedSeries {
  /** Events counted before this period of the series clock have been collected. */
  readonly period: number;
  /** The counts of series with lower numbers have been collected. */
  readonly number: number;
}

export interface ScrapersOptions {
  readonly lifecycle: Pick<Lifecycle, 'acceptedRequests'>;
  readonly clock: SeriesClock;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called once when more scrapers announce themselves than are remembered. */
  readonly onTooMany?: () => void;
}

/** How long a scraper that does not come back is remembered. */
const memoryMs = 5 * 60_000;
/** How many are remembered at a time. Those beyond are readers like any other, until one has been forgotten. */
const maxScrapers = 32;
/** A scraper that missed this many of its scrapes, and as long, is gone if another one has all counts. */
const missedScrapes = 3;
const missedMs = 5000;
/** A scraper beside others that are still there sees series younger than this at 0: about the time discovery takes. */
const recentMs = 60_000;
/** Until a scraper has come twice, it is expected as often as Prometheus scrapes by default. */
const defaultInterval = 60_000;
/** How often the drain checks whether a scraper is gone. */
const checkMs = 250;

/** The counts that complete scrapes have collected. */
interface Collected extends CollectedSeries {
  /** All counts of this number of accepted requests have been collected. */
  readonly requests: number;
}

const nothingCollected: Collected = {requests: 0, period: 0, number: 0};

const latest = (left: Collected, right: Collected): Collected => ({
  requests: Math.max(left.requests, right.requests),
  period: Math.max(left.period, right.period),
  number: Math.max(left.number, right.number),
});

interface Scraper {
  seen: number;
  collected: Collected;
  lastBegin: number;
  /** Milliseconds between its last scrapes, up to two of them. */
  gaps: readonly number[];
}

/** In milliseconds: the longer of the last two, as one target may be scraped by two jobs. */
const intervalOf = ({gaps}: Scraper): number => (gaps.length === 0 ? defaultInterval : Math.max(...gaps));

export const createScrapers = ({lifecycle, clock, now, onTooMany = () => {}}: ScrapersOptions): Scrapers => {
  const scrapers = new Map<string, Scraper>();
  /** The number of the next series at each time: noted once per second, for the last `recentMs` and the one before. */
  const numbers: Array<{readonly time: number; readonly next: number}> = [];
  /** The counts that any announced scraper has collected, and those that any other reader has. */
  let collectedByAny = nothingCollected;
  let collectedByReaders = nothingCollected;
  let everAnnounced = false;
  let tooMany = false;
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

  const forget = (): void => {
    for (const [key, {lastBegin}] of scrapers) if (now() - lastBegin > memoryMs) scrapers.delete(key);
  };

  const isPunctual = (scraper: Scraper): boolean => now() - scraper.lastBegin <= 1.1 * intervalOf(scraper);

  /** The number of the first series that came less than `recentMs` ago. */
  const firstRecent = (): number => numbers.findLast(({time}) => now() - time >= recentMs)?.next ?? 0;

  const noteNumbers = (): void => {
    const last = numbers.at(-1);
    if (last === undefined || now() - last.time >= 1000) numbers.push({time: now(), next: clock.next});
    while (numbers[1] !== undefined && now() - numbers[1].time >= recentMs) numbers.shift();
  };

  /** The scraper behind a reader, made if there is room. Undefined if it did not announce itself. */
  const scraperOf = ({announced, address, userAgent}: Reader): Scraper | undefined => {
    if (!announced) return undefined;
    everAnnounced = true;
    const key = `${address} ${userAgent}`;
    const existing = scrapers.get(key);
    if (existing !== undefined) {
      existing.gaps = [now() - existing.lastBegin, ...existing.gaps.slice(0, 1)];
      existing.lastBegin = now();
      return existing;
    }
    forget();
    if (scrapers.size >= maxScrapers) {
      if (!tooMany) onTooMany();
      tooMany = true;
      return undefined;
    }
    // Storage may have counts already, from the scraper that this one replaces: a 0 would be a reset, and double them. If
    // another scraper is still there, this one may be the second of a pair, with separate storage, that discovered us later.
    const seen = [...scrapers.values()].some(isPunctual)
      ? Math.min(collectedByAny.number, firstRecent())
      : collectedByAny.number;
    const scraper = {seen, collected: nothingCollected, lastBegin: now(), gaps: []};
    scrapers.set(key, scraper);
    return scraper;
  };

  /** Whether the scrape after this one may come too late. */
  const isLast = (scraper: Scraper): boolean => {
    const interval = intervalOf(scraper);
    return now() + interval + Math.min(1000, interval / 10) > endsAt;
  };

  const isGone = (scraper: Scraper): boolean =>
    now() - scraper.lastBegin > Math.max(missedMs, missedScrapes * intervalOf(scraper));

  const haveAll = (): boolean => {
    const needed = lifecycle.acceptedRequests;
    if (!everAnnounced) return collectedByReaders.requests >= needed;
    forget();
    const has = ({collected}: Scraper): boolean => collected.requests >= needed;
    return (
      collectedByAny.requests >= needed && [...scrapers.values()].every(scraper => has(scraper) || isGone(scraper))
    );
  };

  return {
    begin(reader) {
      noteNumbers();
      const scraper = scraperOf(reader);
      const before = clock.next;
      // What is accepted while the text is made may or may not be in it.
      const requests = lifecycle.acceptedRequests;
      const {period} = clock;
      const seen = scraper === undefined || isLast(scraper) ? before : scraper.seen;
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
            const collected: Collected = {requests: withheld ? 0 : requests, period, number: seen};
            if (!reader.announced) collectedByReaders = latest(collectedByReaders, collected);
            if (scraper !== undefined) {
              scraper.seen = Math.max(scraper.seen, before);
              scraper.collected = latest(scraper.collected, collected);
              collectedByAny = latest(collectedByAny, collected);
            }
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
      await when(() => stop.aborted || haveAll());
      clearInterval(timer);
    },
    idle() {
      const relevant = [...inProgress].filter(({announced}) => announced || !everAnnounced);
      return when(() => !relevant.some(entry => inProgress.has(entry)));
    },
    collectedSeries() {
      if (!everAnnounced) return collectedByReaders;
      forget();
      const present = [...scrapers.values()].filter(scraper => !isGone(scraper)).map(({collected}) => collected);
      return {
        period: Math.min(collectedByAny.period, ...present.map(({period}) => period)),
        number: Math.min(collectedByAny.number, ...present.map(({number}) => number)),
      };
    },
  };
};
