/** Reads a board's JSON. */

import type {MetricsQuery} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';

/** All panels, those behind folds included, rows not. */
export const panelsOf = ({panels = []}: Pick<Dashboard, 'panels'>): Panel[] =>
  panels.flatMap((panel: Panel | RowPanel) => ('panels' in panel ? panel.panels : [panel]));

export {isCloudWatch} from '../src/panels/datasource.ts';

/** Of a panel that asks CloudWatch. */
export const metricsOf = ({targets = []}: Panel): MetricsQuery[] => targets as MetricsQuery[]; // without the SDK's type, as below

/** Without the SDK's type, which says nothing of a query's fields. */
export const queriesOf = ({targets = []}: Panel): Dataquery[] => targets as Dataquery[];
