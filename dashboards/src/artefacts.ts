/** The files that this package generates for Grafana and Prometheus, as text by path. generate.ts writes them to disk. */
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

/** Deployments call `alertmanager` with their own topic. */
const placeholder = {topicArn: 'arn:aws:sns:us-east-1:000000000000:alerts', region: 'us-east-1'};

/**
 * Paths are relative, with forward slashes. Every call returns the same files.
 *
 * @throws {TypeError} when two boards have the same uid, or a board references a variable that it does not declare.
 */
export const artefacts = (): ReadonlyMap<string, string> =>
  new Map([
    ...checked(dashboards).map((dashboard): [string, string] => [`dashboards/${dashboard.uid}.json`, json(dashboard)]),
    ...ruleFiles(),
    ['alertmanager.yaml', alertmanager(placeholder)],
  ]);
