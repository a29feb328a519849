/**
 * Limits what emitters can do to label values: the characters, the length, and how many distinct values a label has.
 * The rules are those of the Python service, applied to every open label; see "Label values" in the wire contract.
 */
import {type BoundedLabel, boundedLabels, type KnownValues, knownValues, reserved} from './catalogue.ts';
import type {NormalizationReason} from './contract.ts';
import type {SeriesClock} from './series-clock.ts';

/**
 * A label value that the limiter has checked. Only this module creates such values, and open labels accept no other
 * type, so an unchecked string from a request can't become a label value.
 */
export interface Bounded<Label extends string = string> {
  readonly label: Label;
  readonly text: string;
  /** The value's number within its label, from 0 in order of arrival. With it, a series is found without hashing. */
  readonly id: number;
  /** Whether boards and rules may select by it, so that it is never counted as `_other`. */
  readonly known: boolean;
}

/** A value with the limiter's own state. */
interface TrackedValue<Label extends string> extends Bounded<Label> {
  /** The period of the series clock in which it was last looked up; undefined if it is never released. */
  usedIn: number | undefined;
  /** The emitter whose limit it counts towards; undefined if it counts towards none. */
  readonly emitter: string | undefined;
}

/** The index of a reserved value in this list is its id in every label. */
const reservedTexts = Object.values(reserved);
export const otherId = reservedTexts.indexOf(reserved.other);

export interface LabelLimiterOptions {
  /** METRICS_MAX_LABEL_CARDINALITY: distinct values of one label that one emitter can add. */
  readonly maxValues: number;
  /** METRICS_MAX_LABEL_LENGTH, in characters. */
  readonly maxLength: number;
  /** Called for each value that was counted as `_other`. */
  readonly onFold: (label: BoundedLabel) => void;
  /**
   * The clock of the series' expiry.
   *
   * @default a stopped clock: no value is released
   */
  readonly clock?: Pick<SeriesClock, 'period'>;
}

/** How a value was changed. Different names may be equal after the change. */
export type LabelChange = Extract<NormalizationReason, `label_${string}`>;

/** Kind of change → values. */
export type LabelChanges = ReadonlyMap<LabelChange, number>;

/** Returns the label value for a value from a request, which may have any type. */
export type Allow<Label extends string = string> = (raw: unknown) => Bounded<Label>;

export interface LabelLimiter {
  /** Returns the function that limits the values of one label. */
  allow<Label extends BoundedLabel>(label: Label): Allow<Label>;
  /** A value from this service, which does not count towards the limit of any emitter. */
  trust<Label extends string>(label: Label, text: string): Bounded<Label>;
  /** From now on, new values count towards this emitter's limit. */
  chargeTo(emitter: string): void;
  /** The changes made since the last call. */
  takeChanges(): LabelChanges;
  /** Releases values that no series uses and that have not been looked up since the period `before`. */
  release(used: ReadonlySet<Bounded>, before: number): void;
}

const stoppedClock = {period: 0};

const forbiddenCharacters = /[^A-Za-z0-9\-_.:/]/gu;
const booleanWord = /^(?:true|false)$/i;

const toText = (raw: unknown): string => {
  if (raw === undefined || raw === null || raw === '') return reserved.unset;
  if (typeof raw === 'string') return booleanWord.test(raw) ? raw.toLowerCase() : raw;
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
  return reserved.invalid;
};

/** The state that decides whether a new value is admitted, and towards which emitter's limit it counts. */
interface Admission extends LabelLimiterOptions {
  emitter: string;
  changes: Map<LabelChange, number>;
}

/** Characters of a string for which the value that replaces it is kept. JSON's dimensions have no more than 200. */
const maxAliasLength = 256;

/** The value that replaces a string that an emitter sent. */
interface Alias<Label extends string> {
  readonly value: TrackedValue<Label>;
  readonly changes: readonly LabelChange[];
}

const markUsed = <Label extends string>(value: TrackedValue<Label>, period: number): TrackedValue<Label> => {
  if (value.usedIn !== undefined) value.usedIn = period;
  return value;
};

interface Normalized {
  readonly text: string;
  readonly changes: readonly LabelChange[];
}

const noChange: readonly LabelChange[] = [];
const noChanges: LabelChanges = new Map();
const addTo = (changes: Map<LabelChange, number>, change: LabelChange): void => {
  changes.set(change, (changes.get(change) ?? 0) + 1);
};
const asIs = (text: string): Normalized => ({text, changes: noChange});

const normalize = (text: string, maxLength: number): Normalized => {
  // Replacing whole code points first keeps a surrogate pair from being cut in two.
  const replaced = text.replace(forbiddenCharacters, '_');
  // Through bytes, as only ASCII is left: V8 keeps the whole of a string in memory for a slice of it.
  const cut =
    replaced.length <= maxLength ? replaced : Buffer.from(replaced.slice(0, maxLength), 'latin1').toString('latin1');
  if (cut === text) return asIs(text);
  const changes: LabelChange[] = replaced === text ? [] : ['label_characters'];
  if (cut !== replaced) changes.push('label_length');
  return {text: cut, changes};
};

