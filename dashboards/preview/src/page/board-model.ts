/**
 * What of classic dashboard JSON (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/)
 * the preview draws. `parseBoard` is the edge: behind it lists are lists and every panel has a place and an id.
 */
import type {DataTransformerConfig, FieldConfigSource} from '@grafana/data';

export type DataSource = {readonly type?: string; readonly uid?: string};

/** A query of any data source; the fields that don't belong to the panel's are absent. */
export type Target = {
  readonly refId: string;
  readonly hide?: boolean;
  readonly datasource?: DataSource | string | null;
  /** Prometheus. */
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly format?: 'time_series' | 'table' | 'heatmap';
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly interval?: string;
  /** CloudWatch. */
  readonly namespace?: string;
  readonly metricName?: string;
  readonly statistic?: string;
  readonly dimensions?: Readonly<Record<string, string | readonly string[]>>;
  readonly label?: string;
  readonly expression?: string;
  readonly sqlExpression?: string;
  readonly id?: string;
  /** `default` is the data source's own. */
  readonly region?: string;
  /** Seconds, a duration, or `auto`. */
  readonly period?: string;
  /** Whether a metric with further dimensions is another metric. */
  readonly matchExact?: boolean;
};

/** Cells of the 24 column grid. */
export type GridPosition = {readonly x: number; readonly y: number; readonly w: number; readonly h: number};

export type BoardLink = {
  readonly title?: string;
  /** `dashboards`: to every board that has one of the tags; else to `url`. */
  readonly type?: string;
  readonly url?: string;
  readonly tags?: readonly string[];
  readonly keepTime?: boolean;
  readonly includeVars?: boolean;
};

/** A query whose answer is drawn across graphs. */
export type AnnotationModel = {
  readonly name: string;
  readonly enable?: boolean;
  readonly hide?: boolean;
  readonly iconColor?: string;
  readonly expr?: string;
  readonly step?: string;
  readonly useValueForTime?: boolean;
  readonly titleFormat?: string;
  readonly textFormat?: string;
};

/** `options` stays open: each panel kind reads its own. */
export type PanelModel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly targets: readonly Target[];
  readonly datasource?: DataSource | string | null;
  readonly options: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: FieldConfigSource;
  readonly transformations: DataTransformerConfig[];
  readonly links: readonly BoardLink[];
  readonly repeat?: string;
  readonly repeatDirection?: 'h' | 'v';
  readonly maxPerRow?: number;
  readonly interval?: string;
  readonly maxDataPoints?: number;
  readonly timeFrom?: string;
  readonly timeShift?: string;
  readonly transparent?: boolean;
  /** Rows only: the panels they hide while collapsed. */
  readonly collapsed?: boolean;
  readonly panels: readonly PanelModel[];
};

export type VariableModel = {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly description?: string;
  /** 0 shows label and value, 1 the value, 2 nothing. */
  readonly hide?: number;
  readonly query?: unknown;
  readonly datasource?: DataSource | string | null;
  readonly regex?: string;
  /** Grafana's order: 0 none, odd ascending, even descending, from 3 on numeric, from 5 on ignoring case. */
  readonly sort?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string | null;
  readonly current?: {readonly value?: string | readonly string[]};
};

export type BoardModel = {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly time: {readonly from: string; readonly to: string};
  readonly timezone: string;
  readonly refresh: string;
  /** 0 no shared crosshair, 1 crosshair, 2 crosshair and tooltip. */
  readonly graphTooltip: number;
  readonly panels: readonly PanelModel[];
  readonly variables: readonly VariableModel[];
  readonly links: readonly BoardLink[];
  readonly annotations: readonly AnnotationModel[];
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

const parsePanel = (value: unknown, path: string): PanelModel => {
  if (!isRecord(value)) throw new TypeError(`${path}: expected a panel, found ${JSON.stringify(value)}`);
  if (!text(value['type']))
    throw new TypeError(`${path}.type: expected a panel kind, found ${JSON.stringify(value['type'])}`);
  const place = isRecord(value['gridPos']) ? value['gridPos'] : {};
  const panel = {
    ...value,
    id: number(value['id'], 0),
    title: text(value['title']) ?? '',
    gridPos: {x: number(place['x'], 0), y: number(place['y'], 0), w: number(place['w'], 24), h: number(place['h'], 1)},
    targets: list(value['targets']),
    options: isRecord(value['options']) ? value['options'] : {},
    transformations: list(value['transformations']),
    links: list(value['links']),
    panels: list(value['panels']).map((inner, index) => parsePanel(inner, `${path}.panels[${index}]`)),
  };
  return panel as unknown as PanelModel; // the rest is optional and is what each panel kind makes of it
};

/** @throws TypeError naming the field when `json` isn't a classic dashboard. */
export const parseBoard = (json: unknown): BoardModel => {
  if (!isRecord(json)) throw new TypeError(`board: expected a dashboard object, found ${JSON.stringify(json)}`);
  if (isRecord(json['spec'])) throw new TypeError('board: expected classic dashboard JSON, found schema v2 (`spec`)');
  const time = isRecord(json['time']) ? json['time'] : {};
  const templating = isRecord(json['templating']) ? json['templating'] : {};
  const annotations = isRecord(json['annotations']) ? json['annotations'] : {};
  const panels = list(json['panels']).map((panel, index) => parsePanel(panel, `panels[${index}]`));
  const unnamed = panels.map((panel, index) => (panel.id ? panel : {...panel, id: 10_000 + index}));
  return {
    uid: text(json['uid']) ?? '',
    title: text(json['title']) ?? 'Untitled',
    ...(text(json['description']) && {description: String(json['description'])}),
    tags: list(json['tags']).map(String),
    time: {from: text(time['from']) ?? 'now-6h', to: text(time['to']) ?? 'now'},
    timezone: text(json['timezone']) ?? 'browser',
    refresh: text(json['refresh']) ?? '',
    graphTooltip: number(json['graphTooltip'], 0),
    panels: unnamed,
    variables: list(templating['list']).filter(isRecord) as unknown as VariableModel[], // all fields but two are optional
    links: list(json['links']).filter(isRecord) as BoardLink[], // every field is optional
    annotations: list(annotations['list'])
      .filter(isRecord)
      .map((query): AnnotationModel => ({...query, name: text(query['name']) ?? 'Annotations'})),
  };
};

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** A board with the parts of `before` wherever they say the same, so that only what changed is asked and drawn again. */
export const keepUnchanged = (before: BoardModel | undefined, after: BoardModel): BoardModel => {
  if (!before) return after;
  const known = new Map(before.panels.map(panel => [JSON.stringify(panel), panel]));
  return {
    ...after,
    panels: after.panels.map(panel => known.get(JSON.stringify(panel)) ?? panel),
    variables: same(before.variables, after.variables) ? before.variables : after.variables,
    annotations: same(before.annotations, after.annotations) ? before.annotations : after.annotations,
  };
};
