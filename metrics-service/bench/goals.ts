/** Measures the service and compares each result with its goal. */
import {series} from '../src/catalogue.ts';
import {variables} from '../src/contract.ts';
import {type Candidate, startNaive, startService, startToHealthy} from './candidates.ts';
import {fillers, unknownLabels} from './label-values.ts';
import {scrape, send} from './load-client.ts';
import type {Load} from './load-process.ts';
import {jsonRequests} from './requests.ts';
import {median, spread} from './statistics.ts';
import {costRatioOf, jsonEntry, type Meter, type Pace, type Rates, ratioOf} from './throughput.ts';

export interface Verdict {
  readonly what: string;
  readonly goal: string;
  readonly found: string;
  /** The range of the rounds. */
  readonly spread: string;
  /** A ratio by processor time, which depends less on what else runs on the machine. */
  readonly byCpu?: string;
  /** Undefined for a result without a goal. */
  readonly met: boolean | undefined;
}

export interface GoalOptions {
  readonly meter: Meter;
  readonly load: Load;
  readonly pace: Pace;
  readonly connections: number;
  readonly progress: (text: string) => void;
}

/** Events per request while the service is scraped. */
const sizes = [1, 100] as const;

/** Room for the label sets of `fillers`: a third of them are histograms of 21 series. */
const manySeries = {[variables.maxSeries]: '1000000'};

/** Throughput at 5,000 label sets with a scrape every second, compared with throughput without scrapes. */
export const measureScraped = async ({meter, pace, connections}: GoalOptions) => {
  const service = await startService(manySeries);
  await send(service, fillers(5000));
  const verdicts: Verdict[] = [];
  // Each round must include at least one scrape.
  const seconds = Math.max(2, pace.seconds);
  for (const events of sizes) {
    const quiet = jsonEntry('service', service, {events, connections});
    const what = `${events} event${events === 1 ? '' : 's'} per request, scraped every second`;
    const scraped = {...quiet, name: 'service, scraped', scrapeEveryMs: 1000};
    const [idle, during] = (await meter.compare(what, [quiet, scraped], {...pace, seconds})) as [Rates, Rates]; // in order
    const ratio = ratioOf(during, idle);
    verdicts.push({
      what: `${what}, 5,000 label sets, to itself unscraped`,
      goal: '>= 0.9',
      found: ratio.median.toFixed(3),
      spread: ratio.spread,
      byCpu: costRatioOf(during, idle).median.toFixed(3),
      met: ratio.median >= 0.9,
    });
  }
  await service.stop();
  return verdicts;
};

/** One client that sends a metric at a time, and the longest it has to wait while a scrape is made. */
const stallsOf = async (candidate: Candidate, load: Load, {scrapes, scraped}: {scrapes: number; scraped: boolean}) => {
  const requests = jsonRequests(1);
  const waits: number[] = [];
  for (let index = 0; index < scrapes; index += 1) {
    const round = load.run({port: candidate.port, connections: 1, until: {seconds: 0.4}, requests});
    if (scraped) await scrape(candidate);
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
    const candidate = await start();
    await send(candidate, fillers(10_000));
    await scrape(candidate);
    const quiet = await stallsOf(candidate, load, {scrapes, scraped: false});
    const waits = await stallsOf(candidate, load, {scrapes, scraped: true});
    const {bytes} = await scrape(candidate);
    await candidate.stop();
    progress(`longest wait at ${name}`);
    rows.push({
      candidate: name,
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
    // Create and send the events in parts, which bounds the memory of the bench itself.
    for (let part = 0; part < 5; part += 1) await send(service, unknownLabels(values / 20));
    quarters.push(await resident());
    progress(`${(values / 4) * quarter} label values`);
  }
  const seriesCount = (await scrape(service)).total(series.name);
  await service.stop();
  const [, half = 0, , end = 0] = quarters;
  const most = Math.max(...quarters);
  return [
    {
      what: `${values.toLocaleString('en')} random label values: resident memory`,
      goal: 'flat, <= 200 MB',
      found: `${most.toFixed(0)} MB, ${seriesCount} series`,
      spread: `${first.toFixed(0)} at the start, then by quarters ${quarters.map(each => each.toFixed(0)).join(', ')}`,
      // Garbage makes the size fluctuate; growth with the number of values would exceed these 15%.
      met: most <= 200 && end <= half * 1.15,
    },
  ] satisfies Verdict[];
};

export const measureStart = async ({pace}: GoalOptions, runtime: string) => {
  const times: number[] = [];
  for (let index = 0; index < pace.rounds; index += 1) times.push(await startToHealthy());
  return [
    {
      what: `start to healthy (${runtime})`,
      goal: '<= 1 s',
      found: `${median(times).toFixed(0)} ms`,
      spread: spread(times, 0),
      met: median(times) <= 1000,
    },
  ] satisfies Verdict[];
};
