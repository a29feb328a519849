/** Rules as Prometheus and AMP read them. */
import {stringify} from 'yaml';
import type {Alert} from './alert.ts';
import {alertGroups} from './alerts.ts';
import {type Recording, recordingGroups} from './recordings.ts';
import {runbookUrl} from './runbook.ts';

const recordingRule = ({record, query, labels}: Recording) => ({record, expr: query.text, ...(labels && {labels})});

const alertingRule = ({alert, severity, when, lasting, labels, summary, description}: Alert) => ({
  alert,
  expr: when.text,
  ...(lasting && {for: lasting}),
  labels: {severity, ...labels},
  annotations: {summary, description, runbook_url: runbookUrl(alert)},
});

/** Queries stay on one line: they are read in boards, not here. */
const yaml = (value: unknown): string => stringify(value, {lineWidth: 0});

const file = <R>(
  groups: readonly {readonly name: string; readonly interval: string; readonly rules: readonly R[]}[],
  rule: (rule: R) => object,
): string => yaml({groups: groups.map(({name, interval, rules}) => ({name, interval, rules: rules.map(rule)}))});

/** By path. */
export const ruleFiles = (): ReadonlyMap<string, string> =>
  new Map([
    ['rules/recordings.yaml', file(recordingGroups, recordingRule)],
    ['rules/alerts.yaml', file(alertGroups, alertingRule)],
  ]);
