/**
 * Fills variables into queries as Grafana and its Prometheus datasource do
 * (https://github.com/grafana/grafana, packages/grafana-prometheus/src: datasource.ts, escaping.ts).
 */
import type {VariableModel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Endpoint, Span} from './endpoint.ts';

/** What stands in a query for each variable. */
export type Values = ReadonlyMap<string, string>;

const all = '$__all';

/** In a string of PromQL. */
const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

/** In a regular expression within a string of PromQL: the backslashes before its signs are themselves escaped. */
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

/** The value that Grafana shows when the board is opened: the board's own, if it is offered, else the first. */
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

/** Resolves a board's variables in their order: a later one may select by an earlier one. */
export const resolveVariables = async (
  variables: readonly VariableModel[],
  endpoint: Endpoint,
  span: Span,
): Promise<Values> => {
  const values = new Map<string, string>();
  for (const variable of variables) {
    const query = typeof variable.query === 'string' ? variable.query : String(variable.query?.['query']);
    const {match, label} = labelValues.exec(query)?.groups ?? {};
    if (label === undefined) {
      throw new TypeError(`variable ${variable.name}: expected label_values(selector, label), found ${query}`);
    }
    const options = await endpoint.labelValues(label, match && fill(match, values), span);
    values.set(variable.name, openingValue(variable, options));
  }
  return values;
};

/** Both in seconds. A graph has about a thousand points, none closer than the scrapes. */
export type Resolution = {readonly range: number; readonly scrapeInterval: number};

export const stepOf = ({range, scrapeInterval}: Resolution): number =>
  Math.max(scrapeInterval, Math.ceil(range / 1000));

/** The query as Prometheus gets it. */
export const interpolate = (expr: string, values: Values, resolution: Resolution): string => {
  const step = stepOf(resolution);
  // Wide enough for a rate to see at least two samples whatever the step: Grafana's definition.
  const rateInterval = Math.max(step + resolution.scrapeInterval, 4 * resolution.scrapeInterval);
  return fill(
    expr,
    new Map([
      ...values,
      ...Object.entries({__interval: step, __rate_interval: rateInterval, __range: resolution.range}).flatMap(
        ([name, seconds]): [string, string][] => [
          [name, `${seconds}s`],
          [`${name}_ms`, String(seconds * 1000)],
        ],
      ),
      // Of the range alone Grafana tells the seconds as a number.
      ['__range_s', String(resolution.range)],
    ]),
  );
};
