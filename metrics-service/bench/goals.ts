/** The goals, each measured and held against what it has to be. */
import {series} from '../src/catalogue.ts';
import {variables} from '../src/contract.ts';
import {batchOf, fillers, strangers, toRequest} from './batch.ts';
import {type Contestant, type Load, startBaseline, startNaive, startService, startToHealthy} from './candidates.ts';
import {scrape, send} from './load-client.ts';
import {median, spread} from './statistics.ts';
import {cpuRatioOf, entryOf, type Meter, type Pace, type Rates, ratioOf} from './throughput.ts';

export interface Verdict {
  readonly what: string;
  readonly goal: string;
  readonly found: string;
  /** Where the rounds lie. */
  readonly spread: string;
  /** The same by processor time, where it is a ratio: what else runs on the machine shows less in it. */
  readonly byCpu?: string;
  readonly met: boolean;
}

export interface GoalOptions {
  readonly meter: Meter;
  readonly load: Load;
  readonly pace: Pace;
  readonly connections: number;
  readonly progress: (text: string) => void;
}

/** What a request holds in the two goals on throughput, and what the ratio to bare node:http must be. */
const sizes = [
  {metrics: 1, goal: 0.6},
  {metrics: 100, goal: 0.8},
] as const;

/** Against bare node:http, with the naive service beside it. */
export const measureRatios = async ({meter, pace, connections}: GoalOptions) => {
  const contestants = {
    'bare node:http': await startBaseline(),
    service: await startService(),
    'Koa + prom-client': await startNaive(),
  };
  const verdicts: Verdict[] = [];
  const rows: Array<{
    readonly metrics: number;
    readonly rates: Rates;
    readonly ratio: string;
    readonly cpuRatio: string;
  }> = [];
  for (const {metrics, goal} of sizes) {
    const what = `${metrics} event${metrics === 1 ? '' : 's'} per request`;
    const entries = Object.entries(contestants).map(([name, each]) => entryOf(name, each, {metrics, connections}));
    const rates = await meter.compare(what, entries, pace);
    const [bare, ours] = rates as [Rates, Rates]; // in the contestants' order
    const ratio = ratioOf(ours, bare);
    verdicts.push({
      what: `${what}, to bare node:http`,
      goal: `>= ${goal}`,
      found: ratio.median.toFixed(3),
      spread: ratio.spread,
      byCpu: cpuRatioOf(ours, bare).toFixed(3),
      met: ratio.median >= goal,
    });
    for (const each of rates) {
      const cpuRatio = cpuRatioOf(each, bare).toFixed(2);
      rows.push({metrics, rates: each, ratio: ratioOf(each, bare).median.toFixed(3), cpuRatio});
    }
  }
  await Promise.all(Object.values(contestants).map(each => each.stop()));
  return {verdicts, rows};
};

/** Room for the label sets of `fillers`: a third of them are histograms of 21 series. */
const manySeries = {[variables.maxSeries]: '1000000'};

/** The same with 5,000 label sets held and a scrape every second, to itself without the scrapes. */
export const measureScraped = async ({meter, pace, connections}: GoalOptions) => {
  const service = await startService(manySeries);
  await send(service, fillers(5000));
  const verdicts: Verdict[] = [];
  // Each round has to hold a scrape or two.
  const seconds = Math.max(2, pace.seconds);
  for (const {metrics} of sizes) {
    const quiet = entryOf('service', service, {metrics, connections});
    const what = `${metrics} event${metrics === 1 ? '' : 's'} per request, scraped every second`;
    const scraped = {...quiet, name: 'service, scraped', scrapeEveryMs: 1000};
    const [without, during] = (await meter.compare(what, [quiet, scraped], {...pace, seconds})) as [Rates, Rates]; // in order
    const ratio = ratioOf(during, without);
    verdicts.push({
      what: `${what}, 5,000 label sets, to itself unscraped`,
      goal: '>= 0.9',
      found: ratio.median.toFixed(3),
      spread: ratio.spread,
      byCpu: cpuRatioOf(during, without).toFixed(3),
      met: ratio.median >= 0.9,
    });
  }
  await service.stop();
  return verdicts;
};

