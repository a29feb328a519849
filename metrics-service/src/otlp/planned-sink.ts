/**
 * Receives the points of one metric of one export: checks each, and counts what can be counted. Another export of the
 * same emitter may be read between two of its points: what they share must not determine whose points come next.
 */
import {bounds, type RejectionReason} from '../contract.ts';
import {type ExportTally, reject} from './export-tally.ts';
import type {HistogramMerge} from './histogram-merge.ts';
import type {InstrumentPlan} from './instrument-plan.ts';
import {
  type ExponentialPoint,
  type HistogramPoint,
  maxBuckets,
  maxPointBytes,
  type PointSink,
  type ResolvedLabels,
} from './points.ts';

const isCount = (value: number): boolean => value >= 0 && Number.isInteger(value);

export class PlannedSink implements PointSink {
  readonly #plan: InstrumentPlan;
  readonly #merge: HistogramMerge;
  readonly #divisor: number;
  readonly #name: string;
  readonly #tally: ExportTally;

  /** `name` is as the export has it; `unit` is the one declared for the instrument where the export has none. */
  constructor(plan: InstrumentPlan, {name, unit, tally}: {name: string; unit: string; tally: ExportTally}) {
    this.#plan = plan;
    this.#name = name;
    this.#tally = tally;
    this.#divisor = plan.instrument.kind === 'histogram' ? (plan.divisorOf(unit) ?? 1) : 1;
    this.#merge = plan.mergeIn(this.#divisor);
  }

  get kept() {
    return this.#plan.kept;
  }

  resolve(attributes: ReadonlyMap<string, unknown>) {
    return this.#plan.resolve(attributes);
  }

  number(labels: ResolvedLabels, value: number): void {
    const {min, max} = bounds.pointValue;
    if (!(value >= min && value <= max)) {
      this.#reject('range', 'value', `a number from ${min} to ${max}`, value);
      return;
    }
    this.#plan.count(labels, value);
    this.#accept(labels);
  }

