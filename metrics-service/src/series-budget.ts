/**
 * How many series the families that the gateway reports may hold together, and whose they are: METRICS_MAX_SERIES.
 * Counted as Prometheus stores them: a histogram's label set is a series for each bucket, for +Inf, the sum and the count.
 * See decisions/a-share-of-the-series.md.
 */

export interface SeriesBudgetOptions {
  /** Series that may be held, without those of `_other`. */
  readonly max: number;
  /** The emitters among which one half is divided. Others may be named later; the shares are then computed again. */
  readonly emitters: readonly string[];
}

/** Who a series was made for: a small number that stands for an emitter. */
export type Holder = number;

export class SeriesBudget {
  readonly #max: number;
  readonly #holders = new Map<string, Holder>();
  /** Series by holder. */
  readonly #held: number[] = [];
  #onTop = 0;
  #holder: Holder = 0;

  constructor({max, emitters}: SeriesBudgetOptions) {
    this.#max = max;
    for (const emitter of emitters) this.#holderOf(emitter);
  }

  /** All series, those of `_other` included. */
  get held(): number {
    return this.#held.reduce((sum, count) => sum + count, this.#onTop);
  }

  /** New series are charged to this emitter from now on. */
  chargeTo(emitter: string): void {
    this.#holder = this.#holderOf(emitter);
  }

  /**
   * Takes `cost` series for the emitter charged now. Undefined if they don't fit.
   *
   * One half of the budget is divided into equal shares, one for each emitter, which no other emitter can use. The other
   * half goes to the emitter that needs it first. So an emitter that floods can hold at most its share and the common half.
   */
  reserve(cost: number): Holder | undefined {
    if (this.#held.length === 0) this.#holderOf('');
    const share = Math.floor(this.#max / (2 * this.#held.length));
    const common = this.#max - share * this.#held.length;
    const beyondShare = (held: number): number => Math.max(0, held - share);
    let used = 0;
    let total = cost;
    for (let holder = 0; holder < this.#held.length; holder += 1) {
      const held = this.#held[holder] as number; // the index is below the length
      used += beyondShare(holder === this.#holder ? held + cost : held);
      total += held;
    }
    if (used > common || total > this.#max) return undefined;
    this.#held[this.#holder] = (this.#held[this.#holder] ?? 0) + cost;
    return this.#holder;
  }

  /** Counts series that exist although nothing is left, so that what doesn't fit has a place: those of `_other`. */
  addOnTop(cost: number): void {
    this.#onTop += cost;
  }

  /** Gives back what `reserve` took for `holder`; undefined stands for `addOnTop`. */
  release(holder: Holder | undefined, cost: number): void {
    if (holder === undefined) this.#onTop -= cost;
    else this.#held[holder] = (this.#held[holder] ?? 0) - cost;
  }

  #holderOf(emitter: string): Holder {
    let holder = this.#holders.get(emitter);
    if (holder === undefined) {
      holder = this.#held.length;
      this.#holders.set(emitter, holder);
      this.#held.push(0);
    }
    return holder;
  }
}
