/**
 * Every metric the service exposes: name, help, labels, buckets. Pure data, and the only place a metric name is
 * written. Boards and rules compose their queries from these values, so renaming one here breaks what reads it at
 * compile time.
 *
 * The first seven keep the names and labels that dashboards outside this project already query.
 */
import {
  eventTypes,
  flowSteps,
  normalizationReasons,
  otlpPoint,
  type Route,
  rejectionReasons,
  resultSizes,
  type StatusCode,
  statusesByRoute,
  targetKinds,
} from './contract.ts';
import {counter, gauge, histogram, type LabelOf, type Metric, open} from './metric.ts';

export {type KnownMethod, type KnownValues, knownValues, reserved, unknownEmitter} from './contract.ts';
export * from './metric.ts';

/** Seconds; the default of HISTOGRAM_BUCKET_BOUNDARIES, which replaces the bounds of every `_seconds` histogram. */
export const defaultBoundaries = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300,
] as const;

/** Powers of four from 64 B to 64 MiB: six orders of magnitude in eleven buckets. */
const payloadBuckets = Array.from({length: 11}, (_, power) => 4 ** (power + 3));

/** `unknown`: the value that the sender wrote is neither true nor false. */
const outcome = ['true', 'false', 'unknown'] as const;

const authLabels = {service: open, success: outcome, method: open, server: open} as const;
const discoveryLabels = {service: open, results: resultSizes} as const;
const registryLabels = {operation: open, resource_type: open, success: outcome} as const;
const healthLabels = {endpoint: open, healthy: outcome} as const;

export const authRequests = counter('mcp_auth_requests_total', {
  help: 'Authentication requests.',
  labels: authLabels,
  unseeded: ['unknown'],
});
export const authRequestDuration = histogram('mcp_auth_request_duration_seconds', {
  help: 'Duration of authentication requests.',
  labels: authLabels,
  buckets: defaultBoundaries,
});
export const toolExecutions = counter('mcp_tool_executions_total', {
  help: 'MCP requests of any method; tool calls have method tools/call.',
  labels: {
    service: open,
    success: outcome,
    method: open,
    server_name: open,
    tool_name: open,
    client_name: open,
  },
  unseeded: ['unknown'],
});
export const toolExecutionDuration = histogram('mcp_tool_execution_duration_seconds', {
  help: 'Duration of MCP requests.',
  labels: {service: open, success: outcome, method: open, server_name: open},
  buckets: defaultBoundaries,
});
export const toolDiscoveries = counter('mcp_tool_discovery_total', {
  help: 'Tool searches by the number of results.',
  labels: discoveryLabels,
});
export const discoveryDuration = histogram('mcp_discovery_duration_seconds', {
  help: 'Duration of tool searches.',
  labels: discoveryLabels,
  buckets: defaultBoundaries,
});
export const protocolLatency = histogram('mcp_protocol_latency_seconds', {
  help: 'Time between two steps of an MCP session.',
  labels: {service: open, flow_step: flowSteps, server_name: open},
  buckets: defaultBoundaries,
});

export const registryOperations = counter('mcp_registry_operations_total', {
  help: 'Operations on the registry API.',
  labels: registryLabels,
  unseeded: ['unknown'],
});
export const registryOperationDuration = histogram('mcp_registry_operation_duration_seconds', {
  help: 'Duration of operations on the registry API.',
  labels: registryLabels,
  buckets: defaultBoundaries,
});
export const healthChecks = counter('mcp_health_checks_total', {
  help: 'Health checks made by the gateway.',
  labels: healthLabels,
  unseeded: ['unknown'],
});
export const healthCheckDuration = histogram('mcp_health_check_duration_seconds', {
  help: 'Duration of health checks.',
  labels: healthLabels,
  buckets: defaultBoundaries,
});
export const toolPayload = histogram('mcp_tool_payload_bytes', {
  help: 'Size of the bodies of MCP requests and responses, if it was measured.',
  labels: {direction: ['input', 'output'], server_name: open},
  buckets: payloadBuckets,
});
export const discoveryStageDuration = histogram('mcp_discovery_stage_duration_seconds', {
  help: 'Duration of the stages of a tool search.',
  labels: {stage: ['embedding', 'vector_search']},
  buckets: defaultBoundaries,
});
export const errors = counter('mcp_errors_total', {
  help: 'Events with an error code.',
  labels: {type: eventTypes, error_code: open},
});
export const customEvents = counter('mcp_custom_events_total', {
  help: 'Custom events by their metric_name.',
  labels: {name: open},
});

