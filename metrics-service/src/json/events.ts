/**
 * The wire format: what a client may POST, and `parse`, which turns any JSON value into typed events and problems.
 * An invalid event never affects the other events, whatever its fields contain; only an invalid envelope rejects the
 * whole request.
 */

import {bounds, type EventType, eventTypes, valueBounds} from '../contract.ts';
import {readTimestamp} from './timestamp.ts';
import {
  checkMetadata,
  createPreviousKeys,
  describeValue,
  isLonger,
  NormalizationCounter,
  type Normalizations,
  normalizeDimensions,
  type PreviousKeys,
  toProblem,
  type ValidationProblem,
} from './validation.ts';

/** An event as clients write it. Only `type` and `value` are required; null is the same as absent. */
export interface WireMetric {
  readonly type: EventType;
  readonly value: number;
  readonly duration_ms?: number | null;
  /** ISO 8601; without a zone it is UTC. The service reads Unix seconds as well. */
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

/** An event that keeps every rule of the contract, without the fields that broke one and were dropped. */
export interface MetricEvent {
  readonly type: EventType;
  /** Seconds for `protocol_latency`; the number of occurrences for counted types; anything for `custom`. */
  readonly value: number;
  readonly durationMs: number | null;
  /** When it happened, in milliseconds since 1970; null if the client sent none, or one that is not plausible. */
  readonly timestamp: number | null;
  /** Strings are cut at 200 characters; values that are not scalars have become `_invalid`. */
  readonly dimensions: Dimensions;
  readonly metadata: Metadata;
}

/** The sender of a batch. `service` becomes a label; the other fields are only stored in the history. */
export interface Sender {
  readonly service: string;
  readonly version: string | null;
  readonly instanceId: string | null;
}

export type {Normalizations, ValidationProblem} from './validation.ts';

export type Parsed =
  | {
      readonly sender: Sender;
      readonly events: readonly MetricEvent[];
      /** One for each event that was rejected. */
      readonly problems: readonly ValidationProblem[];
      readonly normalized: Normalizations;
    }
  /** The envelope breaks a rule: `problems` names each, `rejected` events go with it. */
  | {readonly sender: null; readonly problems: readonly string[]; readonly rejected: number};

export interface ParseOptions {
  readonly maxBatch: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const emptyRecord: Readonly<Record<string, never>> = Object.freeze({});
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A type with what its value may be. `type` is the list's own text, which V8 compares by address. */
interface TypeRule {
  readonly type: EventType;
  readonly min: number;
  readonly max: number;
  readonly previousKeys: PreviousKeys;
}
const typeRules: readonly TypeRule[] = eventTypes.map(type => {
  const {min, max} = valueBounds[type];
  return {type, min, max, previousKeys: createPreviousKeys()};
});
const expectedType = `expected ${eventTypes.slice(0, -1).join(', ')} or ${eventTypes.at(-1)}`;

/** Compares texts: V8 looks at their lengths first, and a Map would have to hash what JSON.parse has just made. */
const ruleOf = (type: unknown): TypeRule | undefined => {
  for (let index = 0; index < typeRules.length; index += 1)
    if (typeRules[index]?.type === type) return typeRules[index];
  return undefined;
};

const isProblem = (outcome: MetricEvent | ValidationProblem): outcome is ValidationProblem => 'reason' in outcome;

interface EventOptions {
  /** Place in the batch. */
  readonly index: number;
  readonly now: number;
  readonly normalized: NormalizationCounter;
}

/** The hot path: what names a field is put together only for a problem. */
const parseEvent = (event: unknown, {index, now, normalized}: EventOptions): MetricEvent | ValidationProblem => {
  if (!isRecord(event))
    return toProblem('field', `metrics[${index}]`, `expected an object, found ${describeValue(event)}`);
  const rule = ruleOf(event['type']);
  if (rule === undefined)
    return toProblem('type', `metrics[${index}].type`, `${expectedType}, found ${describeValue(event['type'])}`);

  const value = event['value'];
  if (!(typeof value === 'number' && value >= rule.min && value <= rule.max))
    return toProblem(
      typeof value === 'number' ? 'range' : 'field',
      `metrics[${index}].value`,
      `expected a number from ${rule.min} to ${rule.max}, found ${describeValue(value)}`,
    );
  const dimensions = event['dimensions'] ?? emptyRecord;
  if (dimensions !== emptyRecord) {
    if (!isRecord(dimensions))
      return toProblem(
        'field',
        `metrics[${index}].dimensions`,
        `expected an object, found ${describeValue(dimensions)}`,
      );
    const problem = normalizeDimensions(dimensions, rule.previousKeys, {index, normalized});
    if (problem !== null) return problem;
  }
  const metadata = event['metadata'] ?? emptyRecord;
  if (metadata !== emptyRecord) {
    if (!isRecord(metadata))
      return toProblem('field', `metrics[${index}].metadata`, `expected an object, found ${describeValue(metadata)}`);
    const problem = checkMetadata(metadata, index);
    if (problem !== null) return problem;
  }
  // No counter needs the fields below: one that breaks a rule is dropped, and the event counted.
  return {
    type: rule.type,
    value,
    durationMs: durationOf(event['duration_ms'], normalized),
    timestamp: timestampOf(event['timestamp'], now, normalized),
    // isRecord and normalizeDimensions established these types.
    dimensions: dimensions as Dimensions,
    metadata: metadata as Metadata,
  };
};

const durationOf = (raw: unknown, normalized: NormalizationCounter): number | null => {
  if (raw === undefined || raw === null) return null;
  const {min, max} = bounds.durationMs;
  if (typeof raw === 'number' && raw >= min && raw <= max) return raw;
  normalized.count('duration');
  return null;
};

const timestampOf = (raw: unknown, now: number, normalized: NormalizationCounter): number | null => {
  if (raw === undefined || raw === null) return null;
  const timestamp = readTimestamp(raw);
  if (timestamp <= now + bounds.clockSkewMs) return timestamp;
  normalized.count('timestamp');
  return null;
};

const checkText = (
  name: string,
  value: unknown,
  rule: {readonly max: number; readonly pattern?: RegExp},
): string | null => {
  const expected =
    rule.pattern === undefined
      ? `a string of at most ${rule.max} characters`
      : `1 to ${rule.max} characters matching ${rule.pattern.source}`;
  const fits = typeof value === 'string' && !isLonger(value, rule.max) && (rule.pattern?.test(value) ?? true);
  return fits ? null : `${name}: expected ${expected}, found ${describeValue(value)}`;
};

const checkEvents = (metrics: unknown, maxBatch: number): string | null => {
  if (!Array.isArray(metrics)) return `metrics: expected an array, found ${describeValue(metrics)}`;
  const count = metrics.length;
  return count >= 1 && count <= maxBatch ? null : `metrics: expected 1 to ${maxBatch} events, found ${count}`;
};

/** Turns the value of a JSON body into events and problems. Never throws, whatever the value. Changes `body` in place. */
export const parse = (body: unknown, {maxBatch, now}: ParseOptions): Parsed => {
  if (!isRecord(body))
    return {sender: null, problems: [`body: expected an object, found ${describeValue(body)}`], rejected: 0};
  const {service, version = null, instance_id: instanceId = null, metrics} = body;
  const count = Array.isArray(metrics) ? metrics.length : 0;
  const envelopeProblems = [
    checkText('service', service, bounds.service),
    version === null ? null : checkText('version', version, bounds.version),
    instanceId === null ? null : checkText('instance_id', instanceId, bounds.instanceId),
    checkEvents(metrics, maxBatch),
  ].filter(problem => problem !== null);
  if (envelopeProblems.length > 0 || !Array.isArray(metrics))
    return {sender: null, problems: envelopeProblems, rejected: count};

  const events: MetricEvent[] = [];
  const problems: ValidationProblem[] = [];
  const normalized = new NormalizationCounter();
  for (let index = 0; index < count; index += 1) {
    const outcome = parseEvent(metrics[index], {index, now, normalized});
    const rejected = isProblem(outcome);
    if (rejected) problems.push(outcome);
    else events.push(outcome);
    normalized.endEvent({accepted: !rejected});
  }
  return {
    // checkText established these types.
    sender: {service: service as string, version: version as string | null, instanceId: instanceId as string | null},
    events,
    problems,
    normalized: normalized.counts,
  };
};
