/** Queries to Prometheus through the preview's server, and their results as data frames shaped like Grafana's. */

import {
  type DataFrame,
  DataFrameType,
  type Field,
  FieldType,
  findCommonLabels,
  formatLabels,
  type Labels,
} from '@grafana/data';
import type {Target} from './board-model.ts';
import {interpolator} from './interpolate.ts';
import {intervalsOf, type QueryContext, queryValues} from './intervals.ts';
import {request} from './prometheus-api.ts';

type Sample = readonly [seconds: number, value: string];
type Series = {readonly metric: Labels; readonly value?: Sample; readonly values?: readonly Sample[]};
type QueryResult = {readonly resultType: 'matrix' | 'vector'; readonly result: readonly Series[]};
type Constant = {readonly resultType: 'scalar' | 'string'; readonly result: Sample};
type QueryData = QueryResult | Constant;

const isConstant = (data: QueryData): data is Constant => data.resultType === 'scalar' || data.resultType === 'string';

const seriesOf = (data: QueryData): readonly Series[] =>
  isConstant(data) ? [{metric: {}, value: data.result}] : data.result;

/** The expression that is sent. */
export const expressionOf = (target: Target, context: QueryContext): string =>
  interpolator(context.values, queryValues(context.range, intervalsOf(context, target)))(
    target.expr ?? '',
    undefined,
    'promql',
  );

/** Boards from before the two flags existed mean a range query. */
export const kindsOf = ({range, instant}: Target): {readonly range: boolean; readonly instant: boolean} => ({
  range: range === true || instant !== true,
  instant: instant === true,
});

const parsed = (text: string): number => {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
};

const samplesOf = ({value, values}: Series): readonly Sample[] => values ?? (value ? [value] : []);

const nameOf = (metric: Labels, expression: string): string => {
  const {__name__: name = '', ...labels} = metric;
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  if (pairs.length === 0) return name || expression;
  return `${name}{${pairs.join(', ')}}`;
};

const legendOf = (format: string | undefined, metric: Labels, expression: string): string => {
  if (format === '__auto' || !format) return nameOf(metric, expression);
  return format.replaceAll(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => metric[label] ?? '');
};

const toFrame = (series: Series, {refId, legendFormat}: Target, expression: string, stepMs: number): DataFrame => {
  const samples = samplesOf(series);
  const name = legendOf(legendFormat, series.metric, expression);
  const fields: Field[] = [
    {
      name: 'Time',
      type: FieldType.time,
      config: {interval: stepMs},
      values: samples.map(([seconds]) => seconds * 1000),
    },
    {
      name: 'Value',
      type: FieldType.number,
      labels: series.metric,
      config: {displayNameFromDS: name},
      values: samples.map(([, value]) => parsed(value)),
    },
  ];
  return {refId, name, length: samples.length, fields, meta: {executedQueryString: expression}};
};

/** `__auto`: series are named by the labels that differ. */
const nameByDifference = (frames: readonly DataFrame[]): void => {
  const values = frames.flatMap(frame => frame.fields.slice(1));
  if (values.length < 2) return;
  const common = findCommonLabels(values.map(field => field.labels ?? {}));
  for (const field of values) {
    const own = Object.fromEntries(Object.entries(field.labels ?? {}).filter(([label]) => !(label in common)));
    const [first, ...others] = Object.values(own);
    if (first !== undefined) field.config.displayNameFromDS = others.length === 0 ? first : formatLabels(own);
  }
};

const toTable = (series: readonly Series[], refId: string, valueName: string): DataFrame => {
  const labels = [...new Set(series.flatMap(({metric}) => Object.keys(metric)))].sort();
  const rows = series.flatMap(one => samplesOf(one).map(sample => ({sample, metric: one.metric})));
  return {
    refId,
    length: rows.length,
    fields: [
      {name: 'Time', type: FieldType.time, config: {}, values: rows.map(({sample}) => sample[0] * 1000)},
      ...labels.map(label => ({
        name: label,
        type: FieldType.string,
        config: {filterable: true},
        values: rows.map(({metric}) => metric[label] ?? ''),
      })),
      {name: valueName, type: FieldType.number, config: {}, values: rows.map(({sample}) => parsed(sample[1]))},
    ],
  };
};

/** The series of a heatmap by their labels other than `le`, in the order of their first series. */
const heatmapsIn = (series: readonly Series[]): readonly (readonly Series[])[] => {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    const {le: _, ...others} = one.metric;
    const key = formatLabels(others);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
};

/** `le` buckets are cumulative: subtracts the next lower bucket from each. */
const toHeatmap = (series: readonly Series[], refId: string, stepMs: number): DataFrame => {
  const rows = series
    .map(one => ({
      bound: one.metric['le'] ?? '',
      at: new Map(samplesOf(one).map(([seconds, value]) => [seconds * 1000, parsed(value)])),
    }))
    .sort((a, b) => parsed(a.bound) - parsed(b.bound));
  const times = [...new Set(rows.flatMap(row => [...row.at.keys()]))].sort((a, b) => a - b);
  return {
    refId,
    length: times.length,
    meta: {type: DataFrameType.HeatmapRows},
    fields: [
      {name: 'Time', type: FieldType.time, config: {interval: stepMs}, values: times},
      ...rows.map(({bound, at}, index) => ({
        name: bound,
        type: FieldType.number,
        labels: {le: bound},
        config: {},
        values: times.map(time => Math.max(0, (at.get(time) ?? 0) - (rows[index - 1]?.at.get(time) ?? 0))),
      })),
    ],
  };
};

/** Runs one target. A table with several queries numbers its value column by query. */
export const queryPrometheus = async (
  target: Target,
  context: QueryContext,
  {alone}: {readonly alone: boolean},
): Promise<DataFrame[]> => {
  const {stepMs} = intervalsOf(context, target);
  const step = stepMs / 1000;
  const query = expressionOf(target, context);
  const legendFormat = target.legendFormat && interpolator(context.values)(target.legendFormat, undefined, 'text');
  const aligned = (ms: number): string => String(Math.floor(ms / stepMs) * step);
  const {from, to} = context.range;
  const kinds = kindsOf(target);
  const rangeParameters = {query, start: aligned(from.valueOf()), end: aligned(to.valueOf()), step: String(step)};
  const results = await Promise.all([
    ...(kinds.range ? [request<QueryData>('query_range', rangeParameters, context.signal)] : []),
    ...(kinds.instant ? [request<QueryData>('query', {query, time: String(to.valueOf() / 1000)}, context.signal)] : []),
  ]);
  return results.flatMap(data => {
    const series = seriesOf(data);
    if (target.format === 'table') return [toTable(series, target.refId, alone ? 'Value' : `Value #${target.refId}`)];
    if (target.format === 'heatmap' && series.some(({metric}) => metric['le'] !== undefined)) {
      return heatmapsIn(series).map(one => toHeatmap(one, target.refId, stepMs));
    }
    const frames = series.map(one => toFrame(one, {...target, ...(legendFormat && {legendFormat})}, query, stepMs));
    if (legendFormat === '__auto') nameByDifference(frames);
    return frames;
  });
};
