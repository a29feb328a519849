/**
 * Upgrades a panel's JSON as Grafana does when it loads a board, for the kinds that are drawn here. Panel kinds that
 * Grafana has removed are not converted: they are named on the board instead.
 */
import {isRecord} from './board-file.ts';

type Json = Record<string, unknown>;

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const records = (value: unknown): Json[] => list(value).filter(isRecord);

/** A, B … Z, AA, AB … */
const letters = (index: number): string =>
  (index >= 26 ? letters(Math.floor(index / 26) - 1) : '') + String.fromCharCode(65 + (index % 26));

/** Grafana names a query without a `refId` by the first letter that is free. */
export const withRefIds = (targets: readonly Json[]): Json[] => {
  const usedRefIds = new Set(targets.map(target => target['refId']).filter(Boolean));
  return targets.map(target => {
    if (target['refId']) return target;
    let index = 0;
    while (usedRefIds.has(letters(index))) index += 1;
    const refId = letters(index);
    usedRefIds.add(refId);
    return {...target, refId};
  });
};

/** The placeholder that CloudWatch replaces by a label. */
const property = (name: string): string => `\${PROP('${name}')}`;

const aliasPatterns: Readonly<Record<string, string>> = {
  metric: property('MetricName'),
  namespace: property('Namespace'),
  period: property('Period'),
  region: property('Region'),
  stat: property('Stat'),
  label: `\${LABEL}`,
};

const labelOfAlias = (alias: string): string =>
  alias.replaceAll(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) =>
    Object.hasOwn(aliasPatterns, name) ? (aliasPatterns[name] ?? '') : property(`Dim.${name}`),
  );

/** Older CloudWatch queries have several `statistics` and an `alias`: one query for each, with a dynamic label. */
const splitStatistics = (target: Json): Json[] => {
  const {alias, statistics, ...rest} = target;
  const label =
    typeof alias === 'string' && alias !== '' && rest['label'] === undefined ? {label: labelOfAlias(alias)} : {};
  const several = list(statistics);
  if (rest['statistic'] !== undefined || several.length === 0) return [{...rest, ...label}];
  return several.map((statistic, index) => {
    const {refId, ...other} = rest;
    return {...other, ...(index === 0 && refId !== undefined && {refId}), ...label, statistic};
  });
};

const upgradeTargets = (targets: unknown): Json[] =>
  withRefIds(
    records(targets).flatMap(target => (typeof target['namespace'] === 'string' ? splitStatistics(target) : [target])),
  );

/** `displayMode: hidden` was how a legend was turned off before schema 37. */
const upgradeLegend = (options: Json): Json => {
  const {legend} = options;
  if (!isRecord(legend) || legend['displayMode'] !== 'hidden') return options;
  return {...options, legend: {...legend, displayMode: 'list', showLegend: false}};
};

/** Older text panels keep their text outside the options, and have a separate mode for plain text. */
const upgradeText = ({content, mode}: Json, options: Json): Json => {
  const own = typeof content === 'string' && options['content'] === undefined ? {content, mode} : {};
  const merged: Json = {...options, ...own};
  return merged['mode'] === 'text' || merged['mode'] === undefined ? {...merged, mode: 'markdown'} : merged;
};

const cellOptionsOf = (displayMode: unknown): Json => {
  if (displayMode === 'color-background-solid') return {type: 'color-background', mode: 'basic'};
  if (displayMode === 'color-background') return {type: 'color-background', mode: 'gradient'};
  if (displayMode === 'gradient-gauge') return {type: 'gauge', mode: 'gradient'};
  if (displayMode === 'lcd-gauge') return {type: 'gauge', mode: 'lcd'};
  if (displayMode === 'basic') return {type: 'gauge', mode: 'basic'};
  return {type: displayMode};
};

const hiddenField = {viz: true};

const upgradeTableCustom = ({displayMode, hidden, ...custom}: Json): Json => ({
  ...custom,
  ...(displayMode !== undefined && custom['cellOptions'] === undefined && {cellOptions: cellOptionsOf(displayMode)}),
  ...(hidden === true && {hideFrom: hiddenField}),
});

const upgradeTableProperty = (property: Json): Json[] => {
  if (property['id'] === 'custom.hidden') {
    return property['value'] === true ? [{id: 'custom.hideFrom', value: hiddenField}] : [];
  }
  if (property['id'] === 'custom.displayMode') {
    return [{id: 'custom.cellOptions', value: cellOptionsOf(property['value'])}];
  }
  return [property];
};

/** Tables hid columns by `custom.hidden` and chose cells by `custom.displayMode`. */
const upgradeTableFields = (fieldConfig: unknown): unknown => {
  if (!isRecord(fieldConfig)) return fieldConfig;
  const {defaults} = fieldConfig;
  const custom = isRecord(defaults) && isRecord(defaults['custom']) ? defaults['custom'] : undefined;
  return {
    ...fieldConfig,
    ...(isRecord(defaults) && custom && {defaults: {...defaults, custom: upgradeTableCustom(custom)}}),
    overrides: records(fieldConfig['overrides']).map(override => ({
      ...override,
      properties: records(override['properties']).flatMap(upgradeTableProperty),
    })),
  };
};

/** The panel kind as Grafana names it today; those that it has removed keep their names and are not drawn. */
const kindOf = (panel: Json): string => {
  const {type} = panel;
  if (isRecord(panel['libraryPanel']) && (type === undefined || type === 'library-panel-ref')) return 'library panel';
  // The table from before Grafana 7 has the same name as today's.
  if (type === 'table' && Array.isArray(panel['styles'])) return 'table-old';
  return typeof type === 'string' ? type : '';
};

/** @param value - one panel of dashboard JSON */
export const upgradePanel = (value: Json): Json => {
  const type = kindOf(value);
  const options = upgradeLegend(isRecord(value['options']) ? value['options'] : {});
  return {
    ...value,
    type,
    targets: upgradeTargets(value['targets']),
    options: type === 'text' ? upgradeText(value, options) : options,
    ...(type === 'table' && {fieldConfig: upgradeTableFields(value['fieldConfig'])}),
  };
};
