/**
 * Chooses, when the time range of a board changes, the series that its counts are read from: raw series up to an hour,
 * five-minute records up to five days, and hourly records above that. Where records do not cover the range, as on the day
 * after the rules were installed, a range up to a day reads raw series. The choice reads one series.
 */
import {QueryVariableBuilder, VariableHide, VariableRefresh} from '@grafana/grafana-foundation-sdk/dashboard';
import {singleVariable, type Variable, type VariableScope} from '../promql/promql.ts';
import {rawResolution, recordResolutions, resolution} from '../promql/recorded-growth.ts';
import {recordedMarker} from '../signals/recorded-growth.ts';
import type {DeclaresVariable} from './board-parts.ts';
import {prometheus} from './datasource.ts';

const hour = 3600;
const day = 86_400;

/** Seconds of the board's time range above which each form is read. A little over a round span: clocks are not exact. */
const above = {'5m': 1.05 * hour, '1h': 5 * day} as const;
/** Seconds of the time range up to which raw series are read where there are no records. */
const rawAtMost = 1.05 * day;
/** The share of records that may be missing: what is missing is not counted. */
const missing = 0.005;

const choice = (value: string, preference: number): string =>
  `label_replace(vector(${preference}), "${resolution.variable}", "${value}", "", "")`;
const longer = (seconds: number): string => `vector($__range_s) > ${seconds}`;
const records = (at: keyof typeof recordResolutions): string =>
  `count_over_time(${recordedMarker.name}{${resolution.variable}="${at}"}[$__range])`;
const covering = `${records('5m')} * ${recordResolutions['5m']} >= $__range_s * ${1 - missing} - ${recordResolutions['5m']}`;

const decision = [
  `${choice('1h', 3)} and on () (${longer(above['1h'])}) and on () ${records('1h')}`,
  `${choice('5m', 2)} and on () (${longer(above['5m'])}) and on () (${covering})`,
  `${choice('5m', 2)} and on () (${longer(rawAtMost)}) and on () ${records('5m')}`,
  choice(rawResolution, 1),
].join(' or ');

const computed = <V extends VariableScope>(
  {variable}: Variable<V>,
  query: string,
  regex: string,
): QueryVariableBuilder & DeclaresVariable<V> =>
  new QueryVariableBuilder(variable)
    .datasource(prometheus)
    .definition(`query_result(${query})`)
    .query({qryType: 3, query: `query_result(${query})`, refId: 'PrometheusVariableQueryEditor-VariableQuery'})
    .regex(regex)
    .refresh(VariableRefresh.OnTimeRangeChanged);

export const resolutionVariable = computed(
  resolution,
  `topk(1, ${decision})`,
  `/${resolution.variable}="(?<value>\\|?(?<text>[^"]*))"/`,
)
  .label('Data')
  .description(
    'Where counts are read from, chosen by the time range: raw series up to an hour, 5-minute records up to 5 days, hourly records above that. Records exist since the recording rules were installed.',
  )
  .current({text: 'raw', value: rawResolution});

/** The smallest step of a graph: no finer than what it reads. */
export const minStep = singleVariable('step');
/** Four scrapes: a rate over them survives a missing one. */
const rawStep = '1m';

export const minStepVariable = computed(
  minStep,
  `label_replace(label_replace(vector(1), "step", "$${resolution.variable}", "", ""), "step", "${rawStep}", "step", ".*raw")`,
  '/step="([^"]*)"/',
)
  .description('The smallest step of a graph, which follows from the data it reads.')
  .hide(VariableHide.HideVariable)
  .current({text: rawStep, value: rawStep});
