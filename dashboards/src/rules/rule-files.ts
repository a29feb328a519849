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

export const defaultScrapeSeconds = 15;

export type RuleFileOptions = {
  /** Between two evaluations. Alerts expect one each minute; a shorter interval is for tests that wait for recordings. @default '1m' */
  readonly interval?: Duration;
  /** Between two scrapes of a task; recorded growth depends on it. @default 15 */
  readonly scrapeSeconds?: number;
};

/** By path. */
export const ruleFiles = ({
  interval = '1m',
  scrapeSeconds = defaultScrapeSeconds,
}: RuleFileOptions = {}): ReadonlyMap<string, string> => {
  const file = <R>(groups: readonly Group<R>[], rule: (rule: R) => object): string =>
    yaml({
      groups: groups.map(({name, interval: own = interval, rules}) => ({name, interval: own, rules: rules.map(rule)})),
    });
  return new Map([
    ['rules/recordings.yaml', file(recordingGroups(scrapeSeconds), recordingRule)],
    ['rules/alerts.yaml', file(alertGroups, alertingRule)],
  ]);
};