/**
 * Metrics that only gateways from 1.25 on report. In a closed label, `unknown` covers values that a later gateway may
 * add, so that their points are counted too.
 */
export const gatewayTargets = counter('mcp_gateway_targets_total', {
  help: 'Authentication requests by the kind of target they were routed to.',
  labels: {target_kind: targetKinds, success: outcome},
  unseeded: ['unknown'],
});

const rateLimitAxes = ['clr', 'tgt', 'ctg', 'qtn', 'unknown'] as const;
export const rateLimitChecks = counter('mcp_rate_limit_checks_total', {
  help: 'Rate limit checks of the gateway by their outcome.',
  labels: {axis: rateLimitAxes, entity_type: open, outcome: ['allow', 'deny', 'unknown']},
  unseeded: ['clr', 'tgt', 'ctg', 'qtn', 'unknown'],
});
export const rateLimitThrottled = counter('mcp_rate_limit_throttled_total', {
  help: 'Requests that a rate limit of the gateway denied.',
  labels: {axis: rateLimitAxes, entity_type: open},
  unseeded: ['clr', 'tgt', 'ctg', 'qtn', 'unknown'],
});
export const rateLimitErrors = counter('mcp_rate_limit_errors_total', {
  help: 'Rate limit checks that failed because the counter store did not respond.',
  labels: {axis: rateLimitAxes},
  unseeded: ['unknown'],
});
export const rateLimitQuarantineDenied = counter('mcp_rate_limit_quarantine_denied_total', {
  help: 'Requests denied because the caller or the target is quarantined.',
  labels: {scope: ['caller', 'target', 'unknown'], entity_type: open},
  unseeded: ['caller', 'target', 'unknown'],
});
export const rateLimitBackendDuration = histogram('mcp_rate_limit_backend_duration_seconds', {
  help: 'Duration of operations of the counter store of the rate limits.',
  labels: {op: ['incr', 'get', 'unknown']},
  buckets: defaultBoundaries,
  unseeded: ['unknown'],
});
export const genericProxyRequests = counter('mcp_generic_proxy_requests_total', {
  help: 'Requests through the generic proxy by their outcome.',
  labels: {entity_type: open, outcome: open},
});
export const genericProxySlotsRejected = counter('mcp_generic_proxy_slots_rejected_total', {
  help: 'Requests that the generic proxy rejected because no slot of the pool was free.',
  labels: {pool: open},
});
export const nginxConfigWrites = counter('mcp_nginx_config_writes_total', {
  help: 'Times the registry wrote the configuration of nginx, by outcome.',
  labels: {status: ['success', 'failure', 'rejected', 'unknown']},
  unseeded: ['unknown'],
});
export const sessionStoreResolutions = counter('mcp_session_store_resolutions_total', {
  help: 'Lookups in the session store by result.',
  labels: {result: ['hit', 'miss', 'expired', 'store_error', 'unknown']},
  unseeded: ['unknown'],
});
export const tokenReplayChecks = counter('mcp_token_replay_checks_total', {
  help: 'Checks that an internal token is used only once, by outcome.',
  labels: {result: ['accepted', 'replay', 'missing_jti', 'store_error', 'unknown']},
  unseeded: ['unknown'],
});
export const tokenMints = counter('mcp_token_mints_total', {
  help: 'Token mints of the auth-server by outcome.',
  labels: {token_kind: open, token_path: open, outcome: open},
});
export const webhooks = counter('mcp_webhooks_total', {
  help: 'Deliveries of registration webhooks by outcome.',
  labels: {event_type: open, outcome: open},
});
export const peerSyncFailures = counter('mcp_peer_sync_failures_total', {
  help: 'Synchronisations with a peer registry that failed.',
  labels: {failure_type: open},
});
export const peerSyncDuration = histogram('mcp_peer_sync_duration_seconds', {
  help: 'Duration of synchronisations with a peer registry.',
  labels: {success: outcome},
  buckets: defaultBoundaries,
  unseeded: ['unknown'],
});
export const gatewayToolInvocations = counter('mcp_gateway_tool_invocations_total', {
  help: "Calls of the tools of the gateway's own MCP server.",
  labels: {tool: open, success: outcome},
  unseeded: ['unknown'],
});
export const gatewayToolDuration = histogram('mcp_gateway_tool_duration_seconds', {
  help: "Time a call of a tool of the gateway's own MCP server took.",
  labels: {tool: open, success: outcome},
  buckets: defaultBoundaries,
});

