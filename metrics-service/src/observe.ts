/**
 * What an event does to the metrics: the one place that knows both the wire's words and the catalogue's. A dimension
 * that isn't named here never becomes a label, so personal or unbounded ones (user_hash, session_key, query, user_id,
 * resource_id) can't.
 */
import type {Bounded, Bounds} from './cardinality.ts';
import type {toolExecutions, ValueOf} from './catalogue.ts';
import {type EventType, flowSteps, bounds as limits, type ResultSize} from './contract.ts';
import type {Dimensions, Metadata, MetricEvent, Sender} from './events.ts';
import type {Instruments} from './instruments.ts';

export interface ObserverOptions {
  readonly instruments: Instruments;
  readonly bounds: Bounds;
}

/** Counts a sender's events. When it returns, they are in the exposition. */
export type Observe = (sender: Sender, events: readonly MetricEvent[]) => void;

type Service = Bounded<'service'>;
type Outcome = ValueOf<(typeof toolExecutions)['labels']['success']>;

/** Clients send JSON booleans or texts, Lua's `tostring` among them; anything else is `unknown`. */
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
  return number <= 5 ? 'few' : number <= 20 ? 'some' : 'many';
};

const flowStepOf = ({flow_step: step}: Dimensions) => flowSteps.find(known => known === step) ?? 'other';

/** A measurement out of metadata, whose values may be anything: a finite number from 0 to `max`, else null. */
const measured = (value: unknown, max: number): number | null =>
  typeof value === 'number' && value >= 0 && value <= max ? value : null;

const seconds = (milliseconds: number): number => milliseconds / 1000;

export const createObserver = ({instruments, bounds}: ObserverOptions): Observe => {
  const authRequest = ({dimensions, value, durationMs}: MetricEvent, service: Service): void => {
    const labels = {
      service,
      success: outcomeOf(dimensions['success']),
      method: bounds.bound('method', dimensions['method']),
      server: bounds.bound('server', dimensions['server']),
    };
    instruments.authRequests.add(labels, value);
    if (durationMs !== null) instruments.authRequestDuration.observe(labels, seconds(durationMs));
  };

  const payload = (direction: 'input' | 'output', size: unknown, server_name: Bounded<'server_name'>): void => {
    const bytes = measured(size, Number.MAX_SAFE_INTEGER);
    // Emitters that don't measure sizes send 0.
    if (bytes !== null && bytes !== 0) instruments.toolPayload.observe({direction, server_name}, bytes);
  };

  const toolExecution = ({dimensions, metadata, value, durationMs}: MetricEvent, service: Service): void => {
    const labels = {
      service,
      success: outcomeOf(dimensions['success']),
      method: bounds.bound('method', dimensions['method']),
      server_name: bounds.bound('server_name', dimensions['server_name']),
      tool_name: bounds.bound('tool_name', dimensions['tool_name']),
      client_name: bounds.bound('client_name', dimensions['client_name']),
    };
    instruments.toolExecutions.add(labels, value);
    if (durationMs !== null) instruments.toolExecutionDuration.observe(labels, seconds(durationMs));
    payload('input', metadata['input_size_bytes'], labels.server_name);
    payload('output', metadata['output_size_bytes'], labels.server_name);
  };

  const stage = (name: 'embedding' | 'vector_search', duration: unknown): void => {
    const milliseconds = measured(duration, limits.durationMs.max);
    if (milliseconds !== null) instruments.discoveryStageDuration.observe({stage: name}, seconds(milliseconds));
  };

  const toolDiscovery = ({dimensions, metadata, value, durationMs}: MetricEvent, service: Service): void => {
    const labels = {service, results: resultsOf(dimensions)};
    instruments.toolDiscoveries.add(labels, value);
    if (durationMs !== null) instruments.discoveryDuration.observe(labels, seconds(durationMs));
    stage('embedding', metadata['embedding_time_ms']);
    stage('vector_search', metadata['faiss_search_time_ms']);
  };

  const registryOperation = ({dimensions, value, durationMs}: MetricEvent): void => {
    const labels = {
      operation: bounds.bound('operation', dimensions['operation']),
      resource_type: bounds.bound('resource_type', dimensions['resource_type']),
      success: outcomeOf(dimensions['success']),
    };
    instruments.registryOperations.add(labels, value);
    if (durationMs !== null) instruments.registryOperationDuration.observe(labels, seconds(durationMs));
  };

  const healthCheck = ({dimensions, value, durationMs}: MetricEvent): void => {
    const labels = {
      endpoint: bounds.bound('endpoint', dimensions['endpoint']),
      healthy: outcomeOf(dimensions['healthy']),
    };
    instruments.healthChecks.add(labels, value);
    if (durationMs !== null) instruments.healthCheckDuration.observe(labels, seconds(durationMs));
  };

  const protocolLatency = ({dimensions, value}: MetricEvent, service: Service): void => {
    instruments.protocolLatency.observe(
      {
        service,
        flow_step: flowStepOf(dimensions),
        server_name: bounds.bound('server_name', dimensions['server_name']),
      },
      value,
    );
  };

  /** Its value may be negative and means whatever its sender says: the event is what is counted. */
  const customEvent = ({dimensions}: MetricEvent): void => {
    instruments.customEvents.add({name: bounds.bound('name', dimensions['metric_name'])});
  };

  const errorCode = (type: EventType, {error_code: code}: Metadata): void => {
    if (code === undefined || code === null || code === '') return;
    instruments.errors.add({type, error_code: bounds.bound('error_code', code)});
  };

  const observers: {readonly [Type in EventType]: (event: MetricEvent, service: Service) => void} = {
    auth_request: authRequest,
    tool_execution: toolExecution,
    tool_discovery: toolDiscovery,
    registry_operation: registryOperation,
    health_check: healthCheck,
    protocol_latency: protocolLatency,
    custom: customEvent,
  };

  return (sender, events) => {
    const service = bounds.bound('service', sender.service);
    let run = 0;
    let runType = events[0]?.type;
    for (const event of events) {
      observers[event.type](event, service);
      errorCode(event.type, event.metadata);
      // Batches are mostly of one type: counted a run at a time.
      if (runType !== event.type) {
        if (runType !== undefined) instruments.ingested.add({type: runType}, run);
        runType = event.type;
        run = 0;
      }
      run += 1;
    }
    if (runType !== undefined) instruments.ingested.add({type: runType}, run);
  };
};
