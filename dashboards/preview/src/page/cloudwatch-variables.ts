/** Queries of variables as Grafana's CloudWatch data source reads them: as an object, or as the text of older boards. */

import type {DimensionQuestion} from '../cloudwatch-question.ts';
import {PreviewError} from '../preview-error.ts';
import {routes} from '../routes.ts';
import {requestCloudWatch} from './cloudwatch-query.ts';
import {interpolator, type Values} from './interpolate.ts';
import {sampleDimension} from './sample.ts';
import {type Option, optionOf} from './variable-options.ts';

/** Those that need no opt-in, and `default`: the region of the environment. */
const regions = [
  'default',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'ca-central-1',
  'eu-central-1',
  'eu-north-1',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
];
const statistics = ['Average', 'Maximum', 'Minimum', 'Sum', 'SampleCount'];

/** A variable's request to CloudWatch, in any of the formats. */
export type CloudWatchVariable =
  | {readonly kind: 'regions'}
  | {readonly kind: 'statistics'}
  | ({readonly kind: 'dimension values'} & Omit<DimensionQuestion, 'filters'> & {
        readonly filters: Readonly<Record<string, string | readonly string[]>>;
      })
  | {readonly kind: 'unknown'; readonly name: string};

type Filters = Extract<CloudWatchVariable, {kind: 'dimension values'}>['filters'];

const isFilters = (value: unknown): value is Filters =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseObject = (query: object): CloudWatchVariable => {
  const text = (name: string): string => {
    const value: unknown = Reflect.get(query, name);
    return typeof value === 'string' ? value : '';
  };
  const kind = text('queryType');
  if (kind === 'regions' || kind === 'statistics') return {kind};
  if (kind !== 'dimensionValues') return {kind: 'unknown', name: kind || text('query') || 'an empty query'};
  const filters: unknown = Reflect.get(query, 'dimensionFilters');
  return {
    kind: 'dimension values',
    region: text('region') || 'default',
    namespace: text('namespace'),
    metricName: text('metricName'),
    dimension: text('dimensionKey'),
    filters: isFilters(filters) ? filters : {},
  };
};

const parseText = (query: string): CloudWatchVariable => {
  const [, name = query, inner = ''] = /^(\w+)\((.*)\)\s*$/s.exec(query.trim()) ?? [];
  if (name === 'regions' || name === 'statistics') return {kind: name};
  const [, region, namespace, metricName = '', dimension, filters = '{}'] =
    /^([^,{]*),([^,{]*),([^,{]*),([^,{]*)(?:,\s*(\{.*\}))?\s*$/s.exec(inner) ?? [];
  if (name !== 'dimension_values' || !region || !namespace || !dimension) return {kind: 'unknown', name: query};
  const parsed: unknown = JSON.parse(filters);
  return {
    kind: 'dimension values',
    region: region.trim(),
    namespace: namespace.trim(),
    metricName: metricName.trim(),
    dimension: dimension.trim(),
    filters: isFilters(parsed) ? parsed : {},
  };
};

export const parseCloudWatchVariable = (query: unknown): CloudWatchVariable => {
  if (typeof query === 'string') return parseText(query);
  if (typeof query !== 'object' || query === null) return {kind: 'unknown', name: 'an empty query'};
  const text: unknown = Reflect.get(query, 'query');
  // Boards between the two forms have the text inside an object.
  return typeof text === 'string' && Reflect.get(query, 'queryType') === undefined
    ? parseText(text)
    : parseObject(query);
};

/** CloudWatch filters by one value of each dimension; several, or all, do not narrow the query. */
const filterOf = (value: string | readonly string[], values: Values): string => {
  const texts = [value].flat();
  const [only = '*', ...more] = texts.map(text => interpolator(values)(text));
  return more.length > 0 || only === '' || only.startsWith('{') ? '*' : only;
};

/** @throws PreviewError with CloudWatch's own message, or naming a query that is not supported here. */
export const cloudWatchOptions = async (
  {name, query}: {readonly name: string; readonly query?: unknown},
  {values, canQuery}: {readonly values: Values; readonly canQuery: boolean},
): Promise<Option[]> => {
  const variable = parseCloudWatchVariable(query);
  if (variable.kind === 'regions') return regions.map(optionOf);
  if (variable.kind === 'statistics') return statistics.map(optionOf);
  if (!canQuery) return [optionOf(sampleDimension(name))];
  if (variable.kind === 'unknown')
    throw new PreviewError(
      'ERR_PREVIEW_NOT_SUPPORTED',
      `query: expected regions, statistics or dimension_values, found ${variable.name}`,
    );
  const replace = interpolator(values);
  const question: DimensionQuestion = {
    region: replace(variable.region) || 'default',
    namespace: replace(variable.namespace),
    metricName: replace(variable.metricName),
    dimension: replace(variable.dimension),
    filters: Object.fromEntries(
      Object.entries(variable.filters).map(([dimension, value]) => [dimension, filterOf(value, values)]),
    ),
  };
  return (await requestCloudWatch<readonly string[]>(routes.cloudWatchDimensions, question)).map(optionOf);
};
