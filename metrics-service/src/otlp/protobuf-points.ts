/** Reads single points of a protobuf export whose bytes have passed `ProtobufCheck`. */
import {
  type Attributes,
  type ExponentialPoint,
  type HistogramPoint,
  maxBuckets,
  maxNameLength,
  maxValueLength,
  type PointSink,
  type ResolvedLabels,
} from './points.ts';
import {ProtobufFields} from './protobuf-fields.ts';

/** Maximum number of attributes that are read from a point: the default limit of SDKs. */
const maxAttributes = 128;
/** The flag FLAG_NO_RECORDED_VALUE: the point has no value. */
const noRecordedValue = 1;

/** Filled for one point and counted before the next is read, for any emitter: created once, since they are large. */
const scratchHistogram: HistogramPoint = {
  count: 0,
  sum: undefined,
  bounds: new Float64Array(maxBuckets),
  boundCount: 0,
  counts: new Float64Array(maxBuckets),
  countCount: 0,
};
const scratchExponential: ExponentialPoint = {
  count: 0,
  sum: undefined,
  scale: 0,
  zeroCount: 0,
  zeroThreshold: 0,
  offset: 0,
  counts: new Float64Array(maxBuckets),
  countCount: 0,
  negativeCount: 0,
};

export class ProtobufPoints {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #point: ProtobufFields;
  readonly #span = new AttributeSpan();

  /** `view` is of the same bytes. */
  constructor(bytes: Buffer, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
    this.#point = new ProtobufFields(bytes, view);
  }

  number(start: number, end: number, sink: PointSink): void {
    const point = this.#point.over(start, end);
    let value = Number.NaN;
    let flags = 0;
    const attributes = this.#span.of(7);
    while (point.next()) {
      if (point.is(4, 1)) value = point.double();
      else if (point.is(6, 1)) value = point.signed64();
      else if (point.is(8, 0)) flags = point.varint();
      else if (point.is(7, 2)) attributes.include(point);
    }
    if ((flags & noRecordedValue) === 0) sink.number(this.#labels(attributes, start, end, sink), value);
  }

  histogram(start: number, end: number, sink: PointSink): void {
    const point = this.#point.over(start, end);
    const histogram = scratchHistogram;
    histogram.count = 0;
    histogram.sum = undefined;
    histogram.boundCount = 0;
    histogram.countCount = 0;
    let flags = 0;
    const attributes = this.#span.of(9);
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

  exponential(start: number, end: number, sink: PointSink): void {
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
    const attributes = this.#span.of(1);
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

  #fields(start: number, end: number): ProtobufFields {
    return new ProtobufFields(this.#bytes, this.#view).over(start, end);
  }

  #positiveBuckets(start: number, end: number, histogram: ExponentialPoint): void {
    const buckets = this.#fields(start, end);
    while (buckets.next()) {
      if (buckets.is(1, 0)) histogram.offset = buckets.zigzag();
      else if (buckets.field === 2) histogram.countCount = buckets.varints(histogram.counts, histogram.countCount);
    }
  }

  #countOf(start: number, end: number): number {
    const buckets = this.#fields(start, end);
    let count = 0;
    while (buckets.next()) if (buckets.field === 2) count += buckets.sumOfVarints();
    return count;
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
    const point = this.#fields(start, end);
    while (attributes.size < maxAttributes && point.next()) {
      if (!point.is(field, 2)) continue;
      let key = '';
      let value: unknown = null;
      const pair = this.#fields(point.start, point.end);
      while (pair.next()) {
        if (pair.is(1, 2)) key = this.#text(pair.start, Math.min(pair.end, pair.start + maxNameLength));
        else if (pair.is(2, 2)) value = this.#anyValue(pair.start, pair.end);
      }
      // SDKs never write a key twice. If an emitter does, the first value is used; in a JSON object, it is the last.
      if (!attributes.has(key)) attributes.set(key, value);
    }
    return attributes;
  }

  #anyValue(start: number, end: number): unknown {
    let value: unknown = null;
    const fields = this.#fields(start, end);
    while (fields.next()) {
      if (fields.is(1, 2)) value = this.#text(fields.start, Math.min(fields.end, fields.start + maxValueLength));
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

/** The range of bytes with a point's attributes. Every SDK writes them one after the other. */
class AttributeSpan {
  field = 0;
  start = 0;
  end = 0;
  contiguous = true;

  /** Starts another point, whose attributes have this field number. */
  of(field: number): this {
    this.field = field;
    this.start = 0;
    this.end = 0;
    this.contiguous = true;
    return this;
  }

  include(point: ProtobufFields): void {
    if (this.end === 0) this.start = point.tag;
    else if (this.end !== point.tag) this.contiguous = false;
    this.end = point.end;
  }
}
