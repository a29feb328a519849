/** What this package is for: the files Grafana and Prometheus read, as text by path. Pure; generate.ts writes them. */
import {dashboards} from './boards/all-boards.ts';
import {checked} from './boards/check-boards.ts';
import {alertmanager} from './rules/alertmanager.ts';
import {ruleFiles} from './rules/rule-files.ts';

export {cloudwatchUid, prometheusUid} from './panels/datasource.ts';
export {type GrowthRule, growthRules, type RecordResolution, recordResolutions} from './promql/recorded-growth.ts';
export {type AlertmanagerParameters, alertmanager} from './rules/alertmanager.ts';
export {ruleFiles} from './rules/rule-files.ts';
export {recordedGrowth} from './signals/recorded-growth.ts';
export {jobs} from './signals/third-party-metrics.ts';

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Deployments call `alertmanager` with a topic of their own. */
const nobody = {topicArn: 'arn:aws:sns:us-east-1:000000000000:alerts', region: 'us-east-1'};

/**
 * Paths are relative, with forward slashes. The same at every call.
 * @throws {TypeError} when two boards have one uid, or a board references a variable that it does not declare.
 */
export const artefacts = (): ReadonlyMap<string, string> =>
  new Map([
    ...checked(dashboards).map((dashboard): [string, string] => [`dashboards/${dashboard.uid}.json`, json(dashboard)]),
    ...ruleFiles(),
    ['alertmanager.yaml', alertmanager(nobody)],
  ]);
