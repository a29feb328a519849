/** A board in as few words as a reviewer needs: one line a panel, title · unit · expression. */

import type {MetricsQuery} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';
import {alertGroups} from './rules/alerts.ts';
import {recordingGroups} from './rules/recordings.ts';
import {defaultScrapeSeconds} from './rules/rule-files.ts';

const unitsOf = ({fieldConfig}: Panel): string => {
  const columns = (fieldConfig?.overrides ?? []).flatMap(({properties}) => properties.filter(({id}) => id === 'unit'));
  const all = [fieldConfig?.defaults.unit, ...columns.map(({value}) => value)];
  return all.filter(unit => unit !== undefined).join(', ');
};

const ofCloudWatch = ({region, namespace, metricName, statistic, dimensions = {}}: MetricsQuery): string => {
  const by = Object.entries(dimensions).map(([name, value]) => `${name}=${value}`);
  return `${statistic} of ${namespace} ${metricName}{${by.join(', ')}}${region === 'default' ? '' : ` in ${region}`}`;
};

const lineOf = (panel: Panel): string =>
  [
    panel.title,
    unitsOf(panel),
    // The SDK's type says nothing of a query's fields.
    (panel.targets as (Dataquery | MetricsQuery)[])
      .map(query => ('expr' in query ? query.expr : ofCloudWatch(query)))
      .join(' ; '),
  ].join(' · ');

export const outline = ({title, templating, panels = []}: Dashboard): string =>
  [
    title,
    ...(templating?.list ?? []).map(({name, type, query, definition}) =>
      [`$${name}`, type === 'datasource' ? `datasource ${query}` : definition].join(' · '),
    ),
    ...panels.flatMap((panel: Panel | RowPanel) =>
      'panels' in panel ? [`▸ ${panel.title}`, ...panel.panels.map(lineOf)] : [lineOf(panel)],
    ),
    '',
  ].join('\n');

/** The rules likewise: a line each, what is recorded or alerted on · where and for how long · expression. */
export const ruleOutline = (): string =>
  [
    ...recordingGroups(defaultScrapeSeconds).flatMap(({name, rules}) => [
      `▸ ${name}`,
      ...rules.map(({record, labels = {}, expr}) => [record, ...Object.values(labels), expr.text].join(' · ')),
    ]),
    ...alertGroups.flatMap(({name, rules}) => [
      `▸ ${name}`,
      ...rules.map(({alert, severity, labels = {}, for: pending = 'immediately', expr}) =>
        [alert, severity, ...Object.values(labels), pending, expr.text].join(' · '),
      ),
    ]),
    '',
  ].join('\n');
