/** Panels that ask CloudWatch. */
import {
  MetricEditorMode,
  MetricQueryType,
  MetricsQueryBuilder,
  QueryMode,
} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {AxisPlacement} from '@grafana/grafana-foundation-sdk/common';
import type {Panel} from '@grafana/grafana-foundation-sdk/dashboard';
import {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import type {Unit} from '../promql/promql.ts';
import {type CloudQuery, cloudCatalogue} from '../signals/cloudwatch-metrics.ts';
import {cloudwatch} from './datasource.ts';
import {type Heading, headed, measuredIn} from './panel-meta.ts';
import {refIdOf} from './targets.ts';
import {byName, dashedThresholds, drawnAsLines, noJudgement, type Thresholds, thresholdsOf, unitIds} from './theme.ts';

export type CloudSeries<U extends Unit> = {readonly query: CloudQuery<U>; readonly legend: string};

/**
 * Grafana then takes a minute, the finest that these namespaces keep, and longer ones for long ranges: what is older than
 * 15 days CloudWatch has by five minutes only, and answers nothing to who asks for minutes.
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
