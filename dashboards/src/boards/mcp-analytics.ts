/** The board that people open first: clients of the gateway, their calls, durations and errors. */

import {uids} from '../panels/board-uids.ts';
import {minStepVariable, resolutionVariable} from '../panels/resolution-variables.ts';
import {clientVariable, methodVariable, reporterVariable, serverVariable} from '../panels/variables.ts';
import {board, row} from './board.ts';
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

export const mcpAnalytics = board({
  uid: uids.analytics,
  title: 'MCP Analytics Comprehensive',
  description:
    'Use, speed and failures of the MCP gateway. Counts are growth within the time range, so restarts do not change them. Over more than an hour they come from records, which start when the recording rules are installed.',
  variables: [reporterVariable, serverVariable, clientVariable, methodVariable, resolutionVariable, minStepVariable],
  rows: [
    row(8, protocolActivity, authenticationFlow),
    row(5, authenticationSuccessRate, activeServers, executionsPerHour, mostPopularTool),
    row(9, latencyP95, requestVolume),
    row(9, errorRates, averageResponseTimes),
    row(9, serverPerformance),
    row(9, toolRankings, methodsDistribution),
    row(9, toolUsage, clientApplications),
    row(9, protocolFlow, authenticationMethods),
    row(9, toolSuccessRate, sessionActivity),
  ],
  collapsedRows: [
    {
      title: 'Discovery and protocol flow',
      rows: [row(8, discoverySearches, discoveryP95, searchStages), row(8, discoveryResults, flowStepLatency)],
    },
    {title: 'Payloads and errors', rows: [row(8, payloadSizes, errorCodes)]},
    {
      title: 'Failed authentications, targets and sessions',
      rows: [row(8, failedAuthentications, targetKinds), row(8, sessionStore, tokenReplay)],
    },
    {
      title: 'Registry and health checks',
      rows: [
        row(8, registryOperations, failedRegistryOperations),
        row(8, healthCheckOutcomes, unhealthyEndpoints),
        row(8, nginxWrites),
      ],
    },
    {
      title: 'Rate limits and quarantine',
      rows: [row(8, rateLimitOutcome, rateLimitAxes), row(8, rateLimitFailures, quarantineDenials)],
    },
    {title: 'Generic proxy', rows: [row(8, proxyOutcomes, proxySlots)]},
  ],
});
