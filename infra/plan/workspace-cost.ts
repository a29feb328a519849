/** The cost of the workspace per month: samples written, recorded, stored, sent and read. */
import type {Environment} from '../src/environments.ts';
import {assumptions} from './assumptions.ts';
import type {Samples} from './billable-series.ts';
import type {CostItem} from './cost-item.ts';
import type {Plan} from './plan.ts';
import {freeTier, hours, type PriceName, prices, sampleTiers} from './prices.ts';

const gibibytes = (bytes: number): number => bytes / 2 ** 30;

/** Samples that fall into each tier, starting with the lowest. */
const perTier = (samples: number): readonly {readonly price: PriceName; readonly samples: number}[] =>
  sampleTiers.map(({upTo, price}, index) => ({
    price,
    samples: Math.max(0, Math.min(samples, upTo) - (sampleTiers[index - 1]?.upTo ?? 0)),
  }));

const writing = (samples: number): number =>
  perTier(samples).reduce((sum, tier) => sum + tier.samples * prices[tier.price].dollars, 0);

const usedTiers = (samples: number): readonly PriceName[] =>
  perTier(samples).flatMap(tier => (tier.samples > 0 ? [tier.price] : []));

/** Samples that open boards read, per month: a view reads some samples of each series, in proportion to the scrapes. */
const boardSamples = ({series}: Samples, {scrapeInterval}: Environment): number => {
  const {samplesPerSeries, hoursOpen, refreshSeconds} = assumptions.boards;
  return series * samplesPerSeries * (15 / scrapeInterval) * ((hoursOpen * 3600) / refreshSeconds);
};

/** Use of the workspace per month. */
type Usage = {
  readonly written: number;
  readonly storedGiB: number;
  readonly byRules: number;
  readonly byBoards: number;
};

const usageOf = (samples: Samples, environment: Environment): Usage => {
  const written = samples.samplesPerMonth + samples.recorded.samplesPerMonth;
  const storedSamples = (written * environment.workspace.retentionDays * 24) / hours;
  return {
    written,
    storedGiB: gibibytes(storedSamples * assumptions.storedBytes),
    byRules: samples.samplesPerMonth * assumptions.queriedPerWritten,
    byBoards: boardSamples(samples, environment),
  };
};

/** The savings from AMP's free tier, in US dollars per month, if no other workspace of the account uses it. */
export const freeTierWorth = (samples: Samples, environment: Environment): number => {
  const {written, storedGiB, byRules, byBoards} = usageOf(samples, environment);
  const queried = byRules + byBoards + samples.recorded.samplesReadPerMonth;
  return (
    writing(written) -
    writing(Math.max(0, written - freeTier.samplesWritten)) +
    Math.min(storedGiB, freeTier.storedGiB) * prices.storedGiB.dollars +
    Math.min(queried, freeTier.samplesQueried) * prices.queriedSample.dollars
  );
};

export const workspaceItems = (samples: Samples, plan: Plan, environment: Environment): readonly CostItem[] => {
  const {samplesPerMonth, recorded} = samples;
  const {written, storedGiB, byRules, byBoards} = usageOf(samples, environment);
  const sentGiB = gibibytes(samplesPerMonth * assumptions.sentBytes);
  const read = (item: string, count: number): CostItem => ({
    item,
    quantity: count / 1e6,
    dollars: count * prices.queriedSample.dollars,
    prices: ['queriedSample'],
  });
  const through = (item: string, price: 'endpointGiB' | 'natGiB'): CostItem => ({
    item,
    quantity: sentGiB,
    dollars: sentGiB * prices[price].dollars,
    prices: [price],
  });
  return [
    {
      item: 'samples written, millions',
      quantity: samplesPerMonth / 1e6,
      dollars: writing(samplesPerMonth),
      prices: usedTiers(samplesPerMonth),
    },
    {
      item: 'samples recorded for boards, millions',
      quantity: recorded.samplesPerMonth / 1e6,
      dollars: writing(written) - writing(samplesPerMonth),
      prices: usedTiers(written),
    },
    read('samples read for those, millions', recorded.samplesReadPerMonth),
    read('samples queried by rules, millions', byRules),
    read('samples queried by open boards, millions', byBoards),
    {
      item: 'samples stored, GiB',
      quantity: storedGiB,
      dollars: storedGiB * prices.storedGiB.dollars,
      prices: ['storedGiB'],
    },
    plan.resources.some(({type}) => type === 'aws:ec2/vpcEndpoint:VpcEndpoint')
      ? through('through the endpoint, GiB', 'endpointGiB')
      : through('through NAT, GiB', 'natGiB'),
  ];
};
