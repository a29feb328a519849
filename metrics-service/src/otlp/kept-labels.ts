/**
 * Label values by the bytes of the attribute set they were read from. An emitter exports the same attribute sets every
 * interval; finding one by its bytes costs a tenth of decoding its strings and bounding them again.
 */

import type {KeptLabels, ResolvedLabels} from './points.ts';
import {matchesAt} from './text-cache.ts';

interface Entry {
  readonly bytes: Uint8Array;
  readonly labels: ResolvedLabels;
  /** Another entry with the same hash. */
  readonly next: Entry | undefined;
  /** The entry that followed it the last time. */
  successor: Entry | undefined;
}

/** Bytes of memory for what is kept for one emitter: about 5,000 attribute sets. Over it, all of them are forgotten. */
const maxEmitterBytes = 4 * 2 ** 20;
/** Bytes for all emitters together. Over it, the attribute sets of the emitter that has the most are forgotten. */
const maxTotalBytes = 4 * maxEmitterBytes;
/** Bytes of the longest set that is kept: a gateway's have about a hundred. */
const maxSetBytes = 512;

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

/** Entries with the same hash that are compared; more are not kept. */
const maxChain = 8;

/** Bytes of the objects around the bytes and labels of an entry, measured on Node 24 and rounded up. */
const entryOverhead = 512;
const bytesPerLabel = 16;

const sizeOf = (length: number, {targets}: ResolvedLabels): number =>
  entryOverhead + length + targets.reduce((sum, values) => sum + bytesPerLabel * values.length, 0);

/** The labels kept for one instrument of one emitter. */
class KeptLabelSets implements KeptLabels {
  readonly #byHash = new Map<number, Entry>();
  readonly #reserve: (bytes: number) => void;
  /** Emitters export their attribute sets in the same order each time: the next one is mostly found without a hash. */
  #last: Entry | undefined;

  constructor(reserve: (bytes: number) => void) {
    this.#reserve = reserve;
  }

  find(bytes: Uint8Array, start: number, end: number): ResolvedLabels | undefined {
    const expected = this.#last?.successor;
    if (expected !== undefined && matchesAt(expected.bytes, bytes, start, end)) {
      this.#last = expected;
      return expected.labels;
    }
    if (end - start > maxSetBytes) return undefined;
    let entry = this.#byHash.get(hashOf(bytes, start, end));
    for (; entry !== undefined; entry = entry.next)
      if (matchesAt(entry.bytes, bytes, start, end)) {
        if (this.#last !== undefined) this.#last.successor = entry;
        this.#last = entry;
        return entry.labels;
      }
    return undefined;
  }

  keep(bytes: Uint8Array, start: number, end: number, labels: ResolvedLabels): void {
    if (end - start > maxSetBytes) return;
    this.#reserve(sizeOf(end - start, labels));
    const hash = hashOf(bytes, start, end);
    const next = this.#byHash.get(hash);
    let length = 0;
    for (let entry = next; entry !== undefined; entry = entry.next) length += 1;
    if (length >= maxChain) return;
    const entry: Entry = {bytes: Uint8Array.from(bytes.subarray(start, end)), labels, next, successor: undefined};
    this.#byHash.set(hash, entry);
    if (this.#last !== undefined) this.#last.successor = entry;
    this.#last = entry;
  }

  clear(): void {
    this.#byHash.clear();
    this.#last = undefined;
  }
}

/** The labels kept for one emitter. */
export class EmitterLabels {
  readonly #instruments: KeptLabelSets[] = [];
  readonly #onReserve: () => void;
  /** Bytes, approximately. */
  size = 0;

  /** `onReserve` is called whenever the size has grown. */
  constructor(onReserve: () => void) {
    this.#onReserve = onReserve;
  }

  /** Creates the store for one instrument. */
  create(): KeptLabels {
    const labels = new KeptLabelSets(bytes => {
      if (this.size + bytes > maxEmitterBytes) this.clear();
      this.size += bytes;
      this.#onReserve();
    });
    this.#instruments.push(labels);
    return labels;
  }

  clear(): void {
    for (const labels of this.#instruments) labels.clear();
    this.size = 0;
  }
}

/** The labels kept for all emitters. Bounded in bytes, for each of them and in total: emitters choose what they send. */
export class KeptLabelStore {
  readonly #emitters: EmitterLabels[] = [];

  create(): EmitterLabels {
    const emitter = new EmitterLabels(() => this.#shrink());
    this.#emitters.push(emitter);
    return emitter;
  }

  /** Forgets the emitters, too. */
  clear(): void {
    this.#emitters.length = 0;
  }

  #shrink(): void {
    const total = this.#emitters.reduce((sum, {size}) => sum + size, 0);
    if (total <= maxTotalBytes) return;
    const [largest] = this.#emitters.toSorted((left, right) => right.size - left.size);
    largest?.clear();
  }
}
