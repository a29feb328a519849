/**
 * A second, plain implementation of the wire contract without code of the service: which response a
 * batch must get, and what the exposition must contain afterwards.
 */

export type Json = null | boolean | number | string | readonly Json[] | {readonly [key: string]: Json};

/** An event as it is sent, and whether its timestamp is valid: the author of the event knows. */
export interface SentMetric {
  readonly wire: Json;
  readonly timestampFits: boolean;
}

export interface Expected {
  readonly status: 200 | 422;
  readonly accepted: number;
  readonly rejected: number;
  /** Positions in the batch of the events that must be rejected. */
  readonly rejectedIndexes: readonly number[];
}

type Entries = Readonly<Record<string, Json>>;

const length = (text: string): number => [...text].length;
const isObject = (value: Json | undefined): value is Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isPresent = (value: Json | undefined): value is Exclude<Json, null> => value !== undefined && value !== null;
const within = (value: Json | undefined, low: number, high: number): boolean =>
  typeof value === 'number' && Number.isFinite(value) && value >= low && value <= high;

const depth = (value: Json): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;

const targets = [
  'mcp_server',
  'virtual_mcp_server',
  'a2a_agent',
  'control_plane',
  'generic_proxy_skill',
  'generic_proxy_agent',
  'generic_proxy_custom',
];
const countedTypes = ['auth_request', 'tool_discovery', 'tool_execution', 'registry_operation', 'health_check'];

const fits = ({wire}: SentMetric): boolean => {
  if (!isObject(wire)) return false;
  const {type, value, dimensions, metadata} = wire;
  const valueFits = countedTypes.includes(String(type))
    ? within(value, 0, 1_000_000)
    : type === 'protocol_latency'
      ? within(value, 0, 600)
      : type === 'custom' && within(value, -1e12, 1e12);
  if (typeof type !== 'string' || !valueFits) return false;
  if (isPresent(dimensions)) {
    if (!isObject(dimensions)) return false;
    const keys = Object.keys(dimensions);
    if (keys.length > 20 || !keys.every(key => /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(key) && key.length <= 50)) return false;
  }
  if (!isPresent(metadata)) return true;
  if (!isObject(metadata) || Object.keys(metadata).length > 30) return false;
  return Object.entries(metadata).every(
    ([key, entry]) =>
      length(key) <= 50 &&
      length(typeof entry === 'string' ? entry : JSON.stringify(entry)) <= 1000 &&
      depth(entry) <= 20,
  );
};

/** Sample → number: `name{label=value,…}`, labels in alphabetical order. */
export type Numbers = Map<string, number>;

export const nameOf = (name: string, labels: Readonly<Record<string, string>>): string =>
  `${name}{${Object.keys(labels)
    .sort()
    .map(key => `${key}=${labels[key]}`)
    .join()}}`;

export interface ModelOptions {
  readonly maxValues: number;
  readonly maxLength: number;
}

