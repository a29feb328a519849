/**
 * One event of each type, and the series that each must increase. A label's values take up places in the service, so
 * the mark that distinguishes runs is one of sixteen; see `mark`.
 */
import {randomInt} from 'node:crypto';
import {
  gatewayMetrics as families,
  type Histogram,
  type LabelOf,
  type Metric,
  type ValueOf,
} from '@mcp-observability/metrics-service/catalogue';
import type {EventType} from '@mcp-observability/metrics-service/contract';
import type {WireMetric} from '@mcp-observability/metrics-service/events';

/** The reporter, as the label `service` of the families that have it. */
export const service = 'smoke';

/** A series that an event increases: a counter, or the count of a histogram. */
export type Trace = {readonly name: string; readonly labels: Readonly<Record<string, string>>};

export type TracedEvent = {
  readonly kind: EventType;
  readonly metric: WireMetric;
  /** All of them must increase. */
  readonly traces: readonly [Trace, ...Trace[]];
};

/** A label may have 150 values in a task: smoke uses sixteen of them, however often it runs. */
export const mark = (): string => `smoke-${randomInt(16).toString(16)}`;

const trace = <M extends Metric>(
  metric: M,
  labels: {readonly [Name in LabelOf<M>]: ValueOf<M['labels'][Name]>},
): Trace => ({name: metric.kind === 'histogram' ? countOf(metric) : metric.name, labels});

/** Name of the series in Prometheus that counts observations. */
const countOf = ({name}: Histogram): string => `${name}_count`;

const durationMs = 1;

/** In the contract's order; the compiler requires each type. */
const events = (marked: string): {readonly [Kind in EventType]: Omit<TracedEvent, 'kind'>} => {
  const counted = {value: 1, duration_ms: durationMs};
  const authentication = {service, success: 'true', method: 'smoke', server: marked} as const;
  const call = {service, success: 'true', method: 'smoke', server_name: marked} as const;
  const found = {service, results: 'few'} as const;
  const operation = {operation: marked, resource_type: 'smoke', success: 'true'} as const;
  const check = {endpoint: marked, healthy: 'true'} as const;
  const leg = {service, flow_step: 'other', server_name: marked} as const;
  const names = {tool_name: marked, client_name: 'smoke'};
  return {
    auth_request: {
      metric: {type: 'auth_request', ...counted, dimensions: {...authentication, success: true}},
      traces: [trace(families.authRequests, authentication), trace(families.authRequestDuration, authentication)],
    },
    tool_discovery: {
      metric: {type: 'tool_discovery', ...counted, dimensions: {results_count: 1}},
      traces: [trace(families.toolDiscoveries, found), trace(families.discoveryDuration, found)],
    },
    tool_execution: {
      metric: {type: 'tool_execution', ...counted, dimensions: {...call, ...names, success: true}},
      traces: [trace(families.toolExecutions, {...call, ...names}), trace(families.toolExecutionDuration, call)],
    },
    registry_operation: {
      metric: {type: 'registry_operation', ...counted, dimensions: {...operation, success: true}},
      traces: [trace(families.registryOperations, operation), trace(families.registryOperationDuration, operation)],
    },
    health_check: {
      metric: {type: 'health_check', ...counted, dimensions: {...check, healthy: true}},
      traces: [trace(families.healthChecks, check), trace(families.healthCheckDuration, check)],
    },
    protocol_latency: {
      metric: {type: 'protocol_latency', value: durationMs / 1000, dimensions: {server_name: marked}},
      traces: [trace(families.protocolLatency, leg)],
    },
    custom: {
      metric: {type: 'custom', value: 1, dimensions: {metric_name: marked}},
      traces: [trace(families.customEvents, {name: marked})],
    },
  };
};

/** One event of each type, with the mark in the labels that emitters choose. */
export const tracedEvents = (marked: string): readonly TracedEvent[] =>
  Object.entries(events(marked)).map(([kind, event]) => ({kind: kind as EventType, ...event})); // entries() forgets the keys' type
