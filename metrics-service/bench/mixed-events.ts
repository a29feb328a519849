/**
 * JSON events of every type, as the clients of a gateway up to 1.24 write them: with metadata, error codes and payloads
 * of different sizes. The service is not measured with its cheapest events only.
 */
import {type EventType, eventTypes, flowSteps} from '../src/contract.ts';
import type {WireBatch, WireMetric} from '../src/json/events.ts';

/** All fields of an event that differ between types. */
type Fields = Omit<WireMetric, 'type' | 'timestamp'>;

const pick = <Item>(items: readonly [Item, ...Item[]], index: number): Item => items[index % items.length] ?? items[0];

/** One event in eleven fails, with one of the codes that gateways send. */
const errorCodeOf = (index: number): string | null =>
  index % 11 === 3 ? pick(['invalid_token', 'expired_token', 'tool_timeout', '-32602', 'upstream_502'], index) : null;

const serverOf = (index: number): string => `server-${index % 12}`;
const clientOf = (index: number): string => pick(['claude-desktop', 'vscode', 'cursor', 'mcp-inspector'], index);
const methodOf = (index: number): string =>
  pick(['tools/call', 'tools/call', 'tools/list', 'initialize', 'resources/read', 'notifications/initialized'], index);
const userHash = (index: number): string => (0x5f4dcc3b5aa7 + (index % 40)).toString(16);
/** Milliseconds with the digits that a measured time has. */
const durationOf = (index: number): number => 0.218 + ((index * 7919) % 40_000) / 13;
const bytesOf = (index: number): number => 64 * 4 ** (index % 9) + (index % 61);
/** Request headers as the registry's middleware samples them: from a line to half a kilobyte. */
const headersSample = (index: number): string =>
  Array.from({length: 1 + (index % 12)}, (_, line) => `"x-header-${line}": "${'value '.repeat(1 + (line % 5))}"`).join(
    ', ',
  );

const fieldsOf: {readonly [Type in EventType]: (index: number) => Fields} = {
  auth_request: index => ({
    value: 1,
    duration_ms: durationOf(index),
    dimensions: {
      success: errorCodeOf(index) === null,
      method: pick(['session', 'jwt', 'keycloak', 'unknown'], index),
      server: serverOf(index),
      user_hash: userHash(index),
    },
    metadata: {error_code: errorCodeOf(index)},
  }),
  tool_execution: index => ({
    value: 1,
    duration_ms: durationOf(index),
    dimensions: {
      tool_name: `tool-${index % 45}`,
      server_path: `/${serverOf(index)}`,
      server_name: serverOf(index),
      success: errorCodeOf(index) === null,
      method: methodOf(index),
      client_name: clientOf(index),
      client_version: `1.${index % 5}.0`,
      user_hash: userHash(index),
    },
    metadata: {error_code: errorCodeOf(index), input_size_bytes: bytesOf(index), output_size_bytes: bytesOf(index + 2)},
  }),
  tool_discovery: index => ({
    value: 1,
    duration_ms: durationOf(index),
    dimensions: {
      query: `find a tool that does ${'this and '.repeat(index % 9)}that`,
      results_count: (index % 29) - 1,
      top_k_services: 3,
      top_n_tools: 5,
    },
    metadata: {embedding_time_ms: durationOf(index) / 3, faiss_search_time_ms: durationOf(index) / 7},
  }),
  registry_operation: index => ({
    value: 1,
    duration_ms: durationOf(index),
    dimensions: {
      operation: pick(['create', 'read', 'update', 'delete', 'list', 'toggle'], index),
      resource_type: pick(['server', 'agent', 'group', 'user'], index + 1),
      success: errorCodeOf(index) === null,
      resource_id: `/${serverOf(index)}`,
      user_id: `user-${index % 40}`,
    },
    metadata: {error_code: errorCodeOf(index)},
  }),
  health_check: index => ({
    value: 1,
    duration_ms: durationOf(index),
    dimensions: {
      endpoint: `/${serverOf(index)}/mcp`,
      status_code: errorCodeOf(index) === null ? 200 : 502,
      healthy: errorCodeOf(index) === null,
    },
    metadata: {},
  }),
  protocol_latency: index => ({
    value: durationOf(index) / 1000,
    dimensions: {
      flow_step: pick(flowSteps, index),
      server_name: serverOf(index),
      session_key: `${userHash(index)}:${serverOf(index)}`,
      user_hash: userHash(index),
    },
    metadata: {},
  }),
  custom: index => ({
    value: 1,
    duration_ms: durationOf(index),
    dimensions: {
      metric_name: pick(['request_headers_analysis', 'nginx_config_reload'], Math.floor(index / 9)),
      path: `/${serverOf(index)}/mcp`,
      method: 'POST',
      status_code: 200,
      has_auth: index % 5 !== 0,
    },
    metadata: {headers_sample: headersSample(index)},
  }),
};

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/**
 * The types come in turn, so that any seven consecutive events include them all. The times differ, as they do in the
 * field.
 */
export const mixedEvent = (index: number): WireMetric => {
  const type = eventTypes[index % eventTypes.length] ?? eventTypes[0];
  return {
    type,
    timestamp: `2026-01-01T12:00:${pad(index % 60, 2)}.${pad((index * 7919) % 1_000_000, 6)}`,
    ...fieldsOf[type](index),
  };
};

/** Total number of events in the bodies of one size: enough for label sets and keys that come and go. */
const eventsInAll = 1024;

/** Different bodies with about a thousand events together, `events` in each. */
export const mixedBatches = (events: number): readonly WireBatch[] =>
  Array.from({length: Math.max(2, Math.ceil(eventsInAll / events))}, (_, body) => ({
    service: 'auth-server',
    version: '1.0.0',
    instance_id: 'auth-server-1',
    metrics: Array.from({length: events}, (_, index) => mixedEvent(body * events + index)),
  }));
