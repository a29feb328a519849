/** Panels that query CloudWatch. */
import {
  MetricEditorMode,
  MetricQueryType,
  MetricsQueryBuilder,
  QueryMode,
} from '@grafana/grafana-foundation-sdk/cloudwatch';
import {AxisPlacement} from '@grafana/grafana-foundation-sdk/common';
import {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import type {Unit, VariableScope} from '../promql/promql.ts';
import {type CloudQuery, cloudCatalogue} from '../signals/cloudwatch-metrics.ts';
import type {BoardPanel} from './board-parts.ts';
import {cloudwatch} from './datasource.ts';
import {type PanelMeta, withMeta, withUnit} from './panels.ts';
import {colourByIndex, fixedColour, type SeriesColour, shadesOf} from './series-colours.ts';
import {refIdOf} from './targets.ts';
import {
  axisSoftMaxima,
  dashedThresholds,
  noThresholds,
  type Thresholds,
  toThresholdsConfig,
  unitIds,
  withLineStyle,
} from './theme.ts';

type Queried<U extends Unit, V extends VariableScope> = {readonly query: CloudQuery<U, V>};

/** A series with a fixed name and colour, or one series for each value of a dimension, named by CloudWatch. */
export type CloudSeries<U extends Unit, V extends VariableScope = VariableScope> =
  | (Queried<U, V> & {readonly legend: string; readonly colour: SeriesColour})
  | (Queried<U, V> & {readonly legend: `${string}\${PROP('Dim.${string}')}${string}`; readonly shades: SeriesColour});

/**
 * Grafana then uses a period of one minute, the finest of these namespaces, and longer periods for long ranges.
 * CloudWatch keeps data older than 15 days only at five-minute resolution, and returns no data for a one-minute period.
 */
const fittingPeriod = 'auto';

const target = ({query, legend}: CloudSeries<Unit>, index: number) =>
  new MetricsQueryBuilder()
    .refId(refIdOf(index))
    .id(`q${index}`)
    .datasource(cloudwatch)
    .queryMode(QueryMode.Metrics)
    .metricQueryType(MetricQueryType.Search)
    .metricEditorMode(MetricEditorMode.Builder)
    .region(cloudCatalogue[query.namespace].region)
    .namespace(query.namespace)
    .metricName(query.metric)
    .dimensions(query.dimensions)
    .statistic(query.statistic)
    .matchExact(true)
    .period(fittingPeriod)
    .expression('')
    .label(legend);

/** A time series panel whose lines have the same unit. Legends may contain CloudWatch's own `${PROP('Dim.Name')}`. */
export const cloudTimeSeries = <U extends Unit, V extends VariableScope>({
  series,
  right = [],
  thresholds,
  ...meta
}: PanelMeta & {
  readonly series: readonly [CloudSeries<U, V>, ...CloudSeries<NoInfer<U>, V>[]];
  /** Series on the axis at the right, in their own units. */
  readonly right?: readonly CloudSeries<Unit, V>[];
  readonly thresholds?: Thresholds;
}): BoardPanel<V> => {
  const all = [...series, ...right];
  const {unit} = series[0].query;
  const named = all.flatMap(one => ('colour' in one ? [one] : []));
  const lines = withLineStyle(new TimeSeries(), named.length === all.length ? all.length : 'many');
  const panel = withUnit(withMeta(lines, meta, cloudwatch), unit)
    .colorScheme(colourByIndex())
    .targets(all.map(target))
    .thresholds(toThresholdsConfig(thresholds ?? noThresholds));
  for (const {legend, colour} of named) panel.overrideByName(legend, [fixedColour(colour)]);
  for (const [index, one] of all.entries())
    if ('shades' in one) panel.overrideByQuery(refIdOf(index), [shadesOf(one.shades)]);
  const softMax = axisSoftMaxima[unit];
  if (softMax !== undefined) panel.axisSoftMax(softMax);
  right.forEach(({query}, index) => {
    // By the query, as several series may share a legend.
    panel.overrideByQuery(refIdOf(series.length + index), [
      {id: 'unit', value: unitIds[query.unit]},
      {id: 'custom.axisPlacement', value: AxisPlacement.Right},
      {id: 'custom.axisSoftMax', value: axisSoftMaxima[query.unit] ?? null},
    ]);
  });
  return thresholds ? panel.thresholdsStyle(dashedThresholds()) : panel;
};