/** Keeps state between batches, as the service does. */
export const createModel = ({maxValues, maxLength}: ModelOptions) => {
  const numbers: Numbers = new Map();
  const known = new Map<string, Set<string>>();
  const add = (name: string, labels: Readonly<Record<string, string>>, amount: number): void => {
    const sample = nameOf(name, labels);
    numbers.set(sample, (numbers.get(sample) ?? 0) + amount);
  };
  const observe = (name: string, labels: Readonly<Record<string, string>>, value: number): void => {
    add(`${name}_count`, labels, 1);
    add(`${name}_sum`, labels, value);
  };

  const note = (reason: string): void => add('mcp_metrics_service_normalized_total', {reason}, 1);
  const label = (name: string, raw: Json | undefined, cut = 200): string => {
    const shown = typeof raw === 'string' ? [...raw].slice(0, cut).join('') : raw;
    if (!isPresent(shown) || shown === '') return '_unset';
    if (typeof shown === 'object') return '_invalid';
    const text = String(shown);
    const characters = [...(/^(true|false)$/i.test(text) ? text.toLowerCase() : text)];
    const fitting = characters.map(character => (/^[A-Za-z0-9\-_.:/]$/.test(character) ? character : '_'));
    const clean = fitting.slice(0, maxLength).join('');
    const values = known.get(name) ?? new Set();
    known.set(name, values);
    if (!values.has(clean) && !['_unset', '_other', '_invalid'].includes(clean)) {
      if (values.size >= maxValues) return '_other';
      values.add(clean);
    }
    if (fitting.join('') !== characters.join('')) note('label_characters');
    if (fitting.length > maxLength) note('label_length');
    return clean;
  };
  const outcome = (raw: Json | undefined): string =>
    /^(true|false)$/i.test(String(raw)) && typeof raw !== 'object' ? String(raw).toLowerCase() : 'unknown';

  /** Values that are dropped or changed in an event that is still counted. */
  const normalize = (wire: Entries, timestampFits: boolean): void => {
    const {duration_ms: duration} = wire;
    if (!timestampFits) note('timestamp');
    if (isPresent(duration) && !within(duration, 0, 86_400_000)) note('duration');
    for (const entry of Object.values(isObject(wire['dimensions']) ? wire['dimensions'] : {})) {
      if (typeof entry === 'string' && length(entry) > 200) note('dimension_length');
      if (typeof entry === 'object' && entry !== null) note('dimension_type');
    }
  };

  const count = (service: string, wire: Entries): void => {
    const {type, value, duration_ms: duration} = wire;
    const dimensions = isObject(wire['dimensions']) ? wire['dimensions'] : {};
    const metadata = isObject(wire['metadata']) ? wire['metadata'] : {};
    const amount = Number(value);
    const timed = (name: string, labels: Readonly<Record<string, string>>): void => {
      if (within(duration, 0, 86_400_000)) observe(name, labels, Number(duration) / 1000);
    };
    const {success} = dimensions;
    add('mcp_metrics_service_ingested_total', {emitter: 'registry', type: String(type)}, 1);
    if (type === 'auth_request') {
      const labels = {
        service,
        success: outcome(success),
        method: label('method', dimensions['method']),
        server: label('server', dimensions['server']),
      };
      add('mcp_auth_requests_total', labels, amount);
      const kind = String(dimensions['target_kind']);
      const target_kind = targets.includes(kind) ? kind : 'unknown';
      add('mcp_gateway_targets_total', {target_kind, success: labels.success}, amount);
      timed('mcp_auth_request_duration_seconds', labels);
    } else if (type === 'tool_execution') {
      const timing = {
        service,
        success: outcome(success),
        method: label('method', dimensions['method']),
        server_name: label('server_name', dimensions['server_name']),
      };
      const more = {
        tool_name: label('tool_name', dimensions['tool_name']),
        client_name: label('client_name', dimensions['client_name']),
      };
      add('mcp_tool_executions_total', {...timing, ...more}, amount);
      timed('mcp_tool_execution_duration_seconds', timing);
      for (const direction of ['input', 'output']) {
        const size = metadata[`${direction}_size_bytes`];
        if (typeof size === 'number' && size > 0)
          observe('mcp_tool_payload_bytes', {direction, server_name: timing.server_name}, size);
      }
    } else if (type === 'tool_discovery') {
      const {results_count: found} = dimensions;
      const results =
        typeof found !== 'number' || found < 0
          ? 'unknown'
          : found === 0
            ? 'none'
            : found <= 5
              ? 'few'
              : found <= 20
                ? 'some'
                : 'many';
      add('mcp_tool_discovery_total', {service, results}, amount);
      timed('mcp_discovery_duration_seconds', {service, results});
    } else if (type === 'registry_operation') {
      const labels = {
        operation: label('operation', dimensions['operation']),
        resource_type: label('resource_type', dimensions['resource_type']),
        success: outcome(success),
      };
      add('mcp_registry_operations_total', labels, amount);
      timed('mcp_registry_operation_duration_seconds', labels);
    } else if (type === 'health_check') {
      const labels = {endpoint: label('endpoint', dimensions['endpoint']), healthy: outcome(dimensions['healthy'])};
      add('mcp_health_checks_total', labels, amount);
      timed('mcp_health_check_duration_seconds', labels);
    } else if (type === 'protocol_latency') {
      const steps = ['initialize_to_tools_list', 'tools_list_to_tools_call', 'full_protocol_flow'];
      const step = dimensions['flow_step'];
      const labels = {
        service,
        flow_step: typeof step === 'string' && steps.includes(step) ? step : 'other',
        server_name: label('server_name', dimensions['server_name']),
      };
      observe('mcp_protocol_latency_seconds', labels, amount);
    } else add('mcp_custom_events_total', {name: label('name', dimensions['metric_name'])}, 1);
    const code = metadata['error_code'];
    if (isPresent(code) && code !== '')
      add('mcp_errors_total', {type: String(type), error_code: label('error_code', code, 1000)}, 1);
  };

  return {
    numbers,
    take(service: string, metrics: readonly SentMetric[]): Expected {
      const rejectedIndexes = metrics.flatMap((metric, index) => (fits(metric) ? [] : [index]));
      const taken = metrics.flatMap(({wire, timestampFits}) =>
        fits({wire, timestampFits}) && isObject(wire) ? [{wire, timestampFits}] : [],
      );
      if (taken.length > 0) {
        const sender = label('service', service);
        for (const {wire, timestampFits} of taken) {
          count(sender, wire);
          normalize(wire, timestampFits);
        }
      }
      return {
        status: taken.length > 0 ? 200 : 422,
        accepted: taken.length,
        rejected: rejectedIndexes.length,
        rejectedIndexes,
      };
    },
  };
};
