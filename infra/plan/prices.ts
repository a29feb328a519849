/** AWS's public on-demand prices that the estimate uses, in US dollars. Raise the date when you check them. */

export const priceList = {region: 'us-east-1', date: 'November 2025'} as const;

/** Of a month, as AWS's calculator has them. */
export const hours = 730;

export const prices = {
  /** https://aws.amazon.com/fargate/pricing/ Linux on x86 */
  fargateCpu: 0.04048 * hours,
  fargateGiB: 0.004445 * hours,
  /** https://aws.amazon.com/vpc/pricing/ with its public address */
  natGateway: (0.045 + 0.005) * hours,
  natGiB: 0.045,
  /** https://aws.amazon.com/privatelink/pricing/ one zone */
  interfaceEndpoint: 0.01 * hours,
  endpointGiB: 0.01,
  /** https://aws.amazon.com/elasticloadbalancing/pricing/ network or application, without capacity units */
  loadBalancer: 0.0225 * hours,
  /** https://aws.amazon.com/secrets-manager/pricing/ */
  secret: 0.4,
  /** https://aws.amazon.com/route53/pricing/ */
  privateZone: 0.5,
  /** https://aws.amazon.com/cloudwatch/pricing/ */
  alarmMetric: 0.1,
  customMetric: 0.3,
  logGiB: 0.5,
  /** https://aws.amazon.com/ecr/pricing/ */
  imageGiB: 0.1,
  /** https://aws.amazon.com/prometheus/pricing/ the upper end of each step in samples, and a sample's price in it */
  samples: [
    {upTo: 2e9, each: 0.9 / 10e6},
    {upTo: 252e9, each: 0.35 / 10e6},
    {upTo: Number.POSITIVE_INFINITY, each: 0.16 / 10e6},
  ],
  storedGiB: 0.03,
  queriedSample: 0.1 / 1e9,
} as const;

/** What the estimate takes for granted where the program can't say. */
export const assumptions = {
  /** Logs of one task, in GiB a month. */
  logGiB: 0.5,
  /** Container Insights' metrics of one service. */
  insightsMetrics: 12,
  insightsMetricsEnhanced: 30,
  /** All images of one repository. */
  repositoryGiB: 2,
  /** A sample, compressed, on its way and in store. */
  sentBytes: 10,
  storedBytes: 2,
  /** Samples that rules and open boards read, for each one written. */
  queriedPerWritten: 10,
} as const;
