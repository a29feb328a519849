/**
 * CloudWatch's metrics as typed values: which namespace has which metric, by which dimensions it is kept, and which
 * statistics of it mean something. A dimension that a metric isn't kept by doesn't compile; CloudWatch itself would
 * only answer with nothing.
 */

import {
  MetricEditorMode,
  MetricQueryType,
  MetricsQueryBuilder,
  QueryMode,
} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {AxisPlacement} from '@grafana/grafana-foundation-sdk/common';
import {
  type Panel,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import {cloudwatch} from './datasource.ts';
import {type Heading, headed, measuredIn} from './heading.ts';
import type {Unit, Variable} from './promql.ts';
import {refIdOf} from './series.ts';
import {byName, dashedThresholds, drawnAsLines, noJudgement, type Thresholds, thresholdsOf, unitIds} from './theme.ts';

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
const catalogue = {
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
      DiscardedSamples: {...counted, by: [['Workspace', 'Reason']]},
    },
  },
} as const satisfies Readonly<
  Record<string, {readonly region: string; readonly metrics: Readonly<Record<string, Definition>>}>
>;

type Catalogue = typeof catalogue;
export type Namespace = keyof Catalogue;
export type MetricOf<N extends Namespace> = keyof Catalogue[N]['metrics'] & string;
/** What the metric's definition says of `Part`; inferred, as an intersection would let any dimension in. */
type Of<N extends Namespace, M extends MetricOf<N>, Part extends keyof Definition> =
  Catalogue[N]['metrics'][M] extends Readonly<Record<Part, infer Value extends Definition[Part]>> ? Value : never;

/** One of the metric's lists of dimensions, each with a value. */
type DimensionsOf<By extends readonly (readonly string[])[]> = {
  [Index in keyof By]: {readonly [Name in By[Index][number]]: string | Variable};
}[number];

/** Every series that has the dimension, whatever its value. */
export const any = '*';

/** What is asked of CloudWatch, and what its answer measures. */
export type CloudQuery<U extends Unit = Unit> = {
  readonly namespace: Namespace;
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: Statistic;
  readonly unit: U;
};

const textOf = (value: string | Variable): string => (typeof value === 'string' ? value : `$${value.variable}`);

const written = (dimensions: Readonly<Record<string, string | Variable>>): Record<string, string> =>
  Object.fromEntries(Object.entries(dimensions).map(([name, value]) => [name, textOf(value)]));

/** A statistic of a metric over the series that the dimensions name: all of one of its lists, and no other. */
export const ask = <const N extends Namespace, const M extends MetricOf<N>>(
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
  const metrics: Readonly<Record<string, Definition>> = catalogue[namespace].metrics;
  // An index by two generic keys forgets which they were.
  const unit = metrics[metric]?.unit as unknown as Of<N, M, 'unit'>;
  return {namespace, metric, statistic, unit, dimensions: written(dimensions)};
};

export type CloudSeries<U extends Unit> = {readonly query: CloudQuery<U>; readonly legend: string};

/** A minute is the finest that these namespaces keep. */
const periodSeconds = 60;

const target = ({query, legend}: CloudSeries<Unit>, index: number) =>
  new MetricsQueryBuilder()
    .refId(refIdOf(index))
    .id(`q${index}`)
    .datasource(cloudwatch)
    .queryMode(QueryMode.Metrics)
    .metricQueryType(MetricQueryType.Search)
    .metricEditorMode(MetricEditorMode.Builder)
    .region(catalogue[query.namespace].region)
    .namespace(query.namespace)
    .metricName(query.metric)
    .dimensions(query.dimensions)
    .statistic(query.statistic)
    .matchExact(true)
    .period(String(periodSeconds))
    .expression('')
    .label(legend);

/** Lines over time, all of one unit. Legends may hold CloudWatch's own `${PROP('Dim.Name')}`. */
export const cloudOverTime = <U extends Unit>({
  series,
  right = [],
  thresholds,
  ...heading
}: Heading & {
  readonly series: readonly [CloudSeries<U>, ...CloudSeries<NoInfer<U>>[]];
  /** What is read off the axis on the right, in units of its own. */
  readonly right?: readonly CloudSeries<Unit>[];
  readonly thresholds?: Thresholds;
}): Builder<Panel> => {
  const panel = measuredIn(headed(drawnAsLines(new TimeSeries()), heading, cloudwatch), series[0].query.unit)
    .colorScheme(byName())
    .targets([...series, ...right].map(target))
    .thresholds(thresholdsOf(thresholds ?? noJudgement));
  right.forEach(({query}, index) => {
    // By the query, as a legend may stand for several series.
    panel.overrideByQuery(refIdOf(series.length + index), [
      {id: 'unit', value: unitIds[query.unit]},
      {id: 'custom.axisPlacement', value: AxisPlacement.Right},
    ]);
  });
  return thresholds ? panel.thresholdsStyle(dashedThresholds()) : panel;
};

type DimensionOf<N extends Namespace, M extends MetricOf<N>> = Of<N, M, 'by'>[number][number];

/** A choice among the values that a dimension of a metric has, filled by CloudWatch itself. */
export const dimensionValues = <const N extends Namespace, const M extends MetricOf<N>>({
  variable: {variable},
  label,
  description,
  namespace,
  metric,
  dimension,
  where = {},
}: {
  readonly variable: Variable;
  readonly label: string;
  readonly description: string;
  readonly namespace: N;
  readonly metric: M;
  readonly dimension: DimensionOf<N, M>;
  /** Only values that go with these. */
  readonly where?: {readonly [Name in DimensionOf<N, M>]?: string | Variable};
}): QueryVariableBuilder => {
  const {region} = catalogue[namespace];
  // A mapped type over generic keys has no entries for the compiler.
  const dimensionFilters = written(where as Readonly<Record<string, string | Variable>>);
  const filters = Object.keys(dimensionFilters).length > 0 ? [JSON.stringify(dimensionFilters)] : [];
  return new QueryVariableBuilder(variable)
    .label(label)
    .description(description)
    .datasource(cloudwatch)
    .definition(`dimension_values(${[region, namespace, metric, dimension, ...filters].join(', ')})`)
    .query({
      queryType: 'dimensionValues',
      region,
      namespace,
      metricName: metric,
      dimensionKey: dimension,
      dimensionFilters,
      refId: 'CloudWatchVariableQueryEditor-VariableQuery',
    })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);
};
