/** The positions of panels: Grafana's grid of 24 columns, repeated panels and rows, and compaction upwards. */
import type {GridPosition, PanelModel} from './board-model.ts';
import {only, type Value, type Values} from './interpolate.ts';

const columns = 24;
/** Pixels. */
export const cell = 30;
export const gap = 8;

/** A panel as it is drawn: `key` is unique on the board, `scoped` holds the value it is repeated for. */
export type Placed = {
  readonly key: string;
  readonly panel: PanelModel;
  readonly place: GridPosition;
  readonly scoped: Values;
};

type Section = {
  readonly row?: PanelModel;
  readonly panels: readonly PanelModel[];
  readonly scoped: Values;
  readonly key: string;
};

/** The variable with the one of its values that a panel or a row is repeated for. */
const scopedTo = (name: string, value: string, {labels, each = []}: Partial<Value> = {}): Values => ({
  [name]: only(value, {text: labels?.[each.indexOf(value)] ?? value}),
});

/** An open row owns the panels after it, a collapsed one the panels inside it. */
const sections = (panels: readonly PanelModel[], values: Values): Section[] => {
  const found: {row?: PanelModel; panels: PanelModel[]}[] = [{panels: []}];
  for (const panel of [...panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x)) {
    if (panel.type === 'row') found.push({row: panel, panels: [...panel.panels]});
    else found.at(-1)?.panels.push(panel);
  }
  return found.flatMap(section => {
    const repeat = section.row?.repeat;
    const instances = repeat ? (values[repeat]?.each ?? []) : [];
    if (!repeat || instances.length === 0) return [{...section, scoped: {}, key: ''}];
    return instances.map(value => ({...section, scoped: scopedTo(repeat, value, values[repeat]), key: `/${value}`}));
  });
};

const repeated = (panel: PanelModel, values: Values, scoped: Values, suffix: string): Placed[] => {
  const key = `${panel.id}${suffix}`;
  const instances = panel.repeat ? ((scoped[panel.repeat] ?? values[panel.repeat])?.each ?? []) : [];
  if (!panel.repeat || instances.length === 0) return [{key, panel, place: panel.gridPos, scoped}];
  const name = panel.repeat;
  const perRow = panel.repeatDirection === 'v' ? 1 : Math.min(panel.maxPerRow ?? 4, instances.length);
  const width = panel.repeatDirection === 'v' ? panel.gridPos.w : Math.floor(columns / perRow);
  return instances.map((value, index) => ({
    key: `${key}/${value}`,
    panel,
    place: {
      x: panel.repeatDirection === 'v' ? panel.gridPos.x : (index % perRow) * width,
      y: panel.gridPos.y + Math.floor(index / perRow) * panel.gridPos.h,
      w: width,
      h: panel.gridPos.h,
    },
    scoped: {...scoped, ...scopedTo(name, value, values[name])},
  }));
};

/** Every panel rises until it touches another; a row starts a new block. `collapsed` holds the ids of closed rows. */
export const layout = (
  panels: readonly PanelModel[],
  {values, collapsed}: {readonly values: Values; readonly collapsed: ReadonlySet<number>},
): Placed[] => {
  const skyline: number[] = new Array(columns).fill(0);
  const placed: Placed[] = [];
  for (const {row, panels: own, scoped, key} of sections(panels, values)) {
    if (row) {
      const y = Math.max(...skyline);
      skyline.fill(y + 1);
      placed.push({key: `${row.id}${key}`, panel: row, place: {x: 0, y, w: columns, h: 1}, scoped});
      if (collapsed.has(row.id)) continue;
    }
    const block = own.flatMap(panel => repeated(panel, values, scoped, key));
    for (const item of block.sort((a, b) => a.place.y - b.place.y || a.place.x - b.place.x)) {
      const {x, w, h} = item.place;
      const y = Math.max(...skyline.slice(x, x + w));
      skyline.fill(y + h, x, x + w);
      placed.push({...item, place: {x, y, w, h}});
    }
  }
  return placed;
};

/** Below this many pixels Grafana draws one column. */
export const narrowBelow = 768;

/** The same panels one below the other, as wide as the page. */
export const inOneColumn = (placed: readonly Placed[]): Placed[] => {
  let y = 0;
  return placed.map(item => {
    const place = {x: 0, y, w: columns, h: item.place.h};
    y += item.place.h;
    return {...item, place};
  });
};

/** Reuses the equal entries of `before`, so that an unchanged panel is not queried again. */
export const keepPlaces = (before: readonly Placed[], after: readonly Placed[]): readonly Placed[] => {
  const known = new Map(before.map(placed => [placed.key, placed]));
  return after.map(placed => {
    const old = known.get(placed.key);
    const stays =
      old?.panel === placed.panel &&
      JSON.stringify([old.place, old.scoped]) === JSON.stringify([placed.place, placed.scoped]);
    return stays ? old : placed;
  });
};

/** Pixels from the top of the grid to its lowest panel's bottom. */
export const heightOf = (placed: readonly Placed[]): number =>
  Math.max(0, ...placed.map(({place}) => (place.y + place.h) * (cell + gap) - gap));
