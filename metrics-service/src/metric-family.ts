/**
 * The numbers behind one metric: all its series' values lie in one flat array, and the exposition's text is made in
 * slices. prom-client's own `inc` and `observe` hash the labels on every call, which costs more than all the rest of
 * taking a metric in; see decisions/numbers-of-our-own.md.
 */
import {LabelSets, type LabelSetsOptions, type Value} from './label-index.ts';
import type {Metric} from './metric.ts';

export interface FamilyOptions extends LabelSetsOptions {
  /** Upper bounds for a histogram, ascending, in its unit. */
  readonly boundaries: readonly number[];
}

/** Label sets rendered in one slice of the exposition: well under a millisecond of work. */
const sliceSize = 64;

/** As the exposition format asks: https://prometheus.io/docs/instrumenting/exposition_formats/ */
const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;

const number = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

export class Family {
  readonly metric: Metric;
  /** The labels' names, in the order in which the methods take their values. */
  readonly names: readonly string[];
  readonly #boundaries: Float64Array;
  readonly #sets: LabelSets;
  /** Values a label set has: one, or a count for each bucket and +Inf, and the sum. */
  readonly #width: number;
  #values: Float64Array;
  /** What the exposition writes between the braces, for each label set that has been rendered. */
  readonly #texts: string[] = [];

  constructor(options: FamilyOptions) {
    const {metric, boundaries} = options;
    this.metric = metric;
    this.#boundaries = Float64Array.from(metric.kind === 'histogram' ? boundaries : []);
    this.#width = metric.kind === 'histogram' ? boundaries.length + 2 : 1;
    this.#sets = new LabelSets(options);
    this.names = this.#sets.names;
    this.#values = new Float64Array(this.#width * Math.max(8, this.#sets.texts.length));
  }

  add(labels: readonly Value[], amount: number): void {
    const at = this.#find(labels);
    this.#values[at] = (this.#values[at] as number) + amount; // #find made room
  }

  set(labels: readonly Value[], value: number): void {
    this.#values[this.#find(labels)] = value;
  }

  observe(labels: readonly Value[], value: number): void {
    const at = this.#find(labels);
    const boundaries = this.#boundaries;
    const values = this.#values;
    let bucket = 0;
    while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket += 1; // the index is below the length
    values[at + bucket] = (values[at + bucket] as number) + 1; // #find made room
    const sum = at + this.#width - 1;
    values[sum] = (values[sum] as number) + value;
  }

  /** The family's part of the exposition, a slice at a time so that a renderer can let others have their turn. */
  *slices(): Generator<string, void, undefined> {
    const {name, help, kind} = this.metric;
    let text = `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
    const lines = kind === 'histogram' ? this.#histogramLines() : (index: number) => this.#valueLine(index);
    for (let index = 0; index < this.#sets.texts.length; index += 1) {
      text += lines(index);
      if (index % sliceSize === sliceSize - 1) {
        yield text;
        text = '';
      }
    }
    yield text;
  }

  #bounds(): string[] {
    return [...[...this.#boundaries].map(String), '+Inf'];
  }

  /** Made once a label set: quoting costs more than writing its numbers. */
  #textOf(index: number): string {
    const known = this.#texts[index];
    if (known !== undefined) return known;
    const text = (this.#sets.texts[index] ?? [])
      .map((value, depth) => `${this.names[depth]}=${quote(value)}`)
      .join(',');
    this.#texts[index] = text;
    return text;
  }

  #valueLine(index: number): string {
    const labels = this.#textOf(index);
    return `${this.metric.name}${labels === '' ? '' : `{${labels}}`} ${number(this.#values[index] ?? 0)}\n`;
  }

  #histogramLines(): (index: number) => string {
    const {name} = this.metric;
    const heads = this.#bounds().map(le => `${name}_bucket{le="${le}"`);
    return index => {
      const labels = this.#textOf(index);
      const tail = labels === '' ? '} ' : `,${labels}} `;
      const set = labels === '' ? ' ' : `{${labels}} `;
      const at = index * this.#width;
      let total = 0;
      let text = '';
      for (let bucket = 0; bucket < heads.length; bucket += 1) {
        total += this.#values[at + bucket] ?? 0;
        text += `${heads[bucket]}${tail}${total}\n`;
      }
      return `${text}${name}_sum${set}${number(this.#values[at + heads.length] ?? 0)}\n${name}_count${set}${total}\n`;
    };
  }

  /** Where the label set's values begin. */
  #find(labels: readonly Value[]): number {
    const at = this.#sets.find(labels) * this.#width;
    if (at >= this.#values.length) this.#grow();
    return at;
  }

  /** A set that was made beside another has no place yet; where one is read, nothing is 0. */
  #grow(): void {
    const needed = this.#sets.texts.length * this.#width;
    const grown = new Float64Array(Math.max(needed, this.#values.length * 2));
    grown.set(this.#values);
    this.#values = grown;
  }
}
