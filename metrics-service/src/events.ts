/**
 * The wire format: what a client may POST, and `parse`, which turns any JSON value into typed events and refusals.
 * Whatever a field holds, one bad metric never costs its neighbours; only a broken envelope refuses a whole request.
 */
import {bounds, type EventType, eventTypes, type RejectionReason, reserved, valueBounds} from './contract.ts';
import {parseTimestamp} from './timestamp.ts';

/** A metric as clients write it. Only `type` and `value` are required; null is the same as absent. */
export interface WireMetric {
  readonly type: EventType;
  readonly value: number;
  readonly duration_ms?: number | null;
  /** ISO 8601; without a zone it is UTC. */
  readonly timestamp?: string | null;
  readonly dimensions?: Readonly<Record<string, DimensionValue>> | null;
  readonly metadata?: Readonly<Record<string, unknown>> | null;
}

/** The body of `POST /metrics`. */
export interface WireBatch {
  readonly service: string;
  readonly version?: string | null;
  readonly instance_id?: string | null;
  readonly metrics: readonly WireMetric[];
}

export type DimensionValue = string | number | boolean | null;
export type Dimensions = Readonly<Record<string, DimensionValue>>;
export type Metadata = Readonly<Record<string, unknown>>;

/** A metric that keeps every rule of the contract. */
export interface MetricEvent {
  readonly type: EventType;
  /** Seconds for `protocol_latency`; what happened so many times for counted types; anything for `custom`. */
  readonly value: number;
  readonly durationMs: number | null;
  /** When it happened, in milliseconds since 1970; null when the client didn't say. */
  readonly timestamp: number | null;
  /** Texts are cut at 200 characters; what is no scalar has become `_invalid`. */
  readonly dimensions: Dimensions;
  readonly metadata: Metadata;
}

/** Who sent a batch. `service` becomes a label; the others only go into the history. */
export interface Sender {
  readonly service: string;
  readonly version: string | null;
  readonly instanceId: string | null;
}

/** Why one metric was not taken. */
export interface Refusal {
  readonly reason: RejectionReason;
  /** `metrics[3].value: expected …, found …` */
  readonly message: string;
}

export type Parsed =
  | {readonly sender: Sender; readonly events: readonly MetricEvent[]; readonly refusals: readonly Refusal[]}
  /** The envelope breaks a rule: `problems` names each, `refused` metrics go with it. */
  | {readonly sender: null; readonly problems: readonly string[]; readonly refused: number};

export interface ParseOptions {
  readonly maxBatch: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const nothing: Readonly<Record<string, never>> = Object.freeze({});
const longestQuote = 60;

/** A value in an error message: short, and without walking into it, however deep it nests. */
const found = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(isLonger(value, longestQuote) ? `${firstCodePoints(value, longestQuote)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
};

const countCodePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** Whether a text has more than `max` code points. */
const isLonger = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || countCodePoints(text) > max);

const firstCodePoints = (text: string, count: number): string => [...text.slice(0, 2 * count)].slice(0, count).join('');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Range = {readonly min: number; readonly max: number};
const valueRanges: ReadonlyMap<unknown, Range> = new Map(eventTypes.map(type => [type, valueBounds[type]]));
const expectedType = `expected ${eventTypes.slice(0, -1).join(', ')} or ${eventTypes.at(-1)}`;
const expectedKey = `expected keys of letters, digits and _ that don't begin with a digit, at most ${bounds.dimensions.keyMax} characters long`;

/** Thrown nowhere: a refusal is a value, since a hostile batch may hold a thousand of them. */
const refuse = (reason: RejectionReason, field: string, message: string): Refusal => ({
  reason,
  message: `${field}: ${message}`,
});

const parseNumber = (value: unknown, range: Range, field: string): Refusal | null => {
  if (typeof value !== 'number')
    return refuse('field', field, `expected a number from ${range.min} to ${range.max}, found ${found(value)}`);
  if (value >= range.min && value <= range.max) return null;
  return refuse('range', field, `expected a number from ${range.min} to ${range.max}, found ${value}`);
};

/** Keys seen to be well formed: a process sees the same few all its life. Bounded, since senders choose them. */
const knownKeys = new Set<string>();
const mostKnownKeys = 1000;
const isDimensionKey = (key: string): boolean => {
  if (knownKeys.has(key)) return true;
  if (key.length > bounds.dimensions.keyMax || !bounds.dimensions.keyPattern.test(key)) return false;
  if (knownKeys.size < mostKnownKeys) knownKeys.add(key);
  return true;
};

/** Checks the keys and mends the values in place: a dimension's value never costs the metric. */
const mendDimensions = (dimensions: Record<string, unknown>, field: string): Refusal | null => {
  let count = 0;
  for (const key in dimensions) {
    count += 1;
    if (!isDimensionKey(key)) return refuse('field', field, `${expectedKey}, found ${found(key)}`);
    const value = dimensions[key];
    if (typeof value === 'string') {
      if (isLonger(value, bounds.dimensions.textMax))
        dimensions[key] = firstCodePoints(value, bounds.dimensions.textMax);
    } else if (typeof value === 'object' && value !== null) {
      dimensions[key] = reserved.invalid;
    }
  }
  if (count <= bounds.dimensions.max) return null;
  return refuse('field', field, `expected at most ${bounds.dimensions.max} dimensions, found ${count}`);
};

/** Whether a JSON value nests deeper than `max`; a scalar has depth 0. Walks without recursion: depth is the sender's. */
const isDeeper = (value: object, max: number): boolean => {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > max) return true;
    const below: object[] = [];
    for (const parent of level) {
      for (const child of Object.values(parent)) if (typeof child === 'object' && child !== null) below.push(child);
    }
    level = below;
  }
  return false;
};

