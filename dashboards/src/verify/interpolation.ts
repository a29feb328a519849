/**
 * Interpolates variables in queries as Grafana and its Prometheus datasource do
 * (https://github.com/grafana/grafana, packages/grafana-prometheus/src: datasource.ts, escaping.ts).
 */

import type {VariableModel} from '@grafana/grafana-foundation-sdk/dashboard';
import {ValueError} from '../errors.ts';
import {type Endpoint, QueryError, type Span} from './endpoint.ts';

/** The text that replaces each variable in a query. */
export type Values = ReadonlyMap<string, string>;

const all = '$__all';

/** Escapes a value for a PromQL string. */
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** Escapes a value for a regular expression in a PromQL string: the backslashes of the pattern are escaped as well. */
const escapedPattern = (value: string): string => escaped(value.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));

const alternatives = (values: readonly string[]): string => {
  const patterns = values.map(escapedPattern);
  return patterns.length === 1 ? (patterns[0] ?? '') : `(${patterns.join('|')})`;
};

const fill = (text: string, values: Values): string =>
  text.replaceAll(
    /\$(\w+)|\$\{(\w+)\}/g,
    (found, bare: string | undefined, braced: string | undefined) => values.get(bare ?? braced ?? '') ?? found,
  );

/** The value that Grafana selects when the board is opened: the saved one, if it is an option, else the first option. */
const openingValue = (variable: VariableModel, options: readonly string[]): string => {
  const current = [variable.current?.value ?? []].flat();
  if (!variable.multi && !variable.includeAll) {
    return escaped(options.find(option => current.includes(option)) ?? options[0] ?? '');
  }
  if (current.includes(all)) {
    return variable.allValue ?? alternatives(options);
  }
  const offered = current.filter(value => options.includes(value));
  return alternatives(offered.length > 0 ? offered : options.slice(0, 1));
};

const labelValues = /^label_values\((?:(?<match>.+), *)?(?<label>\w+)\)$/;
const queryResult = /^query_result\((?<expr>.+)\)$/;

/** A series of a result in the format to which Grafana applies the variable's regular expression. */
const seriesText = ({labels}: {readonly labels: Readonly<Record<string, string>>}): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',')}}`;

/** Returns what the variable's `regex` captures: the group named `value`, else the first group, as in Grafana. */
const captured = (text: string, {regex = ''}: VariableModel): readonly string[] => {
  const match = new RegExp(regex.replace(/^\/(.*)\/$/, '$1')).exec(text);
  const value = match?.groups?.['value'] ?? match?.[1];
  return value === undefined ? [] : [value];
};

const optionsOf = async (
  variable: VariableModel,
  endpoint: Endpoint,
  {span, values}: {readonly span: Span; readonly values: Values},
): Promise<readonly string[]> => {
  const query = typeof variable.query === 'string' ? variable.query : String(variable.query?.['query']);
  const {match, label} = labelValues.exec(query)?.groups ?? {};
  if (label !== undefined) return endpoint.labelValues(label, match && fill(match, values), span);
  const {expr} = queryResult.exec(query)?.groups ?? {};
  if (expr === undefined)
    throw new ValueError(
      `variable ${variable.name}: expected label_values(selector, label) or query_result(expression), found ${query}`,
    );
  const filled = fill(expr, new Map([...values, ...rangeValues(span.end - span.start)]));
  const series = await endpoint.query(filled, span.end).catch((error: unknown) => {
    if (error instanceof QueryError) return [];
    throw error;
  });
  const found = series.flatMap(one => captured(seriesText(one), variable));
  // Without a result, or if the query fails, Grafana keeps the value saved in the board.
  return found.length > 0 ? found : [variable.current?.value ?? []].flat();
};

/** Resolves the variables of a board in order, as the query of a variable may use earlier ones. */
export const resolveVariables = async (
  variables: readonly VariableModel[],
  endpoint: Endpoint,
  span: Span,
): Promise<Values> => {
  const values = new Map<string, string>();
  for (const variable of variables)
    values.set(variable.name, openingValue(variable, await optionsOf(variable, endpoint, {span, values})));
  return values;
};

/** The time range and the steps of a panel, in seconds. */
export type Resolution = {
  readonly range: number;
  readonly scrapeInterval: number;
  /** Maximum number of points in the graph. @default 1000 */
  readonly points?: number | undefined;
  /** The minimum step of the query. @default scrapeInterval */
  readonly minStep?: number | undefined;
};

/** Grafana's steps in seconds, each used for intervals below a limit (packages/grafana-data/src/datetime/rangeutil.ts, roundInterval). */
const roundSteps: readonly (readonly [below: number, step: number])[] = [
  [1.5, 1],
  [3.5, 2],
  [7.5, 5],
  [12.5, 10],
  [17.5, 15],
  [25, 20],
  [45, 30],
  [90, 60],
  [210, 120],
  [450, 300],
  [750, 600],
  [1050, 900],
  [1500, 1200],
  [2700, 1800],
  [5400, 3600],
  [9000, 7200],
  [16_200, 10_800],
  [32_400, 21_600],
  [86_400, 43_200],
  [604_800, 86_400],
  [Number.POSITIVE_INFINITY, 604_800],
];

/** The step of a graph: seconds between two points. */
export const stepOf = ({range, scrapeInterval, points = 1000, minStep = scrapeInterval}: Resolution): number => {
  const wanted = range / points;
  return Math.max(minStep, roundSteps.find(([below]) => wanted < below)?.[1] ?? 0);
};

const rangeValues = (range: number): readonly (readonly [string, string])[] => [
  ['__range', `${range}s`],
  ['__range_s', String(range)],
  ['__range_ms', String(range * 1000)],
];

/** The expression that is sent to Prometheus. */
export const interpolate = (expr: string, values: Values, resolution: Resolution): string => {
  const step = stepOf(resolution);
  const {scrapeInterval, minStep = scrapeInterval} = resolution;
  // Grafana's definition, wide enough for `rate` to find at least two samples at any step. It uses the minimum step of the
  // query as the scrape interval.
  const rateInterval = Math.max(step + minStep, 4 * minStep);
  return fill(
    expr,
    new Map([
      ...values,
      ...Object.entries({__interval: step, __rate_interval: rateInterval}).flatMap(
        ([name, seconds]): [string, string][] => [
          [name, `${seconds}s`],
          [`${name}_ms`, String(seconds * 1000)],
        ],
      ),
      ...rangeValues(resolution.range),
    ]),
  );
};

/** Replaces the variables in a string, such as the minimum step of a query. */
export const fillVariables = (text: string, values: Values): string => fill(text, values);
