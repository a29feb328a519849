/**
 * Kinds of panel, named for what they show. They take PromQL and never text, so the unit comes with the query, and what
 * has different units doesn't fit into one graph.
 */
import {PanelBuilder as BarChart} from '@grafana/grafana-foundation-sdk/barchart';
import {PanelBuilder as BarGauge} from '@grafana/grafana-foundation-sdk/bargauge';
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {
  BarGaugeDisplayMode,
  BarGaugeValueMode,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import type {Panel} from '@grafana/grafana-foundation-sdk/dashboard';
import {PromQueryFormat} from '@grafana/grafana-foundation-sdk/prometheus';
import {PanelBuilder as Stat} from '@grafana/grafana-foundation-sdk/stat';
import {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import type {Duration, PromQL, Scope, Unit} from '../promql/promql.ts';
import {readsRecords} from '../promql/recorded-growth.ts';
import {type Heading, headed, measuredIn} from './panel-meta.ts';
import {byIndex, fixedColour} from './series-colours.ts';
import {isNamed, largestFirst, namedColours, type Series, target} from './targets.ts';
import {
  axisSoftMaxima,
  byThreshold,
  dashedThresholds,
  drawnAsLines,
  lastValue,
  meanValue,
  namesIn,
  noJudgement,
  noValueIsQuiet,
  pointsOfGraphs,
  type Thresholds,
  thresholdsOf,
} from './theme.ts';

export {type Column, table} from './table.ts';
export {coloursOf, each, named, type Series} from './targets.ts';

/** Lines over time, all of one unit. */
export const overTime = <U extends Unit>({
  series,
  thresholds,
  negative = false,
  reach = axisSoftMaxima[series[0].query.unit],
  ...heading
}: Heading & {
  readonly series: readonly [Series<U>, ...Series<NoInfer<U>>[]];
  /** Drawn as dashed lines across the graph. */
  readonly thresholds?: Thresholds;
  /** Whether it can fall below zero, where the axis begins otherwise. */
  readonly negative?: boolean;
  /** The value that the axis reaches at least, in the unit of the series. @default the unit's, see axisSoftMaxima */
  readonly reach?: number | undefined;
}): Builder<Panel> => {
  const lines = drawnAsLines(new TimeSeries(), series.every(isNamed) ? series.length : 'many');
  const panel = measuredIn(headed(lines, heading), series[0].query.unit, {negative})
    .colorScheme(byIndex())
    .targets(series.map(({query, legend}, index) => target(query, {index, legend}).range()));
  for (const [name, colour] of series.flatMap(namedColours)) panel.overrideByName(name, [fixedColour(colour)]);
  if (reach !== undefined) panel.axisSoftMax(reach);
  if (series.some(({query}) => readsRecords(query))) panel.maxDataPoints(pointsOfGraphs);
  return thresholds
    ? panel.thresholds(thresholdsOf(thresholds)).thresholdsStyle(dashedThresholds())
    : panel.thresholds(thresholdsOf(noJudgement));
};

type Judged = {
  readonly thresholds?: Thresholds;
  /** After the point, where the unit's are too few. */
  readonly places?: number;
  /**
   * Draws how the number came about behind it, over the board's time range; the number is then the last one. With a
   * separate range the number is the mean over that range.
   */
  readonly history?: boolean | {readonly last: Duration; readonly step: Duration};
};

/** One number, coloured by what it means. */
export const figure = <U extends Unit>({
  query,
  ...rest
}: Heading & Judged & {readonly query: PromQL<Scope, U, never>}): Builder<Panel> =>
  figures({series: {query, legend: rest.title, colour: 'traffic'}, ...rest});

/** A number for each series under its name, coloured by what it means. */
export const figures = <U extends Unit>({
  series: {query, legend},
  thresholds = noJudgement,
  history = false,
  places,
  ...heading
}: Heading & Judged & {readonly series: Series<U>}): Builder<Panel> => {
  const asked = target(query, {legend});
  const panel = measuredIn(headed(new Stat(), heading), query.unit, {...(places !== undefined && {places})})
    .colorScheme(byThreshold())
    .thresholds(thresholdsOf(thresholds))
    .mappings(noValueIsQuiet)
    .colorMode(BigValueColorMode.Value)
    .graphMode(history ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(legend === heading.title ? BigValueTextMode.Value : BigValueTextMode.ValueAndName)
    .reduceOptions(typeof history === 'object' ? meanValue() : lastValue())
    .withTarget(history ? asked.range() : asked.instant());
  if (typeof history === 'object') {
    asked.interval(history.step);
    panel.timeFrom(history.last).maxDataPoints(pointsOfGraphs);
  }
  return panel;
};

/**
 * The name that the query's one series carries in `label`, as a value: a stat that shows a series' name instead shows
 * nothing at all where there is none, not even its `noValue`.
 */
export const nameOf = <U extends Unit, L extends string>({
  label,
  query,
  ...heading
}: Heading & {readonly label: L; readonly query: PromQL<Scope, U, L>}): Builder<Panel> =>
  measuredIn(headed(new Stat(), heading), query.unit)
    .colorScheme(byThreshold())
    .thresholds(thresholdsOf(noJudgement))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(namesIn(label))
    .withTarget(
      target(query, {legend: `{{${label}}}`})
        .format(PromQueryFormat.Table)
        .instant(),
    );

/** Bars beside each other's names, in the order of the query. */
export const distribution = <U extends Unit>({
  series,
  ...heading
}: Heading & {readonly series: Series<U>}): Builder<Panel> =>
  measuredIn(headed(new BarGauge(), heading), series.query.unit)
    .colorScheme(byThreshold())
    .thresholds(thresholdsOf(noJudgement))
    .displayMode(BarGaugeDisplayMode.Gradient)
    .valueMode(BarGaugeValueMode.Text)
    .orientation(VizOrientation.Horizontal)
    .reduceOptions(lastValue())
    .withTarget(target(series.query, {legend: series.legend}).instant());

/** Upright bars, one for each value of the label, highest first. */
export const bars = <U extends Unit, L extends string>({
  label,
  measure,
  query,
  ...heading
}: Heading & {
  readonly label: L;
  /** What the height of a bar is called. */
  readonly measure: string;
  readonly query: PromQL<Scope, U, L>;
}): Builder<Panel> =>
  measuredIn(headed(new BarChart(), heading), query.unit)
    .colorScheme(byThreshold())
    .thresholds(thresholdsOf(noJudgement))
    .xField(label)
    .orientation(VizOrientation.Vertical)
    .showValue(VisibilityMode.Auto)
    .legend(new VizLegendOptionsBuilder().showLegend(false))
    .withTransformation({
      id: 'organize',
      options: {excludeByName: {Time: true}, indexByName: {[label]: 0, Value: 1}, renameByName: {Value: measure}},
    })
    .withTransformation(largestFirst(measure))
    .withTarget(
      target(query, {legend: `{{${label}}}`})
        .format(PromQueryFormat.Table)
        .instant(),
    );
