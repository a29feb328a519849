/** All boards, built. */
import {build} from './board.ts';
import {awsInfrastructure} from './boards/aws-infrastructure.ts';
import {mcpAnalytics} from './boards/mcp-analytics.ts';
import {pipeline} from './boards/pipeline.ts';
import {serviceLevels} from './boards/service-levels.ts';

export const dashboards = [mcpAnalytics, awsInfrastructure, pipeline, serviceLevels].map(build);
