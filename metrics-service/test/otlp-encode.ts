/**
 * Writes OTLP exports by hand, right or wrong: fields of protobuf messages by number, and the same export in both
 * encodings from one description.
 */

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return bytes;
};

export const tag = (field: number, wireType: number): Buffer => Buffer.from(varint(field * 8 + wireType));
export const varintField = (field: number, value: number): Buffer =>
  Buffer.concat([tag(field, 0), Buffer.from(varint(value))]);
export const fixed64Field = (field: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt.asIntN(64, value));
  return Buffer.concat([tag(field, 1), bytes]);
};
export const doubleField = (field: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([tag(field, 1), bytes]);
};
export const bytesField = (field: number, ...parts: readonly Uint8Array[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([tag(field, 2), Buffer.from(varint(bytes.length)), bytes]);
};
export const textField = (field: number, text: string): Buffer => bytesField(field, Buffer.from(text));

const fixed64s = (values: readonly number[]): Buffer =>
  Buffer.concat(values.map(value => fixed64Field(1, BigInt(value)).subarray(1)));
const doubles = (values: readonly number[]): Buffer =>
  Buffer.concat(values.map(value => doubleField(1, value).subarray(1)));

export type AttributeValue = string | number | boolean | null | readonly string[];
export type AttributeValues = Readonly<Record<string, AttributeValue>>;

export interface NumberDescription {
  readonly attributes?: AttributeValues;
  /** Written as an integer where it is one and `double` is not set. */
  readonly value?: number;
  readonly double?: boolean;
  readonly flags?: number;
}
export interface HistogramDescription {
  readonly attributes?: AttributeValues;
  readonly bounds?: readonly number[];
  readonly counts?: readonly number[];
  readonly count?: number;
  readonly sum?: number;
  readonly flags?: number;
}
export interface ExponentialDescription {
  readonly attributes?: AttributeValues;
  readonly scale?: number;
  readonly zeroCount?: number;
  readonly zeroThreshold?: number;
  readonly offset?: number;
  readonly counts?: readonly number[];
  readonly negative?: readonly number[];
  readonly count?: number;
  readonly sum?: number;
}
export interface MetricDescription {
  readonly name: string;
  readonly unit?: string;
  /** 1 is delta, 2 cumulative. */
  readonly temporality?: number;
  readonly monotonic?: boolean;
  readonly sum?: readonly NumberDescription[];
  readonly gauge?: readonly NumberDescription[];
  readonly histogram?: readonly HistogramDescription[];
  readonly exponential?: readonly ExponentialDescription[];
  /** How many empty points. */
  readonly summary?: number;
}

const anyValue = (value: AttributeValue): Buffer => {
  if (typeof value === 'string') return textField(1, value);
  if (typeof value === 'boolean') return varintField(2, value ? 1 : 0);
  if (typeof value === 'number') return Number.isInteger(value) ? varintField(3, value) : doubleField(4, value);
  if (value === null) return Buffer.alloc(0);
  return bytesField(5, ...value.map(text => bytesField(1, textField(1, text))));
};
export const attributeFields = (field: number, attributes: AttributeValues = {}): Buffer[] =>
  Object.entries(attributes).map(([key, value]) =>
    bytesField(field, textField(1, key), bytesField(2, anyValue(value))),
  );

const now = 1_790_000_000_000_000_000n;
const times = [fixed64Field(2, now), fixed64Field(3, now)];
const optional = <Value>(value: Value | undefined, write: (value: Value) => Buffer): Buffer[] =>
  value === undefined ? [] : [write(value)];

const numberPoint = ({attributes, value, double, flags}: NumberDescription): Buffer =>
  bytesField(
    1,
    ...times,
    ...optional(value, it =>
      double === true || !Number.isInteger(it) ? doubleField(4, it) : fixed64Field(6, BigInt(it)),
    ),
    ...attributeFields(7, attributes),
    ...optional(flags, it => varintField(8, it)),
  );

const countOf = ({count, counts = []}: {readonly count?: number; readonly counts?: readonly number[]}): number =>
  count ?? counts.reduce((sum, next) => sum + next, 0);

const histogramPoint = (point: HistogramDescription): Buffer =>
  bytesField(
    1,
    ...times,
    fixed64Field(4, BigInt(countOf(point))),
    ...optional(point.sum, it => doubleField(5, it)),
    bytesField(6, fixed64s(point.counts ?? [])),
    bytesField(7, doubles(point.bounds ?? [])),
    ...attributeFields(9, point.attributes),
    ...optional(point.flags, it => varintField(10, it)),
  );

const zigzag = (value: number): number => (value >= 0 ? 2 * value : -2 * value - 1);
const buckets = (field: number, offset: number, counts: readonly number[]): Buffer =>
  bytesField(field, varintField(1, zigzag(offset)), bytesField(2, Buffer.from(counts.flatMap(varint))));
const exponentialCount = (point: ExponentialDescription): number =>
  point.count ?? countOf({counts: [...(point.counts ?? []), ...(point.negative ?? []), point.zeroCount ?? 0]});

const exponentialPoint = (point: ExponentialDescription): Buffer =>
  bytesField(
    1,
    ...attributeFields(1, point.attributes),
    ...times,
    fixed64Field(4, BigInt(exponentialCount(point))),
    ...optional(point.sum, it => doubleField(5, it)),
    varintField(6, zigzag(point.scale ?? 0)),
    fixed64Field(7, BigInt(point.zeroCount ?? 0)),
    buckets(8, point.offset ?? 0, point.counts ?? []),
    ...optional(point.negative, it => buckets(9, 0, it)),
    ...optional(point.zeroThreshold, it => doubleField(14, it)),
  );

export const metricMessage = (metric: MetricDescription): Buffer => {
  const {name, unit = '', temporality = 1, monotonic = true, sum, gauge, histogram, exponential, summary} = metric;
  const temporal = varintField(2, temporality);
  return bytesField(
    2,
    textField(1, name),
    textField(2, 'A description.'),
    textField(3, unit),
    ...optional(gauge, points => bytesField(5, ...points.map(numberPoint))),
    ...optional(sum, points => bytesField(7, ...points.map(numberPoint), temporal, varintField(3, monotonic ? 1 : 0))),
    ...optional(histogram, points => bytesField(9, ...points.map(histogramPoint), temporal)),
    ...optional(exponential, points => bytesField(10, ...points.map(exponentialPoint), temporal)),
    ...optional(summary, points => bytesField(11, ...Array.from({length: points}, () => bytesField(1, ...times)))),
  );
};

/** Metric messages in one scope of one resource. */
export const requestOf = (...metrics: readonly Uint8Array[]): Buffer =>
  bytesField(
    1,
    bytesField(1, ...attributeFields(1, {'service.name': 'not the reporter'})),
    bytesField(2, bytesField(1, textField(1, 'mcp-auth-server')), ...metrics),
  );

export const toProtobuf = (...metrics: readonly MetricDescription[]): Buffer =>
  requestOf(...metrics.map(metricMessage));

const jsonValue = (value: AttributeValue): unknown => {
  if (typeof value === 'string') return {stringValue: value};
  if (typeof value === 'boolean') return {boolValue: value};
  if (typeof value === 'number') return Number.isInteger(value) ? {intValue: String(value)} : {doubleValue: value};
  return value === null ? {} : {arrayValue: {values: value.map(text => ({stringValue: text}))}};
};
const jsonAttributes = (attributes: AttributeValues = {}): unknown =>
  Object.entries(attributes).map(([key, value]) => ({key, value: jsonValue(value)}));
const jsonTimes = {startTimeUnixNano: String(now), timeUnixNano: String(now)};
/** As the mapping writes what JSON has no number for. */
const jsonDouble = (value: number | undefined): unknown =>
  value === undefined || Number.isFinite(value) ? value : String(value);

const jsonNumber = ({attributes, value, double, flags}: NumberDescription): unknown => ({
  ...jsonTimes,
  attributes: jsonAttributes(attributes),
  ...(value !== undefined &&
    (double === true || !Number.isInteger(value) ? {asDouble: jsonDouble(value)} : {asInt: String(value)})),
  flags,
});
const jsonHistogram = (point: HistogramDescription): unknown => ({
  ...jsonTimes,
  attributes: jsonAttributes(point.attributes),
  count: String(countOf(point)),
  sum: jsonDouble(point.sum),
  bucketCounts: point.counts?.map(String),
  explicitBounds: point.bounds?.map(jsonDouble),
  flags: point.flags,
});
const jsonExponential = (point: ExponentialDescription): unknown => ({
  ...jsonTimes,
  attributes: jsonAttributes(point.attributes),
  count: String(exponentialCount(point)),
  sum: jsonDouble(point.sum),
  scale: point.scale,
  zeroCount: String(point.zeroCount ?? 0),
  zeroThreshold: jsonDouble(point.zeroThreshold),
  positive: {offset: point.offset, bucketCounts: point.counts?.map(String)},
  negative: point.negative && {offset: 0, bucketCounts: point.negative.map(String)},
});

export const toJson = (...metrics: readonly MetricDescription[]): string =>
  JSON.stringify({
    resourceMetrics: [
      {
        resource: {attributes: jsonAttributes({'service.name': 'not the reporter'})},
        scopeMetrics: [
          {
            scope: {name: 'mcp-auth-server'},
            metrics: metrics.map(({name, unit, temporality = 1, monotonic = true, ...data}) => ({
              name,
              unit,
              description: 'A description.',
              gauge: data.gauge && {dataPoints: data.gauge.map(jsonNumber)},
              sum: data.sum && {
                dataPoints: data.sum.map(jsonNumber),
                aggregationTemporality: temporality,
                isMonotonic: monotonic,
              },
              histogram: data.histogram && {
                dataPoints: data.histogram.map(jsonHistogram),
                aggregationTemporality: temporality,
              },
              exponentialHistogram: data.exponential && {
                dataPoints: data.exponential.map(jsonExponential),
                aggregationTemporality: temporality,
              },
              summary: data.summary && {dataPoints: Array.from({length: data.summary}, () => jsonTimes)},
            })),
          },
        ],
      },
    ],
  });
