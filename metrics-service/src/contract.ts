/**
 * The service's surface as others see it: ports, paths, headers, the names of environment variables, and the closed
 * vocabularies of the wire format. Infrastructure, local stack and tests read these; nothing here does anything.
 */

export const ports = {
  /** HTTP API; METRICS_SERVICE_PORT. */
  api: 8890,
  /** Prometheus exposition; OTEL_PROMETHEUS_PORT. */
  exposition: 9465,
} as const;

/** Value of the label `job` on every series scraped from the service, in AWS and locally. Boards and rules select by it. */
export const scrapeJob = 'mcp-metrics-service';

/** Seconds between two scrapes, unless a deployment chooses another interval. Boards, rules and checks assume it by default. */
export const defaultScrapeIntervalSeconds = 15;

export const paths = {
  root: '/',
  metrics: '/metrics',
  health: '/health',
  flush: '/flush',
  rateLimit: '/rate-limit',
  openapi: '/openapi.json',
  otlpMetrics: '/v1/metrics',
  otlpTraces: '/v1/traces',
  otlpLogs: '/v1/logs',
} as const;

/** On the exposition's port. */
export const expositionPaths = {
  metrics: paths.metrics,
  /** 200 as long as the process responds. */
  healthy: '/-/healthy',
  /** 503 from SIGTERM on. */
  ready: '/-/ready',
} as const;

export const headers = {
  apiKey: 'X-API-Key',
  requestId: 'X-Request-ID',
  rateLimit: 'X-RateLimit-Limit',
  rateLimitRemaining: 'X-RateLimit-Remaining',
  retryAfter: 'Retry-After',
  /** Sent by Prometheus, the OpenTelemetry collector and vmagent with each scrape. */
  scrapeTimeout: 'X-Prometheus-Scrape-Timeout-Seconds',
  authenticate: 'WWW-Authenticate',
} as const;

/** Every variable the service reads, except the keys: see `apiKeyVariable`. */
export const variables = {
  host: 'METRICS_SERVICE_HOST',
  apiPort: 'METRICS_SERVICE_PORT',
  expositionEnabled: 'OTEL_PROMETHEUS_ENABLED',
  expositionPort: 'OTEL_PROMETHEUS_PORT',
  rateLimit: 'METRICS_RATE_LIMIT',
  maxRequestSize: 'MAX_REQUEST_SIZE',
  maxBatch: 'METRICS_MAX_BATCH',
  bucketBoundaries: 'HISTOGRAM_BUCKET_BOUNDARIES',
  maxLabelCardinality: 'METRICS_MAX_LABEL_CARDINALITY',
  maxLabelLength: 'METRICS_MAX_LABEL_LENGTH',
  maxSeries: 'METRICS_MAX_SERIES',
  seriesExpiry: 'METRICS_SERIES_EXPIRY_SECONDS',
  createdTimestamps: 'METRICS_CREATED_TIMESTAMPS',
  historyPath: 'SQLITE_DB_PATH',
  historyMaxSize: 'SQLITE_MAX_SIZE',
  retentionDays: 'METRICS_RETENTION_DAYS',
  flushInterval: 'FLUSH_INTERVAL_SECONDS',
  flushBatch: 'BATCH_SIZE',
  serviceName: 'OTEL_SERVICE_NAME',
  drainTimeout: 'DRAIN_TIMEOUT_SECONDS',
  drainGrace: 'DRAIN_GRACE_SECONDS',
  logLevel: 'LOG_LEVEL',
  keysFile: 'METRICS_API_KEYS_FILE',
} as const;

/**
 * The emitter under which requests without a valid key are counted. No key can have this name.
 */
export const unknownEmitter = 'unknown';

/** Variables with this prefix contain keys; the rest of the name is the emitter. */
export const apiKeyPrefix = 'METRICS_API_KEY_';

/** `auth-server` → `METRICS_API_KEY_AUTH_SERVER`. */
export const apiKeyVariable = (emitter: string): string =>
  `${apiKeyPrefix}${emitter.toUpperCase().replaceAll('-', '_')}`;

/** `METRICS_API_KEY_AUTH_SERVER` → `auth-server`. */
export const emitterOf = (variable: string): string =>
  variable.slice(apiKeyPrefix.length).toLowerCase().replaceAll('_', '-');

/** A key consists of printable ASCII characters without spaces. */
export const apiKeyPattern = /^[\x21-\x7e]+$/;

/** The types of events that a client may send. */
export const eventTypes = [
  'auth_request',
  'tool_discovery',
  'tool_execution',
  'registry_operation',
  'health_check',
  'protocol_latency',
  'custom',
] as const;
export type EventType = (typeof eventTypes)[number];

/** The type under which an OTLP data point is counted as ingested. */
export const otlpPoint = 'otlp_point';

/** Why an event, or a whole request, was rejected. */
export const rejectionReasons = [
  'field',
  'range',
  'type',
  'timestamp',
  'envelope',
  'not_json',
  'too_large',
  'encoding',
  'temporality',
] as const;
export type RejectionReason = (typeof rejectionReasons)[number];