const checkMetadata = (metadata: Record<string, unknown>, field: string): Refusal | null => {
  const {max, keyMax, textMax, depthMax} = bounds.metadata;
  let count = 0;
  for (const key in metadata) {
    count += 1;
    if (isLonger(key, keyMax))
      return refuse('field', field, `expected keys of at most ${keyMax} characters, found ${found(key)}`);
    const value = metadata[key];
    let text: string;
    if (typeof value === 'string') text = value;
    else if (typeof value === 'object' && value !== null) {
      if (isDeeper(value, depthMax))
        return refuse('field', field, `expected ${found(key)} to nest at most ${depthMax} deep, found more`);
      text = JSON.stringify(value);
    } else continue;
    if (isLonger(text, textMax)) {
      return refuse(
        'field',
        field,
        `expected ${found(key)} to have at most ${textMax} characters as text, found ${countCodePoints(text)}`,
      );
    }
  }
  if (count <= max) return null;
  return refuse('field', field, `expected at most ${max} entries, found ${count}`);
};

const isRefusal = (outcome: MetricEvent | Refusal): outcome is Refusal => 'reason' in outcome;

const parseMetric = (metric: unknown, index: number, now: number): MetricEvent | Refusal => {
  if (!isRecord(metric)) return refuse('field', `metrics[${index}]`, `expected an object, found ${found(metric)}`);
  const type = metric['type'];
  const range = valueRanges.get(type);
  if (range === undefined) return refuse('type', `metrics[${index}].type`, `${expectedType}, found ${found(type)}`);

  const value = metric['value'];
  if (!(typeof value === 'number' && value >= range.min && value <= range.max)) {
    const refusal = parseNumber(value, range, `metrics[${index}].value`);
    if (refusal !== null) return refusal;
  }
  const duration = metric['duration_ms'] ?? null;
  if (duration !== null) {
    const refusal = parseNumber(duration, bounds.durationMs, `metrics[${index}].duration_ms`);
    if (refusal !== null) return refusal;
  }
  const written = metric['timestamp'] ?? null;
  let timestamp: number | null = null;
  if (written !== null) {
    timestamp = typeof written === 'string' ? parseTimestamp(written) : Number.NaN;
    if (!(timestamp <= now + bounds.clockSkewMs)) {
      const expected = Number.isNaN(timestamp) ? 'an ISO 8601 date-time' : 'a time at most 5 minutes ahead';
      return refuse('timestamp', `metrics[${index}].timestamp`, `expected ${expected}, found ${found(written)}`);
    }
  }
  const dimensions = metric['dimensions'] ?? nothing;
  if (dimensions !== nothing) {
    const field = `metrics[${index}].dimensions`;
    if (!isRecord(dimensions)) return refuse('field', field, `expected an object, found ${found(dimensions)}`);
    const refusal = mendDimensions(dimensions, field);
    if (refusal !== null) return refusal;
  }
  const metadata = metric['metadata'] ?? nothing;
  if (metadata !== nothing) {
    const field = `metrics[${index}].metadata`;
    if (!isRecord(metadata)) return refuse('field', field, `expected an object, found ${found(metadata)}`);
    const refusal = checkMetadata(metadata, field);
    if (refusal !== null) return refusal;
  }
  return {
    // The checks above established each of these types; the compiler sees only property reads of unknown.
    type: type as EventType,
    value: value as number,
    durationMs: duration as number | null,
    timestamp,
    dimensions: dimensions as Dimensions,
    metadata: metadata as Metadata,
  };
};

const checkText = (
  name: string,
  value: unknown,
  rule: {readonly max: number; readonly pattern?: RegExp},
): string | null => {
  const expected =
    rule.pattern === undefined
      ? `a text of at most ${rule.max} characters`
      : `1 to ${rule.max} characters matching ${rule.pattern.source}`;
  const fits = typeof value === 'string' && !isLonger(value, rule.max) && (rule.pattern?.test(value) ?? true);
  return fits ? null : `${name}: expected ${expected}, found ${found(value)}`;
};

/** Turns the value of a JSON body into events and refusals. Never throws, whatever the value. Mends `body` in place. */
export const parse = (body: unknown, {maxBatch, now}: ParseOptions): Parsed => {
  if (!isRecord(body)) return {sender: null, problems: [`body: expected an object, found ${found(body)}`], refused: 0};
  const {service, version = null, instance_id: instanceId = null, metrics} = body;
  const count = Array.isArray(metrics) ? metrics.length : 0;
  const problems = [
    checkText('service', service, bounds.service),
    version === null ? null : checkText('version', version, bounds.version),
    instanceId === null ? null : checkText('instance_id', instanceId, bounds.instanceId),
    Array.isArray(metrics)
      ? count >= 1 && count <= maxBatch
        ? null
        : `metrics: expected 1 to ${maxBatch} metrics, found ${count}`
      : `metrics: expected an array, found ${found(metrics)}`,
  ].filter(problem => problem !== null);
  if (problems.length > 0 || !Array.isArray(metrics)) return {sender: null, problems, refused: count};

  const events: MetricEvent[] = [];
  const refusals: Refusal[] = [];
  for (let index = 0; index < count; index += 1) {
    const outcome = parseMetric(metrics[index], index, now);
    if (isRefusal(outcome)) refusals.push(outcome);
    else events.push(outcome);
  }
  return {
    // checkText established these types.
    sender: {service: service as string, version: version as string | null, instanceId: instanceId as string | null},
    events,
    refusals,
  };
};
