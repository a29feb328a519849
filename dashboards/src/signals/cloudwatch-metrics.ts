/**
 * CloudWatch's metrics as typed values: which namespace has which metric, by which dimensions it is kept, and which
 * statistics of it mean something. A dimension that a metric isn't kept by doesn't compile; CloudWatch itself would
 * only answer with nothing.
 */
import type {Unit, Variable} from '../promql/promql.ts';

type Statistic = 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'p95';

type Definition = {
  readonly unit: Unit;
  /** Each list of dimensions that together name series of the metric. */
  readonly by: readonly (readonly string[])[];
  readonly statistics: readonly Statistic[];
};

const service = [['ClusterName', 'ServiceName']] as const;
const levels = {by: service, statistics: ['Average', 'Maximum', 'Minimum']} as const;
const balancer = [['LoadBalancer'], ['LoadBalancer', 'TargetGroup']] as const;
const counted = {unit: 'events', statistics: ['Sum']} as const;
const edge = [['DistributionId', 'Region']] as const;
const failing = {unit: 'percent', by: edge, statistics: ['Average']} as const;

/**
 * What the boards read (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html).
 * Restarts and container health come with Container Insights' enhanced observability.
 */
export const cloudCatalogue = {
  'AWS/ECS': {
    region: 'default',
    metrics: {
      CPUUtilization: {unit: 'percent', ...levels},
      MemoryUtilization: {unit: 'percent', ...levels},
    },
  },
  'ECS/ContainerInsights': {
    region: 'default',
    metrics: {
      RunningTaskCount: {unit: 'count', ...levels},
      DesiredTaskCount: {unit: 'count', ...levels},
      RestartCount: {unit: 'count', by: service, statistics: ['Sum', 'Maximum']},
      UnHealthyContainerHealthStatus: {unit: 'count', by: service, statistics: ['Sum', 'Maximum']},
      NetworkRxBytes: {unit: 'bytes per second', ...levels},
      NetworkTxBytes: {unit: 'bytes per second', ...levels},
    },
  },
  'AWS/ApplicationELB': {
    region: 'default',
    metrics: {
      RequestCount: {...counted, by: balancer},
      TargetResponseTime: {unit: 'seconds', by: balancer, statistics: ['Average', 'p95', 'Maximum']},
      HTTPCode_Target_2XX_Count: {...counted, by: balancer},
      HTTPCode_Target_4XX_Count: {...counted, by: balancer},
      HTTPCode_Target_5XX_Count: {...counted, by: balancer},
      /** Answers of the load balancer itself belong to no target group. */
      HTTPCode_ELB_5XX_Count: {...counted, by: [['LoadBalancer']]},
      HealthyHostCount: {
        unit: 'count',
        by: [['LoadBalancer', 'TargetGroup']],
        statistics: ['Minimum', 'Average', 'Maximum'],
      },
      UnHealthyHostCount: {
        unit: 'count',
        by: [['LoadBalancer', 'TargetGroup']],
        statistics: ['Minimum', 'Average', 'Maximum'],
      },
    },
  },
  /** Kept in us-east-1 wherever the viewers are. */
  'AWS/CloudFront': {
    region: 'us-east-1',
    metrics: {
      Requests: {...counted, by: edge},
      '4xxErrorRate': failing,
      '5xxErrorRate': failing,
    },
  },
  /** Of every service's quotas; the dimension Resource says which. */
  'AWS/Usage': {
    region: 'default',
    metrics: {
      ResourceCount: {
        unit: 'count',
        by: [['Service', 'Type', 'Class', 'Resource', 'ResourceId']],
        statistics: ['Average', 'Maximum'],
      },
    },
  },
  'AWS/Prometheus': {
    region: 'default',
    metrics: {
      /** Counted in the unit of the usage beside it, which it is read against. */
      DiscardedSamples: {unit: 'count', by: [['Workspace', 'Reason']], statistics: ['Sum']},
    },
  },
} as const satisfies Readonly<
  Record<string, {readonly region: string; readonly metrics: Readonly<Record<string, Definition>>}>
>;

type Catalogue = typeof cloudCatalogue;
export type Namespace = keyof Catalogue;
export type MetricOf<N extends Namespace> = keyof Catalogue[N]['metrics'] & string;
/** What the metric's definition says of `Part`; inferred, as an intersection would let any dimension in. */
export type Of<N extends Namespace, M extends MetricOf<N>, Part extends keyof Definition> =
  Catalogue[N]['metrics'][M] extends Readonly<Record<Part, infer Value extends Definition[Part]>> ? Value : never;

/** One of the metric's lists of dimensions, each with a value. */
type DimensionsOf<By extends readonly (readonly string[])[]> = {
  [Index in keyof By]: {readonly [Name in By[Index][number]]: string | Variable};
}[number];

/** Every series that has the dimension, whatever its value. */
export const wildcard = '*';

/** What is asked of CloudWatch, and what its answer measures. */
export type CloudQuery<U extends Unit = Unit> = {
  readonly namespace: Namespace;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  readonly unit: U;
};

const textOf = (value: string | Variable): string => (typeof value === 'string' ? value : `$${value.variable}`);

/** Dimensions as Grafana writes them: a variable by its name. */
export const written = (dimensions: Readonly<Record<string, string | Variable>>): Record<string, string> =>
  Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, textOf(value)]));

/** A statistic of a metric over the series that the dimensions name: all of one of its lists, and no other. */
export const metricQuery = <const N extends Namespace, const M extends MetricOf<N>>(
  namespace: N,
  metric: M,
  {
    statistic,
    dimensions,
  }: {
    readonly statistic: Of<N, M, 'statistics'>[number];
    readonly dimensions: DimensionsOf<Of<N, M, 'by'>>;
  },
): CloudQuery<Of<N, M, 'unit'>> => {
  const metrics: Readonly<Record<string, Definition>> = cloudCatalogue[namespace].metrics;
  // An index by two generic keys forgets which they were.
  const unit = metrics[metric]?.unit as unknown as Of<N, M, 'unit'>;
  return {namespace, metric, statistic, unit, dimensions: written(dimensions)};
};
