/**
 * Reads the points of a protobuf export. The bytes have passed `ProtobufCheck`: every tag, length and nesting holds.
 * What is not needed (timestamps, descriptions, exemplars, resource and scope) is skipped unread.
 */

import {
  type Attributes,
  type DataKind,
  type ExponentialPoint,
  type ExportSink,
  type HistogramPoint,
  longestPoint,
  type MetricHeader,
  mostBuckets,
  type PointSink,
  type ResolvedLabels,
} from './points.ts';
import {ProtobufFields} from './protobuf-fields.ts';

const dataKinds: Readonly<Record<number, DataKind | undefined>> = {
  5: 'gauge',
  7: 'sum',
  9: 'histogram',
  10: 'exponential histogram',
  11: 'summary',
};

/** Fields of messages that hold others read between two yields: a fraction of a millisecond. */
const turnSteps = 4096;
/** Attributes of a point that are read; SDKs limit them to as many. */
const mostAttributes = 128;
/** Bytes of a value that are read: more than the longest label takes. */
const longestValue = 4096;
/** Bytes of a name that are read: no known name is longer, and labels are cut shorter. */
const longestName = 255;
/** Set in a point's flags when it says that there is nothing to say. */
const noRecordedValue = 1;

/** Yields where others may have their turn. */
export function* readProtobufExport(bytes: Buffer, sink: ExportSink): Generator<void, void, undefined> {
  const reader = new Reader(bytes);
  const request = reader.fields(0, bytes.length);
  while (request.next()) {
    if (reader.isDue()) yield;
    if (!request.is(1, 2)) continue;
    const resource = reader.fields(request.start, request.end);
    while (resource.next()) {
      if (reader.isDue()) yield;
      if (!resource.is(2, 2)) continue;
      const scope = reader.fields(resource.start, resource.end);
      while (scope.next()) {
        if (reader.isDue()) yield;
        if (scope.is(2, 2)) yield* reader.metric(scope.start, scope.end, sink);
      }
    }
  }
}

/** Filled for one point and counted before the next is read, for any emitter: created once, since they are large. */
const scratchHistogram: HistogramPoint = {
  count: 0,
  sum: undefined,
  bounds: new Float64Array(mostBuckets),
  boundCount: 0,
  counts: new Float64Array(mostBuckets),
  countCount: 0,
};
const scratchExponential: ExponentialPoint = {
  count: 0,
  sum: undefined,
  scale: 0,
  zeroCount: 0,
  zeroThreshold: 0,
  offset: 0,
  counts: new Float64Array(mostBuckets),
  countCount: 0,
  negativeCount: 0,
};