/** Why a value of an accepted event was dropped or changed. */
export const normalizationReasons = [
  /** A `timestamp` that can't be read, or is over five minutes ahead: dropped. */
  'timestamp',
  /** A `duration_ms` that is out of range or not a number: dropped. */
  'duration',
  /** A dimension that is an object or an array: became `_invalid`. */
  'dimension_type',
  /** A dimension of more than 200 characters: cut. */
  'dimension_length',
  /** A bare NaN, Infinity or -Infinity: read as null. */
  'non_finite',
  /** A label's value with characters that labels cannot have: each became `_`. */
  'label_characters',
  /** A label's value longer than METRICS_MAX_LABEL_LENGTH: cut. */
  'label_length',
] as const;
export type NormalizationReason = (typeof normalizationReasons)[number];

/** Legs of an MCP session that `protocol_latency` measures. */
export const flowSteps = [
  'initialize_to_tools_list',
  'tools_list_to_tools_call',
  'full_protocol_flow',
  'other',
] as const;
export type FlowStep = (typeof flowSteps)[number];

/** The kinds of target that a gateway routes requests to. A missing or unlisted value counts as `unknown`. */
export const targetKinds = [
  'mcp_server',
  'virtual_mcp_server',
  'a2a_agent',
  'control_plane',
  'generic_proxy_skill',
  'generic_proxy_agent',
  'generic_proxy_custom',
  'unknown',
] as const;
export type TargetKind = (typeof targetKinds)[number];

/** Classes of the number of search results: none 0, few 1–5, some 6–20, many over 20, unknown when negative or absent. */
export const resultSizes = ['none', 'few', 'some', 'many', 'unknown'] as const;
export type ResultSize = (typeof resultSizes)[number];

/** The statuses that each path of the API can respond with; `other` covers every unknown path. */
export const statusesByRoute = {
  [paths.metrics]: ['200', '400', '401', '405', '413', '415', '422', '429', '500', '503'],
  [paths.health]: ['200', '405', '503'],
  [paths.root]: ['200', '405'],
  [paths.flush]: ['200', '401', '405', '429', '500', '503'],
  [paths.rateLimit]: ['200', '401', '405'],
  [paths.openapi]: ['200', '405'],
  [paths.otlpMetrics]: ['200', '400', '401', '405', '413', '415', '500', '503'],
  [paths.otlpTraces]: ['404', '405'],
  [paths.otlpLogs]: ['404', '405'],
  other: ['400', '404', '408', '431', '500'],
} as const;
export type Route = keyof typeof statusesByRoute;
export type StatusCode = (typeof statusesByRoute)[Route][number];

/** Bounds of the wire format. Lengths count Unicode code points. */
export const bounds = {
  service: {max: 100, pattern: /^[a-zA-Z0-9_-]+$/},
  version: {max: 50},
  instanceId: {max: 100, pattern: /^[a-zA-Z0-9_.-]+$/},
  /** Counted types add their value to a counter. */
  countedValue: {min: 0, max: 1_000_000},
  protocolLatencySeconds: {min: 0, max: 600},
  customValue: {min: -1e12, max: 1e12},
  durationMs: {min: 0, max: 86_400_000},
  /** OTLP: what one data point may add to a counter or count. */
  pointValue: {min: 0, max: 1e9},
  /** OTLP: what OpenTelemetry's SDKs use as the scale of an exponential histogram. */
  exponentialScale: {min: -10, max: 20},
  /** OTLP: a 32-bit integer, as in protobuf. */
  exponentialOffset: {min: -(2 ** 31), max: 2 ** 31 - 1},
  clockSkewMs: 300_000,
  dimensions: {max: 20, keyMax: 50, keyPattern: /^[a-zA-Z_][a-zA-Z0-9_]*$/, textMax: 200},
  metadata: {max: 30, keyMax: 50, textMax: 1000, depthMax: 20},
} as const;

/** The range of `value` for each type. */
export const valueBounds: {readonly [Type in EventType]: {readonly min: number; readonly max: number}} = {
  auth_request: bounds.countedValue,
  tool_discovery: bounds.countedValue,
  tool_execution: bounds.countedValue,
  registry_operation: bounds.countedValue,
  health_check: bounds.countedValue,
  protocol_latency: bounds.protocolLatencySeconds,
  custom: bounds.customValue,
};

/**
 * Values of open labels that are admitted at the start, outside every limit: what boards and rules of this repository
 * select by. A client that makes up names must not be able to push them out, or alerts would go blind. The other methods
 * are MCP's own (https://modelcontextprotocol.io/specification): a real client uses no others.
 */
export const knownValues = {
  method: [
    'initialize',
    'ping',
    'tools/list',
    'tools/call',
    'resources/list',
    'resources/read',
    'resources/subscribe',
    'resources/unsubscribe',
    'resources/templates/list',
    'prompts/list',
    'prompts/get',
    'completion/complete',
    'logging/setLevel',
    'notifications/initialized',
    'notifications/cancelled',
    'notifications/progress',
    'notifications/roots/list_changed',
  ],
  server: ['api'],
} as const;
export type KnownValues = typeof knownValues;
/** A method of MCP. */
export type KnownMethod = KnownValues['method'][number];

/**
 * Label values that replace others: absent, null or empty; past the limit of the label; not a string, number or
 * boolean. They don't count as distinct values.
 */
export const reserved = {unset: '_unset', other: '_other', invalid: '_invalid'} as const;

/**
 * The nginx client sends up to this many metrics in one request and resends what isn't accepted: never accept fewer.
 */
export const nginxBatch = 1024;
