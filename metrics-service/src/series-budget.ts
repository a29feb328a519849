/**
 * Limits the number of series in the families that the gateway reports (METRICS_MAX_SERIES), and charges each series to
 * an emitter. Series are counted as Prometheus stores them: a histogram's label set has one series for each bucket, for
 * +Inf, the sum and the count. See decisions/a-share-of-the-series.md.
 */

export interface SeriesBudgetOptions {
  /** Maximum number of series, excluding those of `_other`. */
  readonly max: number;
  /** The emitters that have a key: each has a share. */
  readonly emitters: readonly string[];
}

/** The emitter that a series is charged to, as a small integer. */
export type ChargedEmitter = number;

/** The series of one emitter. An emitter whose key was removed keeps those it has, but has no share any more. */
interface EmitterSeries {
  count: number;
  hasShare: boolean;
}

export class SeriesBudget {
  readonly #max: number;
  readonly #numbers = new Map<string, ChargedEmitter>();
  /** The series of each emitter, by its number. */
  readonly #emitters: EmitterSeries[] = [];
  #shares = 0;
  #onTop = 0;
  #current: ChargedEmitter = 0;

  constructor({max, emitters}: SeriesBudgetOptions) {
    this.#max = max;
    this.shareAmong(emitters);
  }

  /** The number of all series, including those of `_other`. */
  get count(): number {
    return this.#emitters.reduce((sum, {count}) => sum + count, this.#onTop);
  }

  /** Only these emitters have a share from now on. */
  shareAmong(emitters: readonly string[]): void {
    for (const emitter of this.#emitters) emitter.hasShare = false;
    for (const name of emitters) this.#find(name).hasShare = true;
    this.#shares = this.#emitters.filter(({hasShare}) => hasShare).length;
  }

  /** New series are charged to this emitter from now on. */
  chargeTo(emitter: string): void {
    this.#find(emitter);
    this.#current = this.#numbers.get(emitter) ?? 0;
  }

  /**
   * Reserves `cost` series for the emitter set by `chargeTo`. Returns undefined if they exceed the budget.
   *
   * One half of the budget is divided into equal shares, one for each emitter with a key, which no other emitter can use.
   * The other half goes to the emitter that needs it first. So an emitter that floods can use at most its share and the
   * common half. The series of emitters without a key, left from when they had one, use the common half.
   */
  reserve(cost: number): ChargedEmitter | undefined {
    if (this.#emitters.length === 0) this.shareAmong(['']);
    const share = this.#shares === 0 ? 0 : Math.floor(this.#max / (2 * this.#shares));
    const common = this.#max - share * this.#shares;
    const current = this.#emitters[this.#current] as EmitterSeries; // chargeTo or the line above created it
    let used = 0;
    let total = cost;
    for (const emitter of this.#emitters) {
      const count = emitter === current ? emitter.count + cost : emitter.count;
      used += Math.max(0, count - (emitter.hasShare ? share : 0));
      total += emitter.count;
    }
    // Emitters that exceed their shares must not keep another emitter from its own.
    const isWithinShare = current.hasShare && current.count + cost <= share;
    if (total > this.#max || (used > common && !isWithinShare)) return undefined;
    current.count += cost;
    return this.#current;
  }

  /** Counts the series of `_other`, which are created although the budget is used up. */
  addOnTop(cost: number): void {
    this.#onTop += cost;
  }

  /** Releases series that `reserve` charged to an emitter, or, if that is undefined, series counted by `addOnTop`. */
  release(chargedTo: ChargedEmitter | undefined, cost: number): void {
    const emitter = chargedTo === undefined ? undefined : this.#emitters[chargedTo];
    if (emitter === undefined) this.#onTop -= cost;
    else emitter.count -= cost;
  }

  #find(name: string): EmitterSeries {
    const number = this.#numbers.get(name) ?? this.#emitters.length;
    const emitter = this.#emitters[number] ?? {count: 0, hasShare: false};
    this.#numbers.set(name, number);
    this.#emitters[number] = emitter;
    return emitter;
  }
}
