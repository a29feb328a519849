/** One mapped instrument as it is counted for one emitter: label values out of attributes, points into families. */
import type {Families} from '../instruments.ts';
import type {Value} from '../label-index.ts';
import type {Allow, Bounded, LabelChanges} from '../label-limiter.ts';
import {otherId} from '../label-limiter.ts';
import type {MetricFamily} from '../metric-family.ts';
import {HistogramMerge} from './histogram-merge.ts';
import {emitter, type InstrumentUnit, type LabelSource, type MappedInstrument} from './mapping.ts';
import type {Attributes, KeptLabels, ResolvedLabels} from './points.ts';

export interface PlanOptions {
  readonly instrument: MappedInstrument;
  readonly families: Families;
  /** The bounded value of the label `service`. */
  readonly service: Bounded;
  /** How the values of an open label are limited. */
  readonly allow: (label: string) => Allow;
  /** How values were changed since the last call. */
  readonly takeChanges: () => LabelChanges;
  /** Keeps labels by the bytes of their attribute set. */
  readonly kept: KeptLabels;
}

type Read = (attributes: Attributes) => Value;

/** Returns the closed label's member for a value, which may also be a boolean or Python's `True`. */
const memberOf = (members: readonly string[], raw: unknown, otherwise: string): string => {
  const text = typeof raw === 'string' || typeof raw === 'boolean' ? String(raw) : '';
  // The list's own string, so that what is kept does not include a copy for each attribute set.
  return members[members.indexOf(text)] ?? members[members.indexOf(text.toLowerCase())] ?? otherwise;
};

/** The factor by which each unit is smaller than seconds or bytes. */
const divisors: Readonly<Record<InstrumentUnit, {readonly of: 'seconds' | 'bytes'; readonly divisor: number}>> = {
  s: {of: 'seconds', divisor: 1},
  ms: {of: 'seconds', divisor: 1e3},
  us: {of: 'seconds', divisor: 1e6},
  ns: {of: 'seconds', divisor: 1e9},
  By: {of: 'bytes', divisor: 1},
};

interface TargetPlan {
  readonly family: MetricFamily;
  readonly reads: readonly Read[];
}

export class InstrumentPlan {
  readonly instrument: MappedInstrument;
  readonly kept: KeptLabels;
  readonly #targets: readonly TargetPlan[];
  readonly #takeChanges: () => LabelChanges;
  readonly #merges = new Map<number, HistogramMerge>();

  constructor({instrument, families, service, allow, takeChanges, kept}: PlanOptions) {
    this.instrument = instrument;
    this.kept = kept;
    this.#takeChanges = takeChanges;
    this.#targets = instrument.targets.map(({metric, labels}) => {
      const family = families[metric];
      return {family, reads: family.names.map(name => this.#readerOf(family, name, labels[name], {service, allow}))};
    });
  }

  resolve(attributes: Attributes): {readonly labels: ResolvedLabels; readonly keep: boolean} {
    const targets = this.#targets.map(({reads}) => reads.map(read => read(attributes)));
    const changes = this.#takeChanges();
    // A value that did not fit is counted as folded each time it comes, and may fit after a restart only.
    const keep = targets.every(values => values.every(value => typeof value === 'string' || value.id !== otherId));
    return {labels: {targets, changes: changes.size === 0 ? undefined : changes}, keep};
  }

  count({targets}: ResolvedLabels, amount: number): void {
    for (let index = 0; index < this.#targets.length; index += 1)
      this.#targets[index]?.family.add(targets[index] ?? [], amount);
  }

  /** Adds the counts that `merge` has sorted; `sum` is in the metric's unit. */
  merge({targets}: ResolvedLabels, merge: HistogramMerge, sum: number): void {
    for (let index = 0; index < this.#targets.length; index += 1)
      this.#targets[index]?.family.merge(targets[index] ?? [], merge.counts, sum);
  }

  /** Returns the divisor for numbers in `unit`, or undefined if the metric is measured in another kind of unit. */
  divisorOf(unit: string): number | undefined {
    const entry = unit in divisors ? divisors[unit as InstrumentUnit] : undefined; // it is one of the keys
    return entry?.of === this.#targets[0]?.family.metric.unit ? entry?.divisor : undefined;
  }

  mergeIn(divisor: number): HistogramMerge {
    const existing = this.#merges.get(divisor);
    if (existing !== undefined) return existing;
    const merge = new HistogramMerge(this.#targets[0]?.family.boundaries ?? [], divisor);
    this.#merges.set(divisor, merge);
    return merge;
  }

  #readerOf(
    family: MetricFamily,
    name: string,
    source: LabelSource | undefined,
    {service, allow}: Pick<PlanOptions, 'service' | 'allow'>,
  ): Read {
    if (source === undefined) throw new RangeError(`${family.metric.name}: expected a source for ${name}, found none`);
    if (source === emitter) return () => service;
    const {attribute} = source;
    if ('otherwise' in source) {
      const members = family.membersOf(name);
      const {otherwise} = source;
      return attributes => memberOf(members, attributes.get(attribute), otherwise);
    }
    const limit = allow(name);
    return attributes => limit(attributes.get(attribute));
  }
}
