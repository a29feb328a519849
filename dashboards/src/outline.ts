/**
 * Outlines of boards and rules for code review. A panel is one line: title · unit · thresholds and colors · expression (legend). Thresholds
 * are a color for values below the first threshold, then `value color` for each threshold.
 */

import type {MetricsQuery} from '@grafana/grafana-foundation-sdk/cloudwatch';
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';
import {defaultScrapeIntervalSeconds} from '@mcp-observability/metrics-service/contract';
import {alertGroups} from './rules/alerts.ts';
import {recordingGroups} from './rules/recordings.ts';

const unitsOf = ({fieldConfig}: Panel): string => {
  const columns = (fieldConfig?.overrides ?? []).flatMap(({properties}) => properties.filter(({id}) => id === 'unit'));
  const all = [fieldConfig?.defaults.unit, ...columns.map(({value}) => value)];
  return all.filter(unit => unit !== undefined).join(', ');
};

const ofCloudWatch = ({region, namespace, metricName, statistic, dimensions = {}}: MetricsQuery): string => {
  const by = Object.entries(dimensions).map(([name, value]) => `${name}=${value}`);
  return `${statistic} of ${namespace} ${metricName}{${by.join(', ')}}${region === 'default' ? '' : ` in ${region}`}`;
};

type Steps = readonly {readonly value: number | null; readonly color: string}[];

const thresholdsIn = (steps: Steps): string =>
  steps.map(({value, color}) => (value === null ? color : `${value} ${color}`)).join(', ');

/** A single step is not a threshold. */
const judging = (steps: Steps): readonly string[] => (steps.length > 1 ? [thresholdsIn(steps)] : []);

/** The thresholds of the panel, then those of columns by name, then the colors of named series. */
const looksOf = ({fieldConfig}: Panel): string =>
  [
    ...judging(fieldConfig?.defaults.thresholds?.steps ?? []),
    ...(fieldConfig?.overrides ?? []).flatMap(({matcher, properties}) =>
      properties.flatMap(({id, value}) => {
        // The values of these properties are those that theme.ts and series-colours.ts write.
        if (id === 'thresholds') return [`${matcher.options}: ${thresholdsIn((value as {steps: Steps}).steps)}`];
        return id === 'color' ? [`${matcher.options} ${(value as {fixedColor: string}).fixedColor}`] : [];
      }),
    ),
  ].join('; ') || '-';

/** Appends the legend unless it repeats the title. */
const withLegend = (text: string, legend: string | undefined, title: string | undefined): string =>
  legend === undefined || legend === title ? text : `${text} (${legend})`;

const lineOf = (panel: Panel): string =>
  [
    panel.title,
    unitsOf(panel),
    looksOf(panel),
    // The SDK's type does not describe the fields of a query.
    (panel.targets as (Dataquery | MetricsQuery)[])
      .map(query =>
        'expr' in query
          ? withLegend(query.expr, query.legendFormat, panel.title)
          : withLegend(ofCloudWatch(query), query.label, panel.title),
      )
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

/** One line per rule: record or alert · labels and `for` · expression. */
export const ruleOutline = (): string =>
  [
    ...recordingGroups(defaultScrapeIntervalSeconds).flatMap(({name, rules}) => [
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
