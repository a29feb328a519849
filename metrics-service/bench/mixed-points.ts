/**
 * Data points of every mapped instrument, as registry and auth-server of today's gateway export them: measured with the
 * OpenTelemetry SDK, delta temporality, with the attributes that are not mapped as well.
 */
import {
  AggregationTemporality,
  MeterProvider,
  type MetricData,
  MetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import {mappedInstruments} from '../src/otlp/mapping.ts';

/** The values of each attribute, by its name. */
type Attributes = Readonly<Record<string, readonly string[]>>;

const numbered = (name: string, count: number): readonly string[] =>
  Array.from({length: count}, (_, index) => `${name}-${index}`);

/** As Python writes booleans. */
const success = ['True', 'False'];
const servers = numbered('server', 12);
const authentication: Attributes = {
  success,
  method: ['session', 'jwt', 'keycloak', 'unknown'],
  server: servers,
  target_kind: ['mcp_server', 'virtual_mcp_server'],
};
const execution: Attributes = {
  tool_name: numbered('tool', 15),
  server_name: servers,
  success,
  method: ['tools/call', 'tools/list', 'initialize'],
  client_name: ['claude-desktop', 'vscode'],
  client_version: ['1.2.0'],
};
const discovery: Attributes = {results_count_bucket: ['none', 'few', 'some', 'many', 'unknown']};
const operation: Attributes = {
  operation: ['create', 'read', 'update', 'delete', 'list', 'toggle'],
  resource_type: ['server', 'agent', 'group', 'user'],
  success,
};
const limited: Attributes = {
  axis: ['clr', 'tgt', 'ctg'],
  entity_type: ['user', 'server', 'group'],
  window_seconds: ['60'],
};
const invocation: Attributes = {tool: numbered('tool', 15), success};

/** By the instrument's name. */
const attributesOf: Readonly<Record<string, Attributes>> = {
  mcpgw_registry_auth_request_total: authentication,
  mcpgw_registry_auth_request_duration: authentication,
  mcpgw_registry_tool_execution_total: execution,
  tool_execution_duration: execution,
  mcpgw_registry_tool_discovery_total: discovery,
  mcpgw_registry_tool_discovery_duration: discovery,
  mcpgw_registry_protocol_latency: {
    flow_step: ['initialize_to_tools_list', 'tools_list_to_tools_call', 'full_protocol_flow'],
    server_name: servers,
  },
  mcpgw_registry_operation_total: operation,
  mcpgw_registry_operation_duration: operation,
  mcpgw_rate_limit_checks_total: {...limited, outcome: ['allow', 'deny']},
  mcpgw_rate_limit_throttled_total: limited,
  mcpgw_rate_limit_errors_total: {axis: ['clr', 'tgt', 'qtn']},
  mcpgw_rate_limit_quarantine_denied_total: {scope: ['caller', 'target'], entity_type: ['user', 'server']},
  mcpgw_rate_limit_backend_duration: {backend: ['documentdb'], op: ['incr', 'get']},
  mcpgw_registry_generic_proxy_request_total: {
    entity_type: ['skill', 'agent', 'custom'],
    outcome: ['success', 'slot_rejected', 'upstream_error'],
  },
  mcpgw_registry_generic_proxy_slot_rejected_total: {pool: ['skill', 'agent', 'custom']},
  mcpgw_registry_nginx_config_writes_total: {status: ['success', 'failure', 'rejected']},
  mcpgw_registry_session_store_resolve_total: {result: ['hit', 'miss', 'expired', 'store_error']},
  mcpgw_registry_internal_token_replay_check_total: {result: ['accepted', 'replay', 'missing_jti', 'store_error']},
  mcpgw_registry_token_mint_total: {
    token_kind: ['user', 'm2m'],
    resource_type: ['none'],
    token_path: ['exchange', 'refresh'],
    outcome: ['success', 'failure'],
  },
  mcpgw_registry_webhook_send_total: {
    event_type: ['registration', 'update', 'deletion'],
    outcome: ['success', 'timeout', 'error'],
  },
  peer_sync_failures_total: {peer_id: ['peer-1', 'peer-2'], failure_type: ['timeout', 'unauthorized']},
  peer_sync_duration: {peer_id: ['peer-1', 'peer-2'], success: ['true', 'false']},
  mcpgw_registry_tool_invocations_total: invocation,
  mcpgw_registry_tool_duration: invocation,
};

/** The combination of values at a place: the first attribute changes fastest. Undefined past the last one. */
const combination = (attributes: Attributes, place: number): Record<string, string> | undefined => {
  let rest = place;
  const chosen: Record<string, string> = {};
  for (const [name, values] of Object.entries(attributes)) {
    chosen[name] = values[rest % values.length] ?? '';
    rest = Math.floor(rest / values.length);
  }
  return rest === 0 ? chosen : undefined;
};

/** A metric reader that collects at the end of an interval, and exports nothing. */
class Collector extends MetricReader {
  protected override onForceFlush = (): Promise<void> => Promise.resolve();
  protected override onShutdown = (): Promise<void> => Promise.resolve();
}

/** Maximum number of attribute sets of an instrument. */
const maxSets = 200;
/** Durations in milliseconds that are recorded in histograms, from a fast call to a slow one. */
const measured = [3.2, 7.9, 41.5, 180, 2600] as const;

/** One export of all instruments with all of their attribute sets. */
const collectAll = async (): Promise<ResourceMetrics> => {
  const reader = new Collector({aggregationTemporalitySelector: () => AggregationTemporality.DELTA});
  const provider = new MeterProvider({readers: [reader]});
  const meter = provider.getMeter('mcp-gateway-registry');
  for (const instrument of mappedInstruments) {
    const {name, kind} = instrument;
    const attributes = attributesOf[name];
    if (attributes === undefined) throw new RangeError(`attributes of ${name}: expected some, found none`);
    const sets = Array.from({length: maxSets}, (_, place) => combination(attributes, place) ?? []).flat();
    if (kind === 'counter') {
      const counter = meter.createCounter(name, {unit: '1'});
      for (const [index, set] of sets.entries()) counter.add(1 + (index % 40), set);
    } else {
      const {unit} = instrument;
      const histogram = meter.createHistogram(name, {unit});
      for (const [index, set] of sets.entries())
        for (const ms of measured.slice(index % 4)) histogram.record(unit === 's' ? ms / 1000 : ms, set);
    }
  }
  const {resourceMetrics} = await reader.collect();
  await provider.shutdown();
  return resourceMetrics;
};

/** A metric with a single point. */
const splitPoints = (metric: MetricData): readonly MetricData[] =>
  metric.dataPoints.map(point => {
    // The collector adds a delta to the previous one only if it starts when that one ended. With equal start and end
    // times, a body can be sent repeatedly.
    const dataPoints = [{...point, startTime: point.endTime}];
    return {...metric, dataPoints} as MetricData; // the same metric's own points
  });

/** Points of the same instrument in one metric, as an SDK exports them. */
const joinPoints = (points: readonly MetricData[]): MetricData[] => {
  const byName = new Map<string, MetricData>();
  for (const point of points) {
    const {name} = point.descriptor;
    const known = byName.get(name);
    byName.set(
      name,
      known === undefined ? point : ({...known, dataPoints: [...known.dataPoints, ...point.dataPoints]} as MetricData),
    ); // of one instrument
  }
  return [...byName.values()];
};

/** Total number of points in the exports of one size. */
const pointsInAll = 1024;

/**
 * Exports with `points` data points in each, about a thousand together. The instruments come in turn, each with its next
 * attribute set: an export of 100 points contains all of them. No export contains an attribute set twice.
 */
export const mixedExports = async (points: number): Promise<readonly ResourceMetrics[]> => {
  const all = await collectAll();
  const {scope, metrics} = all.scopeMetrics[0] ?? {scope: {name: ''}, metrics: []};
  const byInstrument = metrics.map(splitPoints);
  return Array.from({length: Math.max(2, Math.ceil(pointsInAll / points))}, (_, index) => {
    const chosen = new Set<MetricData>();
    for (let turn = index * points; chosen.size < points; turn += 1) {
      const ofOne = byInstrument[turn % byInstrument.length] ?? [];
      const point = ofOne[Math.floor(turn / byInstrument.length) % ofOne.length];
      if (point !== undefined) chosen.add(point);
    }
    return {resource: all.resource, scopeMetrics: [{scope, metrics: joinPoints([...chosen])}]};
  });
};
