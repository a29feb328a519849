/**
 * Reads the points of an export in OTLP's JSON mapping: 64-bit integers as strings or numbers, enums as numbers,
 * lowerCamelCase names, NaN and infinities as strings. Reads everything once without counting, so that a malformed
 * export is not counted in part.
 *
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import {
  type Attributes,
  type DataKind,
  type ExponentialPoint,
  type ExportSink,
  type HistogramPoint,
  MalformedExportError,
  maxBuckets,
  maxNameLength,
  maxValueLength,
  type PointSink,
} from './points.ts';

type Json = Readonly<Record<string, unknown>>;

/** A value and its position in the body, for error messages. */
interface Place {
  readonly value: unknown;
  readonly path: string;
}

const dataKinds: ReadonlyArray<readonly [field: string, kind: DataKind]> = [
  ['gauge', 'gauge'],
  ['sum', 'sum'],
  ['histogram', 'histogram'],
  ['exponentialHistogram', 'exponential histogram'],
  ['summary', 'summary'],
];

/** Points read before others have their turn. */
const turnPoints = 256;

const describe = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 60) : value);
};

const malformed = ({value, path}: Place, expected: string): MalformedExportError =>
  new MalformedExportError(`${path}: expected ${expected}, found ${describe(value)}`);

const member = (object: Json, name: string, path: string): Place => ({
  value: object[name] ?? undefined,
  path: path === '' ? name : `${path}.${name}`,
});

const toObject = (place: Place): Json => {
  const {value} = place;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(place, 'an object');
  return value as Json; // what is an object and no array has string keys
};

/** Null and absent are an empty list. */
const toList = (place: Place): readonly unknown[] => {
  if (place.value === undefined) return [];
  if (!Array.isArray(place.value)) throw malformed(place, 'an array');
  return place.value;
};

/** Cut at `maxLength` characters: what is kept of a name or value, and messages about it, must not keep megabytes. */
const toText = (place: Place, maxLength: number): string => {
  const {value} = place;
  if (value === undefined) return '';
  if (typeof value !== 'string') throw malformed(place, 'a string');
  // Through bytes: V8 keeps the whole of a string in memory for a slice of it.
  return value.length <= maxLength ? value : Buffer.from(value.slice(0, maxLength)).toString();
};

const specials: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);
const decimal = /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** A number, or the text of one: the mapping allows both for every numeric type. */
const toNumber = (place: Place, otherwise: number): number => {
  const {value} = place;
  if (value === undefined) return otherwise;
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && decimal.test(value)) return Number(value);
  const special = specials.get(value);
  if (special === undefined) throw malformed(place, 'a number');
  return special;
};

const toInteger = (place: Place): number => {
  const number = toNumber(place, 0);
  if (!Number.isInteger(number)) throw malformed(place, 'an integer');
  return number;
};

const fill = (into: Float64Array, place: Place): number => {
  const list = toList(place);
  for (let index = 0; index < list.length; index += 1) {
    const number = toNumber({value: list[index] ?? undefined, path: `${place.path}[${index}]`}, Number.NaN);
    if (index < into.length) into[index] = number;
  }
  return list.length;
};

/** The sum of the list's absolute values: counts below 0 must not hide others. */
const sumOf = (place: Place): number => {
  const list = toList(place);
  let sum = 0;
  for (let index = 0; index < list.length; index += 1)
    sum += Math.abs(toNumber({value: list[index] ?? undefined, path: `${place.path}[${index}]`}, 0));
  return sum;
};

const noRecordedValue = 1;

/** Yields where others may have their turn. @throws MalformedExportError */
export function* readJsonExport(body: unknown, sink: ExportSink | null): Generator<void, void, undefined> {
  const request = toObject({value: body, path: 'body'});
  // Unknown fields are ignored, but events that were posted to the wrong path must not be lost without a word.
  if (request['resourceMetrics'] === undefined && Array.isArray(request['metrics']))
    throw new MalformedExportError('resourceMetrics: expected an export, found JSON events: POST them to /metrics');
  const reader = new Reader();
  let read = 0;
  for (const [resourcePath, resource] of each(member(request, 'resourceMetrics', '')))
    for (const [scopePath, scope] of each(member(resource, 'scopeMetrics', resourcePath)))
      for (const [path, metric] of each(member(scope, 'metrics', scopePath))) {
        const name = toText(member(metric, 'name', path), maxNameLength);
        const unit = toText(member(metric, 'unit', path), maxNameLength);
        for (const [field, kind] of dataKinds) {
          const place = member(metric, field, path);
          if (place.value === undefined) continue;
          const data = toObject(place);
          const temporality = toInteger(member(data, 'aggregationTemporality', place.path));
          const monotonic = data['isMonotonic'] === true;
          const points = member(data, 'dataPoints', place.path);
          const count = toList(points).length;
          const into = sink?.metric({name, unit, kind, temporality, monotonic}, count);
          if (sink !== null && into === undefined) continue;
          for (const [pointPath, point] of each(points)) {
            reader.point(point, pointPath, kind, into ?? null);
            read += 1;
            if (read % turnPoints === 0) yield;
          }
        }
        read += 1;
        if (read % turnPoints === 0) yield;
      }
}

