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
import {PanelBuilder as Table} from '@grafana/grafana-foundation-sdk/table';
import {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import {prometheus} from './datasource.ts';
import type {PromQL, Scope, Unit} from './promql.ts';
import {refIdOf, type Series, target} from './series.ts';
import {
  byName,
  byThreshold,
  dashedThresholds,
  decimals,
  drawnAsLines,
  fixedColour,
  lastValue,
  noJudgement,
  type Thresholds,
  thresholdSteps,
  thresholdsOf,
  unitIds,
} from './theme.ts';

export {each, named, type Series} from './series.ts';

type Heading = {
  readonly title: string;
  /** How to read the panel, and what to do when it looks wrong. */
  readonly description: string;
  /** What stands in place of data where there is none. */
  readonly noValue?: string;
};

const noTraffic = 'no traffic';

/** What every kind of panel has, and the SDK's builders have no common type for. */
type Common = Builder<Panel> & {
  title(title: string): Common;
  description(description: string): Common;
  noValue(text: string): Common;
  datasource(datasource: typeof prometheus): Common;
  unit(unit: string): Common;
  decimals(decimals: number): Common;
  min(min: number): Common;
};

const headed = <P extends Common>(panel: P, {title, description, noValue = noTraffic}: Heading): P => {
  panel.title(title).description(description).noValue(noValue).datasource(prometheus);
  return panel;
};

/** Nothing that boards measure is negative, so an axis starts at zero. */
const measuredIn = <P extends Common>(panel: P, unit: Unit): P => {
  panel.unit(unitIds[unit]).min(0);
  const places = decimals[unit];
  if (places !== undefined) {
    panel.decimals(places);
  }
  return panel;
};

const coloured = <P extends {overrideByName(name: string, properties: ReturnType<typeof fixedColour>[]): unknown}>(
  panel: P,
  series: readonly Series<Unit>[],
): P => {
  for (const {legend, meaning} of series) {
    if (meaning) {
      panel.overrideByName(legend, [fixedColour(meaning)]);
    }
  }
  return panel;
};

/** Lines over time, all of one unit. */
export const overTime = <U extends Unit>({
  series,
  thresholds,
  ...heading
}: Heading & {
  readonly series: readonly [Series<U>, ...Series<NoInfer<U>>[]];
  /** Drawn as dashed lines across the graph. */
  readonly thresholds?: Thresholds;
}): Builder<Panel> => {
  const panel = coloured(measuredIn(headed(drawnAsLines(new TimeSeries()), heading), series[0].query.unit), series)
    .colorScheme(byName())
    .targets(series.map(({query, legend}, index) => target(query, {index, legend}).range()));
  return thresholds
    ? panel.thresholds(thresholdsOf(thresholds)).thresholdsStyle(dashedThresholds())
    : panel.thresholds(thresholdsOf(noJudgement));
};

/** One number, coloured by what it means. */
export const figure = <U extends Unit>({
  query,
  thresholds = noJudgement,
  history = false,
  ...heading
}: Heading & {
  readonly query: PromQL<Scope, U, never>;
  readonly thresholds?: Thresholds;
  /** Draws how the number came about behind it. */
  readonly history?: boolean;
}): Builder<Panel> => {
  const asked = target(query, {legend: heading.title});
  return measuredIn(headed(new Stat(), heading), query.unit)
    .colorScheme(byThreshold())
    .thresholds(thresholdsOf(thresholds))
    .colorMode(BigValueColorMode.Value)
    .graphMode(history ? BigValueGraphMode.Area : BigValueGraphMode.None)
    .textMode(BigValueTextMode.Value)
    .reduceOptions(lastValue())
    .withTarget(history ? asked.range() : asked.instant());
};

/** The name of the series the query leaves. */
export const nameOf = <U extends Unit>({series, ...heading}: Heading & {readonly series: Series<U>}): Builder<Panel> =>
  measuredIn(headed(new Stat(), heading), series.query.unit)
    .colorScheme(byThreshold())
    .thresholds(thresholdsOf(noJudgement))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .textMode(BigValueTextMode.Name)
    .reduceOptions(lastValue())
    .withTarget(target(series.query, {legend: series.legend}).instant());

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

const largestFirst = (field: string) => ({id: 'sortBy', options: {fields: {}, sort: [{field, desc: true}]}});

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

/** A column of a table: a query whose series carry the table's label and no other. */
export type Column<L extends string> = {
  readonly heading: string;
  readonly query: PromQL<Scope, Unit, L>;
  /** What stands in a cell without a value. */
  readonly noValue?: string;
  readonly thresholds?: Thresholds;
};

/** A row for each value of the label, the largest of the first column first. */
export const table = <L extends string>({
  label,
  rows,
  columns,
  ...heading
}: Heading & {
  readonly label: L;
  /** What the label's column is called. */
  readonly rows: string;
  readonly columns: readonly [Column<NoInfer<L>>, ...Column<NoInfer<L>>[]];
}): Builder<Panel> => {
  // With several queries Grafana names a value's column after the refId, with one it doesn't.
  const field = (index: number): string => (columns.length > 1 ? `Value #${refIdOf(index)}` : 'Value');
  const panel = headed(new Table(), heading)
    .thresholds(thresholdsOf(noJudgement))
    .targets(
      columns.map(({query, heading: legend}, index) =>
        target(query, {index, legend}).format(PromQueryFormat.Table).instant(),
      ),
    )
    .withTransformation({id: 'merge', options: {}})
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: {Time: true},
        indexByName: Object.fromEntries([[label, 0], ...columns.map((_, index) => [field(index), index + 1])]),
        renameByName: Object.fromEntries([
          [label, rows],
          ...columns.map((column, index) => [field(index), column.heading]),
        ]),
      },
    })
    .withTransformation(largestFirst(columns[0].heading));
  for (const {heading: name, query, noValue, thresholds} of columns) {
    panel.overrideByName(name, [
      {id: 'unit', value: unitIds[query.unit]},
      ...(decimals[query.unit] === undefined ? [] : [{id: 'decimals', value: decimals[query.unit]}]),
      ...(noValue === undefined ? [] : [{id: 'noValue', value: noValue}]),
      ...(thresholds
        ? [
            {id: 'thresholds', value: {mode: 'absolute', steps: thresholdSteps(thresholds)}},
            {id: 'custom.cellOptions', value: {type: 'color-text'}},
          ]
        : []),
    ]);
  }
  return panel;
};
