/**
 * The measurements of registry and auth-server of a gateway from 1.25 on, with the OpenTelemetry SDK: the instruments
 * and attributes of release 1.30.
 */
import {gatewayServer} from './gateway.ts';
import type {Random} from './random.ts';
import type {GatewayEvent, HealthCheck, McpRequest, RegistryOperation, Search} from './traffic-events.ts';

export interface Measurement {
  readonly reporter: 'registry' | 'auth-server';
  readonly instrument: string;
  /** `1` for a counter, a unit of time for a histogram. */
  readonly unit: '1' | 'ms' | 's';
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

type Attributes = Measurement['attributes'];

/** Writes a boolean as Python does. */
const pythonBoolean = (value: boolean): string => (value ? 'True' : 'False');

const by = (reporter: Measurement['reporter']) => ({
  count: (instrument: string, attributes: Attributes): Measurement => ({
    reporter,
    instrument,
    unit: '1',
    value: 1,
    attributes,
  }),
  time: (instrument: string, ms: number, attributes: Attributes): Measurement => ({
    reporter,
    instrument,
    unit: 'ms',
    value: ms,
    attributes,
  }),
});
const registry = by('registry');
const authServer = by('auth-server');

export const measurementsOf = (event: GatewayEvent, random: Random): readonly Measurement[] => {
  switch (event.kind) {
    case 'mcp-request':
      return [...ofAuthentication(event, random), ...ofExecution(event), ...ofGuards(event, random)];
    case 'search':
      return ofSearch(event);
    case 'registry-operation':
      return ofOperation(event, random);
    case 'health-check':
      return ofPeers(event, random);
    case 'headers-seen':
      return [
        registry.count('mcpgw_registry_session_store_resolve_total', {
          result: event.hasAuth ? (random.happens(0.97) ? 'hit' : 'expired') : 'miss',
        }),
      ];
  }
};

const targetKindOf = (server: string, random: Random): string => {
  if (server === gatewayServer) return 'virtual_mcp_server';
  return random.happens(0.06) ? random.oneOf(['a2a_agent', 'generic_proxy_skill', 'control_plane']) : 'mcp_server';
};

const ofAuthentication = ({session, authentication}: McpRequest, random: Random): readonly Measurement[] => {
  const {client, server} = session;
  const attributes = {
    success: pythonBoolean(authentication.success),
    method: authentication.success ? client.login : 'unknown',
    server: server.name,
    target_kind: targetKindOf(server.name, random),
  };
  return [
    authServer.count('mcpgw_registry_auth_request_total', attributes),
    authServer.time('mcpgw_registry_auth_request_duration', authentication.durationMs, attributes),
  ];
};

const ofExecution = (event: McpRequest): readonly Measurement[] => {
  const {session, method, tool, success, durationMs, legs, authentication} = event;
  if (!authentication.success) return [];
  const {client, server} = session;
  const attributes = {
    tool_name: tool === '' ? method : tool,
    server_name: server.name,
    success: pythonBoolean(success),
    method,
    client_name: client.name,
    client_version: client.version,
  };
  const own = {tool, success: pythonBoolean(success)};
  return [
    authServer.count('mcpgw_registry_tool_execution_total', attributes),
    authServer.time('tool_execution_duration', durationMs, attributes),
    ...legs.map(({step, seconds}) =>
      authServer.time('mcpgw_registry_protocol_latency', seconds * 1000, {flow_step: step, server_name: server.name}),
    ),
    ...(server.name === gatewayServer && tool !== ''
      ? [
          registry.count('mcpgw_registry_tool_invocations_total', own),
          registry.time('mcpgw_registry_tool_duration', durationMs, own),
        ]
      : []),
  ];
};

/** Measures rate limits, quarantine, single use of internal tokens, tokens minted for a new session, the generic proxy. */
const ofGuards = (event: McpRequest, random: Random): readonly Measurement[] => {
  const axis = random.oneOf(['clr', 'tgt', 'ctg']);
  const entity = {clr: 'user', tgt: 'server', ctg: 'group'}[axis] ?? 'user';
  const outcome = random.happens(0.01) ? 'deny' : 'allow';
  const limited = {axis, entity_type: entity, window_seconds: '60'};
  const measurements = [
    authServer.count('mcpgw_rate_limit_checks_total', {...limited, outcome}),
    authServer.time('mcpgw_rate_limit_backend_duration', random.logNormal(3, 0.6), {
      backend: 'documentdb',
      op: random.oneOf(['incr', 'get']),
    }),
    authServer.count('mcpgw_registry_internal_token_replay_check_total', {
      result: random.happens(0.002) ? random.oneOf(['replay', 'missing_jti']) : 'accepted',
    }),
  ];
  if (outcome === 'deny') measurements.push(authServer.count('mcpgw_rate_limit_throttled_total', limited));
  if (random.happens(0.002))
    measurements.push(authServer.count('mcpgw_rate_limit_errors_total', {axis: random.oneOf(['clr', 'tgt', 'qtn'])}));
  if (random.happens(0.003))
    measurements.push(
      authServer.count('mcpgw_rate_limit_quarantine_denied_total', {
        scope: random.oneOf(['caller', 'target']),
        entity_type: entity,
      }),
    );
  if (event.method === 'initialize')
    measurements.push(
      authServer.count('mcpgw_registry_token_mint_total', {
        token_kind: random.oneOf(['user', 'm2m']),
        resource_type: 'none',
        token_path: random.oneOf(['exchange', 'refresh']),
        outcome: random.happens(0.02) ? 'failure' : 'success',
      }),
    );
  if (random.happens(0.05)) measurements.push(...ofProxy(random));
  return measurements;
};

const ofProxy = (random: Random): readonly Measurement[] => {
  const kind = random.oneOf(['skill', 'agent', 'custom']);
  const busy = random.happens(0.05);
  const request = registry.count('mcpgw_registry_generic_proxy_request_total', {
    entity_type: kind,
    outcome: busy ? 'slot_rejected' : random.happens(0.04) ? 'upstream_error' : 'success',
  });
  return busy ? [request, registry.count('mcpgw_registry_generic_proxy_slot_rejected_total', {pool: kind})] : [request];
};

/** The registry does not see how much was found. */
const ofSearch = ({durationMs}: Search): readonly Measurement[] => {
  const attributes = {results_count_bucket: 'unknown'};
  return [
    registry.count('mcpgw_registry_tool_discovery_total', attributes),
    registry.time('mcpgw_registry_tool_discovery_duration', durationMs, attributes),
  ];
};

/** A change of a server makes the registry write nginx's configuration and call its webhook. */
const ofOperation = (event: RegistryOperation, random: Random): readonly Measurement[] => {
  const {operation, resourceType, success, durationMs} = event;
  const attributes = {operation, resource_type: resourceType, success: pythonBoolean(success)};
  const measurements = [
    registry.count('mcpgw_registry_operation_total', attributes),
    registry.time('mcpgw_registry_operation_duration', durationMs, attributes),
  ];
  if (random.happens(0.3))
    measurements.push(
      registry.count('mcpgw_registry_nginx_config_writes_total', {
        status: random.happens(0.04) ? random.oneOf(['failure', 'rejected']) : 'success',
      }),
      registry.count('mcpgw_registry_webhook_send_total', {
        event_type: random.oneOf(['registration', 'update', 'deletion']),
        outcome: random.happens(0.1) ? random.oneOf(['timeout', 'error']) : 'success',
      }),
    );
  return measurements;
};

/** Peers are synchronised as regularly as servers are checked. */
const ofPeers = (_: HealthCheck, random: Random): readonly Measurement[] => {
  if (!random.happens(0.3)) return [];
  const failed = random.happens(0.1);
  const duration: Measurement = {
    reporter: 'registry',
    instrument: 'peer_sync_duration',
    unit: 's',
    value: random.logNormal(1.2, 0.5),
    attributes: {peer_id: 'peer-1', success: failed ? 'false' : 'true'},
  };
  const failure = {peer_id: 'peer-1', failure_type: random.oneOf(['timeout', 'unauthorized'])};
  return failed ? [duration, registry.count('peer_sync_failures_total', failure)] : [duration];
};