/** One client that sends a metric at a time, and the longest it has to wait while a scrape is made. */
const stallsOf = async (
  contestant: Contestant,
  load: Load,
  {scrapes, scraped}: {scrapes: number; scraped: boolean},
) => {
  const requests = [toRequest(JSON.stringify(batchOf(1)))];
  const waits: number[] = [];
  for (let index = 0; index < scrapes; index += 1) {
    const round = load.run({port: contestant.port, connections: 1, seconds: 0.4, requests});
    if (scraped) await scrape(contestant);
    waits.push((await round).longest);
  }
  return waits;
};

export const measureStall = async ({load, progress, pace}: GoalOptions) => {
  const scrapes = pace.rounds * 4;
  const verdicts: Verdict[] = [];
  const rows: Array<Readonly<Record<string, string | number>>> = [];
  for (const [name, start] of [
    ['service', () => startService(manySeries)],
    ['Koa + prom-client', startNaive],
  ] as const) {
    const contestant = await start();
    await send(contestant, fillers(10_000));
    await scrape(contestant);
    const quiet = await stallsOf(contestant, load, {scrapes, scraped: false});
    const waits = await stallsOf(contestant, load, {scrapes, scraped: true});
    const {bytes} = await scrape(contestant);
    await contestant.stop();
    progress(`longest wait at ${name}`);
    rows.push({
      contestant: name,
      'exposition, MB': Number((bytes / 1e6).toFixed(1)),
      'longest wait unscraped, ms': Number(Math.max(...quiet).toFixed(1)),
      'longest wait in a scrape, ms (median)': Number(median(waits).toFixed(1)),
      'the longest of all, ms': Number(Math.max(...waits).toFixed(1)),
    });
    if (name !== 'service') continue;
    verdicts.push({
      what: '10,000 label sets: longest wait in a scrape',
      goal: '<= 50 ms',
      found: `${Math.max(...waits).toFixed(1)} ms`,
      spread: spread(waits, 1),
      met: Math.max(...waits) <= 50,
    });
  }
  return {verdicts, rows};
};

/** Resident memory while every event has new label values. */
export const measureMemory = async ({progress}: GoalOptions, values: number) => {
  const service = await startService();
  const quarters: number[] = [];
  const resident = async () => (await scrape(service)).total('process_resident_memory_bytes') / 1e6;
  const first = await resident();
  for (let quarter = 1; quarter <= 4; quarter += 1) {
    // Made a part at a time: the bench's own memory is none of the service's, but the machine's.
    for (let part = 0; part < 5; part += 1) await send(service, strangers(values / 20));
    quarters.push(await resident());
    progress(`${(values / 4) * quarter} label values`);
  }
  const held = (await scrape(service)).total(series.name);
  await service.stop();
  const [, half = 0, , end = 0] = quarters;
  const most = Math.max(...quarters);
  return [
    {
      what: `${values.toLocaleString('en')} random label values: resident memory`,
      goal: 'flat, <= 200 MB',
      found: `${most.toFixed(0)} MB, ${held} series`,
      spread: `${first.toFixed(0)} at the start, then by quarters ${quarters.map(each => each.toFixed(0)).join(', ')}`,
      // What a collector leaves lying about comes and goes; growth with the number of values would show as more.
      met: most <= 200 && end <= half * 1.15,
    },
  ] satisfies Verdict[];
};

export const measureStart = async ({pace}: GoalOptions, how: string) => {
  const times: number[] = [];
  for (let index = 0; index < pace.rounds; index += 1) times.push(await startToHealthy());
  return [
    {
      what: `start to healthy (${how})`,
      goal: '<= 1 s',
      found: `${median(times).toFixed(0)} ms`,
      spread: spread(times, 0),
      met: median(times) <= 1000,
    },
  ] satisfies Verdict[];
};
