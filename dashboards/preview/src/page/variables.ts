/** Template variables: options and selection. */

import {rangeUtil, type TimeRange} from '@grafana/data';
import {PreviewError} from '../preview-error.ts';
import type {BoardInput, BoardModel, VariableModel} from './board-model.ts';
import {cloudWatchOptions} from './cloudwatch-variables.ts';
import {sourceOfReference} from './data-sources.ts';
import {all, interpolator, only, type Value, type Values} from './interpolate.ts';
import {boardValues} from './intervals.ts';
import {prometheusOptions, queryTextOf} from './prometheus-variables.ts';
import {customJsonOptions, customOptions, matching, type Option, optionOf, sortOptions} from './variable-options.ts';

const matchAll = '.*';
/** How Grafana spells the choice of an interval variable that follows the range. */
export const auto = '$__auto';

export type Variable = {
  readonly model: VariableModel;
  readonly options: readonly Option[];
  readonly value: Value;
  /** Why its options are not available. */
  readonly error?: string;
};

/** The reader's selection by variable; the others have the board's default. */
export type Choices = Readonly<Record<string, readonly string[]>>;

export type Surroundings = {
  readonly range: TimeRange;
  readonly choices: Choices;
  /** Whether CloudWatch can be queried. */
  readonly cloudWatch: boolean;
  readonly scrapeIntervalMs: number;
};

/** The data sources there are here: one of each type. */
const dataSources: Readonly<Record<string, Option>> = {
  prometheus: {value: 'prometheus', text: 'Prometheus'},
  cloudwatch: {value: 'cloudwatch', text: 'CloudWatch'},
};

/** Variables without anything to choose, and those this page knows. */
const knownTypes = new Set(['query', 'custom', 'interval', 'datasource', 'constant', 'textbox', 'adhoc', 'switch']);

export const isKnownVariable = ({type}: VariableModel): boolean => knownTypes.has(type);

const dataSourceOptions = (type: string): Option[] => {
  const source = Object.hasOwn(dataSources, type) ? dataSources[type] : undefined;
  if (!source)
    throw new PreviewError(
      'ERR_PREVIEW_NOT_SUPPORTED',
      `data source: expected ${Object.keys(dataSources).join(' or ')}, found ${type}`,
    );
  return [source];
};