function* each(place: Place): Generator<readonly [path: string, object: Json], void, undefined> {
  const list = toList(place);
  for (let index = 0; index < list.length; index += 1) {
    const path = `${place.path}[${index}]`;
    yield [path, toObject({value: list[index], path})];
  }
}

/** Filled for one point and counted before the next is read, for any emitter: created once, since they are large. */
const scratchHistogram: HistogramPoint = {
  count: 0,
  sum: undefined,
  bounds: new Float64Array(maxBuckets),
  boundCount: 0,
  counts: new Float64Array(maxBuckets),
  countCount: 0,
};
const scratchCounts = new Float64Array(maxBuckets);

class Reader {
  /** Reads one point, and counts it unless there is no sink. */
  point(point: Json, path: string, kind: DataKind, sink: PointSink | null): void {
    const attributes = this.#attributes(member(point, 'attributes', path));
    const flags = toInteger(member(point, 'flags', path));
    if (kind === 'histogram') this.#histogramPoint(point, path);
    const exponential = kind === 'exponential histogram' ? this.#exponentialPoint(point, path) : undefined;
    const value = kind === 'sum' || kind === 'gauge' ? this.#value(point, path) : Number.NaN;
    if (sink === null || (flags & noRecordedValue) !== 0) return;
    const {labels} = sink.resolve(attributes);
    if (kind === 'histogram') sink.histogram(labels, scratchHistogram);
    else if (exponential !== undefined) sink.exponential(labels, exponential);
    else sink.number(labels, value);
  }

  #value(point: Json, path: string): number {
    const integer = member(point, 'asInt', path);
    return integer.value === undefined ? toNumber(member(point, 'asDouble', path), Number.NaN) : toInteger(integer);
  }

  #histogramPoint(point: Json, path: string): void {
    const histogram = scratchHistogram;
    const sum = member(point, 'sum', path);
    histogram.count = toInteger(member(point, 'count', path));
    histogram.sum = sum.value === undefined ? undefined : toNumber(sum, 0);
    histogram.countCount = fill(histogram.counts, member(point, 'bucketCounts', path));
    histogram.boundCount = fill(histogram.bounds, member(point, 'explicitBounds', path));
  }

  #exponentialPoint(point: Json, path: string): ExponentialPoint {
    const sum = member(point, 'sum', path);
    const positive = member(point, 'positive', path);
    const negative = member(point, 'negative', path);
    const positiveBuckets = positive.value === undefined ? {} : toObject(positive);
    const negativeBuckets = negative.value === undefined ? {} : toObject(negative);
    return {
      count: toInteger(member(point, 'count', path)),
      sum: sum.value === undefined ? undefined : toNumber(sum, 0),
      scale: toInteger(member(point, 'scale', path)),
      zeroCount: toInteger(member(point, 'zeroCount', path)),
      zeroThreshold: toNumber(member(point, 'zeroThreshold', path), 0),
      offset: toInteger(member(positiveBuckets, 'offset', positive.path)),
      counts: scratchCounts,
      countCount: fill(scratchCounts, member(positiveBuckets, 'bucketCounts', positive.path)),
      negativeCount: sumOf(member(negativeBuckets, 'bucketCounts', negative.path)),
    };
  }

  #attributes(place: Place): Attributes {
    const attributes = new Map<string, unknown>();
    for (const [path, pair] of each(place)) {
      const key = toText(member(pair, 'key', path), maxNameLength);
      const value = member(pair, 'value', path);
      if (!attributes.has(key))
        attributes.set(key, value.value === undefined ? null : anyValue(toObject(value), value.path));
    }
    return attributes;
  }
}

const anyValue = (value: Json, path: string): unknown => {
  if ((value['stringValue'] ?? null) !== null) return toText(member(value, 'stringValue', path), maxValueLength);
  if ((value['boolValue'] ?? null) !== null) return value['boolValue'] === true;
  if ((value['intValue'] ?? null) !== null) return toInteger(member(value, 'intValue', path));
  if ((value['doubleValue'] ?? null) !== null) return toNumber(member(value, 'doubleValue', path), 0);
  return Object.keys(value).length === 0 ? null : {};
};
