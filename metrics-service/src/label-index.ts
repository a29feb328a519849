/**
 * The label sets of one metric family: found by small integer indexes, each with a separate slot for its values, and
 * bounded together with those of the other families that share a budget.
 */

import {reserved} from './contract.ts';
import {type Bounded, otherId} from './label-limiter.ts';
import {type Metric, open} from './metric.ts';
import type {ChargedEmitter, SeriesBudget} from './series-budget.ts';
import type {SeriesClock} from './series-clock.ts';

/** A label's value: a bounded value for an open label, a member of the list for a closed one. */
export type Value = Bounded | string;

export interface LabelIndexOptions {
  readonly metric: Metric;
  /** Undefined if label sets of this family are neither limited nor expire. */
  readonly budget: SeriesBudget | undefined;
  readonly clock: SeriesClock;
  /** Series that Prometheus stores for one label set. */
  readonly seriesPerSet: number;
  /** Called for each open label whose value was replaced because the budget is used up. */
  readonly onFold: (label: string) => void;
}

/** One label set. */
export interface LabelSet {
  readonly values: readonly Value[];
  /** The index of its values in the family's array; it is reused after the set has expired. */
  readonly place: number;
  /** The set's number among those of all families, in order of creation. */
  readonly number: number;
  /** Creation time, in seconds since 1970. */
  readonly createdAt: number;
  /** The first of the sets that were created together and expire together; undefined for that set itself. */
  readonly group: LabelSet | undefined;
  readonly chargedTo: ChargedEmitter | undefined;
  /** The period of the clock in which it last counted an event. */
  updatedIn: number;
  /** The labels as the exposition writes them between braces, cached after the first rendering. */
  text: string | undefined;
}

/** A closed label with more values is not made at 0 beside its siblings. */
const maxSiblings = 5;

type Node = Array<Node | LabelSet | undefined>;

/** Every combination of the lists' members. */
const product = <Member>(lists: ReadonlyArray<readonly Member[]>): Member[][] =>
  lists.reduce<Member[][]>((sets, members) => sets.flatMap(set => members.map(member => [...set, member])), [[]]);

export class LabelIndex {
  readonly names: readonly string[];
  /** The label sets by their place. */
  readonly sets: Array<LabelSet | undefined> = [];
  readonly #options: LabelIndexOptions;
  readonly #closed: ReadonlyArray<readonly string[] | undefined>;
  readonly #hasOpen: boolean;
  readonly #root: Node = [];
  readonly #free: number[] = [];

  constructor(options: LabelIndexOptions) {
    const {metric} = options;
    this.#options = options;
    this.names = Object.keys(metric.labels);
    this.#closed = Object.values(metric.labels).map(domain => (domain === open ? undefined : domain));
    this.#hasOpen = this.#closed.includes(undefined);
    if (!this.#hasOpen) this.#seed();
  }

  /**
   * The set with these values, one for each label in the order of the names. A new one is made, or folded if the budget is
   * used up.
   *
   * @throws RangeError if a closed label can't have its value
   */
  find(values: readonly Value[]): LabelSet {
    let node: Node | LabelSet | undefined = this.#root;
    for (let depth = 0; depth < values.length; depth += 1) {
      const value = values[depth] as Value; // the index is below the length
      const id = typeof value === 'string' ? this.#idOf(depth, value) : value.id; // written out: the hot path
      node = (node as Node)[id]; // only leaves, one level below the last label, are sets
      if (node === undefined) return this.#admit(values);
    }
    return (values.length === 0 ? this.sets[0] : node) as LabelSet; // a family without labels has one, made at the start
  }

  /** The set with these values, if there is one. */
  peek(values: readonly Value[]): LabelSet | undefined {
    return this.#lookUp(values);
  }

  /** Removes a set. Its place is reused, its number is not. */
  remove(set: LabelSet): void {
    this.#prune(this.#root, set.values, 0);
    this.sets[set.place] = undefined;
    this.#free.push(set.place);
    this.#options.budget?.release(set.chargedTo, this.#options.seriesPerSet);
  }

  #idOf(depth: number, value: string): number {
    const members = this.#closed[depth] ?? [];
    // A loop is faster than indexOf: most values are the same string object, so `===` compares only addresses.
    for (let id = 0; id < members.length; id += 1) if (members[id] === value) return id;
    throw new RangeError(
      `${this.#options.metric.name}: expected ${this.names[depth]} to be one of ${members.join(', ')}, found ${value}`,
    );
  }

