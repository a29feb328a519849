/**
 * Every numeric field of a data point with extreme values, in both encodings: the point is counted right or rejected
 * with its field named, and never costs its neighbours.
 */
import test, {type ExecutionContext} from 'ava';
import {nonZero, sampleValue} from './exposition-samples.ts';
import {type Encoding, type ExportResponse, encodings, postExport} from './otlp-client.ts';
import {
  bytesField,
  doubleField,
  type ExponentialDescription,
  fixed64Field,
  type MetricDescription,
  requestOf,
  tag,
  textField,
  toJson,
  toProtobuf,
  varintField,
} from './otlp-encode.ts';
import {createRandom, seedOfTests} from './random.ts';
import {type Running, start} from './running-service.ts';

const family = 'mcp_rate_limit_backend_duration_seconds';
const histogramName = 'mcpgw_rate_limit_backend_duration';
const counterName = 'mcpgw_rate_limit_errors_total';
const neighbour: MetricDescription = {
  name: 'mcpgw_registry_nginx_config_writes_total',
  unit: '1',
  sum: [{attributes: {status: 'success'}, value: 1}],
};
const attributes = {op: 'get'};

const specials = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  -0,
  -Number.MIN_VALUE,
  Number.MAX_VALUE,
  2 ** 31,
  2 ** 32,
  2 ** 53 + 2,
  2 ** 63,
  2 ** 64 - 1,
  2 ** 64,
] as const;

/** The value as each encoding writes it: JSON has no number for what is not finite. */
const jsonOf = (value: number): unknown =>
  Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value);

type JsonPoint = Readonly<Record<string, unknown>>;
const jsonExport = (metric: object): string => {
  const {resourceMetrics} = JSON.parse(toJson(neighbour));
  resourceMetrics[0].scopeMetrics[0].metrics.unshift(metric);
  return JSON.stringify({resourceMetrics});
};
const attributeList = [{key: 'op', value: {stringValue: 'get'}}];
const sumOf = (point: JsonPoint) => ({
  name: counterName,
  sum: {dataPoints: [point], aggregationTemporality: 1, isMonotonic: true},
});
const histogramOf = (point: JsonPoint) => ({
  name: histogramName,
  unit: 's',
  histogram: {dataPoints: [{attributes: attributeList, ...point}], aggregationTemporality: 1},
});
const exponentialOf = (point: JsonPoint) => ({
  name: histogramName,
  unit: 's',
  exponentialHistogram: {dataPoints: [{attributes: attributeList, ...point}], aggregationTemporality: 1},
});

/** Each numeric field, with one value in the place of a good one. */
const jsonFields: Readonly<Record<string, (value: unknown) => object>> = {
  'sum: asInt': value => sumOf({asInt: value}),
  'sum: asDouble': value => sumOf({asDouble: value}),
  'sum: flags': value => sumOf({asInt: '1', flags: value}),
  'sum: temporality': value => ({name: counterName, sum: {dataPoints: [{asInt: '1'}], aggregationTemporality: value}}),
  'histogram: count': value => histogramOf({count: value, sum: 1, explicitBounds: [1], bucketCounts: [1, 0]}),
  'histogram: sum': value => histogramOf({count: 1, sum: value, explicitBounds: [1], bucketCounts: [1, 0]}),
  'histogram: bucketCounts': value => histogramOf({count: 1, sum: 1, explicitBounds: [1], bucketCounts: [1, value]}),
  'histogram: explicitBounds': value => histogramOf({count: 1, sum: 1, explicitBounds: [value], bucketCounts: [1, 0]}),
  'histogram: flags': value => histogramOf({count: 1, sum: 1, flags: value}),
  'exponential: count': value => exponentialOf({count: value, sum: 1, zeroCount: 1}),
  'exponential: sum': value => exponentialOf({count: 1, sum: value, zeroCount: 1}),
  'exponential: scale': value =>
    exponentialOf({count: 1, sum: 1, scale: value, positive: {offset: -1, bucketCounts: [1]}}),
  'exponential: zeroCount': value => exponentialOf({count: 1, sum: 1, zeroCount: value}),
  'exponential: zeroThreshold': value => exponentialOf({count: 1, sum: 1, zeroCount: 1, zeroThreshold: value}),
  'exponential: offset': value => exponentialOf({count: 1, sum: 1, positive: {offset: value, bucketCounts: [1]}}),
  'exponential: positive': value => exponentialOf({count: 1, sum: 1, positive: {bucketCounts: [1, value]}}),
  'exponential: negative': value => exponentialOf({count: 1, sum: 1, zeroCount: 1, negative: {bucketCounts: [value]}}),
};

