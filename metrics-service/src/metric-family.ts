/**
 * The numbers behind one metric family: all its series' values lie in one flat array, and the exposition's text is made in
 * slices. prom-client's own `inc` and `observe` hash the labels on every call, which costs more than all the rest of
 * accepting an event; see decisions/numbers-of-our-own.md.
 */
import {type ExpositionFormat, formatNumber, quoteLabel} from './exposition-format.ts';
import {LabelIndex, type LabelIndexOptions, type LabelSet, type Value} from './label-index.ts';
import {type Metric, open} from './metric.ts';
import type {SeriesClock} from './series-clock.ts';

export interface MetricFamilyOptions extends Omit<LabelIndexOptions, 'seriesPerSet'> {
  /** Upper bounds for a histogram, ascending, in its unit. */
  readonly boundaries: readonly number[];
}

/** Which series one scrape shows, and with which values: see scrapers.ts. */
export interface ScrapeView {
  /** Series numbered from here on were created after the scrape started, and are left to the next one. */
  readonly before: number;
  /** Series numbered from here on were never collected by this reader, and are shown at 0. */
  readonly seen: number;
  readonly format: ExpositionFormat;
  /** Called when a series that is not at 0 was shown at 0. */
  readonly onWithheld: () => void;
}

/** Label sets rendered in one slice of the exposition: well under a millisecond of work. */
const sliceSize = 64;

export class MetricFamily {
  readonly metric: Metric;
  /** The labels' names, in the order in which the methods accept their values. */
  readonly names: readonly string[];
  /** Series that Prometheus stores for one label set. */
  readonly seriesPerSet: number;
  /** Whether label sets that no emitter updates are removed from the exposition. */
  readonly expires: boolean;
  readonly #boundaries: Float64Array;
  readonly #index: LabelIndex;
  readonly #clock: SeriesClock;
  /** Values a label set has: one, or a count for each bucket and +Inf, and the sum. */
  readonly #width: number;
  #values: Float64Array;

  constructor(options: MetricFamilyOptions) {
    const {metric, boundaries, clock} = options;
    const isHistogram = metric.kind === 'histogram';
    this.metric = metric;
    this.#clock = clock;
    this.#boundaries = Float64Array.from(isHistogram ? boundaries : []);
    this.#width = isHistogram ? boundaries.length + 2 : 1;
    this.seriesPerSet = isHistogram ? boundaries.length + 3 : 1;
    this.expires = options.budget !== undefined;
    this.#index = new LabelIndex({...options, seriesPerSet: this.seriesPerSet});
    this.names = this.#index.names;
    this.#values = new Float64Array(this.#width * Math.max(8, this.#index.sets.length));
  }

  add(labels: readonly Value[], amount: number): void {
    const at = this.#placeOf(labels);
    this.#values[at] = (this.#values[at] as number) + amount; // #placeOf made room
  }

  set(labels: readonly Value[], value: number): void {
    this.#values[this.#placeOf(labels)] = value;
  }

  observe(labels: readonly Value[], value: number): void {
    const at = this.#placeOf(labels);
    const boundaries = this.#boundaries;
    const values = this.#values;
    let bucket = 0;
    while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket += 1; // the index is below the length
    values[at + bucket] = (values[at + bucket] as number) + 1; // #placeOf made room
    const sum = at + this.#width - 1;
    values[sum] = (values[sum] as number) + value;
  }

