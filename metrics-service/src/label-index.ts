/**
 * The label sets of one metric: found by walking small integers, numbered in the order they came, and bounded together
 * with those of the other metrics that share a budget.
 */

import {reserved} from './contract.ts';
import type {Bounded} from './label-limiter.ts';
import {otherId} from './label-limiter.ts';
import {type Metric, open} from './metric.ts';

/** A label's value as the instruments take it: bounded for an open label, a list's member for a closed one. */
export type Value = Bounded | string;

/**
 * How many label sets with an open label the families that share it may hold: METRICS_MAX_SERIES. Those of `_other`
 * come on top, so that whatever doesn't fit has a place.
 */
export interface SeriesBudget {
  held: number;
  readonly max: number;
}

export interface LabelSetsOptions {
  readonly metric: Metric;
  readonly budget: SeriesBudget;
  /** Told of each open label whose value was replaced because the budget is used up. */
  readonly onFold: (label: string) => void;
}

/** A closed label with more values is not made up beside its siblings. */
const mostSiblings = 5;

type Node = Array<Node | number | undefined>;

/** Every combination of the lists' members. */
const product = <Member>(lists: ReadonlyArray<readonly Member[]>): Member[][] =>
  lists.reduce<Member[][]>((sets, members) => sets.flatMap(set => members.map(member => [...set, member])), [[]]);

const textOf = (value: Value): string => (typeof value === 'string' ? value : value.text);

export class LabelSets {
  readonly names: readonly string[];
  /** The values' texts of each set, by its number. */
  readonly texts: Array<readonly string[]> = [];
  readonly #options: LabelSetsOptions;
  readonly #closed: ReadonlyArray<readonly string[] | undefined>;
  readonly #hasOpen: boolean;
  readonly #root: Node = [];

  constructor(options: LabelSetsOptions) {
    const {metric} = options;
    this.#options = options;
    this.names = Object.keys(metric.labels);
    this.#closed = Object.values(metric.labels).map(domain => (domain === open ? undefined : domain));
    this.#hasOpen = this.#closed.includes(undefined);
    if (!this.#hasOpen) this.#seed();
  }

  /** The number of the set with these values, a label each in the names' order; made or folded if it isn't known. */
  find(values: readonly Value[]): number {
    let node: Node | number | undefined = this.#root;
    for (let depth = 0; depth < values.length; depth += 1) {
      const value = values[depth] as Value; // the index is below the length
      const id = typeof value === 'string' ? this.#idOf(depth, value) : value.id;
      node = (node as Node)[id]; // only leaves, one level below the last label, are numbers
      if (node === undefined) return this.#admit(values);
    }
    return values.length === 0 ? 0 : (node as number);
  }

  #idOf(depth: number, value: string): number {
    const members = this.#closed[depth] ?? [];
    // A loop compares addresses first; indexOf is a call that compares texts.
    for (let id = 0; id < members.length; id += 1) if (members[id] === value) return id;
    throw new RangeError(`${this.#options.metric.name}: ${this.names[depth]} can't be ${value}`);
  }

  #admit(values: readonly Value[]): number {
    const {budget, onFold, metric} = this.#options;
    if (!this.#hasOpen) return this.#make(values);
    if (budget.held < budget.max) {
      const index = this.#make(values);
      if (metric.kind === 'counter') this.#makeSiblings(values);
      return index;
    }
    const folded = values.map((value, depth) => {
      const label = this.names[depth] ?? '';
      if (typeof value === 'string' || value.id === otherId) return value;
      onFold(label);
      return {label, text: reserved.other, id: otherId};
    });
    return this.#make(folded);
  }

  /**
   * `increase()` can't see the first sample of a series, so the first failure of a server that only ever succeeded
   * would go unnoticed: what the closed labels may still say of the same open values exists at 0 from then on.
   */
  #makeSiblings(values: readonly Value[]): void {
    const {budget} = this.#options;
    const lists = values.map((value, depth): readonly Value[] => {
      const members = this.#seededMembers(depth) ?? [];
      // An event's type would multiply the series for combinations that never come.
      return members.length === 0 || members.length > mostSiblings ? [value] : members;
    });
    for (const set of product(lists)) if (budget.held < budget.max) this.#make(set);
  }

  /** The members of a closed label that exist at 0 before they are counted. */
  #seededMembers(depth: number): readonly string[] | undefined {
    const {metric} = this.#options;
    const unseeded = metric.kind === 'gauge' ? [] : (metric.unseeded ?? []);
    return this.#closed[depth]?.filter(member => !unseeded.includes(member));
  }

  #seed(): void {
    const {metric} = this.#options;
    const seeds = metric.kind === 'counter' ? metric.seeds : undefined;
    const sets =
      seeds?.map(seed => this.names.map(name => seed[name] ?? '')) ??
      product(this.names.map((_, depth) => this.#seededMembers(depth) ?? []));
    for (const set of sets) this.#make(set);
  }

  /** The number of the set, which is made unless it exists. */
  #make(values: readonly Value[]): number {
    let node = this.#root;
    const ids = values.map((value, depth) => (typeof value === 'string' ? this.#idOf(depth, value) : value.id));
    for (const id of ids.slice(0, -1)) {
      const next = (node[id] ?? []) as Node; // above the last label there are no leaves
      node[id] = next;
      node = next;
    }
    const leaf = ids.at(-1) ?? 0;
    const existing = node[leaf];
    if (typeof existing === 'number') return existing;
    const index = this.texts.length;
    node[leaf] = index;
    if (this.#hasOpen) this.#options.budget.held += 1;
    this.texts.push(values.map(textOf));
    return index;
  }
}
