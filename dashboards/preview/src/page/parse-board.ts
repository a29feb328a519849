/**
 * Reads dashboard JSON as Grafana loads it: the result has lists where lists are expected, and every panel has a
 * position and an id.
 */
import {PreviewError} from '../preview-error.ts';
import {briefly, dashboardIn, isRecord} from './board-file.ts';
import type {
  AnnotationModel,
  BoardInput,
  BoardLink,
  BoardModel,
  GridPosition,
  PanelModel,
  VariableModel,
} from './board-model.ts';
import {upgradePanel} from './panel-upgrades.ts';

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const records = (value: unknown): Record<string, unknown>[] => list(value).filter(isRecord);
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** Grafana's default panel size. */
const positionOf = (value: unknown, type: unknown): GridPosition => {
  const {x, y, w, h} = isRecord(value) ? value : {};
  const [width, height] = type === 'row' ? [24, 1] : [6, 3];
  return {x: number(x, 0), y: number(y, 0), w: number(w, width), h: number(h, height)};
};

const parsePanel = (value: unknown, path: string): PanelModel => {
  if (!isRecord(value))
    throw new PreviewError('ERR_PREVIEW_BOARDS', `${path}: expected a panel, found ${briefly(value)}`);
  const upgraded = upgradePanel(value);
  if (!text(upgraded['type'])) {
    throw new PreviewError(
      'ERR_PREVIEW_BOARDS',
      `${path}.type: expected a panel kind, found ${briefly(value['type'])}`,
    );
  }
  const panel = {
    ...upgraded,
    id: number(value['id'], 0),
    title: text(value['title']) ?? '',
    gridPos: positionOf(value['gridPos'], upgraded['type']),
    transformations: records(value['transformations']),
    links: records(value['links']),
    panels: list(value['panels']).map((inner, index) => parsePanel(inner, `${path}.panels[${index}]`)),
  };
  return panel as unknown as PanelModel; // the rest is optional and interpreted by the panel kind
};

/** Ids are unique on a board: a panel without one, or with another panel's, gets the next that is free. */
const withIds = (panels: readonly PanelModel[], taken: Set<number>): PanelModel[] =>
  panels.map(panel => {
    let {id} = panel;
    if (id === 0 || taken.has(id)) for (id = 10_000; taken.has(id); ) id += 1;
    taken.add(id);
    return {...panel, id, panels: withIds(panel.panels, taken)};
  });

const oldRowsOf = (value: unknown): string[] =>
  records(value).flatMap(row => records(row['panels']).map(panel => text(panel['title']) ?? 'without a title'));

const parseAnnotations = (value: unknown): AnnotationModel[] =>
  records(value).map(query => ({...query, name: text(query['name']) ?? 'Annotations'}));

/** @throws PreviewError naming the field when `json` is not a classic dashboard. */
export const parseBoard = (json: unknown): BoardModel => {
  const board = dashboardIn(json);
  const part = (name: string): Record<string, unknown> => (isRecord(board[name]) ? board[name] : {});
  const panels = list(board['panels']).map((panel, index) => parsePanel(panel, `panels[${index}]`));
  return {
    uid: text(board['uid']) ?? '',
    title: text(board['title']) ?? 'Untitled',
    ...(text(board['description']) && {description: String(board['description'])}),
    tags: list(board['tags']).map(String),
    time: {from: text(part('time')['from']) ?? 'now-6h', to: text(part('time')['to']) ?? 'now'},
    timezone: text(board['timezone']) ?? 'browser',
    refresh: text(board['refresh']) ?? '',
    graphTooltip: number(board['graphTooltip'], 0),
    panels: withIds(panels, new Set()),
    variables: records(part('templating')['list']) as unknown as VariableModel[], // all fields but two are optional
    links: records(board['links']) as BoardLink[], // every field is optional
    annotations: parseAnnotations(part('annotations')['list']),
    inputs: records(board['__inputs']) as unknown as BoardInput[], // all fields but the name are optional
    oldRows: oldRowsOf(board['rows']),
  };
};

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A board with the parts of `before` that are equal, so that only what changed is queried and drawn again. */
export const keepUnchanged = (before: BoardModel | undefined, after: BoardModel): BoardModel => {
  if (!before) return after;
  const known = new Map(before.panels.map(panel => [JSON.stringify(panel), panel]));
  return {
    ...after,
    panels: after.panels.map(panel => known.get(JSON.stringify(panel)) ?? panel),
    variables: same(before.variables, after.variables) ? before.variables : after.variables,
    annotations: same(before.annotations, after.annotations) ? before.annotations : after.annotations,
    inputs: same(before.inputs, after.inputs) ? before.inputs : after.inputs,
  };
};
