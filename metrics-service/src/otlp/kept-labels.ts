/**
 * Label values by the bytes of the attribute set they were read from. An emitter exports the same attribute sets every
 * interval; finding one by its bytes costs a tenth of decoding its strings and bounding them again.
 */
import type {KeptLabels, ResolvedLabels} from './points.ts';

interface Entry {
  readonly bytes: Uint8Array;
  readonly labels: ResolvedLabels;
  readonly next: Entry | undefined;
}

/** Attribute sets kept for one instrument and emitter; past them all are forgotten. */
const mostEntries = 2048;
/** Bytes of the longest set that is kept: a gateway's have about a hundred. */
const longest = 512;

/** FNV-1a over the bytes. Chosen for speed; an emitter that constructs collisions slows down only its own exports. */
const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = 0x811c9dc5 ^ (end - start);
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193); // at is below end
  return hash;
};

const equal = (left: Uint8Array, right: Uint8Array, start: number): boolean => {
  for (let at = 0; at < left.length; at += 1) if (left[at] !== right[start + at]) return false;
  return true;
};

/** Entries with the same hash that are looked at; more are not kept. */
const longestChain = 8;

export const createKeptLabels = (): KeptLabels => {
  const entries = new Map<number, Entry>();
  let count = 0;
  return {
    find(bytes, start, end) {
      if (end - start > longest) return undefined;
      let entry = entries.get(hashOf(bytes, start, end));
      for (; entry !== undefined; entry = entry.next)
        if (entry.bytes.length === end - start && equal(entry.bytes, bytes, start)) return entry.labels;
      return undefined;
    },
    keep(bytes, start, end, labels) {
      if (end - start > longest) return;
      if (count >= mostEntries) {
        entries.clear();
        count = 0;
      }
      const hash = hashOf(bytes, start, end);
      const next = entries.get(hash);
      let length = 0;
      for (let entry = next; entry !== undefined; entry = entry.next) length += 1;
      if (length >= longestChain) return;
      entries.set(hash, {bytes: Uint8Array.from(bytes.subarray(start, end)), labels, next});
      count += 1;
    },
  };
};
