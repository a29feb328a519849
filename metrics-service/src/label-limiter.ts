/**
 * Bounds what senders may do to label values: the characters, the length, and how many distinct values a label holds.
 * The predecessor's rules, applied to every open label; see "Label values" in the wire contract.
 */
import {type BoundedLabel, boundedLabels, reserved} from './catalogue.ts';
import type {SeriesClock} from './series-clock.ts';

/**
 * A label value that went through the bounds. Only this module makes one, and an open label takes nothing else, so
 * text straight from the wire can't become a label.
 */
export interface Bounded<Label extends string = string> {
  readonly label: Label;
  readonly text: string;
  /** Numbers the label's values from 0 in the order they came: finds a series without hashing text. */
  readonly id: number;
}

/** A value as its table holds it. */
interface Held<Label extends string> extends Bounded<Label> {
  /** The period of the series clock in which it was last looked up; undefined if it is never given back. */
  usedIn: number | undefined;
}

/** Their ids are their places here, in every label. */
const reservedTexts = Object.values(reserved);
export const otherId = reservedTexts.indexOf(reserved.other);

export interface BoundsOptions {
  /** METRICS_MAX_LABEL_CARDINALITY */
  readonly maxValues: number;
  /** METRICS_MAX_LABEL_LENGTH, in characters. */
  readonly maxLength: number;
  /** Told of each value that was counted as `_other`. */
  readonly onFold: (label: BoundedLabel) => void;
  /**
   * The clock of the series' expiry.
   *
   * @default one that stands still: no value is given back
   */
  readonly clock?: Pick<SeriesClock, 'period'>;
}

/** The value to use for what a sender wrote, which may be anything. */
export type Bound<Label extends string = string> = (raw: unknown) => Bounded<Label>;

export interface Bounds {
  /** How one label's values are bounded. */
  of<Label extends BoundedLabel>(label: Label): Bound<Label>;
  /** A value of our own, which takes no place among the senders'. */
  trust<Label extends string>(label: Label, text: string): Bounded<Label>;
  /** Gives the places of values back that no series has and that were not looked up since a period of the clock. */
  release(used: ReadonlySet<Bounded>, before: number): void;
}

const stopped = {period: 0};

const outside = /[^A-Za-z0-9\-_.:/]/gu;
const truth = /^(?:true|false)$/i;

const toText = (raw: unknown): string => {
  if (raw === undefined || raw === null || raw === '') return reserved.unset;
  if (typeof raw === 'string') return truth.test(raw) ? raw.toLowerCase() : raw;
  if (typeof raw === 'number' || typeof raw === 'boolean') return String(raw);
  return reserved.invalid;
};

class Table<Label extends string> {
  readonly label: Label;
  readonly #byText = new Map<string, Held<Label>>();
  /** What senders write, where it isn't the value itself: saves cleaning the same text again. Emptied when full. */
  readonly #aliases = new Map<string, Held<Label>>();
  /** Ids of values that were given back. */
  readonly #freeIds: number[] = [];
  #distinct = 0;
  #ids = 0;

  constructor(label: Label) {
    this.label = label;
    for (const text of reservedTexts) this.admit(text);
  }

  /** A value that is never given back. */
  admit(text: string): Bounded<Label> {
    const value = this.#byText.get(text) ?? this.#insert(text, undefined);
    value.usedIn = undefined;
    return value;
  }

  release(used: ReadonlySet<Bounded>, before: number): void {
    for (const [text, value] of this.#byText) {
      if (value.usedIn === undefined || value.usedIn >= before || used.has(value)) continue;
      this.#byText.delete(text);
      this.#freeIds.push(value.id);
      this.#distinct -= 1;
    }
    this.#aliases.clear();
  }

  #insert(text: string, usedIn: number | undefined): Held<Label> {
    const value = {label: this.label, text, id: this.#freeIds.pop() ?? this.#ids++, usedIn};
    this.#byText.set(text, value);
    return value;
  }

  /** Undefined when the label is full and the value a new one. */
  find(raw: unknown, {maxValues, maxLength, clock = stopped}: BoundsOptions): Bounded<Label> | undefined {
    if (typeof raw === 'string') {
      const seen = this.#byText.get(raw) ?? this.#aliases.get(raw);
      if (seen !== undefined) {
        if (seen.usedIn !== undefined) seen.usedIn = clock.period;
        return seen;
      }
    }
    const text = toText(raw);
    // Replacing whole code points first keeps a surrogate pair from being cut in two.
    const clean = text.replace(outside, '_').slice(0, maxLength);
    const known = this.#byText.get(reservedTexts.includes(text as never) ? text : clean); // includes() wants a member
    if (known === undefined && this.#distinct >= maxValues) return undefined;
    if (known === undefined) this.#distinct += 1;
    const value = known ?? this.#insert(clean, clock.period);
    if (value.usedIn !== undefined) value.usedIn = clock.period;
    if (typeof raw === 'string') {
      if (this.#aliases.size >= maxValues) this.#aliases.clear();
      this.#aliases.set(raw, value);
    }
    return value;
  }
}

export const createBounds = (options: BoundsOptions): Bounds => {
  const tables = new Map<string, Table<string>>(boundedLabels.map(label => [label, new Table(label)]));
  const tableOf = <Label extends string>(label: Label): Table<Label> => {
    const table = tables.get(label) ?? new Table(label);
    tables.set(label, table);
    return table as Table<Label>; // the map holds each table under its own label
  };
  return {
    of: <Label extends BoundedLabel>(label: Label) => {
      const table = tableOf(label);
      return (raw: unknown): Bounded<Label> => {
        const value = table.find(raw, options);
        if (value !== undefined) return value;
        options.onFold(label);
        return table.admit(reserved.other);
      };
    },
    trust: (label, text) => tableOf(label).admit(text),
    release(used, before) {
      for (const table of tables.values()) table.release(used, before);
    },
  };
};
