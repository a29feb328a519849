/**
 * Maps JSON events to the metrics of the catalogue. Only the dimensions that this module names become labels, so
 * personal or unbounded ones (user_hash, session_key, query, user_id, resource_id) can't.
 */

import type {toolExecutions, ValueOf} from './catalogue.ts';
import {bounds, type EventType, flowSteps, type ResultSize, targetKinds} from './contract.ts';
import type {Instruments} from './instruments.ts';
import type {Dimensions, Metadata, MetricEvent, Sender} from './json/events.ts';
import type {Bounded, LabelChanges, LabelLimiter} from './label-limiter.ts';

export interface ObserverOptions {
  readonly instruments: Instruments;
  readonly limiter: LabelLimiter;
  /** Called with how many events of one type were counted, once for each type of a batch. */
  readonly onAccepted: (emitter: string, type: EventType, events: number) => void;
  /** Called with how label values of the events were changed, if any was. */
  readonly onNormalized: (changes: LabelChanges) => void;
}

/** Counts the events of a batch. When it returns, they are in the exposition. */
export type Observe = (emitter: string, sender: Sender, events: readonly MetricEvent[]) => void;

type Service = Bounded<'service'>;
type Outcome = ValueOf<(typeof toolExecutions)['labels']['success']>;

/** Clients send booleans, or strings such as those of Lua's `tostring`; any other value becomes `unknown`. */
const outcomeOf = (value: unknown): Outcome => {
  if (value === true || value === 'true') return 'true';
  if (value === false || value === 'false') return 'false';
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return text === 'true' || text === 'false' ? text : 'unknown';
};

const resultsOf = ({results_count: count}: Dimensions): ResultSize => {
  const number = typeof count === 'string' && count.trim() !== '' ? Number(count) : count;
  if (typeof number !== 'number' || !(number >= 0)) return 'unknown';
  if (number === 0) return 'none';
  if (number <= 5) return 'few';
  return number <= 20 ? 'some' : 'many';
};

const targetKindOf = ({target_kind: kind}: Dimensions) =>
  kind === undefined ? 'unknown' : (targetKinds.find(known => known === kind) ?? 'unknown');

const flowStepOf = ({flow_step: step}: Dimensions) => flowSteps.find(known => known === step) ?? 'other';

/** Returns a measurement from metadata if it is a number from 0 to `max`, else null: metadata may have any type. */
const measured = (value: unknown, max: number): number | null =>
  typeof value === 'number' && value >= 0 && value <= max ? value : null;

const seconds = (milliseconds: number): number => milliseconds / 1000;

const createLimits = (limiter: LabelLimiter) => ({
  service: limiter.allow('service'),
  method: limiter.allow('method'),
  server: limiter.allow('server'),
  serverName: limiter.allow('server_name'),
  toolName: limiter.allow('tool_name'),
  clientName: limiter.allow('client_name'),
  operation: limiter.allow('operation'),
  resourceType: limiter.allow('resource_type'),
  endpoint: limiter.allow('endpoint'),
  name: limiter.allow('name'),
  errorCode: limiter.allow('error_code'),
});

const bindCounters = (instruments: Instruments) => ({
  authRequest: instruments.authRequests.bindLabels('service', 'success', 'method', 'server'),
  toolExecution: instruments.toolExecutions.bindLabels(
    'service',
    'success',
    'method',
    'server_name',
    'tool_name',
    'client_name',
  ),
  toolDiscovery: instruments.toolDiscoveries.bindLabels('service', 'results'),
  registryOperation: instruments.registryOperations.bindLabels('operation', 'resource_type', 'success'),
  healthCheck: instruments.healthChecks.bindLabels('endpoint', 'healthy'),
  customEvent: instruments.customEvents.bindLabels('name'),
  gatewayTarget: instruments.gatewayTargets.bindLabels('target_kind', 'success'),
  error: instruments.errors.bindLabels('type', 'error_code'),
});

const bindHistograms = (instruments: Instruments) => ({
  authRequest: instruments.authRequestDuration.bindLabels('service', 'success', 'method', 'server'),
  toolExecution: instruments.toolExecutionDuration.bindLabels('service', 'success', 'method', 'server_name'),
  payload: instruments.toolPayload.bindLabels('direction', 'server_name'),
  discovery: instruments.discoveryDuration.bindLabels('service', 'results'),
  discoveryStage: instruments.discoveryStageDuration.bindLabels('stage'),
  registryOperation: instruments.registryOperationDuration.bindLabels('operation', 'resource_type', 'success'),
  healthCheck: instruments.healthCheckDuration.bindLabels('endpoint', 'healthy'),
  protocolLatency: instruments.protocolLatency.bindLabels('service', 'flow_step', 'server_name'),
});

interface Bindings {
  readonly allow: ReturnType<typeof createLimits>;
  readonly count: ReturnType<typeof bindCounters>;
  readonly measure: ReturnType<typeof bindHistograms>;
}

type ObserveEvent = (event: MetricEvent, service: Service) => void;

