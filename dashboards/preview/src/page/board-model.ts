/**
 * The parts of classic dashboard JSON that the preview draws
 * (https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/).
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
  /** Min step: a duration or a variable. */
  readonly interval?: string;
  /** Multiplies the step. */
  readonly intervalFactor?: number;
  /** This field and the following ones are those of CloudWatch queries. */
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
  /** Whether only metrics with exactly these dimensions match. */
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

/** A query whose result is drawn across charts. */
export type AnnotationModel = {
  readonly name: string;
  readonly enable?: boolean;
  readonly hide?: boolean;
  readonly datasource?: DataSource | string | null;
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
  readonly hideTimeOverride?: boolean;
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
  readonly current?: {readonly value?: string | readonly string[]; readonly text?: string | readonly string[]};
  /** Interval variables: `auto` divides the range into `auto_count` steps, none shorter than `auto_min`. */
  readonly auto?: boolean;
  readonly auto_count?: number;
  readonly auto_min?: string;
  /** Ad hoc variables: matchers for every query. */
  readonly filters?: readonly unknown[];
};

/** An input that an exported board requires when it is imported: a data source by its type, or a constant. */
export type BoardInput = {
  readonly name: string;
  readonly type?: string;
  readonly pluginId?: string;
  readonly value?: string;
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
  readonly inputs: readonly BoardInput[];
  /** The titles of panels outside the grid, which schemas before 16 have. */
  readonly oldRows: readonly string[];
};