  histogram(labels: ResolvedLabels, point: HistogramPoint): void {
    const {count, sum, boundCount, countCount} = point;
    if (!this.#fits(count, sum)) return;
    if (countCount > maxBuckets) {
      this.#reject('field', 'bucket_counts', `at most ${maxBuckets} counts`, countCount);
      return;
    }
    if (countCount !== boundCount + 1 && countCount + boundCount !== 0) {
      this.#reject('field', 'bucket_counts', `${boundCount + 1} counts for ${boundCount} bounds`, countCount);
      return;
    }
    const {counts, bounds: upper} = point;
    for (let index = 0; index < boundCount; index += 1)
      if (!((upper[index] as number) > (index === 0 ? Number.NEGATIVE_INFINITY : (upper[index - 1] as number)))) {
        this.#reject('field', 'explicit_bounds', 'ascending numbers', upper[index]); // the indices are below the length
        return;
      }
    const total = this.#sum(counts, countCount, 'bucket_counts');
    if (total === undefined) return;
    if (countCount > 0 && total !== count) {
      this.#reject('field', 'bucket_counts', `counts that add up to ${count}`, total);
      return;
    }
    const negative = this.#countBelowZero(point);
    if (negative > 0) {
      this.#reject('range', 'bucket_counts', 'no measurements below 0', negative);
      return;
    }
    this.#merge.explicit(point);
    // A point without buckets has only a count and a sum: only +Inf is right for each of them.
    if (countCount === 0) this.#merge.counts[this.#merge.counts.length - 1] = count;
    this.#add(labels, sum ?? 0);
  }

  exponential(labels: ResolvedLabels, point: ExponentialPoint): void {
    const {count, scale, zeroCount, zeroThreshold, offset, countCount, negativeCount} = point;
    if (!this.#fits(count, point.sum)) return;
    if (negativeCount !== 0) {
      this.#reject('range', 'negative', 'no measurements below 0', negativeCount);
      return;
    }
    if (countCount > maxBuckets) {
      this.#reject('field', 'positive.bucket_counts', `at most ${maxBuckets} counts`, countCount);
      return;
    }
    if (!isCount(zeroCount)) {
      this.#reject('range', 'zero_count', 'an integer from 0', zeroCount);
      return;
    }
    if (!(zeroThreshold >= 0 && zeroThreshold < Number.POSITIVE_INFINITY)) {
      this.#reject('range', 'zero_threshold', 'a finite number from 0', zeroThreshold);
      return;
    }
    if (!this.#isWithin(scale, 'scale', bounds.exponentialScale)) return;
    if (!this.#isWithin(offset, 'positive.offset', bounds.exponentialOffset)) return;
    const inBuckets = this.#sum(point.counts, countCount, 'positive.bucket_counts');
    if (inBuckets === undefined) return;
    if (zeroCount + inBuckets !== count) {
      this.#reject('field', 'positive.bucket_counts', `counts that add up to ${count}`, zeroCount + inBuckets);
      return;
    }
    const counts = point.counts.subarray(0, countCount);
    this.#merge.exponential({scale, offset, counts, zeroCount, zeroThreshold});
    this.#add(labels, point.sum ?? 0);
  }

  tooLong(bytes: number): void {
    this.#reject('field', 'data_points', `points of at most ${maxPointBytes} bytes`, bytes);
  }

  #fits(count: number, sum: number | undefined): boolean {
    const {min, max} = bounds.pointValue;
    if (!(Number.isInteger(count) && count >= min && count <= max)) {
      this.#reject('range', 'count', `an integer from ${min} to ${max}`, count);
      return false;
    }
    if (sum === undefined && count > 0) {
      this.#reject('field', 'sum', 'a number', undefined);
      return false;
    }
    const most = (count * bounds.durationMs.max * this.#divisor) / 1000;
    if (sum !== undefined && !(sum >= 0 && sum <= most)) {
      this.#reject('range', 'sum', `a number from 0 to ${most}`, sum);
      return false;
    }
    return true;
  }

  #isWithin(value: number, field: string, {min, max}: {readonly min: number; readonly max: number}): boolean {
    if (Number.isInteger(value) && value >= min && value <= max) return true;
    this.#reject('range', field, `an integer from ${min} to ${max}`, value);
    return false;
  }

  /** The number of measurements in buckets whose upper bound is below 0: neither a duration nor a size has any. */
  #countBelowZero({bounds: upper, boundCount, counts}: HistogramPoint): number {
    let count = 0;
    // The bounds ascend, and the indices are below the length.
    for (let index = 0; index < boundCount && (upper[index] as number) < 0; index += 1)
      count += counts[index] as number;
    return count;
  }

  /**
   * The sum of a point's first counts; undefined, and the point rejected, where JSON has one that is invalid for a
   * counter.
   */
  #sum(counts: Float64Array, length: number, field: string): number | undefined {
    let sum = 0;
    for (let index = 0; index < length; index += 1) {
      const count = counts[index] as number; // the index is below the length
      if (!isCount(count)) {
        this.#reject('range', field, 'integers from 0', count);
        return undefined;
      }
      sum += count;
    }
    return sum;
  }

  #add(labels: ResolvedLabels, sum: number): void {
    this.#plan.merge(labels, this.#merge, sum / this.#divisor);
    this.#accept(labels);
  }

  #accept({changes}: ResolvedLabels): void {
    this.#tally.accepted += 1;
    if (changes === undefined) return;
    this.#tally.changes ??= new Map();
    const sum = this.#tally.changes;
    for (const [change, values] of changes) sum.set(change, (sum.get(change) ?? 0) + values);
  }

  #reject(reason: RejectionReason, field: string, expected: string, found: number | undefined): void {
    reject(this.#tally, reason, 1, () => `${this.#name}.${field}: expected ${expected}, found ${found ?? 'nothing'}`);
  }
}
