/**
 * Builds a dashboard from rows of panels. The Foundation SDK sets neither ids nor the positions of panels inside collapsed
 * rows, and its values have methods: this module sets both, and returns plain JSON.
 */

import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkPlacement,
  DashboardLinkType,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {ValueError} from '../errors.ts';
import {annotations} from '../panels/annotation-queries.ts';
import type {BoardPanel, VariableBuilder} from '../panels/board-parts.ts';
import type {BoardUid} from '../panels/board-uids.ts';
import {cloudwatchVariable, isCloudWatch, prometheusVariable} from '../panels/datasource.ts';
import type {VariableScope} from '../promql/promql.ts';

const columns = 24;

/** Panels side by side, equally wide. */
export type Row<V extends VariableScope = VariableScope> = {
  readonly height: number;
  readonly panels: readonly BoardPanel<V>[];
};

/**
 * `height` in Grafana's grid units of 38 px.
 *
 * @throws {ValueError} when the number of panels does not divide 24, or the height is not a whole number above 0
 */
export const row = <V extends VariableScope>(
  height: number,
  ...panels: readonly [BoardPanel<V>, ...BoardPanel<V>[]]
): Row<V> => {
  if (columns % panels.length > 0) {
    throw new ValueError(`panels in a row: expected a number that divides ${columns}, found ${panels.length}`);
  }
  if (!Number.isInteger(height) || height < 1)
    throw new ValueError(`height of a row: expected a whole number above 0, found ${height}`);
  return {height, panels};
};

/** A row of Grafana, closed when the board opens: its panels are hidden and not queried. */
export type CollapsedRow<V extends VariableScope = VariableScope> = {
  readonly title: string;
  readonly rows: readonly Row<V>[];
};

/** The tag of every board. Each board links to all boards with this tag. */
const tag = 'mcp';

/** V are the variables that the board declares: its panels can contain no others. */
export type Board<V extends VariableScope = VariableScope> = {
  readonly uid: BoardUid;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly VariableBuilder<V>[];
  readonly rows: readonly Row<NoInfer<V>>[];
  readonly collapsedRows?: readonly CollapsedRow<NoInfer<V>>[];
};

/** A board. The compiler rejects panels with variables that it does not declare. */
export const board = <V extends VariableScope = never>(parts: Board<V>): Board<V> => parts;

/** Builds the panels, positioned from `top` down, and returns the first free y below them. */
const layOut = (rows: readonly Row[], top: number): {readonly panels: Panel[]; readonly bottom: number} => {
  let y = top;
  const panels = rows.flatMap(({height, panels}) => {
    const w = columns / panels.length;
    const built = panels.map((panel, index) => ({...panel.build(), gridPos: {x: index * w, y, w, h: height}}));
    y += height;
    return built;
  });
  return {panels, bottom: y};
};

const toRowPanel = ({title, rows}: CollapsedRow, y: number): RowPanel => ({
  type: 'row',
  title,
  collapsed: true,
  id: 0,
  gridPos: {x: 0, y, w: columns, h: 1},
  // A collapsed row has a height of one unit; when it is opened, its panels move the following rows down.
  panels: layOut(rows, y + 1).panels,
});

/** Numbered from 1 in reading order, as Grafana's provisioning demands. */
const numbered = (panels: (Panel | RowPanel)[]): (Panel | RowPanel)[] => {
  let id = 0;
  const next = (panel: Panel | RowPanel): void => {
    id += 1;
    panel.id = id;
    if ('panels' in panel) {
      panel.panels.forEach(next);
    }
  };
  panels.forEach(next);
  return panels;
};

export const build = ({uid, title, description, variables, rows, collapsedRows = []}: Board): Dashboard => {
  const {panels, bottom} = layOut(rows, 0);
  const rowPanels = collapsedRows.map((row, index) => toRowPanel(row, bottom + index));
  // Annotations query Prometheus on every board.
  const datasources = [prometheusVariable(), ...(panels.some(isCloudWatch) ? [cloudwatchVariable()] : [])];
  const dashboard = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([tag])
    .links([new DashboardLinkBuilder('MCP boards').type(DashboardLinkType.Dashboards).tags([tag]).keepTime(true)])
    .annotations(annotations())
    .editable()
    .timezone('browser')
    .time({from: 'now-1h', to: 'now'})
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...datasources, ...variables])
    .build();
  // Convert to plain JSON: the SDK's queries have methods, and absent fields are present as undefined.
  return JSON.parse(JSON.stringify({...dashboard, panels: numbered([...panels, ...rowPanels])}, withoutControlsMenu));
};

/** By default the SDK hides links and annotations in a menu, and its builders have no option to change that. */
const withoutControlsMenu = (key: string, value: unknown): unknown =>
  key === 'placement' && value === DashboardLinkPlacement.InControlsMenu ? undefined : value;
