/** All boards, and the files that Grafana and Prometheus read, as strings by path. Writes nothing; generate.ts does. */
import type {Dashboard} from '@grafana/grafana-foundation-sdk/dashboard';
import {awsInfrastructure} from './boards/aws-infrastructure.ts';
import {build} from './boards/board.ts';
import {checkBoards} from './boards/check-boards.ts';
import {mcpAnalytics} from './boards/mcp-analytics.ts';
import {pipeline} from './boards/pipeline.ts';
import {serviceLevels} from './boards/service-levels.ts';
import {alertmanager} from './rules/alertmanager.ts';
import {ruleFiles} from './rules/rule-files.ts';
import {followScraping, type Scraping} from './signals/scraping.ts';

export {cloudwatchUid, prometheusUid} from './panels/datasource.ts';
export {type GrowthRule, growthRules, type RecordResolution, recordResolutions} from './promql/recorded-growth.ts';
export {type AlertmanagerParameters, alertmanager} from './rules/alertmanager.ts';
export {ruleFiles} from './rules/rule-files.ts';
export {recordedGrowth} from './signals/recorded-growth.ts';
export type {Scraping} from './signals/scraping.ts';
export {jobs} from './signals/third-party-metrics.ts';

/** All boards, with queries for what is scraped this way. */
export const createDashboards = (scraping: Scraping = {}): readonly Dashboard[] => {
  const follow = followScraping(scraping);
  return [mcpAnalytics, awsInfrastructure, pipeline(scraping), serviceLevels].map(board =>
    // A built dashboard is plain JSON.
    JSON.parse(
      JSON.stringify(build(board), (_, value: unknown) => (typeof value === 'string' ? follow(value) : value)),
    ),
  );
};

export const dashboards = createDashboards();

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Deployments call `alertmanager` with their own topic. */
const placeholder = {topicArn: 'arn:aws:sns:us-east-1:000000000000:alerts', region: 'us-east-1'};

/**
 * Returns file contents by relative path with forward slashes. Calls with the same parameters return the same.
 * @throws {BoardsError} when two boards have one uid, or a board references a variable that it does not declare.
 */
export const artefacts = (scraping: Scraping = {}): ReadonlyMap<string, string> =>
  new Map([
    ...checkBoards(createDashboards(scraping)).map((dashboard): [string, string] => [
      `dashboards/${dashboard.uid}.json`,
      json(dashboard),
    ]),
    ...ruleFiles(scraping),
    [
      'alertmanager.yaml',
      alertmanager({...placeholder, ...(scraping.collector !== undefined && {collector: scraping.collector})}),
    ],
  ]);
