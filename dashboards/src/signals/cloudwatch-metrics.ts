/**
 * The CloudWatch metrics of the boards as typed values: the metrics of each namespace, their dimensions, and the statistics
 * that are meaningful for them. A dimension that a metric does not have is a compile error; CloudWatch itself would return no
 * data.
 */
import type {InferVariables, Unit, Variable, VariableScope} from '../promql/promql.ts';

type Statistic = 'Average' | 'Sum' | 'Minimum' | 'Maximum' | 'p95';

type Definition = {
  readonly unit: Unit;
  /** The sets of dimensions under which CloudWatch stores the metric. */
  readonly by: readonly (readonly string[])[];
  readonly statistics: readonly Statistic[];
};

const service = [['ClusterName', 'ServiceName']] as const;
const levels = {by: service, statistics: ['Average', 'Maximum', 'Minimum']} as const;
const balancer = [['LoadBalancer'], ['LoadBalancer', 'TargetGroup']] as const;
const eventCount = {unit: 'events', statistics: ['Sum']} as const;
const edge = [['DistributionId', 'Region']] as const;
const failing = {unit: 'percent', by: edge, statistics: ['Average']} as const;

/**
 * The metrics that the boards read (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html).
 * Restarts and container health need Container Insights with enhanced observability.
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
      RequestCount: {...eventCount, by: balancer},
      TargetResponseTime: {unit: 'seconds', by: balancer, statistics: ['Average', 'p95', 'Maximum']},
      HTTPCode_Target_2XX_Count: {...eventCount, by: balancer},
      HTTPCode_Target_4XX_Count: {...eventCount, by: balancer},
      HTTPCode_Target_5XX_Count: {...eventCount, by: balancer},
      /** Responses of the load balancer itself belong to no target group. */
      HTTPCode_ELB_5XX_Count: {...eventCount, by: [['LoadBalancer']]},
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
  /** CloudFront stores its metrics in us-east-1, wherever the viewers are. */
  'AWS/CloudFront': {
    region: 'us-east-1',
    metrics: {
      Requests: {...eventCount, by: edge},
      '4xxErrorRate': failing,
      '5xxErrorRate': failing,
    },
  },
  /** The usage of service quotas; the dimension Resource names the quota. */
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
      /** Has the unit of the usage metrics that it is shown with. */
      DiscardedSamples: {unit: 'count', by: [['Workspace', 'Reason']], statistics: ['Sum']},
    },
  },
} as const satisfies Readonly<
  Record<string, {readonly region: string; readonly metrics: Readonly<Record<string, Definition>>}>
>;

type Catalogue = typeof cloudCatalogue;
export type Namespace = keyof Catalogue;
export type MetricOf<N extends Namespace> = keyof Catalogue[N]['metrics'] & string;
/** The `Part` of the metric's definition. Inferred, because an intersection would allow any dimension. */
export type DefinitionPart<N extends Namespace, M extends MetricOf<N>, Part extends keyof Definition> =
  Catalogue[N]['metrics'][M] extends Readonly<Record<Part, infer Value extends Definition[Part]>> ? Value : never;

/** One of the metric's sets of dimensions, with a value for each dimension. */
type DimensionsOf<By extends readonly (readonly string[])[], V extends VariableScope> = {
  [Index in keyof By]: {readonly [Name in By[Index][number]]: string | Variable<V>};
}[number];

/** Matches every series that has the dimension, whatever its value. */
export const wildcard = '*';

declare const variables: unique symbol;

/** A query of CloudWatch, and the unit of its result. */
export type CloudQuery<U extends Unit = Unit, V extends VariableScope = VariableScope> = {
  readonly namespace: Namespace;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  readonly unit: U;
  /** The variables of its dimensions; only a type. */
  readonly [variables]?: V;
};

const textOf = (value: string | Variable): string => (typeof value === 'string' ? value : `$${value.variable}`);

/** The dimensions in Grafana's format, with variables as `$name`. */
export const toDimensions = (dimensions: Readonly<Record<string, string | Variable>>): Record<string, string> =>
  Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, textOf(value)]));

/** A statistic of a metric. The dimensions must be exactly one of the metric's sets of dimensions. */
export const metricQuery = <const N extends Namespace, const M extends MetricOf<N>, V extends VariableScope = never>(
  namespace: N,
  metric: M,
  {
    statistic,
    dimensions,
  }: {
    readonly statistic: DefinitionPart<N, M, 'statistics'>[number];
    readonly dimensions: DimensionsOf<DefinitionPart<N, M, 'by'>, V> & InferVariables<V>;
  },
): CloudQuery<DefinitionPart<N, M, 'unit'>, NoInfer<V>> => {
  const metrics: Readonly<Record<string, Definition>> = cloudCatalogue[namespace].metrics;
  // The compiler does not resolve an index by two generic keys.
  const unit = metrics[metric]?.unit as unknown as DefinitionPart<N, M, 'unit'>;
  return {namespace, metric, statistic, unit, dimensions: toDimensions(dimensions)};
};
