/** The parts of a board that cannot be drawn, as messages for the top of the board. */
import type {BoardModel, PanelModel} from './board-model.ts';
import {sourceOf, sourceOfReference} from './data-sources.ts';
import type {Values} from './interpolate.ts';
import {kinds} from './panels/kinds.ts';
import {unknownTransformations} from './registries.ts';
import {isKnownVariable} from './variables.ts';

/** Panel kinds that Grafana has removed, and what it converts them to when it opens a board. */
const removedKinds: Readonly<Record<string, string>> = {
  graph: 'a time series',
  singlestat: 'a stat',
  'table-old': 'a table',
  'grafana-piechart-panel': 'a pie chart',
  'grafana-worldmap-panel': 'a map',
};

/** Why a kind is not drawn; undefined for those that are. */
export const whyNotDrawn = (type: string): string | undefined => {
  if (kinds.has(type) || type === 'row') return undefined;
  if (type === 'library panel') {
    return 'This is a library panel: its content is in Grafana, not in the dashboard. Unlink it there and export again';
  }
  const today = Object.hasOwn(removedKinds, type) ? removedKinds[type] : undefined;
  if (today) {
    return `Panels of the kind “${type}” cannot be drawn here: open and save the board in Grafana 11 or later, which makes it ${today}`;
  }
  return `Panels of the kind “${type}” cannot be drawn here`;
};

/** Options from before Grafana 7 that today's panel kinds do not read. */
export const oldOptions = ({options, type}: PanelModel): string[] =>
  kinds.has(type) && 'fieldOptions' in options
    ? ['The panel has options from before Grafana 7 (`fieldOptions`): its calculation, unit and thresholds are ignored']
    : [];

/** Display modes that the panel kinds here do not support. */
export const undrawnOptions = ({options, type}: PanelModel): string[] =>
  type === 'heatmap' && options['calculate'] === true
    ? ['Buckets that a heatmap calculates from series are not calculated here: its rows are the series']
    : [];

const flatten = (panels: readonly PanelModel[]): PanelModel[] =>
  panels.flatMap(panel => [panel, ...flatten(panel.panels)]);

const names = (panels: readonly PanelModel[]): string => panels.map(({title, id}) => title || `panel ${id}`).join(', ');

/** Panels grouped by message. */
const grouped = (panels: readonly PanelModel[], messagesOf: (panel: PanelModel) => readonly string[]): string[] => {
  const groups = new Map<string, PanelModel[]>();
  for (const panel of panels) {
    for (const message of new Set(messagesOf(panel))) groups.set(message, [...(groups.get(message) ?? []), panel]);
  }
  return [...groups].map(([message, matching]) => `${message}: ${names(matching)}`);
};

const foreignSources = (panel: PanelModel, values: Values): string[] =>
  panel.type === 'text' || panel.type === 'row'
    ? []
    : panel.targets.flatMap(target => {
        const source = sourceOf(target, panel.datasource, values);
        return typeof source === 'string' ? [] : [`The data source ${source.unknown} cannot be queried here`];
      });

export const gapsOf = (board: BoardModel, values: Values): string[] => {
  const panels = flatten(board.panels);
  const drawn = panels.filter(({type}) => kinds.has(type));
  return [
    ...(board.oldRows.length > 0
      ? [
          `Panels in \`rows\`, as boards had them before Grafana 5, cannot be drawn here: open and save the board in Grafana 11 or later: ${board.oldRows.join(', ')}`,
        ]
      : []),
    ...grouped(panels, ({type}) => [whyNotDrawn(type) ?? []].flat()),
    ...grouped(drawn, panel => foreignSources(panel, values)),
    ...grouped(drawn, panel =>
      unknownTransformations(panel.transformations.map(({id}) => id)).map(
        id => `The transformation ${id} is not supported here`,
      ),
    ),
    ...grouped(drawn, panel => [...oldOptions(panel), ...undrawnOptions(panel)]),
    ...board.variables
      .filter(variable => !isKnownVariable(variable))
      .map(({name, type}) => `The variable ${name} is of the type “${type}”, which is not supported here`),
    ...board.variables
      .filter(({type, filters = []}) => type === 'adhoc' && filters.length > 0)
      .map(({name}) => `The ad hoc filters of ${name} are not applied`),
    ...board.annotations.flatMap(({name, datasource, expr}) => {
      const source = sourceOfReference(datasource, values);
      // Grafana's own list of annotations is on every board.
      if (typeof source === 'string' || !expr) return [];
      return [`The annotations ${name} come from the data source ${source.unknown}, which cannot be queried here`];
    }),
  ];
};
