/** The properties that every panel has: title, description, links to the runbook, unit. */
import type {Builder} from '@grafana/grafana-foundation-sdk/cog';
import {
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Unit} from '../promql/promql.ts';
import {type AlertName, runbookUrl} from '../signals/runbook.ts';
import {prometheus} from './datasource.ts';
import {unitDecimals, unitIds} from './theme.ts';

export type PanelMeta = {
  readonly title: string;
  /** How to read the panel, and what to do when it looks wrong. */
  readonly description: string;
  /** Shown where there is no data. */
  readonly noValue?: string;
  /** Alerts on the data of the panel, which links to their sections in the runbook. */
  readonly alerts?: readonly AlertName[];
};

const noTraffic = 'no traffic';

/** The methods that all panel builders have; the SDK has no common type for them. */
type Common = Builder<Panel> & {
  title(title: string): Common;
  description(description: string): Common;
  noValue(text: string): Common;
  datasource(datasource: {type: string; uid: string}): Common;
  unit(unit: string): Common;
  decimals(decimals: number): Common;
  min(min: number): Common;
  links(links: Builder<DashboardLink>[]): Common;
};

const toRunbook = (alert: AlertName): Builder<DashboardLink> =>
  new DashboardLinkBuilder(`Runbook: ${alert}`).type(DashboardLinkType.Link).url(runbookUrl(alert)).targetBlank(true);

/** What every panel shows above its data. */
export const withMeta = <P extends Common>(
  panel: P,
  {title, description, noValue = noTraffic, alerts}: PanelMeta,
  datasource: {readonly type: string; readonly uid: string} = prometheus,
): P => {
  panel.title(title).description(description).noValue(noValue).datasource(datasource);
  if (alerts) {
    panel.links(alerts.map(toRunbook));
  }
  return panel;
};

/** Next to nothing that boards measure is negative, so an axis starts at zero. */
export const withUnit = <P extends Common>(
  panel: P,
  unit: Unit,
  {negative = false, decimals = unitDecimals[unit]}: {readonly negative?: boolean; readonly decimals?: number} = {},
): P => {
  panel.unit(unitIds[unit]);
  if (!negative) {
    panel.min(0);
  }
  if (decimals !== undefined) {
    panel.decimals(decimals);
  }
  return panel;
};
