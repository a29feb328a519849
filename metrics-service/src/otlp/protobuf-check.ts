/**
 * Checks that bytes are an `ExportMetricsServiceRequest` before anything of them is counted: a request is counted whole
 * or, when it is malformed, not at all. Checks structure only: tags, lengths and nesting. Needs no memory, and
 * does a large request in several runs so that others have their turn.
 *
 * https://protobuf.dev/programming-guides/encoding/ and
 * https://github.com/open-telemetry/opentelemetry-proto (Apache-2.0) define what is read here.
 */
import {MalformedExportError} from './points.ts';

/** Messages inside a message, and arrays that may be packed, by field number. */
interface MessageType {
  readonly name: string;
  readonly messages: Readonly<Record<number, MessageType | undefined>>;
  /** Fields of packed values of eight bytes. */
  readonly packed64: readonly number[];
  /** Fields of packed varints. */
  readonly packedVarints: readonly number[];
  /** The same by field number, as far as it is below 16. */
  readonly fields: ReadonlyArray<MessageType | 'packed' | undefined>;
}

/** Field numbers whose tag fits in one byte. */
const shortFields = 16;

const message = (
  name: string,
  messages: Record<number, MessageType | undefined> = {},
  packed64: readonly number[] = [],
  packedVarints: readonly number[] = [],
): MessageType => ({
  name,
  messages,
  packed64,
  packedVarints,
  fields: tableOf(messages, [...packed64, ...packedVarints]),
});

const tableOf = (messages: Record<number, MessageType | undefined>, packed: readonly number[]) =>
  Array.from({length: shortFields}, (_, field) => (packed.includes(field) ? 'packed' : messages[field]));

const anyValueFields: Record<number, MessageType | undefined> = {};
const anyValueTable: Array<MessageType | undefined> = new Array(shortFields).fill(undefined);
const anyValue: MessageType = {...message('AnyValue'), messages: anyValueFields, fields: anyValueTable};
const keyValue = message('KeyValue', {2: anyValue});
anyValueFields[5] = anyValueTable[5] = message('ArrayValue', {1: anyValue});
anyValueFields[6] = anyValueTable[6] = message('KeyValueList', {1: keyValue});

const exemplar = message('Exemplar', {7: keyValue});
const numberPoint = message('NumberDataPoint', {5: exemplar, 7: keyValue});
const histogramPoint = message('HistogramDataPoint', {8: exemplar, 9: keyValue}, [6, 7]);
const buckets = message('Buckets', {}, [], [2]);
const exponentialPoint = message('ExponentialHistogramDataPoint', {1: keyValue, 8: buckets, 9: buckets, 11: exemplar});
const quantile = message('ValueAtQuantile');
const summaryPoint = message('SummaryDataPoint', {6: quantile, 7: keyValue});
const metric = message('Metric', {
  5: message('Gauge', {1: numberPoint}),
  7: message('Sum', {1: numberPoint}),
  9: message('Histogram', {1: histogramPoint}),
  10: message('ExponentialHistogram', {1: exponentialPoint}),
  11: message('Summary', {1: summaryPoint}),
  12: keyValue,
});
const scope = message('InstrumentationScope', {3: keyValue});
const scopeMetrics = message('ScopeMetrics', {1: scope, 2: metric});
const resource = message('Resource', {1: keyValue});
const resourceMetrics = message('ResourceMetrics', {1: resource, 2: scopeMetrics});
const exportRequest = message('ExportMetricsServiceRequest', {1: resourceMetrics});

/** As deep as protobuf's own readers follow messages. */
const maxDepth = 100;

/** Bytes checked in one run: a few milliseconds. */
const runLength = 256 * 1024;

