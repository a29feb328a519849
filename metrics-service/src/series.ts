/**
 * The numbers behind one metric: a label set is found by walking small integers, its values lie in one flat array, and
 * the exposition's text is made in slices. prom-client's own `inc` and `observe` hash the labels on every call, which
 * costs more than all the rest of taking a metric in; see decisions/numbers-of-our-own.md.
 */
import type {Bounded} from './cardinality.ts';
import {otherId} from './cardinality.ts';
import {reserved} from './contract.ts';
import {type Metric, open} from './metric.ts';

/** Label values as the instruments take them: bounded for open labels, a list's member for closed ones. */
export type LabelSet = Readonly<Record<string, Bounded | string>>;

/**
 * How many label sets with an open label the families that share it may hold: METRICS_MAX_SERIES. Those of `_other`
 * come on top, so that whatever doesn't fit has a place.
 */
export interface SeriesBudget {
  held: number;
  readonly max: number;
}

export interface FamilyOptions {
  readonly metric: Metric;
  /** Upper bounds for a histogram, ascending, in its unit. */
  readonly boundaries: readonly number[];
  readonly budget: SeriesBudget;
  /** Told of each open label whose value was replaced because the budget is used up. */
  readonly onFold: (label: string) => void;
}

/** Label sets rendered in one slice of the exposition: well under a millisecond of work. */
const sliceSize = 64;

/** A closed label with more values is not made up beside its siblings. */
const mostSiblings = 5;

type Node = Array<Node | number | undefined>;

/** As the exposition format asks: https://prometheus.io/docs/instrumenting/exposition_formats/ */
const quote = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"`;

const number = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

/** Every combination of the lists' members. */
const product = (lists: ReadonlyArray<readonly [string, readonly string[]]>): Array<Record<string, string>> =>
  lists.reduce<Array<Record<string, string>>>(
    (sets, [name, values]) => sets.flatMap(set => values.map(value => ({...set, [name]: value}))),
    [{}],
  );

export class Family {
  readonly metric: Metric;
  readonly boundaries: readonly number[];
  readonly #options: FamilyOptions;
  readonly #names: readonly string[];
  readonly #closed: ReadonlyArray<readonly string[] | undefined>;
  readonly #hasOpen: boolean;
  /** Values a label set has: one, or a count for each bucket and +Inf, and the sum. */
  readonly #width: number;
  readonly #root: Node = [];
  /** Each label set, in the order they came, and the same as the exposition writes it. */
  readonly #sets: Array<Readonly<Record<string, string>>> = [];
  readonly #texts: string[] = [];
  #values: Float64Array;

