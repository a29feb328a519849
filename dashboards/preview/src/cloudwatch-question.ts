/** The queries that the page may send to CloudWatch, and their validation in the server: every field is checked. */
import {PreviewError} from './preview-error.ts';

export type MetricQuery = {
  /** As CloudWatch requires: starts with a lower case letter. */
  readonly id: string;
  readonly label?: string;
  readonly hide?: boolean;
  /** Seconds. */
  readonly period: number;
  /** Either one metric … */
  readonly metric?: {
    readonly namespace: string;
    readonly name: string;
    readonly statistic: string;
    readonly dimensions: Readonly<Record<string, string>>;
  };
  /** … or metric math or a search. */
  readonly expression?: string;
};

export type MetricQuestion = {
  /** `default` is the region in the environment. */
  readonly region: string;
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  readonly queries: readonly MetricQuery[];
};

export type CloudWatchSeries = {
  /** The query's. */
  readonly id: string;
  readonly label: string;
  /** Milliseconds since 1970, and the value. */
  readonly samples: readonly (readonly [number, number])[];
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A string of a given format. @throws PreviewError naming the field */
const textOf = (value: unknown, name: string, shape: RegExp): string => {
  if (typeof value === 'string' && shape.test(value)) return value;
  throw new PreviewError(
    'ERR_PREVIEW_VALUE',
    `${name}: expected a string such as ${shape.source}, found ${JSON.stringify(value)?.slice(0, 80)}`,
  );
};

const numberOf = (value: unknown, name: string, [least, most]: readonly [number, number]): number => {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new PreviewError(
    'ERR_PREVIEW_VALUE',
    `${name}: expected a number from ${least} to ${most}, found ${JSON.stringify(value)}`,
  );
};

/** A region becomes a part of the host's name, so nothing else is accepted. */
export const regionOf = (value: unknown): string =>
  textOf(value, 'region', /^(?:default|[a-z]{2}(?:-[a-z]+){1,3}-\d)$/);

const anyText = /^[^\p{Cc}]{1,1024}$/u;
const nameShape = /^[^\p{Cc}]{1,255}$/u;

export const dimensionsOf = (value: unknown, name: string): Record<string, string> => {
  if (!isRecord(value))
    throw new PreviewError('ERR_PREVIEW_VALUE', `${name}: expected an object, found ${JSON.stringify(value)}`);
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [textOf(key, name, nameShape), textOf(text, `${name}.${key}`, anyText)]),
  );
};

const queryOf = (value: unknown, name: string): MetricQuery => {
  if (!isRecord(value))
    throw new PreviewError('ERR_PREVIEW_VALUE', `${name}: expected an object, found ${JSON.stringify(value)}`);
  const {metric} = value;
  return {
    id: textOf(value['id'], `${name}.id`, /^[a-z]\w{0,254}$/),
    ...(value['label'] !== undefined && {label: textOf(value['label'], `${name}.label`, anyText)}),
    hide: value['hide'] === true,
    period: numberOf(value['period'], `${name}.period`, [1, 86_400 * 30]),
    ...(isRecord(metric)
      ? {
          metric: {
            namespace: textOf(metric['namespace'], `${name}.namespace`, nameShape),
            name: textOf(metric['name'], `${name}.name`, nameShape),
            statistic: textOf(metric['statistic'], `${name}.statistic`, /^[\w.%:()]{1,40}$/),
            dimensions: dimensionsOf(metric['dimensions'], `${name}.dimensions`),
          },
        }
      : {expression: textOf(value['expression'], `${name}.expression`, anyText)}),
  };
};

/** @throws PreviewError naming the field, what was expected and what was found; SyntaxError if it is not JSON. */
export const parseMetricQuestion = (text: string): MetricQuestion => {
  const question: unknown = JSON.parse(text);
  if (!isRecord(question))
    throw new PreviewError('ERR_PREVIEW_VALUE', `question: expected an object, found ${JSON.stringify(question)}`);
  const {region, from, to, queries} = question;
  if (!Array.isArray(queries) || queries.length < 1 || queries.length > 100) {
    throw new PreviewError(
      'ERR_PREVIEW_VALUE',
      `queries: expected a list of 1 to 100, found ${Array.isArray(queries) ? queries.length : JSON.stringify(queries)}`,
    );
  }
  const moments = [0, 8.64e15] as const;
  return {
    region: regionOf(region),
    from: numberOf(from, 'from', moments),
    to: numberOf(to, 'to', moments),
    queries: queries.map((query, index) => queryOf(query, `queries[${index}]`)),
  };
};

export type DimensionQuestion = {
  readonly region: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimension: string;
  readonly filters: Readonly<Record<string, string>>;
};

/** @throws as `parseMetricQuestion` does. */
export const parseDimensionQuestion = (text: string): DimensionQuestion => {
  const question: unknown = JSON.parse(text);
  if (!isRecord(question))
    throw new PreviewError('ERR_PREVIEW_VALUE', `question: expected an object, found ${JSON.stringify(question)}`);
  const {region, namespace, metricName, dimension, filters} = question;
  return {
    region: regionOf(region),
    namespace: textOf(namespace, 'namespace', nameShape),
    metricName: textOf(metricName, 'metricName', /^[^\p{Cc}]{0,255}$/u),
    dimension: textOf(dimension, 'dimension', nameShape),
    filters: dimensionsOf(filters, 'filters'),
  };
};
