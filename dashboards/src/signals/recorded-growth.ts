/**
 * The growth that is recorded every five minutes and every hour, with the labels that the variables and tables of the boards
 * need. Each record costs one sample per label set every five minutes; see infra/plan/cost.ts.
 */
import {
  authenticationFailures,
  authRequestDuration,
  authRequests,
  discoveryDuration,
  discoveryStageDuration,
  errors,
  eventLoopStall,
  foldedLabels,
  gatewayTargets,
  gauge,
  genericProxyRequests,
  genericProxySlotsRejected,
  healthChecks,
  ingested,
  nginxConfigWrites,
  protocolLatency,
  rateLimitChecks,
  rateLimitErrors,
  rateLimited,
  rateLimitQuarantineDenied,
  registryOperations,
  rejected,
  requestDuration,
  sessionStoreResolutions,
  tokenReplayChecks,
  toolDiscoveries,
  toolExecutionDuration,
  toolExecutions,
  toolPayload,
} from '@mcp-observability/metrics-service/catalogue';
import {narrow, recordCounter, recordHistogram} from '../promql/promql.ts';

/** MCP requests of every method, without the label `tool_name`. */
export const requestGrowth = recordCounter(toolExecutions, {
  by: ['service', 'success', 'method', 'server_name', 'client_name'],
});
/** Tool calls by tool. They are most of the label sets. */
export const toolCallGrowth = recordCounter(narrow(toolExecutions, {method: 'tools/call'}), {
  by: ['service', 'success', 'server_name', 'tool_name', 'client_name'],
});
export const requestTimeGrowth = recordHistogram(toolExecutionDuration, {
  by: ['service', 'method', 'server_name'],
  parts: ['bucket', 'sum', 'count'],
});
export const authenticationGrowth = recordCounter(authRequests, {by: ['success', 'method', 'server']});
export const authenticationTimeGrowth = recordHistogram(authRequestDuration, {by: ['server'], parts: ['sum', 'count']});
export const searchGrowth = recordCounter(toolDiscoveries, {by: ['service', 'results']});
export const searchTimeGrowth = recordHistogram(discoveryDuration, {by: [], parts: ['bucket']});
export const searchStageTimeGrowth = recordHistogram(discoveryStageDuration, {by: ['stage'], parts: ['sum', 'count']});
export const sessionStepGrowth = recordHistogram(protocolLatency, {
  by: ['flow_step', 'server_name'],
  parts: ['bucket'],
});
export const payloadGrowth = recordHistogram(toolPayload, {by: ['direction', 'server_name'], parts: ['bucket']});
export const errorGrowth = recordCounter(errors, {by: ['error_code']});

export const registryGrowth = recordCounter(registryOperations, {by: ['operation', 'success']});
export const healthCheckGrowth = recordCounter(healthChecks, {by: ['endpoint', 'healthy']});
export const targetGrowth = recordCounter(gatewayTargets, {by: ['target_kind', 'success']});
export const rateLimitGrowth = recordCounter(rateLimitChecks, {by: ['axis', 'outcome']});
export const rateLimitErrorGrowth = recordCounter(rateLimitErrors, {by: ['axis']});
export const quarantineGrowth = recordCounter(rateLimitQuarantineDenied, {by: ['scope', 'entity_type']});
export const proxyGrowth = recordCounter(genericProxyRequests, {by: ['outcome']});
export const proxySlotGrowth = recordCounter(genericProxySlotsRejected, {by: ['pool']});
export const nginxWriteGrowth = recordCounter(nginxConfigWrites, {by: ['status']});
export const sessionStoreGrowth = recordCounter(sessionStoreResolutions, {by: ['result']});
export const tokenReplayGrowth = recordCounter(tokenReplayChecks, {by: ['result']});

/** Metrics of the service itself, for the board Pipeline. */
export const ingestionGrowth = recordCounter(ingested, {by: ['emitter', 'type']});
export const rejectionGrowth = recordCounter(rejected, {by: ['emitter', 'reason']});
export const rateLimitedGrowth = recordCounter(rateLimited, {by: ['emitter']});
export const unauthenticatedGrowth = recordCounter(authenticationFailures, {by: ['reason']});
export const foldingGrowth = recordCounter(foldedLabels, {by: ['label']});
export const responseTimeGrowth = recordHistogram(requestDuration, {by: ['route'], parts: ['bucket']});
export const stallGrowth = recordHistogram(eventLoopStall, {by: [], parts: ['bucket']});

/** 1 at each evaluation of the rules that record growth. Boards read it to find out whether their time range is recorded. */
export const recordedMarker = gauge('all:mcp_recorded:flag', {
  help: '1 at each evaluation of the rules that record growth.',
  labels: {resolution: ['5m', '1h']},
  unit: 'flag',
});

/** All recorded growth, for the rules and for the cost estimate. */
export const recordedGrowth = {
  counters: [
    requestGrowth,
    toolCallGrowth,
    authenticationGrowth,
    searchGrowth,
    errorGrowth,
    registryGrowth,
    healthCheckGrowth,
    targetGrowth,
    rateLimitGrowth,
    rateLimitErrorGrowth,
    quarantineGrowth,
    proxyGrowth,
    proxySlotGrowth,
    nginxWriteGrowth,
    sessionStoreGrowth,
    tokenReplayGrowth,
  ],
  histograms: [
    requestTimeGrowth,
    authenticationTimeGrowth,
    searchTimeGrowth,
    searchStageTimeGrowth,
    sessionStepGrowth,
    payloadGrowth,
  ],
  service: [
    ingestionGrowth,
    rejectionGrowth,
    rateLimitedGrowth,
    unauthenticatedGrowth,
    foldingGrowth,
    responseTimeGrowth,
    stallGrowth,
  ],
} as const;
