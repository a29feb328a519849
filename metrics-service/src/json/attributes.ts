/** What a metric carries beside its numbers, as its sender chose it: dimensions and metadata, checked and mended. */

import {bounds, reserved} from '../contract.ts';
import {countCodePoints, firstCodePoints, isLonger} from './code-points.ts';
import {found, type Refusal, refuse} from './validation-problem.ts';

const expectedKey = `expected keys of letters, digits and _ that don't begin with a digit, at most ${bounds.dimensions.keyMax} characters long`;

/** Keys seen to be well formed: a process sees the same few all its life. Bounded, since senders choose them. */
const knownKeys = new Set<string>();
const mostKnownKeys = 1000;
const isDimensionKey = (key: string): boolean => {
  if (knownKeys.has(key)) return true;
  if (key.length > bounds.dimensions.keyMax || !bounds.dimensions.keyPattern.test(key)) return false;
  if (knownKeys.size < mostKnownKeys) knownKeys.add(key);
  return true;
};

/**
 * The well-formed keys of the metrics before, each at its place: a sender writes the same ones in the same order, and
 * V8 compares two keys by their addresses, which is quicker than to look one up. At first a well-formed one stands at each place.
 */
const keysBefore: string[] = new Array(bounds.dimensions.max).fill('_');

/** Checks the keys and mends the values in place: a dimension's value never costs the metric. */
export const mendDimensions = (dimensions: Record<string, unknown>, index: number): Refusal | null => {
  let count = 0;
  for (const key in dimensions) {
    if (key !== keysBefore[count]) {
      if (!isDimensionKey(key)) return refuse('field', dimensionsOf(index), `${expectedKey}, found ${found(key)}`);
      if (count < keysBefore.length) keysBefore[count] = key;
    }
    count += 1;
    const value = dimensions[key];
    if (typeof value === 'string') {
      if (value.length > bounds.dimensions.textMax) dimensions[key] = cut(value);
    } else if (typeof value === 'object' && value !== null) {
      dimensions[key] = reserved.invalid;
    }
  }
  if (count <= bounds.dimensions.max) return null;
  const expected = `expected at most ${bounds.dimensions.max} dimensions`;
  return refuse('field', dimensionsOf(index), `${expected}, found ${count}`);
};

const dimensionsOf = (index: number): string => `metrics[${index}].dimensions`;

const cut = (text: string): string =>
  isLonger(text, bounds.dimensions.textMax) ? firstCodePoints(text, bounds.dimensions.textMax) : text;

export const checkMetadata = (metadata: Record<string, unknown>, index: number): Refusal | null => {
  const {max, keyMax, textMax} = bounds.metadata;
  let count = 0;
  for (const key in metadata) {
    count += 1;
    const value = metadata[key];
    const isText = typeof value === 'string';
    // Most are short or numbers: nothing can be wrong with them.
    if (key.length <= keyMax && (isText ? value.length <= textMax : typeof value !== 'object' || value === null))
      continue;
    const problem = problemOf(key, value);
    if (problem !== null) return refuse('field', metadataOf(index), problem);
  }
  if (count <= max) return null;
  return refuse('field', metadataOf(index), `expected at most ${max} entries, found ${count}`);
};

const metadataOf = (index: number): string => `metrics[${index}].metadata`;

const problemOf = (key: string, value: unknown): string | null => {
  const {keyMax, textMax, depthMax} = bounds.metadata;
  if (isLonger(key, keyMax)) return `expected keys of at most ${keyMax} characters, found ${found(key)}`;
  if (typeof value === 'object' && value !== null && isDeeper(value, depthMax))
    return `expected ${found(key)} to nest at most ${depthMax} deep, found more`;
  const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
  if (typeof text !== 'string' || !isLonger(text, textMax)) return null;
  return `expected ${found(key)} to have at most ${textMax} characters as text, found ${countCodePoints(text)}`;
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
