/** Rules as Prometheus and AMP read them. */
import {stringify} from 'yaml';
import type {Duration} from '../promql/promql.ts';
import {runbookUrl} from '../signals/runbook.ts';
import type {Alert} from './alert.ts';
import {alertGroups} from './alerts.ts';
import {type Recording, recordingGroups} from './recordings.ts';

const recordingRule = ({record, expr: query, labels}: Recording) => ({
  record,
  expr: query.text,
  ...(labels && {labels}),
});

const alertingRule = ({alert, severity, expr, for: pending, labels, summary, description}: Alert) => ({
  alert,
  expr: expr.text,
  ...(pending && {for: pending}),
  labels: {severity, ...labels},
  annotations: {summary, description, runbook_url: runbookUrl(alert)},
});

/** Queries stay on one line: they are read in boards, not here. */
const yaml = (value: unknown): string => stringify(value, {lineWidth: 0});

type Group<R> = {readonly name: string; readonly interval?: Duration; readonly rules: readonly R[]};

/** By path. Alerts count on an evaluation each minute; a shorter interval is for who can't wait for recordings. */
export const ruleFiles = ({interval = '1m'}: {readonly interval?: Duration} = {}): ReadonlyMap<string, string> => {
  const file = <R>(groups: readonly Group<R>[], rule: (rule: R) => object): string =>
    yaml({
      groups: groups.map(({name, interval: own = interval, rules}) => ({name, interval: own, rules: rules.map(rule)})),
    });
  return new Map([
    ['rules/recordings.yaml', file(recordingGroups, recordingRule)],
    ['rules/alerts.yaml', file(alertGroups, alertingRule)],
  ]);
};
