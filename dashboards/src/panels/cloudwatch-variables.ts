/** Variables with options from CloudWatch, which offers the values that it has seen. */
import {QueryVariableBuilder, VariableRefresh, VariableSort} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Variable, VariableScope} from '../promql/promql.ts';
import {
  cloudCatalogue,
  type DefinitionPart,
  type MetricOf,
  type Namespace,
  toDimensions,
} from '../signals/cloudwatch-metrics.ts';
import type {DeclaresVariable} from './board-parts.ts';
import {cloudwatch} from './datasource.ts';

type DimensionOf<N extends Namespace, M extends MetricOf<N>> = DefinitionPart<N, M, 'by'>[number][number];

/** A variable for the values of a dimension of a metric; CloudWatch returns them. */
export const dimensionValues = <const N extends Namespace, const M extends MetricOf<N>, V extends VariableScope>({
  variable: {variable},
  label,
  description,
  namespace,
  metric,
  dimension,
  where = {},
}: {
  readonly variable: Variable<V>;
  readonly label: string;
  readonly description: string;
  readonly namespace: N;
  readonly metric: M;
  readonly dimension: DimensionOf<N, M>;
  /** Only values of series that also have these dimensions. */
  readonly where?: {readonly [Name in DimensionOf<N, M>]?: string | Variable};
}): QueryVariableBuilder & DeclaresVariable<V> => {
  const {region} = cloudCatalogue[namespace];
  // A mapped type over generic keys has no entries for the compiler.
  const dimensionFilters = toDimensions(where as Readonly<Record<string, string | Variable>>);
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