const intervalOptions = (model: VariableModel): Option[] => [
  ...(model.auto ? [{value: auto, text: 'auto'}] : []),
  ...(queryTextOf(model.query).match(/(["'])(.*?)\1|[^\s,]+/g) ?? []).map(text =>
    optionOf(text.replaceAll(/^["']|["']$/g, '')),
  ),
];

const queried = async (
  model: VariableModel,
  {range, values, cloudWatch, scrapeIntervalMs}: VariableContext,
): Promise<Option[]> => {
  const source = sourceOfReference(model.datasource, values);
  const regex = model.regex && interpolator(values)(model.regex, undefined, 'regex');
  if (source === 'cloudwatch') {
    const options = await cloudWatchOptions(model, {values, canQuery: cloudWatch});
    // A sample is derived from the variable's name, which no pattern was written for.
    return cloudWatch ? sortOptions(matching(options, regex), model.sort) : options;
  }
  if (source !== 'prometheus')
    throw new PreviewError(
      'ERR_PREVIEW_NOT_SUPPORTED',
      `data source: expected Prometheus or CloudWatch, found ${source.unknown}`,
    );
  const builtIn = boardValues(range, values, scrapeIntervalMs);
  return sortOptions(matching(await prometheusOptions(model.query, {range, values, builtIn}), regex), model.sort);
};

type VariableContext = Surroundings & {readonly values: Values};

const optionsOf = async (model: VariableModel, context: VariableContext): Promise<Option[]> => {
  const replace = interpolator(context.values);
  if (model.type === 'custom') {
    const query = replace(queryTextOf(model.query));
    return Reflect.get(model, 'valuesFormat') === 'json' ? customJsonOptions(query) : customOptions(query);
  }
  if (model.type === 'interval') return intervalOptions(model);
  if (model.type === 'datasource') return dataSourceOptions(queryTextOf(model.query));
  return model.type === 'query' ? queried(model, context) : [];
};

const rangeInSteps = ({auto_count: count = 30, auto_min: least = '10s'}: VariableModel, range: TimeRange): string =>
  rangeUtil.calculateInterval(range, Math.max(1, count), least || '10s').interval;

const own = (model: VariableModel): string[] => [model.current?.value ?? []].flat().map(String).filter(Boolean);

/** All: one regular expression if the board defines one, else each option. */
const everything = (model: VariableModel, options: readonly Option[], values: Values): Value => {
  const allValue = model.allValue ? interpolator(values)(model.allValue) : undefined;
  const pattern = allValue ?? (options.length === 0 ? matchAll : undefined);
  return {
    value: pattern === undefined ? options.map(({value}) => value) : [pattern],
    text: 'All',
    several: true,
    pattern: pattern !== undefined,
    each: options.map(({value}) => value),
    labels: options.map(({text}) => text),
  };
};

/** A variable whose values are all known keeps the board's choice; else what no longer exists is not chosen. */
const pickList = (
  model: VariableModel,
  options: readonly Option[],
  {chosen, values}: {readonly chosen: readonly string[] | undefined; readonly values: Values},
): Value => {
  const several = Boolean(model.multi || model.includeAll);
  const current = [model.current?.value ?? []].flat().map(String);
  const exists = (value: string): boolean => options.some(option => option.value === value);
  const usable = current.filter(value => {
    if (value === all) return model.includeAll;
    return (model.type === 'custom' && value !== '') || exists(value);
  });
  const first = model.includeAll ? [all] : options.slice(0, 1).map(({value}) => value);
  // Without the option All its value means nothing, as in Grafana.
  const wanted = chosen?.filter(value => value !== all || model.includeAll) ?? [];
  const picked = wanted.length > 0 ? wanted : usable.length > 0 ? usable : first;
  // `All` is how older addresses and exports spell it.
  if (picked.includes(all) || (model.includeAll && picked.includes('All') && !exists('All'))) {
    return everything(model, options, values);
  }
  const each = model.multi ? picked : picked.slice(0, 1);
  const labels = each.map(value => options.find(option => option.value === value)?.text ?? value);
  return {value: model.multi ? each : (each[0] ?? ''), text: labels.join(' + '), several, each, labels};
};

/** The reader's selection is used unchanged; the board's default only if the variable lists it. */
const pickInterval = (
  model: VariableModel,
  options: readonly Option[],
  {chosen, range}: {readonly chosen: string | undefined; readonly range: TimeRange},
): Value => {
  const current = own(model)[0] ?? '';
  const listed = options.filter(({value}) => value !== auto).map(({value}) => value);
  const usable = current.startsWith(auto) || listed.includes(current) ? current : (listed[0] ?? auto);
  const picked = chosen || usable;
  return picked.startsWith(auto) ? only(rangeInSteps(model, range), {followsRange: true}) : only(picked);
};

const pick = (model: VariableModel, options: readonly Option[], {choices, range, values}: VariableContext): Value => {
  const chosen = choices[model.name];
  const typed = chosen?.[0] ?? (own(model)[0] || queryTextOf(model.query));
  if (model.type === 'constant') return only(queryTextOf(model.query));
  if (model.type === 'textbox') return only(interpolator(values)(typed));
  if (model.type === 'switch') return only(typed);
  if (model.type === 'interval') return pickInterval(model, options, {chosen: chosen?.[0], range});
  if (model.type === 'datasource') {
    const [source = optionOf('')] = options;
    return only(source.value, {text: source.text, dataSource: queryTextOf(model.query)});
  }
  return pickList(model, options, {chosen, values});
};

/** The values that an import of the board would set. */
export const inputValues = (inputs: readonly BoardInput[]): Values =>
  Object.fromEntries(
    inputs.map(({name, type, pluginId = '', value = ''}) => [
      name,
      type === 'datasource' ? only(pluginId, {dataSource: pluginId, global: true}) : only(value, {global: true}),
    ]),
  );

/** In their order: a later variable's query may name an earlier one. One that fails costs only itself. */
export const resolveVariables = async (
  {variables: models, inputs}: Pick<BoardModel, 'variables' | 'inputs'>,
  surroundings: Surroundings,
): Promise<Variable[]> => {
  const resolved: Variable[] = [];
  for (const model of models) {
    const context = {...surroundings, values: {...inputValues(inputs), ...valuesOf(resolved)}};
    try {
      const options = await optionsOf(model, context);
      resolved.push({model, options, value: pick(model, options, context)});
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      resolved.push({model, options: [], value: pick(model, [], context), error: message});
    }
  }
  return resolved;
};

/** The global variables. The preview has no users, and one organisation. */
export const boardGlobals = ({uid, title}: Pick<BoardModel, 'uid' | 'title'>): Values => ({
  __dashboard: only(title, {global: true, fields: {uid, name: title}}),
  __user: only('viewer', {global: true, fields: {login: 'viewer', email: '', id: '1'}}),
  __org: only('Main Org.', {global: true, fields: {name: 'Main Org.', id: '1'}}),
});

/** With `$__auto_interval_<name>`, as older boards spell the value of an interval variable that is `auto`. */
export const valuesOf = (variables: readonly Variable[]): Values =>
  Object.fromEntries(
    variables.flatMap(({model, value}) => [
      [model.name, value],
      ...(model.type === 'interval' ? [[`__auto_interval_${model.name}`, {...value, global: true}]] : []),
    ]),
  );
