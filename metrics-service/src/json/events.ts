/**
 * The wire format: what a client may POST, and `parse`, which turns any JSON value into typed events and refusals.
 * Whatever a field holds, one bad metric never costs its neighbours; only a broken envelope refuses a whole request.
 */

import {bounds, type EventType, eventTypes, valueBounds} from '../contract.ts';
import {checkMetadata, mendDimensions} from './attributes.ts';
import {isLonger} from './code-points.ts';
import {parseTimestamp} from './timestamp.ts';
import {found, type Refusal, refuse} from './validation-problem.ts';

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

export type {Refusal} from './validation-problem.ts';

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
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A type with what its value may be. `type` is the list's own text, which V8 compares by address. */
interface Kind {
  readonly type: EventType;
  readonly min: number;
  readonly max: number;
}
const kinds: ReadonlyMap<unknown, Kind> = new Map(
  eventTypes.map(type => {
    const {min, max} = valueBounds[type];
    return [type, {type, min, max}];
  }),
);
const expectedType = `expected ${eventTypes.slice(0, -1).join(', ')} or ${eventTypes.at(-1)}`;

/** The kind that was asked for last: batches are mostly of one, and comparing costs less than looking up. */
let lastKind: Kind | undefined;
const kindOf = (type: unknown): Kind | undefined => {
  if (lastKind !== undefined && type === lastKind.type) return lastKind;
  const kind = kinds.get(type);
  if (kind !== undefined) lastKind = kind;
  return kind;
};

const refuseNumber = (value: unknown, {min, max}: {min: number; max: number}, field: string): Refusal =>
  refuse(
    typeof value === 'number' ? 'range' : 'field',
    field,
    `expected a number from ${min} to ${max}, found ${found(value)}`,
  );

const isRefusal = (outcome: MetricEvent | Refusal): outcome is Refusal => 'reason' in outcome;

/** The hot path: what names a field is put together only for a refusal. */
const parseMetric = (metric: unknown, index: number, now: number): MetricEvent | Refusal => {
  if (!isRecord(metric)) return refuse('field', `metrics[${index}]`, `expected an object, found ${found(metric)}`);
  const kind = kindOf(metric['type']);
  if (kind === undefined)
    return refuse('type', `metrics[${index}].type`, `${expectedType}, found ${found(metric['type'])}`);

  const value = metric['value'];
  if (!(typeof value === 'number' && value >= kind.min && value <= kind.max))
    return refuseNumber(value, kind, `metrics[${index}].value`);
  const durationMs = metric['duration_ms'] ?? null;
  const {min, max} = bounds.durationMs;
  if (durationMs !== null && !(typeof durationMs === 'number' && durationMs >= min && durationMs <= max))
    return refuseNumber(durationMs, bounds.durationMs, `metrics[${index}].duration_ms`);
  const written = metric['timestamp'] ?? null;
  let timestamp: number | null = null;
  if (written !== null) {
    timestamp = typeof written === 'string' ? parseTimestamp(written) : Number.NaN;
    if (!(timestamp <= now + bounds.clockSkewMs)) {
      const expected = Number.isNaN(timestamp)
        ? 'an ISO 8601 date-time'
        : `a time at most ${bounds.clockSkewMs / 60_000} minutes ahead`;
      return refuse('timestamp', `metrics[${index}].timestamp`, `expected ${expected}, found ${found(written)}`);
    }
  }
  const dimensions = metric['dimensions'] ?? nothing;
  if (dimensions !== nothing) {
    if (!isRecord(dimensions))
      return refuse('field', `metrics[${index}].dimensions`, `expected an object, found ${found(dimensions)}`);
    const refusal = mendDimensions(dimensions, index);
    if (refusal !== null) return refusal;
  }
  const metadata = metric['metadata'] ?? nothing;
  if (metadata !== nothing) {
    if (!isRecord(metadata))
      return refuse('field', `metrics[${index}].metadata`, `expected an object, found ${found(metadata)}`);
    const refusal = checkMetadata(metadata, index);
    if (refusal !== null) return refusal;
  }
  return {
    type: kind.type,
    value,
    durationMs,
    timestamp,
    // isRecord and mendDimensions established these types.
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
