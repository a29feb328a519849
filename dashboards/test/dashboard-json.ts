/** Reads the JSON of boards. */

import type {MetricsQuery} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';

/** All panels, including those in collapsed rows, without the rows. */
export const panelsOf = ({panels = []}: Pick<Dashboard, 'panels'>): Panel[] =>
  panels.flatMap((panel: Panel | RowPanel) => ('panels' in panel ? panel.panels : [panel]));

export {isCloudWatch} from '../src/panels/datasource.ts';

/** The queries of a CloudWatch panel. */
export const metricsOf = ({targets = []}: Panel): MetricsQuery[] => targets as MetricsQuery[]; // the SDK's type is too general, as below

/** The queries of a Prometheus panel. The SDK's type does not describe their fields. */
export const queriesOf = ({targets = []}: Panel): Dataquery[] => targets as Dataquery[];