/** Returns how an event of each type is counted. */
const createObservers = ({allow, count, measure}: Bindings): {readonly [Type in EventType]: ObserveEvent} => {
  const authRequest = ({dimensions, value, durationMs}: MetricEvent, service: Service): void => {
    const success = outcomeOf(dimensions['success']);
    const labels = [service, success, allow.method(dimensions['method']), allow.server(dimensions['server'])] as const;
    count.authRequest(labels, value);
    // Gateways before 1.27 don't send target_kind, so their requests count as `unknown`.
    count.gatewayTarget([targetKindOf(dimensions), success], value);
    if (durationMs !== null) measure.authRequest(labels, seconds(durationMs));
  };

  const payload = (direction: 'input' | 'output', size: unknown, serverName: Bounded<'server_name'>): void => {
    const bytes = measured(size, Number.MAX_SAFE_INTEGER);
    // Emitters that don't measure sizes send 0.
    if (bytes !== null && bytes !== 0) measure.payload([direction, serverName], bytes);
  };

  const toolExecution = ({dimensions, metadata, value, durationMs}: MetricEvent, service: Service): void => {
    const success = outcomeOf(dimensions['success']);
    const method = allow.method(dimensions['method']);
    const server = allow.serverName(dimensions['server_name']);
    const tool = allow.toolName(dimensions['tool_name']);
    const client = allow.clientName(dimensions['client_name']);
    count.toolExecution([service, success, method, server, tool, client], value);
    if (durationMs !== null) measure.toolExecution([service, success, method, server], seconds(durationMs));
    payload('input', metadata['input_size_bytes'], server);
    payload('output', metadata['output_size_bytes'], server);
  };

  const stage = (name: 'embedding' | 'vector_search', duration: unknown): void => {
    const milliseconds = measured(duration, bounds.durationMs.max);
    if (milliseconds !== null) measure.discoveryStage([name], seconds(milliseconds));
  };

  const toolDiscovery = ({dimensions, metadata, value, durationMs}: MetricEvent, service: Service): void => {
    const labels = [service, resultsOf(dimensions)] as const;
    count.toolDiscovery(labels, value);
    if (durationMs !== null) measure.discovery(labels, seconds(durationMs));
    stage('embedding', metadata['embedding_time_ms']);
    // Registries from 1.24.8 on report it under its new name.
    stage('vector_search', metadata['vector_search_time_ms'] ?? metadata['faiss_search_time_ms']);
  };

  const registryOperation = ({dimensions, value, durationMs}: MetricEvent): void => {
    const labels = [
      allow.operation(dimensions['operation']),
      allow.resourceType(dimensions['resource_type']),
      outcomeOf(dimensions['success']),
    ] as const;
    count.registryOperation(labels, value);
    if (durationMs !== null) measure.registryOperation(labels, seconds(durationMs));
  };

  const healthCheck = ({dimensions, value, durationMs}: MetricEvent): void => {
    const labels = [allow.endpoint(dimensions['endpoint']), outcomeOf(dimensions['healthy'])] as const;
    count.healthCheck(labels, value);
    if (durationMs !== null) measure.healthCheck(labels, seconds(durationMs));
  };

  const protocolLatency = ({dimensions, value}: MetricEvent, service: Service): void => {
    measure.protocolLatency([service, flowStepOf(dimensions), allow.serverName(dimensions['server_name'])], value);
  };

  /** Counts the event, not its value, which may be negative and whose meaning only the sender knows. */
  const customEvent = ({dimensions}: MetricEvent): void => {
    count.customEvent([allow.name(dimensions['metric_name'])], 1);
  };

  return {
    auth_request: authRequest,
    tool_execution: toolExecution,
    tool_discovery: toolDiscovery,
    registry_operation: registryOperation,
    health_check: healthCheck,
    protocol_latency: protocolLatency,
    custom: customEvent,
  };
};

export const createObserver = ({instruments, limiter, onAccepted, onNormalized}: ObserverOptions): Observe => {
  const allow = createLimits(limiter);
  const count = bindCounters(instruments);
  const observe = createObservers({allow, count, measure: bindHistograms(instruments)});

  const errorCode = (type: EventType, {error_code: code}: Metadata): void => {
    if (code === undefined || code === null || code === '') return;
    count.error([type, allow.errorCode(code)], 1);
  };

  /** `counted` is how many events of the batch had that type. */
  const observer = (type: EventType) => ({type, observe: observe[type], counted: 0});
  const observers: {readonly [Type in EventType]: ReturnType<typeof observer>} = {
    auth_request: observer('auth_request'),
    tool_execution: observer('tool_execution'),
    tool_discovery: observer('tool_discovery'),
    registry_operation: observer('registry_operation'),
    health_check: observer('health_check'),
    protocol_latency: observer('protocol_latency'),
    custom: observer('custom'),
  };
  const all = Object.values(observers);

  return (emitter, sender, events) => {
    const service = allow.service(sender.service);
    for (const event of events) {
      const {type} = event;
      const ofType = observers[type];
      ofType.observe(event, service);
      ofType.counted += 1;
      errorCode(type, event.metadata);
    }
    for (const ofType of all) {
      if (ofType.counted > 0) onAccepted(emitter, ofType.type, ofType.counted);
      ofType.counted = 0;
    }
    const changes = limiter.takeChanges();
    if (changes.size > 0) onNormalized(changes);
  };
};
