/** What this package is for: the files Grafana and Prometheus read, as text by path. Pure; generate.ts writes them. */
import {createDashboards} from './boards/all-boards.ts';
import {checked} from './boards/check-boards.ts';
import {alertmanager} from './rules/alertmanager.ts';
import {ruleFiles} from './rules/rule-files.ts';
import type {Scraping} from './signals/scraping.ts';

export {cloudwatchUid, prometheusUid} from './panels/datasource.ts';
export {type GrowthRule, growthRules, type RecordResolution, recordResolutions} from './promql/recorded-growth.ts';
export {type AlertmanagerParameters, alertmanager} from './rules/alertmanager.ts';
export {ruleFiles} from './rules/rule-files.ts';
export {recordedGrowth} from './signals/recorded-growth.ts';
export type {Scraping} from './signals/scraping.ts';
export {jobs} from './signals/third-party-metrics.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Deployments call `alertmanager` with their own topic. */
const placeholder = {topicArn: 'arn:aws:sns:us-east-1:000000000000:alerts', region: 'us-east-1'};

/**
 * Texts by path, relative and with forward slashes. The same for every call with the same parameters.
 * @throws {BoardsError} when two boards have one uid, or a board references a variable that it does not declare.
 */
export const artefacts = (scraping: Scraping = {}): ReadonlyMap<string, string> =>
  new Map([
    ...checked(createDashboards(scraping)).map((dashboard): [string, string] => [
      `dashboards/${dashboard.uid}.json`,
      json(dashboard),
    ]),
    ...ruleFiles(scraping),
    [
      'alertmanager.yaml',
      alertmanager({...placeholder, ...(scraping.collector !== undefined && {collector: scraping.collector})}),
    ],
  ]);
