/**
 * Label values by the bytes of the attribute set they were read from. An emitter exports the same attribute sets every
 * interval; finding one by its bytes costs a tenth of decoding its strings and bounding them again.
 */
import {isAt} from './known-texts.ts';
import type {KeptLabels, ResolvedLabels} from './points.ts';

interface Entry {
  readonly bytes: Uint8Array;
  readonly labels: ResolvedLabels;
  /** Another one with the same hash. */
  readonly next: Entry | undefined;
  /** What came after it the last time. */
  successor: Entry | undefined;
}

/** Attribute sets kept for one instrument and emitter; past them all are forgotten. */
const mostEntries = 2048;
/** Bytes of the longest set that is kept: a gateway's have about a hundred. */
const longest = 512;

/** Four bytes at a time. Chosen for speed; an emitter that constructs collisions slows down only its own exports. */
const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = 0x811c9dc5 ^ (end - start);
  let at = start;
  for (; at + 4 <= end; at += 4) {
    // at is 4 below end
    const word =
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193); // at is below end
  return hash;
};

/** Entries with the same hash that are looked at; more are not kept. */
const longestChain = 8;

class KeptLabelSets implements KeptLabels {
  readonly #byHash = new Map<number, Entry>();
  #count = 0;
  /** Emitters export their attribute sets in the same order each time: the next one is mostly found without a hash. */
  #last: Entry | undefined;

  find(bytes: Uint8Array, start: number, end: number): ResolvedLabels | undefined {
    const expected = this.#last?.successor;
    if (expected !== undefined && isAt(expected.bytes, bytes, start, end)) {
      this.#last = expected;
      return expected.labels;
    }
    if (end - start > longest) return undefined;
    let entry = this.#byHash.get(hashOf(bytes, start, end));
    for (; entry !== undefined; entry = entry.next)
      if (isAt(entry.bytes, bytes, start, end)) {
        if (this.#last !== undefined) this.#last.successor = entry;
        this.#last = entry;
        return entry.labels;
      }
    return undefined;
  }

  keep(bytes: Uint8Array, start: number, end: number, labels: ResolvedLabels): void {
    if (end - start > longest) return;
    if (this.#count >= mostEntries) {
      this.#byHash.clear();
      this.#count = 0;
      this.#last = undefined;
    }
    const hash = hashOf(bytes, start, end);
    const next = this.#byHash.get(hash);
    let length = 0;
    for (let entry = next; entry !== undefined; entry = entry.next) length += 1;
    if (length >= longestChain) return;
    const entry: Entry = {bytes: Uint8Array.from(bytes.subarray(start, end)), labels, next, successor: undefined};
    this.#byHash.set(hash, entry);
    this.#count += 1;
    if (this.#last !== undefined) this.#last.successor = entry;
    this.#last = entry;
  }
}

export const createKeptLabels = (): KeptLabels => new KeptLabelSets();
