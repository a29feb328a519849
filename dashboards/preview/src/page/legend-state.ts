/** The state that clicks in a legend change: the visible series, and their order. */
import type {FieldConfigSource} from '@grafana/data';
import type {PanelModel} from './board-model.ts';

/** Hides series in the chart and the tooltip, not in the legend. */
export const withHidden = (fieldConfig: FieldConfigSource, hidden: ReadonlySet<string>): FieldConfigSource => ({
  ...fieldConfig,
  overrides: [
    ...fieldConfig.overrides,
    ...[...hidden].map(name => ({
      matcher: {id: 'byName', options: name},
      properties: [{id: 'custom.hideFrom', value: {viz: true, tooltip: true, legend: false}}],
    })),
  ],
});

/** A click shows only one series, or all again; Ctrl+click toggles a series. */
export const hiddenAfter = ({
  before,
  names,
  chosen,
  adds,
}: {
  readonly before: ReadonlySet<string>;
  readonly names: readonly string[];
  readonly chosen: readonly string[];
  /** With Ctrl: the rest stays as it is. */
  readonly adds: boolean;
}): ReadonlySet<string> => {
  if (adds) {
    const toggled = new Set(before);
    for (const name of chosen) if (!toggled.delete(name)) toggled.add(name);
    return toggled;
  }
  const others = names.filter(name => !chosen.includes(name));
  return before.size > 0 && others.every(name => before.has(name)) ? new Set() : new Set(others);
};

export type LegendSort = {readonly sortBy?: string | undefined; readonly sortDesc?: boolean | undefined};

/** Clicks on the same column sort descending, then ascending, then not at all. */
export const sortAfter = (before: LegendSort, column: string): LegendSort => {
  const sortDesc = before.sortBy === column ? before.sortDesc : undefined;
  return sortDesc === false ? {} : {sortBy: column, sortDesc: !sortDesc};
};

const legendIn = ({options}: PanelModel): object => {
  const {legend} = options;
  return typeof legend === 'object' && legend !== null ? legend : {};
};

export const sortOf = (panel: PanelModel): LegendSort => legendIn(panel);

export const withLegendSort = (panel: PanelModel, {sortBy, sortDesc}: LegendSort): PanelModel => ({
  ...panel,
  options: {...panel.options, legend: {...legendIn(panel), sortBy, sortDesc}},
});
