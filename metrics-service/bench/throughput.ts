/** Runs rounds of all candidates in turn, so that other load affects all alike, and checks that no event is lost. */
import {setTimeout as pause} from 'node:timers/promises';
import type {Candidate} from './candidates.ts';
import type {Job} from './load.ts';
import {scrape} from './load-client.ts';
import type {Load} from './load-process.ts';
import {jsonRequests} from './requests.ts';
import {median, spread} from './statistics.ts';

export interface Entry {
  readonly name: string;
  readonly candidate: Candidate;
  readonly requests: readonly Uint8Array[];
  /** Events in each request, or data points. */
  readonly events: number;
  readonly connections: number;
  /** Milliseconds between scrapes during the measurement. */
  readonly scrapeEveryMs?: number;
}

/** JSON events of all types, with this number of them per request. */
export const jsonEntry = (
  name: string,
  candidate: Candidate,
  {events, connections}: {readonly events: number; readonly connections: number},
): Entry => ({name, candidate, events, connections, requests: jsonRequests(events)});

export interface Pace {
  readonly rounds: number;
  /** The duration of one round, elapsed or as processor time. */
  readonly seconds: number;
}

export interface Rates {
  readonly name: string;
  /** Events per second, one number for each round. */
  readonly perSecond: readonly number[];
  /** Events per second of processor time, one number for each round. */
  readonly perCpuSecond: readonly number[];
  readonly p50: number;
  readonly p99: number;
}

export interface Problem {
  readonly name: string;
  readonly sent: number;
  readonly counted: number;
  readonly otherResponses: number;
}

/** Processor time until V8 has optimized what a request runs: before, it costs up to ten times as much. */
const warmUpSeconds = 1.5;
/** Requests of the first run of a warm-up; each further one has twice as many. */
const firstRequests = 64;

type Outcome = {readonly perSecond: number; readonly perCpuSecond: number; readonly p50: number; readonly p99: number};

const ratesOf = (name: string, outcomes: readonly Outcome[]): Rates => ({
  name,
  perSecond: outcomes.map(({perSecond}) => perSecond),
  perCpuSecond: outcomes.map(({perCpuSecond}) => perCpuSecond),
  p50: median(outcomes.map(({p50}) => p50)),
  p99: median(outcomes.map(({p99}) => p99)),
});

export const createMeter = ({load, progress}: {readonly load: Load; readonly progress: (text: string) => void}) => {
  const problems: Problem[] = [];
  let checked = 0;

  const scraping = async ({candidate, scrapeEveryMs}: Entry, signal: AbortSignal): Promise<void> => {
    if (scrapeEveryMs === undefined) return;
    while (!signal.aborted) {
      const {milliseconds} = await scrape(candidate);
      await pause(Math.max(0, scrapeEveryMs - milliseconds), undefined, {signal}).catch(() => {});
    }
  };

  const round = async (entry: Entry, until: Job['until']) => {
    const {candidate, requests, connections, events, name} = entry;
    const before = (await candidate.counted?.()) ?? 0;
    const over = new AbortController();
    const scrapes = scraping(entry, over.signal);
    const cpu = candidate.cpuSeconds();
    const outcome = await load.run({port: candidate.port, connections, until, requests});
    const cpuSeconds = candidate.cpuSeconds() - cpu;
    over.abort();
    await scrapes;
    const sent = outcome.responded * events;
    const counted = candidate.counted === undefined ? sent : (await candidate.counted()) - before;
    if (candidate.counted !== undefined) checked += sent;
    if (counted !== sent || outcome.other > 0) problems.push({name, sent, counted, otherResponses: outcome.other});
    return {...outcome, cpuSeconds, perSecond: sent / outcome.seconds, perCpuSecond: sent / cpuSeconds};
  };

  /** Runs rounds of the entries in turn. */
  const takeTurns = async (
    what: string,
    turns: ReadonlyArray<{readonly entry: Entry; readonly until: Job['until']}>,
    rounds: number,
  ): Promise<Rates[]> => {
    const outcomes = turns.map(() => [] as Outcome[]);
    for (let turn = 1; turn <= rounds; turn += 1) {
      for (const [index, {entry, until}] of turns.entries()) outcomes[index]?.push(await round(entry, until));
      progress(`${what}, round ${turn} of ${rounds}`);
    }
    return turns.map(({entry}, index) => ratesOf(entry.name, outcomes[index] ?? []));
  };

  /** Requests after which a candidate has used this much processor time. */
  const requestsFor = async (entry: Entry, seconds: number): Promise<number> => {
    let requests = firstRequests;
    for (let used = 0; ; requests *= 2) {
      const {cpuSeconds} = await round(entry, {requests});
      used += cpuSeconds;
      if (used >= warmUpSeconds) return Math.max(entry.connections, Math.round((requests * seconds) / cpuSeconds));
    }
  };

  return {
    /** Rounds of some seconds by the clock, after a warm-up as long. */
    async compare(what: string, entries: readonly Entry[], {rounds, seconds}: Pace): Promise<Rates[]> {
      for (const entry of entries) await round(entry, {seconds: Math.min(1, seconds)});
      const turns = entries.map(entry => ({entry, until: {seconds}}));
      return takeTurns(what, turns, rounds);
    },

    /**
     * Rounds of a number of requests, after which each candidate has used about `seconds` of processor time: what it
     * costs shows on a busy machine as well. Needs Linux.
     */
    async compareCosts(what: string, entries: readonly Entry[], {rounds, seconds}: Pace): Promise<Rates[]> {
      const turns = [];
      for (const entry of entries) turns.push({entry, until: {requests: await requestsFor(entry, seconds)}});
      return takeTurns(what, turns, rounds);
    },

    problems,
    /** Events with a 200 response that were compared with what was counted. */
    checked: () => checked,
  };
};

export type Meter = ReturnType<typeof createMeter>;

const ratios = (one: readonly number[], other: readonly number[]) => {
  const each = one.map((value, index) => value / (other[index] ?? Number.NaN));
  return {median: median(each), spread: spread(each, 3)};
};

/** The ratio of each round to the same round of another, since rounds side by side meet the same machine. */
export const ratioOf = (one: Rates, other: Rates) => ratios(one.perSecond, other.perSecond);

/** The same per second of processor time: the ratio of the rates if each had a dedicated core. */
export const costRatioOf = (one: Rates, other: Rates) => ratios(one.perCpuSecond, other.perCpuSecond);
