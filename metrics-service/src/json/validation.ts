/**
 * The rules for what an event carries beside its numbers, dimensions and metadata, and what becomes of a field that
 * breaks a rule: a problem that rejects the event, or a normalization that is counted (`_normalized_total`).
 */
import {bounds, type NormalizationReason, type RejectionReason, reserved} from '../contract.ts';

/** A value and not an error to throw: a hostile batch may contain a thousand of them. */
export interface ValidationProblem {
  readonly reason: RejectionReason;
  /** `metrics[3].value: expected …, found …` */
  readonly message: string;
}

export const toProblem = (reason: RejectionReason, field: string, message: string): ValidationProblem => ({
  reason,
  message: `${field}: ${message}`,
});

const maxQuoted = 60;

/** A value in an error message: short, and without walking into it, however deep it nests. */
export const describeValue = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(isLonger(value, maxQuoted) ? `${firstCodePoints(value, maxQuoted)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
};

/** Reason → values. Empty for most batches. */
export type Normalizations = ReadonlyMap<NormalizationReason, number>;

const noNormalizations: Normalizations = new Map();

/** Counts event by event: what was changed of an event that is rejected in the end does not count. */
export class NormalizationCounter {
  /** Made for the first value: most batches need none. */
  #counts: Map<NormalizationReason, number> | undefined;
  #pending: NormalizationReason[] = [];

  count(reason: NormalizationReason): void {
    this.#pending.push(reason);
  }

  /** The event that was counted for is over. */
  endEvent({accepted}: {readonly accepted: boolean}): void {
    if (this.#pending.length === 0) return;
    if (accepted) {
      this.#counts ??= new Map();
      for (const reason of this.#pending) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
    }
    this.#pending = [];
  }

  get counts(): Normalizations {
    return this.#counts ?? noNormalizations;
  }
}

// Lengths as the contract counts them: in Unicode code points, where JavaScript counts UTF-16 units.

const countCodePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/** Whether a string has more than `max` code points. */
export const isLonger = (text: string, max: number): boolean =>
  text.length > max && (text.length > 2 * max || countCodePoints(text) > max);

const firstCodePoints = (text: string, count: number): string => [...text.slice(0, 2 * count)].slice(0, count).join('');

const expectedKey = `expected keys of letters, digits and _ that don't start with a digit, at most ${bounds.dimensions.keyMax} characters long`;

/** Keys seen to be well formed: a process sees the same few all its life. Bounded, since emitters choose them. */
const knownKeys = new Set<string>();
const maxKnownKeys = 1000;
const isDimensionKey = (key: string): boolean => {
  if (knownKeys.has(key)) return true;
  if (key.length > bounds.dimensions.keyMax || !bounds.dimensions.keyPattern.test(key)) return false;
  if (knownKeys.size < maxKnownKeys) knownKeys.add(key);
  return true;
};

/**
 * The well-formed keys of the events of one type before, each at its place: an emitter writes the same ones in the same
 * order, and V8 compares two keys by their addresses, which is quicker than to look one up. At first each place has a
 * well-formed one.
 */
export type PreviousKeys = string[];
export const createPreviousKeys = (): PreviousKeys => new Array<string>(bounds.dimensions.max).fill('_');

/** Checks the keys and normalizes the values in place: a dimension's value never costs the event. */
export const normalizeDimensions = (
  dimensions: Record<string, unknown>,
  previousKeys: PreviousKeys,
  {index, normalized}: {readonly index: number; readonly normalized: NormalizationCounter},
): ValidationProblem | null => {
  let count = 0;
  for (const key in dimensions) {
    if (count === bounds.dimensions.max) {
      const expected = `expected at most ${bounds.dimensions.max} dimensions`;
      return toProblem('field', dimensionsOf(index), `${expected}, found ${Object.keys(dimensions).length}`);
    }
    if (key !== previousKeys[count]) {
      if (!isDimensionKey(key))
        return toProblem('field', dimensionsOf(index), `${expectedKey}, found ${describeValue(key)}`);
      previousKeys[count] = key;
    }
    count += 1;
    const value = dimensions[key];
    if (typeof value === 'string') {
      if (isLonger(value, bounds.dimensions.textMax)) {
        dimensions[key] = firstCodePoints(value, bounds.dimensions.textMax);
        normalized.count('dimension_length');
      }
    } else if (typeof value === 'object' && value !== null) {
      dimensions[key] = reserved.invalid;
      normalized.count('dimension_type');
    }
  }
  return null;
};

const dimensionsOf = (index: number): string => `metrics[${index}].dimensions`;

export const checkMetadata = (metadata: Record<string, unknown>, index: number): ValidationProblem | null => {
  const {max, keyMax, textMax} = bounds.metadata;
  let count = 0;
  for (const key in metadata) {
    count += 1;
    if (count > max) {
      const expected = `expected at most ${max} entries`;
      return toProblem('field', metadataOf(index), `${expected}, found ${Object.keys(metadata).length}`);
    }
    const value = metadata[key];
    const isText = typeof value === 'string';
    // Most are short or numbers: nothing can be wrong with them.
    if (key.length <= keyMax && (isText ? value.length <= textMax : typeof value !== 'object' || value === null))
      continue;
    const problem = problemOf(key, value);
    if (problem !== null) return toProblem('field', metadataOf(index), problem);
  }
  return null;
};

const metadataOf = (index: number): string => `metrics[${index}].metadata`;

const problemOf = (key: string, value: unknown): string | null => {
  const {keyMax, textMax, depthMax} = bounds.metadata;
  if (isLonger(key, keyMax)) return `expected keys of at most ${keyMax} characters, found ${describeValue(key)}`;
  const nested = typeof value === 'object' && value !== null;
  const extent = nested ? extentOf(value) : 'fits';
  if (extent === 'deep') return `expected ${describeValue(key)} to nest at most ${depthMax} deep, found more`;
  const tooLong = `expected ${describeValue(key)} to have at most ${textMax} characters as text, found`;
  if (extent === 'long') return `${tooLong} more`;
  const text = nested ? JSON.stringify(value) : value;
  if (typeof text !== 'string' || !isLonger(text, textMax)) return null;
  return `${tooLong} ${countCodePoints(text)}`;
};

/** In JSON a value needs at least two characters, itself and the separator: no more of them can fit. */
const maxNested = bounds.metadata.textMax / 2 + 1;

/**
 * Whether a JSON value can fit at all, before its text is made. It nests too deep (a scalar has depth 0), contains more
 * values than its text may have characters for, or perhaps fits. Walks without recursion, and stops early: an emitter
 * chooses depth and width.
 */
const extentOf = (value: object): 'deep' | 'long' | 'fits' => {
  let level: object[] = [value];
  let count = 0;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > bounds.metadata.depthMax) return 'deep';
    const below: object[] = [];
    for (const parent of level) {
      const children: readonly unknown[] = Array.isArray(parent) ? parent : Object.values(parent);
      count += children.length;
      if (count > maxNested) return 'long';
      for (const child of children) {
        if (typeof child === 'object' && child !== null) below.push(child);
        else if (typeof child === 'string' && isLonger(child, bounds.metadata.textMax)) return 'long';
      }
    }
    level = below;
  }
  return 'fits';
};
