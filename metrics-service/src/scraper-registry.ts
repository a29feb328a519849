/**
 * The scrapers of the last minutes, distinguished by address and User-Agent: how often each comes, and what it has
 * collected.
 */
import type {SeriesClock} from './series-clock.ts';

/** A client that requests the exposition. */
export interface Reader {
  readonly address: string;
  readonly userAgent: string;
  /** Whether it sent X-Prometheus-Scrape-Timeout-Seconds. */
  readonly announced: boolean;
}

export interface CollectedSeries {
  /** Events counted before this period of the series clock have been collected. */
  readonly period: number;
  /** The counts of series with lower numbers have been collected. */
  readonly number: number;
}

/** The counts that complete scrapes have collected. */
export interface Collected extends CollectedSeries {
  /** All counts of this number of accepted requests have been collected. */
  readonly requests: number;
}

const nothingCollected: Collected = {requests: 0, period: 0, number: 0};

const latest = (left: Collected, right: Collected): Collected => ({
  requests: Math.max(left.requests, right.requests),
  period: Math.max(left.period, right.period),
  number: Math.max(left.number, right.number),
});

export interface Scraper {
  seen: number;
  collected: Collected;
  lastStart: number;
  /** Milliseconds between its last scrapes, up to two of them. */
  gaps: readonly number[];
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
/** In milliseconds: the longer of the last two, as one target may be scraped by two jobs. */
const intervalOf = ({gaps}: Scraper): number => (gaps.length === 0 ? defaultInterval : Math.max(...gaps));

export interface ScraperRegistryOptions {
  readonly clock: SeriesClock;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Called once when more scrapers announce themselves than are remembered. */
  readonly onTooMany: () => void;
}

export class ScraperRegistry {
  readonly #options: ScraperRegistryOptions;
  readonly #scrapers = new Map<string, Scraper>();
  /** The number of the next series at each time: noted once per second, for the last `recentMs` and the one before. */
  readonly #numbers: Array<{readonly time: number; readonly next: number}> = [];
  /** The counts that any announced scraper has collected, and those that any other reader has. */
  #collectedByAny = nothingCollected;
  #collectedByReaders = nothingCollected;
  #everAnnounced = false;
  #tooMany = false;

  constructor(options: ScraperRegistryOptions) {
    this.#options = options;
  }

  /** Whether a scraper has ever announced itself. */
  get everAnnounced(): boolean {
    return this.#everAnnounced;
  }

  /** The scraper behind a reader, created if there is room. Undefined if it did not announce itself. */
  find({announced, address, userAgent}: Reader): Scraper | undefined {
    const {now, onTooMany} = this.#options;
    this.#noteNumbers();
    if (!announced) return undefined;
    this.#everAnnounced = true;
    const key = `${address} ${userAgent}`;
    const existing = this.#scrapers.get(key);
    if (existing !== undefined) {
      existing.gaps = [now() - existing.lastStart, ...existing.gaps.slice(0, 1)];
      existing.lastStart = now();
      return existing;
    }
    this.#forget();
    if (this.#scrapers.size >= maxScrapers) {
      if (!this.#tooMany) onTooMany();
      this.#tooMany = true;
      return undefined;
    }
    // Storage may have counts already, from the scraper that this one replaces: a 0 would be a reset, and double them. If
    // another scraper is still there, this one may be the second of a pair, with separate storage, that discovered us later.
    const {number} = this.#collectedByAny;
    const isSecond = [...this.#scrapers.values()].some(scraper => this.#isPunctual(scraper));
    const seen = isSecond ? Math.min(number, this.#firstRecent()) : number;
    const scraper = {seen, collected: nothingCollected, lastStart: now(), gaps: []};
    this.#scrapers.set(key, scraper);
    return scraper;
  }

  /** Whether the scraper's next scrape may come after `time`. */
  isLastBefore(time: number, scraper: Scraper): boolean {
    const interval = intervalOf(scraper);
    return this.#options.now() + interval + Math.min(1000, interval / 10) > time;
  }

  /** A complete scrape has collected these counts. `scraper` is undefined for a reader that has none. */
  collect({announced}: Reader, scraper: Scraper | undefined, collected: Collected): void {
    if (!announced) this.#collectedByReaders = latest(this.#collectedByReaders, collected);
    if (scraper === undefined) return;
    scraper.collected = latest(scraper.collected, collected);
    this.#collectedByAny = latest(this.#collectedByAny, collected);
  }

  /** Whether each relevant scraper has collected the counts of this number of accepted requests. */
  hasCollected(requests: number): boolean {
    if (!this.#everAnnounced) return this.#collectedByReaders.requests >= requests;
    this.#forget();
    if (this.#collectedByAny.requests < requests) return false;
    return [...this.#scrapers.values()].every(
      scraper => scraper.collected.requests >= requests || this.#isGone(scraper),
    );
  }

  /** The series that every relevant scraper has collected. */
  collectedSeries(): CollectedSeries {
    if (!this.#everAnnounced) return this.#collectedByReaders;
    this.#forget();
    const present = [...this.#scrapers.values()]
      .filter(scraper => !this.#isGone(scraper))
      .map(({collected}) => collected);
    const {period, number} = this.#collectedByAny;
    return {
      period: Math.min(period, ...present.map(collected => collected.period)),
      number: Math.min(number, ...present.map(collected => collected.number)),
    };
  }

  #forget(): void {
    const {now} = this.#options;
    for (const [key, {lastStart}] of this.#scrapers) if (now() - lastStart > memoryMs) this.#scrapers.delete(key);
  }

  #isPunctual(scraper: Scraper): boolean {
    return this.#options.now() - scraper.lastStart <= 1.1 * intervalOf(scraper);
  }

  #isGone(scraper: Scraper): boolean {
    const silentMs = this.#options.now() - scraper.lastStart;
    return silentMs > Math.max(missedMs, missedScrapes * intervalOf(scraper));
  }

  /** The number of the first series that came less than `recentMs` ago. */
  #firstRecent(): number {
    const {now} = this.#options;
    return this.#numbers.findLast(({time}) => now() - time >= recentMs)?.next ?? 0;
  }

  #noteNumbers(): void {
    const {now, clock} = this.#options;
    const numbers = this.#numbers;
    const last = numbers.at(-1);
    if (last === undefined || now() - last.time >= 1000) numbers.push({time: now(), next: clock.next});
    while (numbers[1] !== undefined && now() - numbers[1].time >= recentMs) numbers.shift();
  }
}
