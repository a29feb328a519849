/** Decodes bytes to a JSON value, with memory and time bounded by the content of the bytes. */

import {MetricsServiceError} from '../metrics-service-error.ts';
import {estimateEvents, hasMoreValues, scanJson} from './json-scanner.ts';

export type JsonErrorCode = 'ERR_JSON_SYNTAX' | 'ERR_JSON_TOO_MANY_VALUES';

/** A body that is not JSON, or that has more values than may be built. */
export class JsonError extends MetricsServiceError {
  override readonly name = 'JsonError';
  readonly code: JsonErrorCode;
  /** An estimate of the events that are lost with the body; at least 1. */
  readonly events: number;

  constructor(code: JsonErrorCode, message: string, {events, ...options}: ErrorOptions & {readonly events: number}) {
    super(message, options);
    this.code = code;
    this.events = events;
  }
}

export interface DecodeOptions {
  /** JSON values in a body, members and elements of nested ones among them. */
  readonly maxValues: number;
  /** Maximum number of events in a batch; no more are counted as lost. */
  readonly maxBatch: number;
}

export interface Decoded {
  readonly value: unknown;
  /** Bare NaN, Infinity and -Infinity that were read as null. */
  readonly nonFinite: number;
}

/** Bytes up to which values aren't counted: not even the smallest values of such a body take 100 ms to build. */
const maxUncountedBytes = 512 * 1024;

/** Values that an event may have on average before a batch has too many: 20 dimensions, 30 of metadata, and more. */
const valuesPerEvent = 128;

/** Maximum number of JSON values in the body of a batch. */
export const maxValuesOf = (maxBatch: number): number => valuesPerEvent * Math.max(1024, maxBatch);

const startOf = (bytes: Buffer): number => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);

/**
 * Decodes a body. A byte order mark is skipped. Bytes that are not UTF-8 become U+FFFD: a name that an MCP client chose
 * may contain them, and must not cost the batch.
 *
 * @throws JsonError when it is not JSON, or contains too many values.
 */
export const decodeJson = (bytes: Buffer, {maxValues, maxBatch}: DecodeOptions): Decoded => {
  const start = startOf(bytes);
  const lost = (): number => Math.min(maxBatch, Math.max(1, estimateEvents(bytes)));
  if (bytes.length > maxUncountedBytes && hasMoreValues(bytes, maxValues))
    throw new JsonError('ERR_JSON_TOO_MANY_VALUES', `more than ${maxValues} JSON values`, {
      events: lost(),
    });
  try {
    return {value: JSON.parse(bytes.toString('utf8', start)), nonFinite: 0};
  } catch (cause) {
    const {errorAt, nonFinite} = scanJson(bytes.subarray(start));
    if (errorAt === undefined && nonFinite.length > 0) {
      return {value: JSON.parse(withNulls(bytes.subarray(start), nonFinite)), nonFinite: nonFinite.length};
    }
    const offset = start + (errorAt ?? 0);
    const message = `unexpected ${offset === bytes.length ? 'end' : 'byte'} at offset ${offset}`;
    throw new JsonError('ERR_JSON_SYNTAX', message, {cause, events: lost()});
  }
};

const withNulls = (bytes: Buffer, places: ReadonlyArray<{readonly start: number; readonly end: number}>): string => {
  const parts: string[] = [];
  let at = 0;
  for (const {start, end} of places) {
    parts.push(bytes.toString('utf8', at, start), 'null');
    at = end;
  }
  parts.push(bytes.toString('utf8', at));
  return parts.join('');
};
