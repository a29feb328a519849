/** Rule files in the format of Prometheus and AMP. */
import {defaultScrapeIntervalSeconds} from '@mcp-observability/metrics-service/contract';
import {stringify} from 'yaml';
import type {Duration} from '../promql/promql.ts';
import {runbookUrl} from '../signals/runbook.ts';
import {followScraping, type Scraping} from '../signals/scraping.ts';
import type {Alert} from './alert.ts';
import {alertGroupsFor} from './alerts.ts';
import {type Recording, recordingGroups} from './recordings.ts';

type Follow = (query: string) => string;

const recordingRule =
  (follow: Follow) =>
  ({record, expr: query, labels}: Recording) => ({
    record,
    expr: follow(query.text),
    ...(labels && {labels}),
  });

const alertingRule =
  (follow: Follow) =>
  ({alert, severity, expr, for: pending, labels, summary, description}: Alert) => ({
    alert,
    expr: follow(expr.text),
    ...(pending && {for: pending}),
    labels: {severity, ...labels},
    annotations: {summary, description, runbook_url: runbookUrl(alert)},
  });

/** Expressions stay on one line: they are read on the boards, not in these files. */
const yaml = (value: unknown): string => stringify(value, {lineWidth: 0});

type Group<R> = {readonly name: string; readonly interval?: Duration; readonly rules: readonly R[]};

export type RuleFileOptions = Scraping & {
  /** Between two evaluations. Alerts expect one each minute; a shorter interval is for tests that wait for recordings. @default '1m' */
  readonly interval?: Duration;
  /** Seconds between two scrapes of a task, on which recorded growth depends. @default 15 */
  readonly scrapeSeconds?: number;
};

/** Contents of the rule files by path. */
export const ruleFiles = ({
  interval = '1m',
  scrapeSeconds = defaultScrapeIntervalSeconds,
  ...scraping
}: RuleFileOptions = {}): ReadonlyMap<string, string> => {
  const follow = followScraping(scraping);
  const file = <R>(groups: readonly Group<R>[], rule: (rule: R) => object): string =>
    yaml({
      groups: groups.map(({name, interval: own = interval, rules}) => ({name, interval: own, rules: rules.map(rule)})),
    });
  return new Map([
    ['rules/recordings.yaml', file(recordingGroups(scrapeSeconds), recordingRule(follow))],
    ['rules/alerts.yaml', file(alertGroupsFor(scraping), alertingRule(follow))],
  ]);
};
