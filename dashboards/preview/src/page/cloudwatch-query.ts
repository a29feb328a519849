/** Queries to CloudWatch through the preview's server, and their results as data frames shaped like Grafana's. */

import {type DataFrame, FieldType} from '@grafana/data';
import type {CloudWatchSeries, MetricQuery, MetricQuestion} from '../cloudwatch-question.ts';
import {PreviewError} from '../preview-error.ts';
import {routes} from '../routes.ts';
import type {Target} from './board-model.ts';
import {interpolator, type Values} from './interpolate.ts';
import {durationMs, panelIntervalMs, type QueryContext} from './intervals.ts';

/** @throws PreviewError with CloudWatch's own message. */
export const requestCloudWatch = async <Result>(
  path: string,
  question: unknown,
  signal?: AbortSignal,
): Promise<Result> => {
  const response = await fetch(`${path}?${new URLSearchParams({question: JSON.stringify(question)})}`, {
    signal: signal ?? null,
  });
  const body = await response.json().catch(() => ({error: `${response.status} ${response.statusText}`}));
  if (!response.ok) throw new PreviewError('ERR_PREVIEW_QUERY', body.error ?? response.statusText);
  return body;
};

/**
 * CloudWatch keeps one-minute data for 15 days, five-minute data for 63 days and hourly data for longer; and a chart
 * shows at most one point per pixel.
 */
const periodOf = (target: Target, context: QueryContext): number => {
  const period = interpolator(context.values)(target.period ?? '');
  const age = Date.now() - context.range.from.valueOf();
  const day = 86_400_000;
  const resolution = age > 63 * day ? 3600 : age > 15 * day ? 300 : 60;
  const requested = /^\d+$/.test(period) ? Number(period) : Math.ceil((durationMs(period) ?? 0) / 1000);
  return Math.max(requested, resolution, requested ? 0 : Math.ceil(panelIntervalMs(context) / 60_000) * 60);
};

const escapeQuoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&').replaceAll("'", '')}"`;

/** A dimension of several values, or of any, is a search in CloudWatch, as in Grafana. */
const searchOf = (target: Target, dimensions: readonly (readonly [string, readonly string[]])[], period: number) => {
  const schema = [target.namespace ?? '', ...dimensions.map(([name]) => name)].map(escapeQuoted).join(',');
  const filters = dimensions
    .filter(([, values]) => !values.includes('*'))
    .map(([name, values]) => `${escapeQuoted(name)}=(${values.map(escapeQuoted).join(' OR ')})`);
  const terms = [`MetricName=${escapeQuoted(target.metricName ?? '')}`, ...filters].join(' ');
  return `SEARCH('{${schema}} ${terms}', '${target.statistic ?? 'Average'}', ${period})`;
};

/** Each of a variable's values separately. */
const valuesIn = (text: string | readonly string[], values: Values): readonly string[] => {
  if (typeof text !== 'string') return text.flatMap(one => valuesIn(one, values));
  const name = /^\$(?:\{(\w+)\}|(\w+))$/.exec(text)?.slice(1).find(Boolean);
  const chosen = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
  if (chosen?.text === 'All') return ['*'];
  return chosen ? chosen.each : [interpolator(values)(text)];
};

const idOf = (target: Target): string => target.id || `query_${target.refId.replaceAll(/\W/g, '_')}`;

const toQuery = (target: Target, context: QueryContext): MetricQuery => {
  const period = periodOf(target, context);
  const replace = interpolator(context.values);
  const common = {
    id: idOf(target),
    period,
    hide: target.hide === true,
    ...(target.label && {label: replace(target.label)}),
  };
  const expression = target.expression || target.sqlExpression;
  if (expression) return {...common, expression: replace(expression)};
  const dimensions = Object.entries(target.dimensions ?? {}).map(
    ([name, value]) => [name, valuesIn(value, context.values)] as const,
  );
  if (target.matchExact === false || dimensions.some(([, values]) => values.length !== 1 || values[0] === '*')) {
    return {...common, expression: searchOf(target, dimensions, period)};
  }
  const {namespace = '', metricName: name = '', statistic = 'Average'} = target;
  const single = Object.fromEntries(dimensions.map(([dimension, [value = '']]) => [dimension, value]));
  return {...common, metric: {namespace, name, statistic, dimensions: single}};
};

const toFrame = ({label, samples}: CloudWatchSeries, target: Target, periodSeconds: number): DataFrame => ({
  refId: target.refId,
  name: label,
  length: samples.length,
  fields: [
    {
      name: 'Time',
      type: FieldType.time,
      config: {interval: periodSeconds * 1000},
      values: samples.map(([time]) => time),
    },
    {
      name: 'Value',
      type: FieldType.number,
      config: {displayNameFromDS: label},
      values: samples.map(([, value]) => value),
    },
  ],
});

/** All of a panel's targets, the hidden ones too: metric math names its neighbours. */
export const queryCloudWatch = async (targets: readonly Target[], context: QueryContext): Promise<DataFrame[]> => {
  const regions = [...new Set(targets.map(({region}) => region || 'default'))];
  const frames = regions.map(async region => {
    const own = targets.filter(target => (target.region || 'default') === region);
    const queries = own.map(target => toQuery(target, context));
    const question: MetricQuestion = {
      region: interpolator(context.values)(region),
      from: context.range.from.valueOf(),
      to: context.range.to.valueOf(),
      queries,
    };
    const series = await requestCloudWatch<readonly CloudWatchSeries[]>(
      routes.cloudWatchSeries,
      question,
      context.signal,
    );
    return own.flatMap((target, index) =>
      series.filter(({id}) => id === idOf(target)).map(one => toFrame(one, target, queries[index]?.period ?? 60)),
    );
  });
  return (await Promise.all(frames)).flat();
};