const routes = Object.keys(statusesByRoute) as [Route, ...Route[]]; // Object.keys forgets the keys' type
const servedStatuses = routes.flatMap(route => statusesByRoute[route].map((code: StatusCode) => ({route, code})));
const codes = [...new Set(servedStatuses.map(({code}) => code))].sort() as [StatusCode, ...StatusCode[]]; // never empty

export const ingested = counter('mcp_metrics_service_ingested_total', {
  help: 'Events accepted, by emitter and type; an OTLP data point is one event.',
  labels: {emitter: open, type: [...eventTypes, otlpPoint]},
});
export const rejected = counter('mcp_metrics_service_rejected_total', {
  help: 'Events rejected, by emitter and reason; a body that could not be decoded counts as the number of events it appears to contain.',
  labels: {emitter: open, reason: rejectionReasons},
});
export const lastAccepted = gauge('mcp_metrics_service_last_accepted_timestamp_seconds', {
  help: 'When an event of the emitter was last accepted, in seconds since 1970; 0 before the first.',
  labels: {emitter: open},
  unit: 'seconds',
});
export const lastRejected = gauge('mcp_metrics_service_last_rejected_timestamp_seconds', {
  help: 'When an event or a request of the emitter was last rejected, in seconds since 1970; 0 before the first.',
  labels: {emitter: open},
  unit: 'seconds',
});
export const keyLastUsed = gauge('mcp_metrics_service_key_last_used_timestamp_seconds', {
  help: 'When a key was last used, in seconds since 1970; 0 before the first time. A key is named by the first 8 hexadecimal digits of its SHA-256 digest.',
  labels: {emitter: open, key: open},
  unit: 'seconds',
});
export const normalized = counter('mcp_metrics_service_normalized_total', {
  help: 'Values of accepted events that were dropped or changed, by reason.',
  labels: {reason: normalizationReasons},
});
export const requests = counter('mcp_metrics_service_requests_total', {
  help: 'HTTP requests on the API port that received a response.',
  labels: {route: routes, code: codes},
  seeds: servedStatuses,
});
export const authenticationFailures = counter('mcp_metrics_service_authentication_failures_total', {
  help: 'Requests without a key or with an unknown one.',
  labels: {reason: ['missing', 'invalid']},
});
export const rateLimited = counter('mcp_metrics_service_rate_limited_total', {
  help: 'Requests rejected because the rate limit of their emitter, or the queue of large OTLP exports, was full.',
  labels: {emitter: open},
});
export const requestDuration = histogram('mcp_metrics_service_request_duration_seconds', {
  help: 'Time from the arrival of the headers of a request on the API port to its response.',
  labels: {route: routes},
  buckets: defaultBoundaries,
});
/** The families that the gateway reports; the families below describe the service itself. */
export const gatewayMetrics = {
  authRequests,
  authRequestDuration,
  toolExecutions,
  toolExecutionDuration,
  toolDiscoveries,
  discoveryDuration,
  protocolLatency,
  registryOperations,
  registryOperationDuration,
  healthChecks,
  healthCheckDuration,
  toolPayload,
  discoveryStageDuration,
  errors,
  customEvents,
  gatewayTargets,
  rateLimitChecks,
  rateLimitThrottled,
  rateLimitErrors,
  rateLimitQuarantineDenied,
  rateLimitBackendDuration,
  genericProxyRequests,
  genericProxySlotsRejected,
  nginxConfigWrites,
  sessionStoreResolutions,
  tokenReplayChecks,
  tokenMints,
  webhooks,
  peerSyncFailures,
  peerSyncDuration,
  gatewayToolInvocations,
  gatewayToolDuration,
} as const;

