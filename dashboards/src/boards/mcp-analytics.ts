/** Who uses the gateway, for what, how fast, and what goes wrong: the board people open first. */

import {uids} from '../panels/board-uids.ts';
import {leastStepVariable, resolutionVariable} from '../panels/resolution-variables.ts';
import {clientVariable, methodVariable, observerVariable, serverVariable} from '../panels/variables.ts';
import {type Board, line} from './board.ts';
import {
  failedAuthentications,
  quarantineDenials,
  rateLimitAxes,
  rateLimitFailures,
  rateLimitOutcome,
  sessionStore,
  targetKinds,
  tokenReplay,
} from './mcp-analytics/access.ts';
import {authenticationFlow, authenticationMethods, authenticationSuccessRate} from './mcp-analytics/authentication.ts';
import {clientApplications, protocolFlow, sessionActivity} from './mcp-analytics/clients.ts';
import {proxyOutcomes, proxySlots} from './mcp-analytics/generic-proxy.ts';
import {
  averageResponseTimes,
  errorCodes,
  errorRates,
  flowStepLatency,
  latencyP95,
  payloadSizes,
} from './mcp-analytics/health.ts';
import {methodsDistribution, protocolActivity, requestVolume} from './mcp-analytics/protocol.ts';
import {
  failedRegistryOperations,
  healthCheckOutcomes,
  nginxWrites,
  registryOperations,
  unhealthyEndpoints,
} from './mcp-analytics/registry.ts';
import {activeServers, serverPerformance} from './mcp-analytics/servers.ts';
import {discoveryP95, discoveryResults, discoverySearches, searchStages} from './mcp-analytics/tool-discovery.ts';
import {executionsPerHour, mostPopularTool, toolRankings, toolSuccessRate, toolUsage} from './mcp-analytics/tools.ts';

export const mcpAnalytics: Board = {
  uid: uids.analytics,
  title: 'MCP Analytics Comprehensive',
  description:
    'Use, speed and failures of the MCP gateway. Counts are growth within the time range, so a restart takes nothing away; the first event of a name that was never seen before is not in them. Over more than an hour they come from records, which begin when the recording rules do.',
  variables: [observerVariable, serverVariable, clientVariable, methodVariable, resolutionVariable, leastStepVariable],
  lines: [
    line(8, protocolActivity, authenticationFlow),
    line(5, authenticationSuccessRate, activeServers, executionsPerHour, mostPopularTool),
    line(9, latencyP95, requestVolume),
    line(9, errorRates, averageResponseTimes),
    line(9, serverPerformance),
    line(9, toolRankings, methodsDistribution),
    line(9, toolUsage, clientApplications),
    line(9, protocolFlow, authenticationMethods),
    line(9, toolSuccessRate, sessionActivity),
  ],
  folds: [
    {
      title: 'Discovery and protocol flow',
      lines: [line(8, discoverySearches, discoveryP95, searchStages), line(8, discoveryResults, flowStepLatency)],
    },
    {title: 'Payloads and errors', lines: [line(8, payloadSizes, errorCodes)]},
    {
      title: 'Failed authentications, targets and sessions',
      lines: [line(8, failedAuthentications, targetKinds), line(8, sessionStore, tokenReplay)],
    },
    {
      title: 'Registry and health checks',
      lines: [
        line(8, registryOperations, failedRegistryOperations),
        line(8, healthCheckOutcomes, unhealthyEndpoints),
        line(8, nginxWrites),
      ],
    },
    {
      title: 'Rate limits and quarantine',
      lines: [line(8, rateLimitOutcome, rateLimitAxes), line(8, rateLimitFailures, quarantineDenials)],
    },
    {title: 'Generic proxy', lines: [line(8, proxyOutcomes, proxySlots)]},
  ],
};
