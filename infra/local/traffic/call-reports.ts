/**
 * Which reporter reports which event, and how: each of the four clients of the wire contract reports what it saw, with
 * its own fields and spellings, and without what it doesn't know. Several of them report the same call.
 */
import type {WireBatch, WireMetric} from '@mcp-observability/metrics-service/events';
import {gatewayServer} from './gateway.ts';
import type {GatewayEvent, McpRequest, Search} from './traffic-events.ts';

/** The four clients. */
export type ReporterName = 'registry' | 'auth-server' | 'library' | 'nginx';

/** The fields by which each client introduces itself: a batch without its events. */
export const introductions: Readonly<Record<ReporterName, Omit<WireBatch, 'metrics'>>> = {
  registry: {service: 'registry', version: '1.0.0', instance_id: 'registry-1'},
  'auth-server': {service: 'auth-server', version: '1.0.0', instance_id: 'auth-server-1'},
  library: {service: gatewayServer, version: '0.4.1', instance_id: `${gatewayServer}-7d9f`},
  nginx: {service: 'nginx', version: '1.0.0', instance_id: null},
};

/** One event, as its reporter writes it. */
export interface Report {
  readonly reporter: ReporterName;
  readonly metric: WireMetric;
}

/** All reports of an event, by every reporter that saw it. */
export const reportsOf = (event: GatewayEvent): readonly Report[] => {
  switch (event.kind) {
    case 'mcp-request':
      return [...reportsOfAuthServer(event), reportOfNginx(event), ...reportsOfServer(event)];
    case 'search':
      return reportsOfSearch(event);
    case 'registry-operation':
      return [
        report('registry', {
          type: 'registry_operation',
          timestamp: naive(event.at),
          value: 1,
          duration_ms: event.durationMs,
          dimensions: {
            operation: event.operation,
            resource_type: event.resourceType,
            success: event.success,
            resource_id: event.resourceId,
            user_id: event.userId,
          },
          metadata: {error_code: event.errorCode},
        }),
      ];
    case 'health-check':
      return [
        report('registry', {
          type: 'health_check',
          timestamp: naive(event.at),
          value: 1,
          duration_ms: event.durationMs,
          dimensions: {endpoint: event.endpoint, status_code: event.statusCode, healthy: event.healthy},
          metadata: {},
        }),
      ];
    case 'headers-seen':
      return [
        report('registry', {
          type: 'custom',
          timestamp: naive(event.at),
          value: 1,
          duration_ms: event.durationMs,
          dimensions: {
            metric_name: 'request_headers_analysis',
            path: event.path,
            method: event.method,
            status_code: event.statusCode,
            has_auth: event.hasAuth,
          },
          metadata: {headers_sample: event.sample},
        }),
      ];
  }
};

const report = (reporter: ReporterName, metric: WireMetric): Report => ({reporter, metric});

const authServer = (metric: WireMetric): Report => report('auth-server', metric);

/** Returns the events of one call: an authentication and, if that succeeded, an execution and up to three latencies. */
const reportsOfAuthServer = (event: McpRequest): readonly Report[] => {
  const {at, session, method, tool, authentication} = event;
  const {client, server, userHash} = session;
  const timestamp = naive(at);
  const authenticated = authServer({
    type: 'auth_request',
    timestamp,
    value: 1,
    duration_ms: authentication.durationMs,
    // A failed authentication has no method.
    dimensions: {
      success: authentication.success,
      method: authentication.success ? client.login : 'unknown',
      server: server.name,
      user_hash: userHash,
    },
    metadata: {error_code: authentication.errorCode},
  });
  if (!authentication.success) return [authenticated];
  return [
    authenticated,
    authServer({
      type: 'tool_execution',
      timestamp,
      value: 1,
      duration_ms: event.durationMs,
      dimensions: {
        tool_name: tool === '' ? method : tool,
        server_path: server.path,
        server_name: server.name,
        success: event.success,
        method,
        client_name: client.name,
        client_version: client.version,
        user_hash: userHash,
      },
      // It reports before the response body exists.
      metadata: {error_code: event.errorCode, input_size_bytes: event.inputBytes, output_size_bytes: 0},
    }),
    ...event.legs.map(({step, seconds}) =>
      authServer({
        type: 'protocol_latency',
        timestamp,
        value: seconds,
        dimensions: {flow_step: step, server_name: server.name, session_key: session.key, user_hash: userHash},
        metadata: {},
      }),
    ),
  ];
};

/** The event as nginx's Lua code reports it: no time, booleans as strings, a tool only for calls. */
const reportOfNginx = ({session: {client, server}, method, tool, success, durationMs}: McpRequest): Report =>
  report('nginx', {
    type: 'tool_execution',
    value: 1,
    duration_ms: Math.round(durationMs),
    dimensions: {
      tool_name: tool,
      server_path: server.path,
      server_name: server.name,
      success: String(success),
      method,
      client_name: client.name,
    },
  });

/** The gateway's own server uses the client library, and only it knows the size of its response. */
const reportsOfServer = (event: McpRequest): readonly Report[] => {
  const {session, method, tool} = event;
  if (session.server.name !== gatewayServer || !event.authentication.success) return [];
  return [
    report('library', {
      type: 'tool_execution',
      timestamp: `${naive(event.at)}+00:00`,
      value: 1,
      duration_ms: event.durationMs,
      dimensions: {
        tool_name: tool === '' ? null : tool,
        server_name: gatewayServer,
        success: event.success,
        method,
        client_name: session.client.name,
      },
      metadata: {
        error_code: event.errorCode,
        input_size_bytes: event.inputBytes,
        output_size_bytes: event.outputBytes,
      },
    }),
  ];
};

/** The server that searched reports the number of results; the registry's middleware sees only the request. */
const reportsOfSearch = (event: Search): readonly Report[] => {
  const queryDimensions = {query: event.query, top_k_services: event.topKServices, top_n_tools: event.topNTools};
  const base = {type: 'tool_discovery', timestamp: naive(event.at), value: 1, duration_ms: event.durationMs} as const;
  return [
    report('library', {
      ...base,
      dimensions: {...queryDimensions, results_count: event.resultsCount},
      metadata: {embedding_time_ms: event.embeddingMs, faiss_search_time_ms: event.vectorSearchMs},
    }),
    report('registry', {
      ...base,
      dimensions: {...queryDimensions, results_count: -1},
      metadata: {embedding_time_ms: null, faiss_search_time_ms: null},
    }),
  ];
};

/** Python's `datetime.utcnow().isoformat()`: microseconds and no time zone. */
const naive = (at: number): string => {
  const microseconds = Math.floor((at - Math.floor(at)) * 1000);
  return `${new Date(at).toISOString().slice(0, -1)}${String(microseconds).padStart(3, '0')}`;
};
