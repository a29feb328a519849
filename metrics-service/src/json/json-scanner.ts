/**
 * Reads JSON without building its values: how many there are, where the text stops being JSON, and where it contains
 * the bare `NaN`, `Infinity` and `-Infinity` that Python's json.dumps writes. Iterative, since a client chooses the
 * depth.
 */

const [quote, backslash, comma, colon, minus, plus, point, zero, nine] = codes('"\\,:-+.09');
const [openBracket, closeBracket, openBrace, closeBrace, lowerE, upperE, lowerU] = codes('[]{}eEu');

function codes(text: string): number[] {
  return [...text].map(character => character.charCodeAt(0));
}

/** Whether the text has more than `max` values, each at least one comma or bracket outside of strings. */
export const hasMoreValues = (bytes: Uint8Array, max: number): boolean => {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at];
    if (byte === quote) {
      for (at += 1; at < bytes.length; at += 1) {
        byte = bytes[at];
        if (byte === quote) break;
        if (byte === backslash) at += 1;
      }
    } else if (byte === comma || byte === openBracket || byte === openBrace) {
      count += 1;
      if (count > max) return true;
    }
  }
  return false;
};

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= (zero as number) && byte <= (nine as number); // codes() gave each a number
const isHex = (byte: number | undefined): boolean =>
  isDigit(byte) || (byte !== undefined && ((byte >= 65 && byte <= 70) || (byte >= 97 && byte <= 102)));

/** A token's end, and whether it is whole; an end of one that isn't is the first byte that can't be part of it. */
interface Token {
  readonly end: number;
  readonly valid: boolean;
}

const escapable: ReadonlySet<number | undefined> = new Set(codes('"\\/bfnrtu'));

/** Reads a string from the byte after its opening quote. */
const readString = (bytes: Uint8Array, start: number): Token => {
  let at = start;
  while (at < bytes.length) {
    const byte = bytes[at] as number; // the index is below the length
    if (byte === quote) return {end: at + 1, valid: true};
    if (byte < 0x20) break;
    at += 1;
    if (byte !== backslash) continue;
    if (!escapable.has(bytes[at])) break;
    const end = bytes[at] === lowerU ? at + 5 : at + 1;
    for (at += 1; at < end; at += 1) if (!isHex(bytes[at])) return {end: at, valid: false};
  }
  return {end: at, valid: false};
};

const readNumber = (bytes: Uint8Array, start: number): Token => {
  let at = start;
  const digits = (): boolean => {
    const first = at;
    while (isDigit(bytes[at])) at += 1;
    return at > first;
  };
  if (bytes[at] === minus) at += 1;
  if (bytes[at] === zero) at += 1;
  else if (!digits()) return {end: at, valid: false};
  if (bytes[at] === point) {
    at += 1;
    if (!digits()) return {end: at, valid: false};
  }
  if (bytes[at] === lowerE || bytes[at] === upperE) {
    at += 1;
    if (bytes[at] === plus || bytes[at] === minus) at += 1;
    if (!digits()) return {end: at, valid: false};
  }
  return {end: at, valid: true};
};

const words = ['true', 'false', 'null'].map(codes);
const nonFiniteWords = ['NaN', 'Infinity', '-Infinity'].map(codes);

/** Returns how many bytes of `word` are at `start`. */
const matching = (bytes: Uint8Array, start: number, word: readonly number[]): number => {
  let length = 0;
  while (length < word.length && bytes[start + length] === word[length]) length += 1;
  return length;
};

const readWord = (bytes: Uint8Array, start: number): Token => {
  let longestMatch = 0;
  for (const word of words) {
    const length = matching(bytes, start, word);
    if (length === word.length) return {end: start + length, valid: true};
    longestMatch = Math.max(longestMatch, length);
  }
  return {end: start + longestMatch, valid: false};
};

export interface JsonScan {
  /** Offset of the first byte that can't be part of JSON, the text's length where it ends too soon; undefined if it is JSON. */
  readonly errorAt: number | undefined;
  /** The positions of bare NaN, Infinity and -Infinity before `errorAt`. */
  readonly nonFinite: ReadonlyArray<{readonly start: number; readonly end: number}>;
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end';

/** Parses a string as JSON that may contain non-finite numbers. Slower than JSON.parse: for input that JSON.parse rejects. */
export const scanJson = (bytes: Uint8Array): JsonScan => {
  const nonFinite: Array<{start: number; end: number}> = [];
  /** The closing bracket of each object and array that is open. */
  const closers: number[] = [];
  let expected = 'value' as Expected; // step() changes it, which the compiler does not see
  let at = 0;

  const readScalar = (): boolean => {
    for (const word of nonFiniteWords) {
      if (matching(bytes, at, word) < word.length) continue;
      nonFinite.push({start: at, end: at + word.length});
      at += word.length;
      return true;
    }
    const byte = bytes[at];
    const read = byte === minus || isDigit(byte) ? readNumber : readWord;
    const {end, valid} = byte === quote ? readString(bytes, at + 1) : read(bytes, at);
    at = end;
    return valid;
  };
  /** Reads what may come next; whether it was that. */
  const step = (byte: number | undefined): boolean => {
    const closes = byte !== undefined && byte === closers.at(-1);
    if (closes && (expected === 'value or end' || expected === 'key or end' || expected === 'comma or end')) {
      closers.pop();
      expected = 'comma or end';
    } else if (expected === 'comma or end') {
      if (byte !== comma || closers.length === 0) return false;
      expected = closers.at(-1) === closeBrace ? 'key' : 'value';
    } else if (expected === 'colon') {
      if (byte !== colon) return false;
      expected = 'value';
    } else if (expected === 'key' || expected === 'key or end') {
      expected = 'colon';
      return byte === quote && readScalar();
    } else if (byte === openBracket) {
      closers.push(closeBracket as number); // codes() gave it a number
      expected = 'value or end';
    } else if (byte === openBrace) {
      closers.push(closeBrace as number); // codes() gave it a number
      expected = 'key or end';
    } else {
      expected = 'comma or end';
      return readScalar();
    }
    at += 1;
    return true;
  };

  for (;;) {
    let byte = bytes[at];
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
      at += 1;
      byte = bytes[at];
    }
    if (at >= bytes.length) break;
    if (!step(byte)) return {errorAt: at, nonFinite};
  }
  const ended = expected === 'comma or end' && closers.length === 0;
  return {errorAt: ended ? undefined : bytes.length, nonFinite};
};

/**
 * Estimates the number of events in a batch that is not JSON: objects two levels deep, directly in an
 * array of the outermost object.
 */
export const estimateEvents = (bytes: Uint8Array): number => {
  let count = 0;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    let byte = bytes[at];
    if (byte === quote) {
      for (at += 1; at < bytes.length; at += 1) {
        byte = bytes[at];
        if (byte === quote) break;
        if (byte === backslash) at += 1;
      }
    } else if (byte === openBracket || byte === openBrace) {
      if (byte === openBrace && depth === 2) count += 1;
      depth += 1;
    } else if (byte === closeBracket || byte === closeBrace) depth -= 1;
  }
  return count;
};
