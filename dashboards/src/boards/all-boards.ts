/** All boards, built. */
import type {Dashboard} from '@grafana/grafana-foundation-sdk/dashboard';
import {followScraping, type Scraping} from '../signals/scraping.ts';
import {awsInfrastructure} from './aws-infrastructure.ts';
import {build} from './board.ts';
import {mcpAnalytics} from './mcp-analytics.ts';
import {pipeline} from './pipeline.ts';
import {serviceLevels} from './service-levels.ts';

/** The boards as they read what is scraped this way. */
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
