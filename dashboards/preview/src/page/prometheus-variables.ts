/** Queries of variables as Grafana's Prometheus data source reads them. */

import type {TimeRange} from '@grafana/data';
import {PreviewError} from '../preview-error.ts';
import {type BuiltIns, interpolator, type Values} from './interpolate.ts';
import {request} from './prometheus-api.ts';
import {type Option, optionOf} from './variable-options.ts';

type Labels = Readonly<Record<string, string>>;

const textIn = (query: object, name: string): string => {
  const value: unknown = Reflect.get(query, name);
  return typeof value === 'string' ? value : '';
};

const matcherOf = (filter: unknown): string => {
  if (typeof filter !== 'object' || filter === null) return '';
  return `${textIn(filter, 'label')}${textIn(filter, 'op') || '='}"${textIn(filter, 'value')}"`;
};

/** Builds the query from the editor's fields, for exported boards that contain only those. */
const queryFromFields = (query: object): string => {
  const [label, metric] = [textIn(query, 'label'), textIn(query, 'metric')];
  const filters: unknown = Reflect.get(query, 'labelFilters');
  const matchers = Array.isArray(filters) ? filters.map(matcherOf).filter(Boolean).join(',') : '';
  const selector = matchers ? `${metric}{${matchers}}` : metric;
  if (Reflect.get(query, 'qryType') === 0) return `label_names(${metric})`;
  return label ? `label_values(${selector ? `${selector}, ` : ''}${label})` : selector;
};

export const queryTextOf = (query: unknown): string => {
  if (typeof query === 'string') return query;
  if (typeof query !== 'object' || query === null) return '';
  return textIn(query, 'query') || queryFromFields(query);
};

const seriesName = ({__name__: name = '', ...labels}: Labels): string =>
  `${name}{${Object.entries(labels)
    .map(([label, text]) => `${label}="${text}"`)
    .join(',')}}`;

/** A label's name as the address of its values spells it where it is more than letters, digits and `_`. */
const escapedLabel = (label: string): string =>
  /^[a-zA-Z_]\w*$/.test(label)
    ? label
    : `U__${[...label]
        .map(character => {
          if (character === '_') return '__';
          return /\w/.test(character) ? character : `_${character.codePointAt(0)?.toString(16)}_`;
        })
        .join('')}`;

type QueryForm = {
  readonly pattern: RegExp;
  readonly send: (parts: readonly string[], time: Labels) => Promise<string[]>;
};

const queryForms: readonly QueryForm[] = [
  {pattern: /^label_names\(\s*\)\s*$/, send: (_, time) => request('labels', time)},
  {
    pattern: /^label_names\((.+)\)\s*$/s,
    send: ([metric = ''], time) => request('labels', {...time, 'match[]': `{__name__=~".*${metric}.*"}`}),
  },
  {
    pattern: /^label_values\((?:(.+),)?\s*"?([^\s",()]+)"?\s*\)\s*$/s,
    send: ([selector = '', label = ''], time) =>
      request(`label/${escapedLabel(label)}/values`, {...time, ...(selector && {'match[]': selector})}),
  },
  {
    pattern: /^metrics\((.*)\)\s*$/s,
    send: async ([regex = ''], time) => {
      const names = await request<string[]>('label/__name__/values', time);
      return names.filter(name => new RegExp(regex).test(name));
    },
  },
  {
    pattern: /^query_result\((.+)\)\s*$/s,
    send: async ([query = ''], {end = ''}) => {
      type Sample = {readonly metric: Labels; readonly value: readonly [number, string]};
      const data = await request<{resultType: string; result: readonly Sample[] | Sample['value']}>('query', {
        query,
        time: end,
      });
      if (data.resultType !== 'vector') return [String(data.result[1])];
      const samples = data.result as readonly Sample[]; // the type of a vector's result
      return samples.map(({metric, value}) => `${seriesName(metric)} ${value[1]} ${value[0] * 1000}`);
    },
  },
];

/** A query that is not one of the functions is a selector: its options are the series, to be parsed by a pattern. */
const seriesOf = async (selector: string, time: Labels): Promise<string[]> =>
  (await request<readonly Labels[]>('series', {...time, 'match[]': selector})).map(seriesName);

/** @throws PreviewError with Prometheus's own message. */
export const prometheusOptions = async (
  query: unknown,
  {range, values, builtIn}: {readonly range: TimeRange; readonly values: Values; readonly builtIn: BuiltIns},
): Promise<Option[]> => {
  const text = interpolator(values, builtIn)(queryTextOf(query), undefined, 'promql').trim();
  if (!text) throw new PreviewError('ERR_PREVIEW_VALUE', 'query: expected a query, found nothing');
  const time = {start: String(range.from.valueOf() / 1000), end: String(range.to.valueOf() / 1000)};
  for (const form of queryForms) {
    const match = form.pattern.exec(text);
    if (match) return (await form.send(match.slice(1), time)).map(optionOf);
  }
  return (await seriesOf(text, time)).map(optionOf);
};
