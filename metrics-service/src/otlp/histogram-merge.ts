/**
 * Sorts an instrument's buckets into a metric's: each goes to the first bucket whose upper bound is not lower than its
 * own, so that no measurement lands in a bucket that it may not belong to. Measurements over the last common bound go
 * to `+Inf`.
 */

import type {HistogramPoint} from './points.ts';

/** The bucket of `boundaries` for measurements up to `upper`. The last, one more than there are bounds, is `+Inf`. */
const bucketFor = (boundaries: ArrayLike<number>, upper: number): number => {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((boundaries[middle] as number) < upper)
      low = middle + 1; // middle is below the length
    else high = middle;
  }
  return low;
};

export class HistogramMerge {
  readonly #boundaries: ArrayLike<number>;
  /** A number in the instrument's unit is divided by this to get the metric's unit. */
  readonly #divisor: number;
  /** Counts by the metric's buckets; valid until the next merge. */
  readonly counts: Float64Array;
  /** The bounds of the last merge, and the bucket for each: an instrument has the same ones all its life. */
  #bounds: Float64Array = new Float64Array();
  #buckets: readonly number[] = [];

  constructor(boundaries: ArrayLike<number>, divisor: number) {
    this.#boundaries = boundaries;
    this.#divisor = divisor;
    this.counts = new Float64Array(boundaries.length + 1);
  }

  /** Sorts the counts of a point whose bounds ascend. */
  explicit({bounds, boundCount, counts, countCount}: HistogramPoint): void {
    if (!this.#isSameAsBefore(bounds, boundCount)) {
      this.#bounds = bounds.slice(0, boundCount);
      this.#buckets = Array.from(this.#bounds, bound => bucketFor(this.#boundaries, bound / this.#divisor));
    }
    const merged = this.counts;
    merged.fill(0);
    for (let index = 0; index < countCount; index += 1) {
      const bucket = index < boundCount ? (this.#buckets[index] as number) : this.#boundaries.length;
      merged[bucket] = (merged[bucket] as number) + (counts[index] as number); // the indices are in range
    }
  }

  /** Sorts buckets that start at `offset`, and those at zero, which reach up to `zeroThreshold`. */
  exponential(buckets: {
    readonly scale: number;
    readonly offset: number;
    readonly counts: Float64Array;
    readonly zeroCount: number;
    readonly zeroThreshold: number;
  }): void {
    const {scale, offset, counts, zeroCount, zeroThreshold} = buckets;
    this.counts.fill(0);
    if (zeroCount > 0) this.#add(zeroThreshold, zeroCount);
    for (let index = 0; index < counts.length; index += 1) {
      const count = counts[index] as number; // the index is below the length
      if (count > 0) this.#add(2 ** ((offset + index + 1) * 2 ** -scale), count);
    }
  }

  #add(upper: number, count: number): void {
    const bucket = bucketFor(this.#boundaries, upper / this.#divisor);
    this.counts[bucket] = (this.counts[bucket] as number) + count; // bucketFor returns one of them
  }

  #isSameAsBefore(bounds: Float64Array, count: number): boolean {
    const previous = this.#bounds;
    if (count !== previous.length) return false;
    for (let index = 0; index < count; index += 1) if (bounds[index] !== previous[index]) return false;
    return true;
  }
}
