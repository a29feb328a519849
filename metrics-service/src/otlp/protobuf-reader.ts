/**
 * Reads the points of a protobuf export. The bytes have passed `ProtobufCheck`: every tag, length and nesting is valid.
 * Fields that are not needed (timestamps, descriptions, exemplars, resource and scope) are skipped unread.
 */

import {
  type DataKind,
  type ExportSink,
  type MetricHeader,
  maxNameLength,
  maxPointBytes,
  type PointSink,
} from './points.ts';
import {ProtobufFields} from './protobuf-fields.ts';
import {ProtobufPoints} from './protobuf-points.ts';
import type {Work} from './slices.ts';
import {TextCache} from './text-cache.ts';

const dataKinds: Readonly<Record<number, DataKind | undefined>> = {
  5: 'gauge',
  7: 'sum',
  9: 'histogram',
  10: 'exponential histogram',
  11: 'summary',
};

/** Number of steps in a run, which takes a few milliseconds. */
const runSteps = 4096;
/** Bytes of a point that take as long as a step: many points of the longest kind must not be read in one run. */
const stepBytes = 64;
/** Names and units of instruments: the same few in every export. */
const nameCache = new TextCache();

/** The level at which the reader goes to a message's next field. */
type Step = 'resources' | 'scopes' | 'metrics' | 'header' | 'data' | 'data header' | 'points';

/** Reads an export in runs of a few milliseconds, so that other requests are processed in between. */
export class ProtobufReader implements Work {
  readonly #bytes: Buffer;
  readonly #sink: ExportSink;
  readonly #view: DataView;
  readonly #request: ProtobufFields;
  readonly #resource: ProtobufFields;
  readonly #scope: ProtobufFields;
  readonly #metric: ProtobufFields;
  readonly #data: ProtobufFields;
  readonly #reader: ProtobufPoints;
  #step: Step = 'resources';
  /** Steps of this run. */
  #steps = 0;
  // The metric that is read.
  #name = '';
  #unit = '';
  #kind: DataKind = 'gauge';
  #temporality = 0;
  #monotonic = false;
  #points = 0;
  #into: PointSink | undefined;

  constructor(bytes: Buffer, sink: ExportSink) {
    this.#bytes = bytes;
    this.#sink = sink;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#request = this.#fields(0, bytes.length);
    this.#resource = this.#fields(0, 0);
    this.#scope = this.#fields(0, 0);
    this.#metric = this.#fields(0, 0);
    this.#data = this.#fields(0, 0);
    this.#reader = new ProtobufPoints(bytes, this.#view);
  }

  run(): boolean {
    for (this.#steps = 0; this.#steps < runSteps; this.#steps += 1) if (!this.#takeStep()) return true;
    return false;
  }

  #fields(start: number, end: number): ProtobufFields {
    return new ProtobufFields(this.#bytes, this.#view).over(start, end);
  }

  /** Looks at one field; false at the end of the export. */
  #takeStep(): boolean {
    switch (this.#step) {
      case 'resources':
        return this.#nextResource();
      case 'scopes':
        this.#nextScope();
        break;
      case 'metrics':
        this.#nextMetric();
        break;
      case 'header':
        this.#nextOfHeader();
        break;
      case 'data':
        this.#nextData();
        break;
      case 'data header':
        this.#nextOfDataHeader();
        break;
      case 'points':
        this.#nextPoint();
    }
    return true;
  }

  #nextResource(): boolean {
    const fields = this.#request;
    if (!fields.next()) return false;
    if (!fields.is(1, 2)) return true;
    this.#resource.over(fields.start, fields.end);
    this.#step = 'scopes';
    return true;
  }

  #nextScope(): void {
    const fields = this.#resource;
    if (!fields.next()) this.#step = 'resources';
    else if (fields.is(2, 2)) {
      this.#scope.over(fields.start, fields.end);
      this.#step = 'metrics';
    }
  }

  #nextMetric(): void {
    const fields = this.#scope;
    if (!fields.next()) this.#step = 'scopes';
    else if (fields.is(2, 2)) {
      this.#metric.over(fields.start, fields.end);
      this.#name = '';
      this.#unit = '';
      this.#step = 'header';
    }
  }

  /** Reads the name and the unit first, which the message may contain after the data. */
  #nextOfHeader(): void {
    const fields = this.#metric;
    if (!fields.next()) {
      fields.over(this.#scope.start, this.#scope.end);
      this.#step = 'data';
    } else if (fields.is(1, 2)) this.#name = this.#nameAt(fields);
    else if (fields.is(3, 2)) this.#unit = this.#nameAt(fields);
  }

  #nextData(): void {
    const fields = this.#metric;
    if (!fields.next()) {
      this.#step = 'metrics';
      return;
    }
    const kind = dataKinds[fields.field];
    if (kind === undefined || fields.wireType !== 2) return;
    this.#kind = kind;
    this.#temporality = 0;
    this.#monotonic = false;
    this.#points = 0;
    this.#data.over(fields.start, fields.end);
    this.#step = 'data header';
  }

  /** Reads the temporality first, which the message may contain after the points. */
  #nextOfDataHeader(): void {
    const data = this.#data;
    if (data.next()) {
      if (data.is(1, 2)) this.#points += 1;
      else if (data.is(2, 0)) this.#temporality = data.varint();
      else if (data.is(3, 0)) this.#monotonic = data.varint() !== 0;
      return;
    }
    const header: MetricHeader = {
      name: this.#name,
      unit: this.#unit,
      kind: this.#kind,
      temporality: this.#temporality,
      monotonic: this.#monotonic,
    };
    this.#into = this.#sink.metric(header, this.#points);
    data.over(this.#metric.start, this.#metric.end);
    this.#step = this.#into === undefined ? 'data' : 'points';
  }

  #nextPoint(): void {
    const data = this.#data;
    const into = this.#into;
    if (into === undefined || !data.next()) {
      this.#step = 'data';
      return;
    }
    if (!data.is(1, 2)) return;
    this.#steps += Math.floor((data.end - data.start) / stepBytes);
    if (data.end - data.start > maxPointBytes) into.tooLong(data.end - data.start);
    else if (this.#kind === 'histogram') this.#reader.histogram(data.start, data.end, into);
    else if (this.#kind === 'exponential histogram') this.#reader.exponential(data.start, data.end, into);
    else this.#reader.number(data.start, data.end, into);
  }

  #nameAt({start, end}: ProtobufFields): string {
    return nameCache.textOf(this.#bytes, start, Math.min(end, start + maxNameLength));
  }
}
