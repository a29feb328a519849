/** Counts what was dropped or changed of events that were accepted nevertheless: `_normalized_total`. */
import type {NormalizationReason} from '../contract.ts';

/** Reason → values. Empty for most batches. */
export type Normalizations = ReadonlyMap<NormalizationReason, number>;

const noNormalizations: Normalizations = new Map();

/** Counts event by event: what was changed of an event that is rejected in the end does not count. */
export class NormalizationCounter {
  /** Made for the first value: most batches need noNormalizations. */
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
