/** Caches strings by their UTF-8 bytes, so that the same bytes are not decoded again. */

/** Number of slots. A string replaces the one that is already in its slot. */
const slotCount = 512;
/** Bytes of the longest string that is kept. */
const maxBytes = 64;

interface CachedText {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class TextCache {
  readonly #slots: Array<CachedText | undefined> = new Array(slotCount).fill(undefined);

  /** Bytes that are not UTF-8 become U+FFFD. */
  textOf(bytes: Buffer, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > maxBytes) return bytes.toString('utf8', start, end);
    let hash = length;
    for (let at = start; at < end; at += 1) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0; // at is below end
    const slot = (hash ^ (hash >>> 9) ^ (hash >>> 18)) & (slotCount - 1);
    const cached = this.#slots[slot];
    if (cached !== undefined && matchesAt(cached.bytes, bytes, start, end)) return cached.text;
    const text = bytes.toString('utf8', start, end);
    this.#slots[slot] = {bytes: Uint8Array.from(bytes.subarray(start, end)), text};
    return text;
  }
}

/** Whether `bytes[start..end]` equals `known`. */
export const matchesAt = (known: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean => {
  if (known.length !== end - start) return false;
  for (let at = 0; at < known.length; at += 1) if (known[at] !== bytes[start + at]) return false;
  return true;
};
