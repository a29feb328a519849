/**
 * AWS's public on-demand prices of us-east-1 that the estimate uses. Each has its page, its offer file in AWS's public price
 * list, and the month in which the number was last compared with public copies of either: update both when you check one.
 */

/** Hours per month, as in AWS's calculator. */
export const hours = 730;

export const priceRegion = 'us-east-1';

export type Price = {
  /** US dollars. */
  readonly dollars: number;
  /** Unit of the price. */
  readonly per: string;
  /** Page of AWS with the price. */
  readonly source: string;
  /** Code of the service whose offer file has the price too; see `offerFile`. */
  readonly offer: string;
  /** Year and month of the last comparison. */
  readonly checked: `20${number}-${number}`;
};

/** Where the price list has a service's prices of the region. */
export const offerFile = ({offer}: Pick<Price, 'offer'>): string =>
  `https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws/${offer}/current/${priceRegion}/index.json`;

const fargate = {source: 'https://aws.amazon.com/fargate/pricing/', offer: 'AmazonECS', checked: '2026-11'} as const;
const vpc = {source: 'https://aws.amazon.com/vpc/pricing/', offer: 'AmazonEC2', checked: '2026-11'} as const;
const privateLink = {
  source: 'https://aws.amazon.com/privatelink/pricing/',
  offer: 'AmazonVPC',
  checked: '2026-11',
} as const;
const cloudWatch = {
  source: 'https://aws.amazon.com/cloudwatch/pricing/',
  offer: 'AmazonCloudWatch',
  checked: '2026-11',
} as const;
const amp = {
  source: 'https://aws.amazon.com/prometheus/pricing/',
  offer: 'AmazonPrometheus',
  checked: '2026-10',
} as const;

export const prices = {
  x86Cpu: {...fargate, dollars: 0.04048, per: 'hour of a vCPU, Linux on x86'},
  x86GiB: {...fargate, dollars: 0.004445, per: 'hour of a GiB, Linux on x86'},
  armCpu: {...fargate, dollars: 0.03238, per: 'hour of a vCPU, Linux on ARM'},
  armGiB: {...fargate, dollars: 0.00356, per: 'hour of a GiB, Linux on ARM'},
  natGateway: {...vpc, dollars: 0.045, per: 'hour of a NAT gateway'},
  natGiB: {...vpc, dollars: 0.045, per: 'GiB through a NAT gateway'},
  publicAddress: {...vpc, offer: 'AmazonVPC', dollars: 0.005, per: 'hour of a public IPv4 address'},
  endpoint: {...privateLink, dollars: 0.01, per: 'hour of an interface endpoint in a zone'},
  endpointGiB: {...privateLink, dollars: 0.01, per: 'GiB through an interface endpoint'},
  /** Price without capacity units. */
  loadBalancer: {
    dollars: 0.0225,
    per: 'hour of a network or application load balancer',
    source: 'https://aws.amazon.com/elasticloadbalancing/pricing/',
    offer: 'AWSELB',
    checked: '2026-11',
  },
  secret: {
    dollars: 0.4,
    per: 'secret per month',
    source: 'https://aws.amazon.com/secrets-manager/pricing/',
    offer: 'AWSSecretsManager',
    checked: '2026-11',
  },
  privateZone: {
    dollars: 0.5,
    per: 'hosted zone per month',
    source: 'https://aws.amazon.com/route53/pricing/',
    offer: 'AmazonRoute53',
    checked: '2026-11',
  },
  imageGiB: {
    dollars: 0.1,
    per: 'GiB of images per month',
    source: 'https://aws.amazon.com/ecr/pricing/',
    offer: 'AmazonECR',
    checked: '2026-11',
  },
  alarmMetric: {...cloudWatch, dollars: 0.1, per: 'metric of an alarm per month'},
  customMetric: {...cloudWatch, dollars: 0.3, per: 'metric of Container Insights per month'},
  enhancedMetric: {
    ...cloudWatch,
    dollars: 0.07,
    per: 'metric of Container Insights with enhanced observability per month',
    checked: '2026-10',
  },
  /** Price of logs that AWS services deliver; it is the same. */
  logGiB: {...cloudWatch, dollars: 0.5, per: 'GiB of logs written'},
  /** GetMetricData: AWS charges each metric requested, and has no free tier for it. */
  queriedMetric: {...cloudWatch, dollars: 0.01 / 1000, per: 'CloudWatch metric that a board queries'},
  firstSample: {...amp, dollars: 0.9 / 10e6, per: 'sample written, up to 2 billion per month'},
  nextSample: {...amp, dollars: 0.35 / 10e6, per: 'sample written, from 2 to 252 billion per month'},
  furtherSample: {...amp, dollars: 0.16 / 10e6, per: 'sample written, above 252 billion per month'},
  storedGiB: {...amp, dollars: 0.03, per: 'GiB of samples per month'},
  queriedSample: {...amp, dollars: 0.1 / 1e9, per: 'sample that a query reads'},
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;

/** The tiers of samples written, each with its upper limit in samples per month. */
export const sampleTiers: readonly {readonly upTo: number; readonly price: PriceName}[] = [
  {upTo: 2e9, price: 'firstSample'},
  {upTo: 252e9, price: 'nextSample'},
  {upTo: Number.POSITIVE_INFINITY, price: 'furtherSample'},
];

/**
 * The free tier of all workspaces of an account together, per month: AWS's page lists it without a time limit. The
 * estimate doesn't subtract it.
 */
export const freeTier = {samplesWritten: 40e6, storedGiB: 10, samplesQueried: 200e9} as const;