const isZero = (value: number): boolean => value === 0;
const isAnyInteger = (value: number): boolean => Number.isInteger(value);
/** The special values with which a point is counted, by field; none where a field is missing. */
const countable: Readonly<Record<string, (value: number) => boolean>> = {
  'sum: asInt': isZero,
  'sum: asDouble': isZero,
  'sum: flags': isAnyInteger,
  'histogram: sum': isZero,
  'histogram: bucketCounts': isZero,
  'histogram: explicitBounds': value => value >= 0,
  'histogram: flags': isAnyInteger,
  'exponential: sum': isZero,
  'exponential: scale': value => value === -1 || isZero(value),
  'exponential: zeroThreshold': value => value >= 0 && Number.isFinite(value),
  'exponential: offset': value => value === -1 || isZero(value),
  'exponential: positive': isZero,
  'exponential: negative': isZero,
};

/** Sums of the exposition must be numbers, and cumulative buckets must not go down. */
const checkExposition = async (t: ExecutionContext, service: Running, where: string): Promise<void> => {
  const samples = await service.samples();
  let before = 0;
  for (const {name, labels, value} of samples.filter(({name: family}) => family.startsWith('mcp_'))) {
    t.true(Number.isFinite(value) && value >= 0, `${where}: ${name} ${value}`);
    if (name !== `${family}_bucket` || labels['op'] !== 'get') continue;
    t.true(value >= before, `${where}: ${labels['le']}`);
    before = value;
  }
  t.is(sampleValue(samples, `${family}_count`, {op: 'get'}) ?? 0, before, where);
};

/** An export is counted, rejected with the field named, or malformed as a whole. */
const checkResponse = (
  t: ExecutionContext,
  response: ExportResponse,
  where: string,
): 'accepted' | 'rejected' | 'malformed' => {
  const {status, rejected, errorMessage, message} = response;
  if (status === 400) {
    t.regex(message, /: expected .+, found /, where);
    return 'malformed';
  }
  t.is(status, 200, `${where}: ${message}`);
  if (rejected === 0) return 'accepted';
  t.is(rejected, 1, where);
  t.regex(errorMessage, /^mcpgw_rate_limit_\w+(?:\.[a-z_.]+)?: expected .+, found \S/, where);
  return 'rejected';
};

test("every numeric field of OTLP's JSON with extreme values is counted, rejected or malformed", async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1000000'}});
  const accepted: string[] = [];
  let neighbours = 0;
  for (const [field, metricOf] of Object.entries(jsonFields))
    for (const special of specials) {
      const where = `${field} ${Object.is(special, -0) ? '-0' : special}`;
      const response = await postExport(service, {encoding: 'json', body: jsonExport(metricOf(jsonOf(special)))});
      const outcome = checkResponse(t, response, where);
      if (outcome === 'accepted') accepted.push(where);
      if (outcome !== 'malformed') neighbours += 1;
      await checkExposition(t, service, where);
    }
  const expected = Object.entries(countable).flatMap(([field, isCountable]) =>
    specials
      .filter(special => isCountable(special))
      .map(special => `${field} ${Object.is(special, -0) ? '-0' : special}`),
  );
  t.deepEqual(accepted.toSorted(), expected.toSorted());
  t.is(await service.read('mcp_nginx_config_writes_total', {status: 'success'}), neighbours);
});

const pointOf = (...fields: readonly Uint8Array[]) => bytesField(1, ...fields);
const exponentialMetric = (...fields: readonly Uint8Array[]): Buffer =>
  bytesField(2, textField(1, histogramName), textField(3, 's'), bytesField(10, pointOf(...fields), varintField(2, 1)));

/** A number of 64 bits in ten bytes, as no encoder writes a sint32. */
const longVarint = (field: number, value: bigint): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (let index = 0; index < 9; index += 1) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest & 1n));
  return Buffer.concat([tag(field, 0), Buffer.from(bytes)]);
};

test('a scale or an offset of more than 32 bits in protobuf is read as its lowest 32', async t => {
  const service = await start(t);
  const high = 0xffff_ffff_0000_0000n;
  const body = requestOf(
    exponentialMetric(
      fixed64Field(4, 1n),
      doubleField(5, 1),
      longVarint(6, high | 2n), // scale 1
      bytesField(8, longVarint(1, high | 3n), bytesField(2, Buffer.from([1]))), // offset -2
    ),
  );
  t.is((await postExport(service, {encoding: 'protobuf', body})).rejected, 0);
  // From 2 ** (-2 / 2) up to 2 ** (-1 / 2).
  t.is(sampleValue(await service.samples(), `${family}_bucket`, {op: 'unknown', le: '0.5'}), 0);
  t.is(sampleValue(await service.samples(), `${family}_bucket`, {op: 'unknown', le: '0.75'}), 1);
});

const exports: Readonly<Record<Encoding, (metric: MetricDescription) => string | Buffer>> = {
  json: metric => toJson(metric, neighbour),
  protobuf: metric => toProtobuf(metric, neighbour),
};

