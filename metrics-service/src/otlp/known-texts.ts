/** Strings by their UTF-8 bytes: what was decoded before is found without making a string. */

/** Slots; a string that meets another one in its slot replaces it. */
const slots = 512;
/** Bytes of the maxBytes string that is kept. */
const maxBytes = 64;

interface Known {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class KnownTexts {
  readonly #known: Array<Known | undefined> = new Array(slots).fill(undefined);

  /** Bytes that are not UTF-8 become U+FFFD. */
  textOf(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > maxBytes) return bytes.toString('utf8', start, end);
    let hash = length;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0; // at is below end
    const slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (slots - 1);
    const known = this.#known[slot];
    if (known !== undefined && isAt(known.bytes, bytes, start, end)) return known.text;
    const text = bytes.toString('utf8', start, end);
    this.#known[slot] = {bytes: Uint8Array.from(bytes.subarray(start, end)), text};
    return text;
  }
}

/** Whether `known` stands at `bytes[start..end]`. */
export const isAt = (known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean => {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[start + at]) return false;
  return true;
};
