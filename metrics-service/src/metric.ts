/**
 * The types that describe a metric: its name, help, unit, labels and the values that each label may have.
 * Instruments, boards, rules and tests are derived from such descriptions; catalogue.ts contains them.
 *
 * Naming follows Prometheus's own rules (https://prometheus.io/docs/practices/naming/): a counter ends in `_total`,
 * a histogram in its base unit.
 */

/** A label whose values the sender chooses. Its values aren't listed in the catalogue; label-limiter.ts bounds them. */
export const open = Symbol('open label');

/** The values that a label may have: any, bounded by the limiter, or one of a list. */
export type Domain = typeof open | readonly [string, ...string[]];

export type Labels = Readonly<Record<string, Domain>>;

/** The base unit of one sample. */
export type Unit = 'seconds' | 'bytes' | 'events' | 'series' | 'rows' | 'flag';

type Definition<Kind extends string, Name extends string, L extends Labels, U extends Unit> = {
  readonly kind: Kind;
  readonly name: Name;
  /** The exposition's HELP line: one sentence. */
  readonly help: string;
  readonly labels: L;
  readonly unit: U;
};

export type Counter<Name extends string = string, L extends Labels = Labels, U extends Unit = Unit> = Definition<
  'counter',
  Name,
  L,
  U
> & {
  /** Label sets that exist at 0 from the start, where not every combination of the closed labels can happen. */
  readonly seeds?: ReadonlyArray<Readonly<Record<string, string>>>;
  /** Values of closed labels that do not exist at 0 before they are counted: an emitter's mistake, or a rare pair. */
  readonly unseeded?: readonly string[];
};

export type Gauge<Name extends string = string, L extends Labels = Labels, U extends Unit = Unit> = Definition<
  'gauge',
  Name,
  L,
  U
>;

export type Histogram<Name extends string = string, L extends Labels = Labels, U extends Unit = Unit> = Definition<
  'histogram',
  Name,
  L,
  U
> & {
  /** Upper bounds in the metric's unit, ascending, without +Inf. */
  readonly buckets: readonly number[];
  /** As for a counter. */
  readonly unseeded?: readonly string[];
};

export type Metric = Counter | Gauge | Histogram;

/** The names of a metric's labels. A condition, since the compiler prints the names of one in its messages, not this type. */
export type LabelOf<M extends {readonly labels: Labels}> = M extends {readonly labels: infer L}
  ? keyof L & string
  : never;

/** The values that a label may have: the list's members, or any string. */
export type ValueOf<D> = D extends readonly (infer Value extends string)[] ? Value : string;

/** The members of a metric's closed labels. */
type ClosedValueOf<L extends Labels> = {
  [Name in keyof L]: L[Name] extends typeof open ? never : ValueOf<L[Name]>;
}[keyof L];

type CounterEntry<L extends Labels> = {
  readonly help: string;
  readonly labels: L;
  readonly seeds?: ReadonlyArray<{readonly [Name in keyof L]: ValueOf<L[Name]>}>;
  readonly unseeded?: ReadonlyArray<ClosedValueOf<L>>;
};

type HistogramEntry<L extends Labels> = {
  readonly help: string;
  readonly labels: L;
  readonly buckets: readonly number[];
  readonly unseeded?: ReadonlyArray<ClosedValueOf<L>>;
};

export const counter = <const Name extends `${string}_total`, const L extends Labels>(
  name: Name,
  entry: CounterEntry<L>,
): Counter<Name, L, 'events'> => ({kind: 'counter', unit: 'events', name, ...entry});

export const gauge = <const Name extends string, const L extends Labels, const U extends Unit>(
  name: Name extends `${string}_total` ? never : Name,
  entry: {readonly help: string; readonly labels: L; readonly unit: U},
): Gauge<Name, L, U> => ({kind: 'gauge', name, ...entry});

type MeasuredIn<Name extends string> = Name extends `${string}_seconds` ? 'seconds' : 'bytes';

export const histogram = <const Name extends `${string}_seconds` | `${string}_bytes`, const L extends Labels>(
  name: Name,
  entry: HistogramEntry<L>,
): Histogram<Name, L, MeasuredIn<Name>> => ({
  kind: 'histogram',
  // The compiler can't follow the test on the name's ending that MeasuredIn makes.
  unit: (name.endsWith('_seconds') ? 'seconds' : 'bytes') as MeasuredIn<Name>,
  name,
  ...entry,
});