  constructor(options: FamilyOptions) {
    const {metric, boundaries} = options;
    this.metric = metric;
    this.boundaries = metric.kind === 'histogram' ? boundaries : [];
    this.#options = options;
    this.#names = Object.keys(metric.labels);
    this.#closed = Object.values(metric.labels).map(domain => (domain === open ? undefined : domain));
    this.#hasOpen = this.#closed.includes(undefined);
    this.#width = metric.kind === 'histogram' ? boundaries.length + 2 : 1;
    this.#values = new Float64Array(this.#width * 8);
    if (!this.#hasOpen) this.#seed();
  }

  add(labels: LabelSet, amount: number): void {
    const at = this.#find(labels);
    this.#values[at] = (this.#values[at] ?? 0) + amount;
  }

  set(labels: LabelSet, value: number): void {
    this.#values[this.#find(labels)] = value;
  }

  observe(labels: LabelSet, value: number): void {
    const at = this.#find(labels);
    const {boundaries} = this;
    const values = this.#values;
    let bucket = 0;
    while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket += 1; // the index is below the length
    values[at + bucket] = (values[at + bucket] ?? 0) + 1;
    const sum = at + this.#width - 1;
    values[sum] = (values[sum] ?? 0) + value;
  }

  /** The family's part of the exposition, a slice at a time so that a renderer can let others have their turn. */
  *slices(): Generator<string, void, undefined> {
    const {name, help, kind} = this.metric;
    let text = `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
    const lines = kind === 'histogram' ? this.#histogramLines() : (index: number) => this.#valueLine(index);
    for (let index = 0; index < this.#texts.length; index += 1) {
      text += lines(index);
      if (index % sliceSize === sliceSize - 1) {
        yield text;
        text = '';
      }
    }
    yield text;
  }

  /** The same as data: what prom-client's registry asks of a metric. */
  samples(): Array<{metricName: string; labels: Record<string, string | number>; value: number}> {
    const {name, kind} = this.metric;
    return this.#sets.flatMap((labels, set) => {
      const values = this.#values.subarray(set * this.#width, (set + 1) * this.#width);
      if (kind !== 'histogram') return [{metricName: name, labels, value: values[0] ?? 0}];
      let total = 0;
      const buckets = [...this.boundaries.map(String), '+Inf'].map((le, index) => {
        total += values[index] ?? 0;
        return {metricName: `${name}_bucket`, labels: {le, ...labels}, value: total};
      });
      return [
        ...buckets,
        {metricName: `${name}_sum`, labels, value: values.at(-1) ?? 0},
        {metricName: `${name}_count`, labels, value: total},
      ];
    });
  }

  #valueLine(index: number): string {
    const labels = this.#texts[index];
    return `${this.metric.name}${labels === '' ? '' : `{${labels}}`} ${number(this.#values[index] ?? 0)}\n`;
  }

  #histogramLines(): (index: number) => string {
    const {name} = this.metric;
    const heads = [...this.boundaries.map(String), '+Inf'].map(le => `${name}_bucket{le="${le}"`);
    return index => {
      const labels = this.#texts[index] ?? '';
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

  /** Where the label set's values begin; a set not seen before is made, or folded when the budget is used up. */
  #find(labels: LabelSet): number {
    const names = this.#names;
    let node: Node | number | undefined = this.#root;
    for (let depth = 0; depth < names.length; depth += 1) {
      const value = labels[names[depth] as string] as Bounded | string; // the instruments' types demand every label
      const id = typeof value === 'string' ? this.#idOf(depth, value) : value.id;
      node = (node as Node)[id]; // only leaves, one level below the last label, are numbers
      if (node === undefined) return this.#admit(labels) * this.#width;
    }
    return names.length === 0 ? 0 : (node as number) * this.#width;
  }

  #idOf(depth: number, value: string): number {
    const id = this.#closed[depth]?.indexOf(value) ?? -1;
    if (id < 0) throw new RangeError(`${this.metric.name}: ${this.#names[depth]} can't be ${value}`);
    return id;
  }

  #admit(labels: LabelSet): number {
    const {budget, onFold} = this.#options;
    if (!this.#hasOpen) return this.#make(labels);
    if (budget.held < budget.max) {
      const index = this.#make(labels);
      if (this.metric.kind === 'counter') this.#makeSiblings(labels);
      return index;
    }
    const folded: Record<string, Bounded | string> = {};
    for (const name of this.#names) {
      const value = labels[name] as Bounded | string; // as in #find
      const folds = typeof value !== 'string' && value.id !== otherId;
      if (folds) onFold(name);
      folded[name] = folds ? {label: name, text: reserved.other, id: otherId} : value;
    }
    return this.#make(folded);
  }

  /**
   * `increase()` can't see the first sample of a series, so the first failure of a server that only ever succeeded
   * would go unnoticed: what the closed labels may still say of the same open values exists at 0 from then on.
   */
  #makeSiblings(labels: LabelSet): void {
    const {metric} = this;
    const unseeded = metric.kind === 'counter' ? (metric.unseeded ?? []) : [];
    const lists = this.#names.flatMap((name, depth) => {
      const values = this.#closed[depth]?.filter(value => !unseeded.includes(value));
      // An event's type would multiply the series for combinations that never come.
      return values === undefined || values.length > mostSiblings ? [] : [[name, values] as const];
    });
    const {budget} = this.#options;
    if (lists.length === 0) return;
    for (const set of product(lists)) if (budget.held < budget.max) this.#make({...labels, ...set});
  }

  #seed(): void {
    const {metric} = this;
    const seeds = metric.kind === 'counter' ? metric.seeds : undefined;
    const lists = this.#names.map((name, depth) => [name, this.#closed[depth] ?? []] as const);
    for (const set of seeds ?? product(lists)) this.#make(set);
  }

  /** The index of the label set, which is made at 0 unless it exists. */
  #make(labels: LabelSet): number {
    let node = this.#root;
    const ids = this.#names.map((name, depth) => {
      const value = labels[name] as Bounded | string; // as in #find
      return typeof value === 'string' ? this.#idOf(depth, value) : value.id;
    });
    for (const id of ids.slice(0, -1)) {
      const next = (node[id] ?? []) as Node; // above the last label there are no leaves
      node[id] = next;
      node = next;
    }
    const leaf = ids.at(-1) ?? 0;
    const existing = node[leaf];
    if (typeof existing === 'number') return existing;
    const index = this.#texts.length;
    node[leaf] = index;
    if (this.#hasOpen) this.#options.budget.held += 1;
    const texts = this.#names.map(name => {
      const value = labels[name] as Bounded | string; // as in #find
      return [name, typeof value === 'string' ? value : value.text] as const;
    });
    this.#sets.push(Object.fromEntries(texts));
    this.#texts.push(texts.map(([name, text]) => `${name}=${quote(text)}`).join(','));
    if ((index + 1) * this.#width > this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    return index;
  }
}
