/** All boards, built. */

import {awsInfrastructure} from './aws-infrastructure.ts';
import {build} from './board.ts';
import {mcpAnalytics} from './mcp-analytics.ts';
import {pipeline} from './pipeline.ts';
import {serviceLevels} from './service-levels.ts';

export const dashboards = [mcpAnalytics, awsInfrastructure, pipeline, serviceLevels].map(build);
