/** How everything looks: colours by meaning, units as Grafana calls them, lines and legends. Panels choose a meaning. */

import {
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type {PanelBuilder as TimeSeries} from '@grafana/grafana-foundation-sdk/timeseries';
import {ValueError} from '../errors.ts';
import type {Unit} from '../promql/promql.ts';
import {pagedBurns} from '../signals/burn-alerts.ts';
import {thresholds} from '../signals/thresholds.ts';

/** Grafana's own colour names, so that light and dark themes each choose their shade. */
export const colours = {good: 'green', doubtful: 'orange', bad: 'red', neutral: 'blue', quiet: 'text'} as const;
export type Meaning = keyof typeof colours;

/** Grafana's unit ids (https://github.com/grafana/grafana, packages/grafana-data/src/valueFormats/categories.ts). */
export const unitIds: Readonly<Record<Unit, string>> = {
  seconds: 's',
  bytes: 'bytes',
  events: 'locale',
  series: 'locale',
  rows: 'locale',
  flag: 'none',
  ratio: 'percentunit',
  count: 'none',
  multiple: 'suffix:×',
  percent: 'percent',
  'events per second': 'eps',
  'events per hour': 'locale',
  'bytes per second': 'binBps',
  'rows per second': 'rowsps',
};

/** Number of decimals, where Grafana's default does not fit: increase() extrapolates, so events come in fractions. */
export const unitDecimals: Readonly<Partial<Record<Unit, number>>> = {
  events: 0,
  'events per hour': 0,
  ratio: 1,
  multiple: 2,
};

/** The value that a time series' axis reaches at least: without one, Grafana draws zeros on an axis up to 100. */
export const axisSoftMaxima: Readonly<Partial<Record<Unit, number>>> = {
  'events per second': 0.1,
  'rows per second': 1,
  'bytes per second': 1024,
  events: 1,
  seconds: 0.1,
  ratio: 1,
  percent: 100,
  multiple: 1,
  count: 1,
  flag: 1,
};

/** Meanings by lower bound; `below` is the meaning of values under the first bound. */
export type Thresholds = {
  readonly below: Meaning;
  readonly steps: readonly {readonly from: number; readonly means: Meaning}[];
};

/**
 * The colours of error ratios. They change long before the alert fires, at `thresholds.errorShare`: a reader of a board
 * should see what starts to fail.
 */
export const errorShareSteps: Thresholds = {
  below: 'good',
  steps: [
    {from: 0.01, means: 'doubtful'},
    {from: 0.05, means: 'bad'},
  ],
};

/** The colours of success ratios. */
export const successShareSteps: Thresholds = {
  below: 'bad',
  steps: [
    {from: 0.85, means: 'doubtful'},
    {from: 0.95, means: 'good'},
  ],
};

/** Tasks that run: none is an outage. */
export const tasksExpected: Thresholds = {below: 'bad', steps: [{from: 1, means: 'good'}]};

/** Starts of tasks within an hour. */
export const startsExpected: Thresholds = {
  below: 'good',
  steps: [
    {from: thresholds.startsAnHour, means: 'doubtful'},
    {from: thresholds.startsAnHour + 1, means: 'bad'},
  ],
};

/** Seconds since something was written: a scrape interval or two, then minutes. */
export const writeAge: Thresholds = {
  below: 'good',
  steps: [
    {from: 60, means: 'doubtful'},
    {from: 300, means: 'bad'},
  ],
};

/** Share of a queue that is used. */
export const queueShare: Thresholds = {
  below: 'good',
  steps: [
    {from: thresholds.queueFilled / 2, means: 'doubtful'},
    {from: thresholds.queueFilled, means: 'bad'},
  ],
};

/** Share of an error budget that is left. */
export const budgetShare: Thresholds = {
  below: 'bad',
  steps: [
    {from: 0, means: 'doubtful'},
    {from: 0.25, means: 'good'},
  ],
};

/** The burn rate of an error budget, which lasts exactly 30 days at 1. From the second threshold on, an alert pages. */
export const burnRate: Thresholds = {
  below: 'good',
  steps: [
    {from: 1, means: 'doubtful'},
    {from: Math.min(...pagedBurns.map(({over}) => over)), means: 'bad'},
  ],
};

/** Whether an objective is met. */
export const complianceThresholds = (target: number): Thresholds => ({
  below: 'bad',
  steps: [{from: target, means: 'good'}],
});

/** Percent of what a task or container may use. */
export const usedPercent: Thresholds = {
  below: 'good',
  steps: [
    {from: 75, means: 'doubtful'},
    {from: 90, means: 'bad'},
  ],
};

/** Where a number is neither good nor bad. */
export const noThresholds: Thresholds = {below: 'neutral', steps: []};

/** @throws {ValueError} when the steps are not finite numbers in ascending order: Grafana would ignore some of them. */
export const thresholdSteps = ({below, steps}: Thresholds) => {
  const values = steps.map(({from}) => from);
  if (
    values.some((value, index) => !Number.isFinite(value) || value <= (values[index - 1] ?? Number.NEGATIVE_INFINITY))
  )
    throw new ValueError(`thresholds: expected finite numbers in ascending order, found ${values.join(', ')}`);
  return [
    {value: null, color: colours[below]},
    ...steps.map(({from, means}) => ({value: from, color: colours[means]})),
  ];
};

export const toThresholdsConfig = (thresholds: Thresholds): ThresholdsConfigBuilder =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(thresholdSteps(thresholds));

export const colourByThreshold = (): FieldColorBuilder => new FieldColorBuilder().mode(FieldColorModeId.Thresholds);

/** The text for no value is neither good nor bad; Grafana would give it the colour of the lowest threshold. */
export const neutralNoValue: ValueMapping[] = [
  {
    type: MappingType.SpecialValue,
    options: {match: SpecialValueMatch.NullAndNan, result: {color: colours.quiet, index: 0}},
  },
];

/** The last value of each series. */
export const lastValue = (): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields('').values(false);

/** The mean of each series over the panel's time range. */
export const meanValue = (): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs(['mean']).fields('').values(false);

/**
 * The maximum number of points of a graph, whatever its width: a range query with more steps reads more samples. With
 * this number Grafana uses steps of 1 min for one hour, 10 min for a day, 1 h for a week and 6 h for 30 days.
 */
export const maxDataPoints = 144;

/** Reduces a table to the string in one column, for a stat that shows a name. */
export const textInColumn = (label: string): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs(['lastNotNull']).fields(`/^${label}$/`).values(true).limit(1);

/** More series than this in one chart are drawn without a fill: areas on top of each other hide the lines. */
const maxFilledSeries = 4;

/** Grafana gives a legend at the bottom a third of the panel, in which a table has room for this many series. */
const maxSeriesAtBottom = 2;

export type LegendPlace = 'bottom' | 'right';

/** A table at the bottom, or at the right, where it has less width and more rows. */
const legendAt = (place: LegendPlace): VizLegendOptionsBuilder => {
  const legend = new VizLegendOptionsBuilder().showLegend(true).displayMode(LegendDisplayMode.Table);
  return place === 'bottom'
    ? legend.placement(LegendPlacement.Bottom).calcs(['mean', 'max', 'lastNotNull'])
    : legend.placement(LegendPlacement.Right).calcs(['max', 'lastNotNull']);
};

/**
 * Lines as all boards draw them: thin, lightly filled, with a legend that is a table.
 *
 * @param series how many there are; `many` where it depends on the data
 * @param legend @default 'bottom' for up to two series, else 'right'
 */
export const withLineStyle = (panel: TimeSeries, series: number | 'many', legend?: LegendPlace): TimeSeries =>
  panel
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(series !== 'many' && series <= maxFilledSeries ? 10 : 0)
    .showPoints(VisibilityMode.Auto)
    .spanNulls(false)
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .legend(legendAt(legend ?? (series !== 'many' && series <= maxSeriesAtBottom ? 'bottom' : 'right')));

/** Thresholds drawn across a graph. */
export const dashedThresholds = (): GraphThresholdsStyleConfigBuilder =>
  new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
