/**
 * Kinds of panel, and what they have in common: title, description, links to the runbook, unit. They accept typed PromQL
 * expressions instead of strings, so the unit comes with the query, and all series of a graph have the same unit.
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
import {
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {PromQueryFormat} from '@grafana/grafana-foundation-sdk/prometheus';
import {PanelBuilder as Stat} from '@grafana/grafana-foundation-sdk/stat';
import {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import type {Duration, PromQL, Scope, Unit, VariablesOf} from '../promql/promql.ts';
import {readsRecords} from '../promql/recorded-growth.ts';
import {type AlertName, runbookUrl} from '../signals/runbook.ts';
import type {BoardPanel} from './board-parts.ts';
import {prometheus} from './datasource.ts';
import {colourByIndex, fixedColour, shadesOf} from './series-colours.ts';
import {isNamed, largestFirst, namedColours, refIdOf, type Series, target} from './targets.ts';
import {
  axisSoftMaxima,
  colourByThreshold,
  dashedThresholds,
  type LegendPlace,
  lastValue,
  maxDataPoints,
  meanValue,
  neutralNoValue,
  noThresholds,
  type Thresholds,
  textInColumn,
  toThresholdsConfig,
  unitDecimals,
  unitIds,
  withLineStyle,
} from './theme.ts';

export {coloursOf, each, named, type Series} from './targets.ts';

export type PanelMeta = {
  readonly title: string;
  /** How to read the panel, and what to do when it looks wrong. */
  readonly description: string;
  /** Shown where there is no data. */
  readonly noValue?: string;
  /** Alerts on the data of the panel, which links to their sections in the runbook. */
  readonly alerts?: readonly AlertName[];
};

const noTraffic = 'no traffic';

/** The methods that all panel builders have; the SDK has no common type for them. */
type Common = Builder<Panel> & {
  title(title: string): Common;
  description(description: string): Common;
  noValue(text: string): Common;
  datasource(datasource: {type: string; uid: string}): Common;
  unit(unit: string): Common;
  decimals(decimals: number): Common;
  min(min: number): Common;
  links(links: Builder<DashboardLink>[]): Common;
};

const toRunbook = (alert: AlertName): Builder<DashboardLink> =>
  new DashboardLinkBuilder(`Runbook: ${alert}`).type(DashboardLinkType.Link).url(runbookUrl(alert)).targetBlank(true);

/** Sets what every panel shows above its data. */
export const withMeta = <P extends Common>(
  panel: P,
  {title, description, noValue = noTraffic, alerts}: PanelMeta,
  datasource: {readonly type: string; readonly uid: string} = prometheus,
): P => {
  panel.title(title).description(description).noValue(noValue).datasource(datasource);
  if (alerts) {
    panel.links(alerts.map(toRunbook));
  }
  return panel;
};

/** Almost nothing that boards measure is negative, so an axis starts at zero. */
export const withUnit = <P extends Common>(
  panel: P,
  unit: Unit,
  {negative = false, decimals = unitDecimals[unit]}: {readonly negative?: boolean; readonly decimals?: number} = {},
): P => {
  panel.unit(unitIds[unit]);
  if (!negative) {
    panel.min(0);
  }
  if (decimals !== undefined) {
    panel.decimals(decimals);
  }
  return panel;
};

/** Lines over time, all of one unit. */
export const timeSeries = <U extends Unit, S extends Scope>({
  series,
  thresholds,
  negative = false,
  softMax = axisSoftMaxima[series[0].query.unit],
  legend: legendPlace,
  ...meta
}: PanelMeta & {
  readonly series: readonly [Series<U, S>, ...Series<NoInfer<U>, S>[]];
  /** Drawn as dashed lines across the graph. */
  readonly thresholds?: Thresholds;
  /** Whether values can be below zero. The axis includes zero in any case. */
  readonly negative?: boolean;
  /** The value that the axis reaches at least, in the unit of the series. @default the unit's, see axisSoftMaxima */
  readonly softMax?: number | undefined;
  /** @default 'bottom' for up to two series with fixed names, else 'right' */
  readonly legend?: LegendPlace;
}): BoardPanel<VariablesOf<S>> => {
  const lines = withLineStyle(new TimeSeries(), series.every(isNamed) ? series.length : 'many', legendPlace);
  const panel = withUnit(withMeta(lines, meta), series[0].query.unit, {negative})
    .colorScheme(colourByIndex())
    .targets(series.map(({query, legend}, index) => target(query, {index, legend}).range()));
  for (const [name, colour] of series.flatMap(namedColours)) panel.overrideByName(name, [fixedColour(colour)]);
  for (const [index, one] of series.entries())
    if ('shades' in one && one.shades !== undefined) panel.overrideByQuery(refIdOf(index), [shadesOf(one.shades)]);
  if (softMax !== undefined) panel.axisSoftMax(softMax);
  if (negative) panel.axisSoftMin(0);
  if (series.some(({query}) => readsRecords(query))) panel.maxDataPoints(maxDataPoints);
  return thresholds
    ? panel.thresholds(toThresholdsConfig(thresholds)).thresholdsStyle(dashedThresholds())
    : panel.thresholds(toThresholdsConfig(noThresholds));
};

