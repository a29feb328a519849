/**
 * Which OpenTelemetry instrument of the gateway feeds which metric of the catalogue, and which attribute each label is
 * read from. Everything that is not in this table is ignored and counted by name. The types tie the table to the
 * catalogue: a metric that does not exist, a missing or unknown label, or a fallback that a closed label does not have
 * does not compile.
 */
import type {Catalogue, Counter, Histogram, LabelOf, Metric, open, ValueOf} from '../catalogue.ts';

/** Reads the value of an open label from an attribute, bounded by the label limiter; absent is `_unset`. */
export interface AttributeSource {
  readonly attribute: string;
}

/** Reads the value of a closed label from an attribute. */
export interface ClosedSource<Value extends string = string> extends AttributeSource {
  /** Replaces a value that is not in the label's list, and a missing one. */
  readonly otherwise: Value;
}

/**
 * The emitter that owns the request's key: the reporter is the authenticated emitter, not the one in `service.name`.
 */
export const emitter = Symbol('emitter');

/** `service` is never read from an attribute, which an emitter could fill with another's name. */
type SourceOf<Name extends string, Domain> = Name extends 'service'
  ? typeof emitter
  : Domain extends typeof open
    ? AttributeSource
    : ClosedSource<ValueOf<Domain>>;

type Sources<M extends Metric> = {readonly [Name in LabelOf<M>]: SourceOf<Name, M['labels'][Name]>};

type KeyOf<Kind extends Metric> = {
  [Key in keyof Catalogue]: Catalogue[Key] extends Kind ? Key : never;
}[keyof Catalogue];
export type CounterKey = KeyOf<Counter>;
export type HistogramKey = KeyOf<Histogram<string, Record<string, never>, 'seconds'>> | KeyOf<Histogram>;

export type LabelSource = typeof emitter | AttributeSource | ClosedSource;

/** A metric of the catalogue with the source of each of its labels. */
export interface Target<Key extends keyof Catalogue = keyof Catalogue> {
  readonly metric: Key;
  readonly labels: Readonly<Record<string, LabelSource>>;
}

/** Units that instruments declare; they are converted to the catalogue's seconds and bytes. */
export type InstrumentUnit = 's' | 'ms' | 'us' | 'ns' | 'By';

export type MappedInstrument =
  | {readonly kind: 'counter'; readonly name: string; readonly targets: ReadonlyArray<Target<CounterKey>>}
  | {
      readonly kind: 'histogram';
      readonly name: string;
      /** The default if the instrument of a point does not declare a unit. */
      readonly unit: InstrumentUnit;
      readonly targets: ReadonlyArray<Target<HistogramKey>>;
    };

/** One target, checked against the catalogue. */
export const into = <const Key extends CounterKey | HistogramKey>(
  metric: Key,
  labels: Sources<Catalogue[Key]>,
): Target<Key> => ({metric, labels});

const counter = (name: string, ...targets: ReadonlyArray<Target<CounterKey>>): MappedInstrument => ({
  kind: 'counter',
  name,
  targets,
});
const histogram = (
  name: string,
  unit: InstrumentUnit,
  ...targets: ReadonlyArray<Target<HistogramKey>>
): MappedInstrument => ({kind: 'histogram', name, unit, targets});

/** An open label that is read from an attribute. */
export const from = (attribute: string): AttributeSource => ({attribute});
/** A closed label that is read from an attribute. */
export const among = <const Value extends string>(attribute: string, otherwise: Value): ClosedSource<Value> => ({
  attribute,
  otherwise,
});

const success = among('success', 'unknown');
const authLabels = {service: emitter, success, method: from('method'), server: from('server')} as const;
const discoveryLabels = {service: emitter, results: among('results_count_bucket', 'unknown')} as const;
const operationLabels = {
  operation: from('operation'),
  resource_type: from('resource_type'),
  success,
} as const;
const axis = among('axis', 'unknown');