  #numberOf(depth: number, value: Value): number {
    return typeof value === 'string' ? this.#idOf(depth, value) : value.id;
  }

  #admit(values: readonly Value[]): LabelSet {
    const {budget, seriesPerSet, onFold, metric} = this.#options;
    if (!this.#hasOpen || budget === undefined) return this.#insert(values);
    const chargedTo = budget.reserve(seriesPerSet);
    if (chargedTo !== undefined) {
      const existing = metric.kind === 'counter' ? this.#siblings(values).map(set => this.#lookUp(set)) : [];
      const set = this.#insert(values, {chargedTo, group: existing.find(sibling => sibling !== undefined)});
      if (metric.kind === 'counter') this.#insertSiblings(set);
      return set;
    }
    const folded = values.map((value, depth) => {
      const label = this.names[depth] ?? '';
      // Values that rules select by are not folded: alerts must still work when one emitter has used up the budget.
      if (typeof value === 'string' || value.id === otherId || value.known) return value;
      onFold(label);
      return {label, text: reserved.other, id: otherId, known: false};
    });
    const existing = this.#lookUp(folded);
    if (existing !== undefined) return existing;
    budget.addOnTop(seriesPerSet);
    return this.#insert(folded);
  }

  /** The label sets with the same open values, for every combination of seeded closed values. */
  #siblings(values: readonly Value[]): readonly Value[][] {
    const lists = values.map((value, depth): readonly Value[] => {
      const members = this.#seededMembers(depth) ?? [];
      // An event's type would multiply the series for combinations that never come.
      return members.length === 0 || members.length > maxSiblings ? [value] : members;
    });
    return product(lists);
  }

  /** The members of a closed label that exist at 0 before they are counted. */
  #seededMembers(depth: number): readonly string[] | undefined {
    const {metric} = this.#options;
    const unseeded = metric.kind === 'gauge' ? [] : (metric.unseeded ?? []);
    return this.#closed[depth]?.filter(member => !unseeded.includes(member));
  }

  /**
   * A ratio needs both of its sides: the failures of a server that only ever succeeded exist at 0 from its first success
   * on, for readers that don't see new series at 0 first as well.
   */
  #insertSiblings(first: LabelSet): void {
    const {budget, seriesPerSet} = this.#options;
    for (const values of this.#siblings(first.values)) {
      if (this.#lookUp(values) !== undefined) continue;
      const chargedTo = budget?.reserve(seriesPerSet);
      if (chargedTo === undefined) return;
      this.#insert(values, {chargedTo, group: first.group ?? first});
    }
  }

  #seed(): void {
    const {metric} = this.#options;
    const seeds = metric.kind === 'counter' ? metric.seeds : undefined;
    const sets =
      seeds?.map(seed => this.names.map(name => seed[name] ?? '')) ??
      product(this.names.map((_, depth) => this.#seededMembers(depth) ?? []));
    for (const set of sets) this.#insert(set);
  }

  #ids(values: readonly Value[]): number[] {
    return values.map((value, depth) => this.#numberOf(depth, value));
  }

  #lookUp(values: readonly Value[]): LabelSet | undefined {
    let node: Node | LabelSet | undefined = this.#root;
    for (const id of this.#ids(values)) {
      if (node === undefined) return undefined;
      node = (node as Node)[id]; // only leaves are sets
    }
    return node as LabelSet | undefined; // as deep as there are labels
  }

  #insert(
    values: readonly Value[],
    {chargedTo, group}: {readonly chargedTo?: ChargedEmitter; readonly group?: LabelSet | undefined} = {},
  ): LabelSet {
    const {clock} = this.#options;
    const set: LabelSet = {
      values: [...values],
      place: this.#free.pop() ?? this.sets.length,
      number: clock.next,
      createdAt: Date.now() / 1000,
      group: group?.group ?? group,
      chargedTo,
      updatedIn: clock.period,
      text: undefined,
    };
    clock.next += 1;
    const ids = this.#ids(values);
    let node = this.#root;
    for (const id of ids.slice(0, -1)) {
      const next = (node[id] ?? []) as Node; // above the last label there are no leaves
      node[id] = next;
      node = next;
    }
    node[ids.at(-1) ?? 0] = set;
    this.sets[set.place] = set;
    return set;
  }

  /** Removes the path to a set, and the nodes that lead nowhere without it. Returns whether `node` is one of those. */
  #prune(node: Node, values: readonly Value[], depth: number): boolean {
    const value = values[depth];
    const id = value === undefined ? 0 : this.#numberOf(depth, value);
    // Not deleted: an array with holes is slower to walk.
    if (depth >= values.length - 1 || this.#prune(node[id] as Node, values, depth + 1)) node[id] = undefined;
    return !node.some(child => child !== undefined);
  }
}