class Reader {
  readonly #bytes: Buffer;
  #steps = 0;
  readonly #view: DataView;
  readonly #point: ProtobufFields;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#point = new ProtobufFields(bytes, this.#view);
  }

  /** Counts a step; true when others should have their turn. */
  isDue(): boolean {
    this.#steps += 1;
    return this.#steps % turnSteps === 0;
  }

  fields(start: number, end: number): ProtobufFields {
    return new ProtobufFields(this.#bytes, this.#view).over(start, end);
  }

  *metric(start: number, end: number, sink: ExportSink): Generator<void, void, undefined> {
    let name = '';
    let unit = '';
    const fields = this.fields(start, end);
    while (fields.next()) {
      if (this.isDue()) yield;
      if (fields.is(1, 2)) name = this.#text(fields.start, Math.min(fields.end, fields.start + longestName));
      else if (fields.is(3, 2)) unit = this.#text(fields.start, Math.min(fields.end, fields.start + longestName));
    }
    fields.over(start, end);
    while (fields.next()) {
      if (this.isDue()) yield;
      const kind = dataKinds[fields.field];
      if (kind === undefined || fields.wireType !== 2) continue;
      yield* this.#data({name, unit, kind}, fields.start, fields.end, sink);
    }
  }

  *#data(
    {name, unit, kind}: Pick<MetricHeader, 'name' | 'unit' | 'kind'>,
    start: number,
    end: number,
    sink: ExportSink,
  ): Generator<void, void, undefined> {
    let temporality = 0;
    let monotonic = false;
    let points = 0;
    const data = this.fields(start, end);
    while (data.next()) {
      if (this.isDue()) yield;
      if (data.is(1, 2)) points += 1;
      else if (data.is(2, 0)) temporality = data.varint();
      else if (data.is(3, 0)) monotonic = data.varint() !== 0;
    }
    const into = sink.metric({name, unit, kind, temporality, monotonic}, points);
    if (into === undefined) return;
    data.over(start, end);
    while (data.next()) {
      if (this.isDue()) yield;
      if (!data.is(1, 2)) continue;
      if (data.end - data.start > longestPoint) into.tooLong(data.end - data.start);
      else if (kind === 'histogram') this.#histogramPoint(data.start, data.end, into);
      else if (kind === 'exponential histogram') this.#exponentialPoint(data.start, data.end, into);
      else this.#numberPoint(data.start, data.end, into);
    }
  }

  #numberPoint(start: number, end: number, sink: PointSink): void {
    const point = this.#point.over(start, end);
    let value = Number.NaN;
    let flags = 0;
    const attributes = new AttributeSpan(7);
    while (point.next()) {
      if (point.is(4, 1)) value = point.double();
      else if (point.is(6, 1)) value = point.signed64();
      else if (point.is(8, 0)) flags = point.varint();
      else if (point.is(7, 2)) attributes.include(point);
    }
    if ((flags & noRecordedValue) === 0) sink.number(this.#labels(attributes, start, end, sink), value);
  }

  #histogramPoint(start: number, end: number, sink: PointSink): void {
    const point = this.#point.over(start, end);
    const histogram = scratchHistogram;
    histogram.count = 0;
    histogram.sum = undefined;
    histogram.boundCount = 0;
    histogram.countCount = 0;
    let flags = 0;
    const attributes = new AttributeSpan(9);
    while (point.next()) {
      if (point.is(4, 1)) histogram.count = point.unsigned64();
      else if (point.is(5, 1)) histogram.sum = point.double();
      else if (point.is(10, 0)) flags = point.varint();
      else if (point.is(9, 2)) attributes.include(point);
      else if (point.field === 6) histogram.countCount = point.unsigned64s(histogram.counts, histogram.countCount);
      else if (point.field === 7) histogram.boundCount = point.doubles(histogram.bounds, histogram.boundCount);
    }
    if ((flags & noRecordedValue) === 0) sink.histogram(this.#labels(attributes, start, end, sink), histogram);
  }

  #exponentialPoint(start: number, end: number, sink: PointSink): void {
    const point = this.#point.over(start, end);
    const histogram = scratchExponential;
    histogram.count = 0;
    histogram.sum = undefined;
    histogram.scale = 0;
    histogram.zeroCount = 0;
    histogram.zeroThreshold = 0;
    histogram.offset = 0;
    histogram.countCount = 0;
    histogram.negativeCount = 0;
    let flags = 0;
    const attributes = new AttributeSpan(1);
    while (point.next()) {
      if (point.is(4, 1)) histogram.count = point.unsigned64();
      else if (point.is(5, 1)) histogram.sum = point.double();
      else if (point.is(6, 0)) histogram.scale = point.zigzag();
      else if (point.is(7, 1)) histogram.zeroCount = point.unsigned64();
      else if (point.is(8, 2)) this.#positiveBuckets(point.start, point.end, histogram);
      else if (point.is(9, 2)) histogram.negativeCount += this.#countOf(point.start, point.end);
      else if (point.is(10, 0)) flags = point.varint();
      else if (point.is(14, 1)) histogram.zeroThreshold = point.double();
      else if (point.is(1, 2)) attributes.include(point);
    }
    if ((flags & noRecordedValue) === 0) sink.exponential(this.#labels(attributes, start, end, sink), histogram);
  }

  #positiveBuckets(start: number, end: number, histogram: ExponentialPoint): void {
    const buckets = this.fields(start, end);
    while (buckets.next()) {
      if (buckets.is(1, 0)) histogram.offset = buckets.zigzag();
      else if (buckets.field === 2) histogram.countCount = buckets.varints(histogram.counts, histogram.countCount);
    }
  }

  #countOf(start: number, end: number): number {
    const counts = new Float64Array(mostBuckets);
    const buckets = this.fields(start, end);
    let count = 0;
    while (buckets.next()) if (buckets.field === 2) count = buckets.varints(counts, count);
    return counts.reduce((sum, next) => sum + next, 0) + Math.max(0, count - mostBuckets);
  }

  #labels(attributes: AttributeSpan, start: number, end: number, sink: PointSink): ResolvedLabels {
    const known = attributes.contiguous ? sink.kept.find(this.#bytes, attributes.start, attributes.end) : undefined;
    if (known !== undefined) return known;
    const {labels, keep} = sink.resolve(this.#attributes(attributes.field, start, end));
    if (keep && attributes.contiguous) sink.kept.keep(this.#bytes, attributes.start, attributes.end, labels);
    return labels;
  }

  #attributes(field: number, start: number, end: number): Attributes {
    const attributes = new Map<string, unknown>();
    const point = this.fields(start, end);
    while (attributes.size < mostAttributes && point.next()) {
      if (!point.is(field, 2)) continue;
      let key = '';
      let value: unknown = null;
      const pair = this.fields(point.start, point.end);
      while (pair.next()) {
        if (pair.is(1, 2)) key = this.#text(pair.start, Math.min(pair.end, pair.start + longestName));
        else if (pair.is(2, 2)) value = this.#anyValue(pair.start, pair.end);
      }
      // SDKs never write a key twice; of a broken one's the first counts, as in a JSON object the last.
      if (!attributes.has(key)) attributes.set(key, value);
    }
    return attributes;
  }

  #anyValue(start: number, end: number): unknown {
    let value: unknown = null;
    const fields = this.fields(start, end);
    while (fields.next()) {
      if (fields.is(1, 2)) value = this.#text(fields.start, Math.min(fields.end, fields.start + longestValue));
      else if (fields.is(2, 0)) value = fields.varint() !== 0;
      else if (fields.is(3, 0)) value = fields.signedVarint();
      else if (fields.is(4, 1)) value = fields.double();
      else if (fields.wireType === 2) value = {};
    }
    return value;
  }

  /** Bytes that are not UTF-8 become U+FFFD: a name that an MCP client chose must not cost the export. */
  #text(start: number, end: number): string {
    return this.#bytes.toString('utf8', start, end);
  }
}

/** Where a point's attributes are. Every SDK writes them one after the other. */
class AttributeSpan {
  readonly field: number;
  start = 0;
  end = 0;
  contiguous = true;

  constructor(field: number) {
    this.field = field;
  }

  include(point: ProtobufFields): void {
    if (this.end === 0) this.start = point.tag;
    else if (this.end !== point.tag) this.contiguous = false;
    this.end = point.end;
  }
}
