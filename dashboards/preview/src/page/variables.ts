/** Template variables: what can be chosen, and what is. */
import type {TimeRange} from '@grafana/data';
import type {BoardModel, DataSource, VariableModel} from './board-model.ts';
import {dimensionValues} from './cloudwatch-query.ts';
import {all, interpolator, type Value, type Values} from './interpolate.ts';
import {ask} from './prometheus-query.ts';
import {sampleDimension} from './sample.ts';

const matchAll = '.*';

export type Variable = {
  readonly model: VariableModel;
  readonly options: readonly string[];
  readonly value: Value;
  /** Why its options could not be had. */
  readonly error?: string;
};

/** What was chosen by hand, by variable; the rest is the board's own choice. */
export type Choices = Readonly<Record<string, readonly string[]>>;

const queryText = (query: unknown): string => {
  if (typeof query === 'string') return query;
  if (typeof query !== 'object' || query === null) return '';
  const text = Reflect.get(query, 'query');
  return typeof text === 'string' ? text : '';
};

const typeOf = (source: DataSource | string | null | undefined): string | undefined =>
  typeof source === 'object' && source !== null ? source.type : undefined;

const fromPrometheus = async (query: string, range: TimeRange, values: Values): Promise<string[]> => {
  const replace = (text: string): string => interpolator(values)(text, undefined, 'promql');
  const time = {start: String(range.from.valueOf() / 1000), end: String(range.to.valueOf() / 1000)};
  const labelValues = /^label_values\((?:(.+),)?\s*([\w:]+)\s*\)\s*$/s.exec(query);
  if (labelValues) {
    const [, selector, label] = labelValues;
    return ask(`label/${label}/values`, {...time, ...(selector && {'match[]': replace(selector)})});
  }
  if (/^label_names\(/.test(query)) return ask('labels', time);
  const metrics = /^metrics\((.*)\)$/s.exec(query);
  if (metrics) {
    const names = await ask<string[]>('label/__name__/values', time);
    return names.filter(name => new RegExp(metrics[1] ?? '').test(name));
  }
  const result = /^query_result\((.+)\)\s*$/s.exec(query);
  if (result) {
    const data = await ask<{result: {metric: Record<string, string>; value: [number, string]}[]}>('query', {
      query: replace(result[1] ?? ''),
      time: time.end,
    });
    return data.result.map(({metric: {__name__: name = '', ...labels}, value}) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
      return `${name}{${pairs.join(',')}} ${value[1]} ${value[0] * 1000}`;
    });
  }
  throw new Error(`the variable query ${query || '(empty)'} isn't known here`);
};

/** Grafana's rule: a group named `value`, else the first group, else the whole match. */
const matching = (options: readonly string[], regex: string | undefined): string[] => {
  if (!regex) return [...options];
  const [, source = regex, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(regex) ?? [];
  const pattern = new RegExp(source, flags.replace('g', ''));
  const found = options.flatMap(option => {
    const match = pattern.exec(option);
    return match ? [match.groups?.['value'] ?? match[1] ?? match[0]] : [];
  });
  return [...new Set(found)];
};

const sorted = (options: string[], sort: number): string[] => {
  if (sort === 0) return options;
  const direction = sort % 2 === 0 ? -1 : 1;
  return options.sort((a, b) => direction * a.localeCompare(b, 'en', {numeric: sort >= 3}));
};

const optionsOf = async (
  model: VariableModel,
  {range, values, cloudWatch}: {range: TimeRange; values: Values; cloudWatch: boolean},
): Promise<string[]> => {
  const query = queryText(model.query);
  if (model.type === 'custom')
    return query
      .split(/(?<!\\),/)
      .map(option => option.trim().split(' : ').at(-1) ?? '')
      .filter(Boolean);
  if (model.type === 'interval')
    return query
      .split(',')
      .map(option => option.trim())
      .filter(Boolean);
  if (model.type === 'datasource') return [query];
  if (model.type !== 'query') return [];
  if (typeOf(model.datasource) === 'cloudwatch') {
    if (!cloudWatch) return sampleDimension(model.name);
    return sorted(matching(await dimensionValues(query, values), model.regex), model.sort ?? 0);
  }
  return sorted(matching(await fromPrometheus(query, range, values), model.regex), model.sort ?? 0);
};

const pick = (model: VariableModel, options: readonly string[], chosen: readonly string[] | undefined): Value => {
  const several = Boolean(model.multi || model.includeAll);
  if (model.type === 'constant' || model.type === 'textbox') {
    const value = chosen?.[0] ?? queryText(model.query) ?? '';
    return {value, text: value, several: false, each: [value]};
  }
  const current = [model.current?.value ?? []].flat().filter(Boolean);
  const fixed = model.type === 'custom' || model.type === 'interval';
  const usable = fixed || current.includes(all) ? current : current.filter(value => options.includes(value));
  const own = usable.length > 0 ? usable : model.includeAll ? [all] : options.slice(0, 1);
  const values = chosen && chosen.length > 0 ? chosen : own;
  if (values.includes(all)) {
    const pattern = model.allValue || (options.length === 0 ? matchAll : undefined);
    return {value: pattern ? [pattern] : options, text: 'All', several: true, pattern: Boolean(pattern), each: options};
  }
  const picked = model.multi ? values : values.slice(0, 1);
  return {value: model.multi ? picked : (picked[0] ?? ''), text: picked.join(' + '), several, each: picked};
};

/** In their order: a later variable's query may name an earlier one. One that fails costs only itself. */
export const resolveVariables = async (
  models: BoardModel['variables'],
  {range, choices, cloudWatch}: {readonly range: TimeRange; readonly choices: Choices; readonly cloudWatch: boolean},
): Promise<Variable[]> => {
  const resolved: Variable[] = [];
  for (const model of models) {
    const values = valuesOf(resolved);
    try {
      const options = await optionsOf(model, {range, values, cloudWatch});
      resolved.push({model, options, value: pick(model, options, choices[model.name])});
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      resolved.push({model, options: [], value: pick(model, [], choices[model.name]), error: message});
    }
  }
  return resolved;
};

export const valuesOf = (variables: readonly Variable[]): Values =>
  Object.fromEntries(variables.map(({model, value}) => [model.name, value]));