class LabelValues<Label extends string> {
  readonly label: Label;
  readonly #byText = new Map<string, TrackedValue<Label>>();
  /** The values for strings that had to be changed, so that the same string is not normalized again. Emptied when full. */
  readonly #aliases = new Map<string, Alias<Label>>();
  /** Ids of values that were released. */
  readonly #freeIds: number[] = [];
  /** The number of values by the emitter whose limit they count towards. */
  readonly #distinct = new Map<string, number>();
  #ids = 0;

  constructor(label: Label, known: readonly string[]) {
    this.label = label;
    for (const text of reservedTexts) this.pin(text);
    for (const text of known) this.#insert(text, {known: true});
  }

  /** Returns a value that is never released. */
  pin(text: string): Bounded<Label> {
    const value = this.#byText.get(text) ?? this.#insert(text);
    value.usedIn = undefined;
    return value;
  }

  release(used: ReadonlySet<Bounded>, before: number): void {
    for (const [text, value] of this.#byText) {
      if (value.usedIn === undefined || value.usedIn >= before || used.has(value)) continue;
      this.#byText.delete(text);
      this.#freeIds.push(value.id);
      if (value.emitter !== undefined) this.#distinct.set(value.emitter, (this.#distinct.get(value.emitter) ?? 0) - 1);
    }
    this.#aliases.clear();
  }

  #insert(text: string, {known = false, usedIn, emitter}: Partial<TrackedValue<Label>> = {}): TrackedValue<Label> {
    const value = {label: this.label, text, id: this.#freeIds.pop() ?? this.#ids++, known, usedIn, emitter};
    this.#byText.set(text, value);
    return value;
  }

  /** Returns undefined if the value is new and the emitter has reached its limit. */
  intern(raw: unknown, admission: Admission): Bounded<Label> | undefined {
    const {maxValues, maxLength, emitter, clock = stoppedClock, changes} = admission;
    if (typeof raw === 'string') {
      const existing = this.#byText.get(raw);
      if (existing !== undefined) return markUsed(existing, clock.period);
      const alias = this.#aliases.get(raw);
      if (alias !== undefined) {
        for (const change of alias.changes) addTo(changes, change);
        return markUsed(alias.value, clock.period);
      }
    }
    const text = toText(raw);
    const normalized = reservedTexts.includes(text as never) ? asIs(text) : normalize(text, maxLength); // includes() wants a member
    let value = this.#byText.get(normalized.text);
    if (value === undefined) {
      const distinct = this.#distinct.get(emitter) ?? 0;
      if (distinct >= maxValues) return undefined;
      this.#distinct.set(emitter, distinct + 1);
      value = this.#insert(normalized.text, {usedIn: clock.period, emitter});
    }
    if (typeof raw === 'string' && raw.length <= maxAliasLength) {
      if (this.#aliases.size >= maxValues) this.#aliases.clear();
      this.#aliases.set(raw, {value, changes: normalized.changes});
    }
    for (const change of normalized.changes) addTo(changes, change);
    return markUsed(value, clock.period);
  }
}

const knownOf = (label: string): readonly string[] =>
  label in knownValues ? knownValues[label as keyof KnownValues] : []; // `in` proves that it is a key

/**
 * Creates a limiter. Each emitter can bring in METRICS_MAX_LABEL_CARDINALITY values of each label, and every emitter
 * can use a value that another one brought in: so an emitter that invents names cannot use up the places of the others,
 * and a label has at most that many values for each emitter. See decisions/places-for-each-emitter.md.
 */
export const createLabelLimiter = (options: LabelLimiterOptions): LabelLimiter => {
  const admission: Admission = {...options, emitter: '', changes: new Map()};
  const labels = new Map<string, LabelValues<string>>(
    boundedLabels.map(label => [label, new LabelValues(label, knownOf(label))]),
  );
  const valuesOf = <Label extends string>(label: Label): LabelValues<Label> => {
    const values = labels.get(label) ?? new LabelValues(label, []);
    labels.set(label, values);
    return values as LabelValues<Label>; // the map has each label's values under its own name
  };
  return {
    allow: <Label extends BoundedLabel>(label: Label) => {
      const values = valuesOf(label);
      return (raw: unknown): Bounded<Label> => {
        const value = values.intern(raw, admission);
        if (value !== undefined) return value;
        options.onFold(label);
        return values.pin(reserved.other);
      };
    },
    trust: (label, text) => valuesOf(label).pin(text),
    chargeTo(emitter) {
      admission.emitter = emitter;
    },
    takeChanges() {
      const {changes} = admission;
      if (changes.size === 0) return noChanges;
      admission.changes = new Map();
      return changes;
    },
    release(used, before) {
      for (const values of labels.values()) values.release(used, before);
    },
  };
};
