/**
 * Limits the number of series in the families that the gateway reports (METRICS_MAX_SERIES), and charges each series to
 * an emitter. Series are counted as Prometheus stores them: a histogram's label set has one series for each bucket, for
 * +Inf, the sum and the count. See decisions/a-share-of-the-series.md.
 */

export interface SeriesBudgetOptions {
  /** Maximum number of series, excluding those of `_other`. */
  readonly max: number;
  /** The emitters that share one half. `chargeTo` adds others, and the shares are then computed again. */
  readonly emitters: readonly string[];
}

/** The emitter that a series is charged to, as a small integer. */
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

  /** The number of all series, including those of `_other`. */
  get held(): number {
    return this.#held.reduce((sum, count) => sum + count, this.#onTop);
  }

  /** New series are charged to this emitter from now on. */
  chargeTo(emitter: string): void {
    this.#holder = this.#holderOf(emitter);
  }

  /**
   * Reserves `cost` series for the emitter set by `chargeTo`. Returns undefined if they exceed the budget.
   *
   * One half of the budget is divided into equal shares, one for each emitter, which no other emitter can use. The other
   * half goes to the emitter that needs it first. So an emitter that floods can use at most its share and the common half.
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

  /** Counts the series of `_other`, which are created although the budget is used up. */
  addOnTop(cost: number): void {
    this.#onTop += cost;
  }

  /** Releases series that `reserve` charged to `holder`, or, if `holder` is undefined, series counted by `addOnTop`. */
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