/** As gateways 1.25 to 1.30 name their instruments; see `canonicalName` for the names they match. */
export const mappedInstruments: readonly MappedInstrument[] = [
  counter(
    'mcpgw_registry_auth_request_total',
    into('authRequests', authLabels),
    into('gatewayTargets', {target_kind: among('target_kind', 'unknown'), success}),
  ),
  histogram('mcpgw_registry_auth_request_duration', 'ms', into('authRequestDuration', authLabels)),
  counter(
    'mcpgw_registry_tool_execution_total',
    into('toolExecutions', {
      service: emitter,
      success,
      method: from('method'),
      server_name: from('server_name'),
      tool_name: from('tool_name'),
      client_name: from('client_name'),
    }),
  ),
  histogram(
    'tool_execution_duration',
    'ms',
    into('toolExecutionDuration', {
      service: emitter,
      success,
      method: from('method'),
      server_name: from('server_name'),
    }),
  ),
  counter('mcpgw_registry_tool_discovery_total', into('toolDiscoveries', discoveryLabels)),
  histogram('mcpgw_registry_tool_discovery_duration', 'ms', into('discoveryDuration', discoveryLabels)),
  histogram(
    'mcpgw_registry_protocol_latency',
    'ms',
    into('protocolLatency', {
      service: emitter,
      flow_step: among('flow_step', 'other'),
      server_name: from('server_name'),
    }),
  ),
  counter('mcpgw_registry_operation_total', into('registryOperations', operationLabels)),
  histogram('mcpgw_registry_operation_duration', 'ms', into('registryOperationDuration', operationLabels)),
  counter(
    'mcpgw_rate_limit_checks_total',
    into('rateLimitChecks', {axis, entity_type: from('entity_type'), outcome: among('outcome', 'unknown')}),
  ),
  counter('mcpgw_rate_limit_throttled_total', into('rateLimitThrottled', {axis, entity_type: from('entity_type')})),
  counter('mcpgw_rate_limit_errors_total', into('rateLimitErrors', {axis})),
  counter(
    'mcpgw_rate_limit_quarantine_denied_total',
    into('rateLimitQuarantineDenied', {scope: among('scope', 'unknown'), entity_type: from('entity_type')}),
  ),
  histogram('mcpgw_rate_limit_backend_duration', 'ms', into('rateLimitBackendDuration', {op: among('op', 'unknown')})),
  counter(
    'mcpgw_registry_generic_proxy_request_total',
    into('genericProxyRequests', {entity_type: from('entity_type'), outcome: from('outcome')}),
  ),
  counter('mcpgw_registry_generic_proxy_slot_rejected_total', into('genericProxySlotsRejected', {pool: from('pool')})),
  counter('mcpgw_registry_nginx_config_writes_total', into('nginxConfigWrites', {status: among('status', 'unknown')})),
  counter(
    'mcpgw_registry_session_store_resolve_total',
    into('sessionStoreResolutions', {result: among('result', 'unknown')}),
  ),
  counter(
    'mcpgw_registry_internal_token_replay_check_total',
    into('tokenReplayChecks', {result: among('result', 'unknown')}),
  ),
  counter(
    'mcpgw_registry_token_mint_total',
    into('tokenMints', {token_kind: from('token_kind'), token_path: from('token_path'), outcome: from('outcome')}),
  ),
  counter(
    'mcpgw_registry_webhook_send_total',
    into('webhooks', {event_type: from('event_type'), outcome: from('outcome')}),
  ),
  counter('peer_sync_failures_total', into('peerSyncFailures', {failure_type: from('failure_type')})),
  histogram('peer_sync_duration', 's', into('peerSyncDuration', {success})),
  counter('mcpgw_registry_tool_invocations_total', into('gatewayToolInvocations', {tool: from('tool'), success})),
  histogram('mcpgw_registry_tool_duration', 'ms', into('gatewayToolDuration', {tool: from('tool'), success})),
];

/** The instrument in which the gateway counts how it reported each event, as JSON or as OTLP: see `export-report.ts`. */
export const emissionPath = {name: 'mcpgw_registry_metrics_emission_path_total', attribute: 'path', json: 'legacy'};

/**
 * Releases of the gateway have named the same instrument with and without its prefix, and with and without `_total`,
 * which Prometheus adds.
 */
export const canonicalName = (name: string): string => name.replace(/^mcpgw_registry_/, '').replace(/_total$/, '');