export class ProtobufCheck {
  readonly #bytes: Uint8Array;
  #at = 0;
  #depth = 0;
  readonly #types: MessageType[] = [exportRequest];
  readonly #ends: number[] = [];

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#ends.push(bytes.length);
  }

  /**
   * Goes on for a few milliseconds.
   * @returns whether all of it has been checked.
   * @throws MalformedExportError
   */
  run(): boolean {
    const until = this.#at + runLength;
    for (;;) {
      while (this.#at === this.#ends[this.#depth]) {
        if (this.#depth === 0) return true;
        this.#depth -= 1;
      }
      if (this.#at >= until) return false;
      this.#skipShortFields(until);
    }
  }

  /**
   * Passes over fields whose tag and length fit in a byte each, as almost all do, and enters the first message inside.
   * Leaves every other field to `#field`, malformed ones among them.
   */
  #skipShortFields(until: number): void {
    const end = this.#ends[this.#depth] as number; // the depth is within both
    const type = this.#types[this.#depth] as MessageType;
    const bytes = this.#bytes;
    let at = this.#at;
    while (at + 1 < end && at < until) {
      const tag = bytes[at] as number; // at + 1 is below end
      const next = bytes[at + 1] as number;
      if (tag < 8 || tag > 127) break;
      const wireType = tag & 7;
      if (wireType === 2) {
        if (next > 127 || at + 2 + next > end) break;
        const kind = type.fields[tag >> 3];
        if (kind !== undefined) {
          if (kind === 'packed' || this.#depth + 1 >= maxDepth) break;
          this.#at = at + 2;
          this.#enter(kind, next);
          return;
        }
        at += 2 + next;
      } else if (wireType === 1) {
        if (at + 9 > end) break;
        at += 9;
      } else if (wireType === 0 && next < 128) at += 2;
      else break;
    }
    this.#at = at;
    if (at < end) this.#field(end, type);
  }

  #enter(type: MessageType, length: number): void {
    this.#depth += 1;
    this.#types[this.#depth] = type;
    this.#ends[this.#depth] = this.#at + length;
  }

  #field(end: number, type: MessageType): void {
    const tag = this.#varint(end);
    const field = Math.floor(tag / 8);
    if (field === 0 || field > 0x1fffffff) throw this.#malformed(`field number ${field}`, 'a field number');
    switch (tag % 8) {
      case 0:
        this.#varint(end);
        break;
      case 1:
        this.#skip(8, end);
        break;
      case 2:
        this.#delimited(field, end, type);
        break;
      case 3:
        this.#group(end);
        break;
      case 5:
        this.#skip(4, end);
        break;
      default:
        throw this.#malformed(`wire type ${tag % 8}`, 'a wire type from 0 to 3, or 5');
    }
  }

  #delimited(field: number, end: number, type: MessageType): void {
    const length = this.#varint(end);
    if (length > end - this.#at) throw this.#malformed(`a length of ${length}`, `at most ${end - this.#at} bytes`);
    const inner = type.messages[field];
    if (inner !== undefined) {
      if (this.#depth + 1 >= maxDepth) throw this.#malformed('deeper nesting', `at most ${maxDepth} nested messages`);
      this.#enter(inner, length);
      return;
    }
    const innerEnd = this.#at + length;
    if (length % 8 !== 0 && type.packed64.includes(field))
      throw this.#malformed(`${length} bytes`, `packed values of 8 bytes in field ${field}`);
    if (type.packedVarints.includes(field)) while (this.#at < innerEnd) this.#varint(innerEnd);
    this.#at = innerEnd;
  }

  /** Groups are obsolete, but a field that is not known may be one. */
  #group(end: number): void {
    for (let nesting = 1; nesting > 0; ) {
      const wireType = this.#varint(end) % 8;
      if (wireType === 0) this.#varint(end);
      else if (wireType === 1) this.#skip(8, end);
      else if (wireType === 2) this.#skip(this.#varint(end), end);
      else if (wireType === 3) nesting += 1;
      else if (wireType === 4) nesting -= 1;
      else if (wireType === 5) this.#skip(4, end);
      else throw this.#malformed(`wire type ${wireType}`, 'a wire type from 0 to 5');
    }
  }

  #skip(length: number, end: number): void {
    if (length > end - this.#at) throw this.#malformed('the end', `${length} more bytes`);
    this.#at += length;
  }

  /** The value loses digits over 2^53: then it is a length or tag too large, or a value that this reader does not use. */
  #varint(end: number): number {
    const first = this.#at < end ? (this.#bytes[this.#at] as number) : 128; // at is below the length
    if (first < 128) {
      this.#at += 1;
      return first;
    }
    let value = 0;
    let scale = 1;
    for (let length = 0; length < 10; length += 1) {
      if (this.#at >= end) throw this.#malformed('the end', 'the rest of a number');
      const byte = this.#bytes[this.#at] as number; // at is below end
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw this.#malformed('more than 10 bytes', 'a number of at most 64 bits');
  }

  #malformed(found: string, expected: string): MalformedExportError {
    const {name} = this.#types[this.#depth] as MessageType; // the depth is within it
    return new MalformedExportError(`${name} at byte ${this.#at}: expected ${expected}, found ${found}`);
  }
}
