/** All boards, built. */
import {build} from './board.ts';
import {mcpAnalytics} from './boards/mcp-analytics.ts';

export const dashboards = [mcpAnalytics].map(build);