/** An emitter chooses the names of its instruments: they are bounded like labels of the gateway's families. */
export const unmappedPoints = counter('mcp_metrics_service_unmapped_points_total', {
  help: 'Instruments in OTLP exports that are not in the catalogue, counted once for each export and name.',
  labels: {instrument: open},
});
const bounded = {...gatewayMetrics, unmappedPoints} as const;

type OpenLabelOf<M extends Metric> = {
  [Name in LabelOf<M>]: M['labels'][Name] extends typeof open ? Name : never;
}[LabelOf<M>];

/** A label whose values senders choose, so that their number is bounded. */
export type BoundedLabel = {
  [Key in keyof typeof bounded]: OpenLabelOf<(typeof bounded)[Key]>;
}[keyof typeof bounded];
export const boundedLabels = [
  ...new Set(
    Object.values(bounded).flatMap(({labels}) =>
      Object.entries(labels).flatMap(([name, domain]) => (domain === open ? [name] : [])),
    ),
  ),
] as [BoundedLabel, ...BoundedLabel[]]; // entries() forgets the keys' types; the type above computes the same

export const foldedLabels = counter('mcp_metrics_service_folded_labels_total', {
  help: 'Label values counted as _other because the limit of the label or of the service was reached; once for each event.',
  labels: {label: boundedLabels},
});
export const series = gauge('mcp_metrics_service_series', {
  help: 'Series of the families the gateway reports that have an open label, as Prometheus stores them; METRICS_MAX_SERIES bounds them.',
  labels: {},
  unit: 'series',
});
export const expiredSeries = counter('mcp_metrics_service_expired_series_total', {
  help: 'Series that left the exposition because they had no event for METRICS_SERIES_EXPIRY_SECONDS.',
  labels: {},
});
export const historyRows = counter('mcp_metrics_service_history_rows_total', {
  help: 'Rows of the history store.',
  labels: {result: ['written', 'dropped']},
});
export const historyBufferRows = gauge('mcp_metrics_service_history_buffer_rows', {
  help: 'Rows waiting to be written to the history store.',
  labels: {},
  unit: 'rows',
});
export const eventLoopStall = histogram('mcp_metrics_service_event_loop_stall_seconds', {
  help: 'How late a timer fired: the time for which the event loop was blocked.',
  labels: {},
  buckets: defaultBoundaries,
});
export const bothWays = gauge('mcp_metrics_service_reporting_both_ways', {
  help: '1 while an emitter sends the same events as JSON and as OTLP, so that they are counted twice; 0 five minutes later.',
  labels: {emitter: open},
  unit: 'flag',
});
export const draining = gauge('mcp_metrics_service_draining', {
  help: '1 from SIGTERM on, else 0.',
  labels: {},
  unit: 'flag',
});
export const buildInfo = gauge('mcp_metrics_service_build_info', {
  help: 'Always 1; the labels contain the version and the name of the service.',
  labels: {version: open, name: open},
  unit: 'flag',
});

/** The families with which the service describes itself. */
export const serviceMetrics = {
  ingested,
  rejected,
  lastAccepted,
  lastRejected,
  keyLastUsed,
  normalized,
  requests,
  authenticationFailures,
  rateLimited,
  requestDuration,
  foldedLabels,
  unmappedPoints,
  bothWays,
  series,
  expiredSeries,
  historyRows,
  historyBufferRows,
  eventLoopStall,
  draining,
  buildInfo,
} as const;

/** Everything above, by its key. Instruments are made from this, and nothing else is exposed under `mcp_`. */
export const catalogue = {...gatewayMetrics, ...serviceMetrics} as const;
export type Catalogue = typeof catalogue;
