/** Rounds in turn, so that what else the machine does meets all contestants alike; what was counted is held against what was sent. */
import {setTimeout as pause} from 'node:timers/promises';
import {ingested} from '../src/catalogue.ts';
import {batchOf, toRequest} from './batch.ts';
import type {Contestant, Load} from './candidates.ts';
import {scrape} from './load-client.ts';
import {median, spread} from './statistics.ts';

export interface Entry {
  readonly name: string;
  readonly contestant: Contestant;
  readonly requests: readonly Uint8Array[];
  /** Metrics in each request. */
  readonly metrics: number;
  readonly connections: number;
  /** Milliseconds between scrapes during the measurement. */
  readonly scrapeEveryMs?: number;
}

/** Tool calls, with this number of events per request. */
export const entryOf = (
  name: string,
  contestant: Contestant,
  {metrics, connections}: {readonly metrics: number; readonly connections: number},
): Entry => ({
  name,
  contestant,
  metrics,
  connections,
  requests: [toRequest(JSON.stringify(batchOf(metrics)))],
});

export interface Pace {
  readonly rounds: number;
  readonly seconds: number;
}

export interface Rates {
  readonly name: string;
  /** Events per second, one number for each round. */
  readonly perSecond: readonly number[];
  /** Microseconds of processor time a metric, a round each: what is left to compare when the machine is shared. */
  readonly cpuMicroseconds: readonly number[];
  readonly p50: number;
  readonly p99: number;
}

export interface Problem {
  readonly name: string;
  readonly sent: number;
  readonly counted: number;
  readonly otherAnswers: number;
}

export const createMeter = ({load, progress}: {readonly load: Load; readonly progress: (text: string) => void}) => {
  const problems: Problem[] = [];
  let checked = 0;

  const scraping = async ({contestant, scrapeEveryMs}: Entry, signal: AbortSignal): Promise<void> => {
    if (scrapeEveryMs === undefined) return;
    while (!signal.aborted) {
      const {milliseconds} = await scrape(contestant);
      await pause(Math.max(0, scrapeEveryMs - milliseconds), undefined, {signal}).catch(() => {});
    }
  };

  const round = async (entry: Entry, seconds: number) => {
    const {contestant, requests, connections, metrics, name} = entry;
    const {counts} = contestant;
    const before = counts ? (await scrape(contestant)).total(ingested.name) : 0;
    const over = new AbortController();
    const scrapes = scraping(entry, over.signal);
    const cpu = contestant.cpuSeconds();
    const outcome = await load.run({port: contestant.port, connections, seconds, requests});
    const cpuMicroseconds = ((contestant.cpuSeconds() - cpu) * 1e6) / (outcome.answered * metrics);
    over.abort();
    await scrapes;
    const sent = outcome.answered * metrics;
    const counted = counts ? (await scrape(contestant)).total(ingested.name) - before : sent;
    if (counts) checked += sent;
    if (counted !== sent || outcome.other > 0) problems.push({name, sent, counted, otherAnswers: outcome.other});
    return {...outcome, cpuMicroseconds, perSecond: sent / outcome.seconds};
  };

  const compare = async (what: string, entries: readonly Entry[], {rounds, seconds}: Pace): Promise<Rates[]> => {
    for (const entry of entries) await round(entry, Math.min(1, seconds)); // warm-up
    const all = entries.map(() => [] as Array<Awaited<ReturnType<typeof round>>>);
    for (let turn = 1; turn <= rounds; turn += 1) {
      for (const [index, entry] of entries.entries()) all[index]?.push(await round(entry, seconds));
      progress(`${what}, round ${turn} of ${rounds}`);
    }
    return entries.map(({name}, index) => {
      const own = all[index] ?? [];
      return {
        name,
        perSecond: own.map(({perSecond}) => perSecond),
        cpuMicroseconds: own.map(({cpuMicroseconds}) => cpuMicroseconds),
        p50: median(own.map(({p50}) => p50)),
        p99: median(own.map(({p99}) => p99)),
      };
    });
  };
  return {compare, problems, checked: () => checked};
};

export type Meter = ReturnType<typeof createMeter>;

/** The ratio of processor time per event: the ratio of the rates if each had a dedicated core. */
export const cpuRatioOf = (one: Rates, other: Rates): number =>
  median(one.cpuMicroseconds.map((value, index) => (other.cpuMicroseconds[index] ?? Number.NaN) / value));

/** The ratio of each round to the same round of another, since rounds side by side meet the same machine. */
export const ratioOf = (one: Rates, other: Rates) => {
  const ratios = one.perSecond.map((value, index) => value / (other.perSecond[index] ?? Number.NaN));
  return {median: median(ratios), spread: spread(ratios, 3)};
};
