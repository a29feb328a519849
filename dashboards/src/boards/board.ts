/**
 * Makes a dashboard of panels laid out in lines. The Foundation SDK leaves out ids and the places of panels inside
 * rows, and its values carry methods: all of that is set right here, and what comes out is plain JSON.
 */
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkPlacement,
  DashboardLinkType,
  type Panel,
  type RowPanel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import {annotations} from '../panels/annotation-queries.ts';
import type {BoardUid} from '../panels/board-uids.ts';
import {cloudwatchVariable, isCloudWatch, prometheusVariable} from '../panels/datasource.ts';

const columns = 24;

/** Panels side by side, equally wide. */
export type Line = {readonly height: number; readonly panels: readonly Builder<Panel>[]};

/** `height` in Grafana's grid units of 38 px. As many panels as divide 24. */
export const line = (height: number, ...panels: readonly [Builder<Panel>, ...Builder<Panel>[]]): Line => {
  if (columns % panels.length > 0) {
    throw new RangeError(`panels in a line: expected a number that divides ${columns}, found ${panels.length}`);
  }
  return {height, panels};
};

/** A heading that hides its panels until it is opened. */
export type Fold = {readonly title: string; readonly lines: readonly Line[]};

/** Every board has it, and each links to all that do. */
const tag = 'mcp';

export type Board = {
  readonly uid: BoardUid;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Builder<VariableModel>[];
  readonly lines: readonly Line[];
  readonly folds?: readonly Fold[];
};

/** Built panels at their places from `top` down, and the first free place below them. */
const layOut = (lines: readonly Line[], top: number): {readonly panels: Panel[]; readonly bottom: number} => {
  let y = top;
  const panels = lines.flatMap(({height, panels}) => {
    const w = columns / panels.length;
    const built = panels.map((panel, index) => ({...panel.build(), gridPos: {x: index * w, y, w, h: height}}));
    y += height;
    return built;
  });
  return {panels, bottom: y};
};

const folded = ({title, lines}: Fold, y: number): RowPanel => ({
  type: 'row',
  title,
  collapsed: true,
  id: 0,
  gridPos: {x: 0, y, w: columns, h: 1},
  // A closed row takes one unit of height whatever it holds; opened, its panels push down what follows.
  panels: layOut(lines, y + 1).panels,
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

export const build = ({uid, title, description, variables, lines, folds = []}: Board): Dashboard => {
  const {panels, bottom} = layOut(lines, 0);
  const rows = folds.map((fold, index) => folded(fold, bottom + index));
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
  // Only JSON can say what a dashboard is: queries carry methods, and absent fields are present as undefined.
  return JSON.parse(JSON.stringify({...dashboard, panels: numbered([...panels, ...rows])}, inSight));
};

/** The SDK hides links and annotations in a menu unless told otherwise, and there is no way to tell it. */
const inSight = (key: string, value: unknown): unknown =>
  key === 'placement' && value === DashboardLinkPlacement.InControlsMenu ? undefined : value;