const scales = [-(2 ** 31), -1024, -1023, -1022, -11, -10, -9, -1, 0, 1, 8, 19, 20, 21, 52, 1023, 1075, 2 ** 31 - 1];
const offsets = [
  -(2 ** 31),
  -(2 ** 31) + 1,
  -1_048_576,
  -1074,
  -160,
  -2,
  -1,
  0,
  1,
  160,
  1023,
  1024,
  2 ** 31 - 2,
  2 ** 31 - 1,
];
const thresholds = [0, -0, Number.MIN_VALUE, 1e-9, 0.005, 1, 1e300, -1, Number.NaN, Number.POSITIVE_INFINITY];

/** Whether the point can be counted, by the contract and not by the code. */
const isCountable = ({scale = 0, zeroThreshold = 0}: ExponentialDescription): boolean =>
  scale >= -10 && scale <= 20 && zeroThreshold >= 0 && Number.isFinite(zeroThreshold);

/** Base-2 logarithms of the upper bounds that the point's measurements have. */
const uppersOf = ({scale = 0, offset = 0, counts = [], zeroCount = 0, zeroThreshold = 0}: ExponentialDescription) => [
  ...new Array(zeroCount).fill(Math.log2(zeroThreshold)),
  ...counts.flatMap((count, index) => new Array(count).fill((offset + index + 1) / 2 ** scale)),
];

for (const encoding of encodings)
  test(`exponential histograms of any scale, offset and threshold are counted right or rejected (${encoding})`, async t => {
    const chance = createRandom(seedOfTests());
    t.log(`FUZZ_SEED=${seedOfTests()}`);
    const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1000000'}});
    const pick = <Item>(items: readonly Item[]): Item => items[chance.below(items.length)] as Item; // below the length
    const uppers: number[] = [];
    let rejections = 0;
    for (let round = 0; round < 300; round += 1) {
      const point: ExponentialDescription = {
        attributes,
        scale: pick(scales),
        offset: pick(offsets),
        zeroThreshold: pick(thresholds),
        zeroCount: chance.below(3),
        counts: Array.from({length: chance.below(5)}, () => chance.below(4)),
        sum: 0,
      };
      const metric = {name: histogramName, unit: 's', exponential: [point]};
      const response = await postExport(service, {encoding, body: exports[encoding](metric)});
      const outcome = checkResponse(t, response, JSON.stringify(point));
      t.is(outcome, isCountable(point) ? 'accepted' : 'rejected', `${JSON.stringify(point)} ${point.zeroThreshold}`);
      if (outcome === 'accepted') uppers.push(...uppersOf(point));
      else rejections += 1;
    }
    const samples = await service.samples();
    for (const {name, labels, value} of samples) {
      if (name !== `${family}_bucket` || labels['op'] !== 'get') continue;
      const le = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Math.log2(Number(labels['le']));
      t.is(value, uppers.filter(upper => upper <= le).length, labels['le']);
    }
    t.deepEqual(nonZero(samples, 'mcp_metrics_service_rejected_total'), {'emitter=registry reason=range': rejections});
    t.is(sampleValue(samples, 'mcp_nginx_config_writes_total', {status: 'success'}), 300);
  });

test('measurements below 0 are rejected in explicit buckets as well', async t => {
  for (const encoding of encodings) {
    const service = await start(t);
    const metric = {
      name: histogramName,
      unit: 's',
      histogram: [{attributes, bounds: [-5, 0, 5], counts: [2, 1, 1, 0], sum: 1}],
    };
    const {rejected, errorMessage} = await postExport(service, {encoding, body: exports[encoding](metric)});
    t.is(rejected, 1);
    t.is(errorMessage, `${histogramName}.bucket_counts: expected no measurements below 0, found 2`);
    const at0 = {...metric, histogram: [{attributes, bounds: [-5, 0, 5], counts: [0, 1, 1, 0], sum: 1}]};
    t.is((await postExport(service, {encoding, body: exports[encoding](at0)})).rejected, 0);
    t.is(await service.read(`${family}_count`, {op: 'get'}), 2);
  }
});

test('counts of negative measurements are found behind 1,024 zeros, and where they cancel each other', async t => {
  const service = await start(t);
  for (const negative of [
    [...new Array(2000).fill(0), 5],
    [-5, 5],
  ]) {
    const metric = {
      name: histogramName,
      unit: 's',
      exponential: [{attributes, zeroCount: 1, count: 1, negative, sum: 1}],
    };
    const {rejected, errorMessage} = await postExport(service, {encoding: 'json', body: toJson(metric, neighbour)});
    t.is(rejected, 1);
    t.regex(errorMessage, /negative: expected no measurements below 0, found \d+$/);
  }
});