type StatOptions = {
  readonly thresholds?: Thresholds;
  /** Number of decimals, if the default of the unit is not enough. */
  readonly decimals?: number;
  /**
   * Draws a sparkline over the board's time range behind the number, which is then the last value. With a separate
   * range the number is the mean over that range.
   */
  readonly history?: boolean | {readonly last: Duration; readonly step: Duration};
};

/** One number, coloured by its thresholds. */
export const stat = <U extends Unit, S extends Scope>({
  query,
  ...rest
}: PanelMeta & StatOptions & {readonly query: PromQL<S, U, never>}): BoardPanel<VariablesOf<S>> =>
  stats({series: {query, legend: rest.title, colour: 'traffic'}, ...rest});

/** A number for each series under its name, coloured by its thresholds. */
export const stats = <U extends Unit, S extends Scope>({
  series: {query, legend},
  thresholds = noThresholds,
  history = false,
  decimals,
  ...meta
}: PanelMeta & StatOptions & {readonly series: Series<U, S>}): BoardPanel<VariablesOf<S>> => {
  const dataquery = target(query, {legend});
  const panel = withUnit(withMeta(new Stat(), meta), query.unit, {...(decimals !== undefined && {decimals})})
    .colorScheme(colourByThreshold())
    .thresholds(toThresholdsConfig(thresholds))
    .mappings(neutralNoValue)
    .colorMode(BigValueColorMode.Value)
    .graphMode(history ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(legend === meta.title ? BigValueTextMode.Value : BigValueTextMode.ValueAndName)
    .reduceOptions(typeof history === 'object' ? meanValue() : lastValue())
    .withTarget(history ? dataquery.range() : dataquery.instant());
  if (typeof history === 'object') {
    dataquery.interval(history.step);
    panel.timeFrom(history.last).maxDataPoints(maxDataPoints);
  }
  return panel;
};

/**
 * The value of `label` in the query's only series. A stat that shows the name of a series instead shows nothing where
 * there is no series, not even its `noValue`.
 */
export const labelStat = <U extends Unit, S extends Scope, L extends string>({
  label,
  query,
  ...meta
}: PanelMeta & {readonly label: L; readonly query: PromQL<S, U, L>}): BoardPanel<VariablesOf<S>> =>
  withUnit(withMeta(new Stat(), meta), query.unit)
    .colorScheme(colourByThreshold())
    .thresholds(toThresholdsConfig(noThresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(textInColumn(label))
    .withTarget(
      target(query, {legend: `{{${label}}}`})
        .format(PromQueryFormat.Table)
        .instant(),
    );

/** A bar for each series beside its name, in the order of the query. */
export const barGauge = <U extends Unit, S extends Scope>({
  series,
  ...meta
}: PanelMeta & {readonly series: Series<U, S>}): BoardPanel<VariablesOf<S>> =>
  withUnit(withMeta(new BarGauge(), meta), series.query.unit)
    .colorScheme(colourByThreshold())
    .thresholds(toThresholdsConfig(noThresholds))
    .displayMode(BarGaugeDisplayMode.Gradient)
    .valueMode(BarGaugeValueMode.Text)
    .orientation(VizOrientation.Horizontal)
    .reduceOptions(lastValue())
    .withTarget(target(series.query, {legend: series.legend}).instant());

/** Horizontal bars, which have room for long names: one for each value of the label, largest first. */
export const barChart = <U extends Unit, S extends Scope, L extends string>({
  label,
  measure,
  query,
  ...meta
}: PanelMeta & {
  readonly label: L;
  /** The name of the value, in the tooltip. */
  readonly measure: string;
  readonly query: PromQL<S, U, L>;
}): BoardPanel<VariablesOf<S>> =>
  withUnit(withMeta(new BarChart(), meta), query.unit)
    .colorScheme(colourByThreshold())
    .thresholds(toThresholdsConfig(noThresholds))
    .xField(label)
    .orientation(VizOrientation.Horizontal)
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
