/** The durations of the parts of the check: those that wait for scrapes grow with the scrape interval. */
import type {ScrapeInterval} from '../../src/timing.ts';

/** All in seconds, except `scrapes`. */
export type CheckTimes = {
  /** Time limit for the first write: a target's first scrape comes at any moment of the first interval. */
  readonly firstWrite: number;
  /** Number of scrapes of every job that must be stored before anything is compared. */
  readonly scrapes: number;
  /** Time limit for that many scrapes. */
  readonly scraped: number;
  /** The stand-in responds with 503: at least two scrapes of every job fall into it. */
  readonly outage: number;
  /** The stand-in responds with 429: at least one scrape of every job falls into it. */
  readonly throttling: number;
  /** Time limit for the first write that is stored afterwards. */
  readonly resumed: number;
  /** How long to wait for further scrapes, which show whether samples are missing. */
  readonly settled: number;
  /** Approximate duration of the whole check. */
  readonly total: number;
};

/** Allows for startup, writing and a loaded machine. */
const slack = 45;

const scrapes = 4;

export const checkTimes = (scrapeInterval: ScrapeInterval): CheckTimes => {
  const outage = Math.max(60, 2 * scrapeInterval + 5);
  const throttling = scrapeInterval + 5;
  const settled = 2.5 * scrapeInterval;
  return {
    firstWrite: scrapeInterval + slack,
    scrapes,
    scraped: (scrapes + 1) * scrapeInterval + slack,
    outage,
    throttling,
    resumed: scrapeInterval + slack,
    settled,
    total: scrapes * scrapeInterval + outage + throttling + 2 * (scrapeInterval + settled),
  };
};
