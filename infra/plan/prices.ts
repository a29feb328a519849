/** AWS's public on-demand prices that the estimate uses, in US dollars. Update the date when you check them. */

export const priceList = {region: 'us-east-1', date: 'November 2025'} as const;

/** Hours per month, as in AWS's calculator. */
export const hours = 730;

export const prices = {
  /** https://aws.amazon.com/fargate/pricing/ Linux, on demand */
  fargate: {
    X86_64: {cpu: 0.04048 * hours, gib: 0.004445 * hours},
    ARM64: {cpu: 0.03238 * hours, gib: 0.00356 * hours},
  },
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
  /** Of Container Insights with enhanced observability. */
  enhancedMetric: 0.07,
  logGiB: 0.5,
  /** https://aws.amazon.com/ecr/pricing/ */
  imageGiB: 0.1,
  /**
   * https://aws.amazon.com/prometheus/pricing/ the upper limit of each tier in samples, and the price per sample in
   * that tier
   */
  samples: [
    {upTo: 2e9, each: 0.9 / 10e6},
    {upTo: 252e9, each: 0.35 / 10e6},
    {upTo: Number.POSITIVE_INFINITY, each: 0.16 / 10e6},
  ],
  storedGiB: 0.03,
  queriedSample: 0.1 / 1e9,
} as const;

/** What the estimate assumes where the program doesn't determine a value. */
export const assumptions = {
  /** Logs of one task, in GiB per month. */
  logGiB: 0.5,
  /** Of Fargate's price on demand; AWS says up to 70% less, and the price moves: https://aws.amazon.com/fargate/pricing/ */
  spotShare: 0.4,
  /**
   * Metrics of Container Insights with enhanced observability, by what each is of; a service's includes its task definition's
   * and a task's includes its one container's. Counted from the tables of
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-enhanced-observability-metrics-ECS.html
   * without those of EC2 instances and volumes.
   */
  enhancedMetrics: {cluster: 16, service: 31, task: 23, container: 10},
  /** Metrics of Container Insights without it, which has none of tasks. */
  standardMetrics: {cluster: 0, service: 12, task: 0},
  /** All images of one repository, in GiB. */
  repositoryGiB: 2,
  /** Bytes per compressed sample, sent and stored. */
  sentBytes: 10,
  storedBytes: 2,
  /** Samples that rules read, per sample written. */
  queriedPerWritten: 10,
  /**
   * MCP Analytics Comprehensive, open for two hours of each working day over the last hour. Measured: 10 million
   * samples of 15,300 series per view, scraped every 15 s.
   */
  boards: {samplesPerSeries: 650, hoursOpen: 44, refreshSeconds: 30},
} as const;