  /** Adds measurements that were sorted into this family's buckets elsewhere: a count for each and `+Inf`, and their sum. */
  merge(labels: readonly Value[], counts: ArrayLike<number>, sum: number): void {
    const at = this.#placeOf(labels);
    const values = this.#values;
    for (let bucket = 0; bucket <= this.#boundaries.length; bucket += 1)
      values[at + bucket] = (values[at + bucket] as number) + (counts[bucket] as number); // #placeOf made room; a count for each
    const last = at + this.#width - 1;
    values[last] = (values[last] as number) + sum;
  }

  /** Upper bounds of a histogram, ascending, in its unit. */
  get boundaries(): ArrayLike<number> {
    return this.#boundaries;
  }

  /** The values that a closed label may have; empty for an open one. */
  membersOf(label: string): readonly string[] {
    const domain = this.metric.labels[label];
    return domain === undefined || domain === open ? [] : domain;
  }

  /** The family's part of the exposition, a slice at a time so that others can run in between. */
  *slices(view: ScrapeView): Generator<string, void, undefined> {
    const {format} = view;
    const {sets} = this.#index;
    let text = format.heading(this.metric);
    const render = this.#renderer(view);
    for (let place = 0, rendered = 0; place < sets.length; place += 1) {
      const set = sets[place];
      if (set === undefined || set.number >= view.before) continue;
      text += render(set);
      rendered += 1;
      if (rendered % sliceSize === 0) {
        yield text;
        text = '';
      }
    }
    yield text;
  }

  /** The existing label sets, from which the expiry selects. */
  get sets(): readonly (LabelSet | undefined)[] {
    return this.#index.sets;
  }

  /** Removes a label set from the exposition. It starts at 0 when it comes back. */
  remove(set: LabelSet): void {
    const at = set.place * this.#width;
    this.#values.fill(0, at, at + this.#width);
    this.#index.remove(set);
  }

  /** Removes the label set with these values from the exposition, if it exists. */
  removeLabels(labels: readonly Value[]): void {
    const set = this.#index.peek(labels);
    if (set !== undefined) this.remove(set);
  }

  #renderer(view: ScrapeView): (set: LabelSet) => string {
    return this.metric.kind === 'histogram' ? this.#histogramRenderer(view) : this.#valueRenderer(view);
  }

  #isHidden(set: LabelSet, {seen, onWithheld}: ScrapeView): boolean {
    if (set.number < seen || this.metric.kind === 'gauge') return false;
    const at = set.place * this.#width;
    for (let index = at; index < at + this.#width; index += 1) {
      if (this.#values[index] === 0) continue;
      onWithheld();
      break;
    }
    return true;
  }

  /** Created once for each label set: quoting costs more than writing its numbers. */
  #textOf(set: LabelSet): string {
    set.text ??= set.values
      .map((value, depth) => `${this.names[depth]}=${quoteLabel(typeof value === 'string' ? value : value.text)}`)
      .join(',');
    return set.text;
  }

  #valueRenderer(view: ScrapeView): (set: LabelSet) => string {
    const {name, kind} = this.metric;
    const created = kind === 'counter' ? view.format.createdName(this.metric) : undefined;
    return set => {
      const text = this.#textOf(set);
      const labels = text === '' ? ' ' : `{${text}} `;
      const value = this.#isHidden(set, view) ? 0 : (this.#values[set.place] ?? 0);
      const line = `${name}${labels}${formatNumber(value)}\n`;
      return created === undefined ? line : `${line}${created}${labels}${set.createdAt}\n`;
    };
  }

  #histogramRenderer(view: ScrapeView): (set: LabelSet) => string {
    const {name} = this.metric;
    const bounds = [...[...this.#boundaries].map(view.format.bound), '+Inf'];
    const heads = bounds.map(le => `${name}_bucket{le="${le}"`);
    const created = view.format.createdName(this.metric);
    return set => {
      const labels = this.#textOf(set);
      const tail = labels === '' ? '} ' : `,${labels}} `;
      const braces = labels === '' ? ' ' : `{${labels}} `;
      const at = set.place * this.#width;
      const hidden = this.#isHidden(set, view);
      let total = 0;
      let text = '';
      for (let bucket = 0; bucket < heads.length; bucket += 1) {
        if (!hidden) total += this.#values[at + bucket] ?? 0;
        text += `${heads[bucket]}${tail}${total}\n`;
      }
      const sum = hidden ? 0 : (this.#values[at + heads.length] ?? 0);
      text += `${name}_sum${braces}${formatNumber(sum)}\n${name}_count${braces}${total}\n`;
      return created === undefined ? text : `${text}${created}${braces}${set.createdAt}\n`;
    };
  }

  /** Returns the index at which the label set's values start. */
  #placeOf(labels: readonly Value[]): number {
    const set = this.#index.find(labels);
    set.updatedIn = this.#clock.period;
    const at = set.place * this.#width;
    if (at >= this.#values.length) this.#grow();
    return at;
  }

  /** A set that was made beside another has no place yet; where one is read, nothing is 0. */
  #grow(): void {
    const needed = this.#index.sets.length * this.#width;
    const grown = new Float64Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
