/**
 * Exports that no SDK sends, with default limits: nothing ends the process or costs the neighbours
 * an event. FUZZ_SEED chooses others.
 */
import {setTimeout as pause} from 'node:timers/promises';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {maxPointBytes} from '../src/otlp/points.ts';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {encodings, exportMetrics, postExport} from './otlp-client.ts';
import {
  attributeFields,
  bytesField,
  doubleField,
  fixed64Field,
  type MetricDescription,
  metricMessage,
  requestOf,
  tag,
  textField,
  toJson,
  toProtobuf,
  varintField,
} from './otlp-encode.ts';
import {createRandom, type Random, seedOfTests} from './random.ts';
import {start} from './running-service.ts';
import {runSmallHeap, type SmallHeap} from './small-heap.ts';
import {percentile} from './well-behaved-client.ts';

const good: MetricDescription = {
  name: 'mcpgw_registry_nginx_config_writes_total',
  unit: '1',
  sum: [{attributes: {status: 'success'}, value: 1}],
};
const maxStallMs = 250;
const pauseMs = 5;
const counter = 'mcp_nginx_config_writes_total';

const sumMetric = (...points: readonly Uint8Array[]): Buffer =>
  bytesField(2, textField(1, good.name), bytesField(7, ...points, varintField(2, 1), varintField(3, 1)));
const histogramMetric = (...points: readonly Uint8Array[]): Buffer =>
  bytesField(
    2,
    textField(1, 'mcpgw_registry_operation_duration'),
    textField(3, 'ms'),
    bytesField(9, ...points, varintField(2, 1)),
  );
const point = (...fields: readonly Uint8Array[]): Buffer => bytesField(1, ...fields);
const success = attributeFields(7, {status: 'success'});
const ten = (byte: number): Buffer => Buffer.alloc(10, byte);

const nested = (depth: number): Buffer => {
  let value = textField(1, 'x');
  for (let level = 0; level < depth; level += 1) value = bytesField(5, bytesField(1, value));
  return value;
};
const withAttribute = (value: Uint8Array): Buffer =>
  requestOf(sumMetric(point(fixed64Field(6, 1n), bytesField(7, textField(1, 'status'), bytesField(2, value)))));

/** Bodies that are not an export. */
const malformed: Readonly<Record<string, Uint8Array>> = {
  'only a tag': tag(1, 2),
  'a length past the end': Buffer.from([10, 200, 1, 0]),
  'a length of 2^63': Buffer.from([10, 255, 255, 255, 255, 255, 255, 255, 255, 127]),
  'a varint of eleven bytes': Buffer.concat([tag(9, 0), ten(255), Buffer.from([1])]),
  'field number 0': Buffer.from([0, 0]),
  'wire type 6': Buffer.from([14]),
  'wire type 7': Buffer.from([15]),
  'the end of a group that did not start': Buffer.from([12]),
  'a group without end': Buffer.concat([tag(99, 3), varintField(1, 1)]),
  'half a double': requestOf(sumMetric(point(doubleField(4, 1).subarray(0, 5)))),
  'packed counts of seven bytes': requestOf(histogramMetric(point(bytesField(6, Buffer.alloc(7))))),
  'attributes nested too deep': withAttribute(nested(200)),
  'a message inside that is longer than the one around it': bytesField(1, Buffer.from([18, 100, 0])),
};
for (const [what, body] of Object.entries(malformed))
  test(`${what} is malformed`, async t => {
    const service = await start(t);
    const {status, code, message} = await postExport(service, {encoding: 'protobuf', body});
    t.deepEqual([status, code], [400, 3], message);
    t.regex(message, /^\w+ at byte \d+: expected .+, found .+$/);
    t.is(sumOf(await service.samples(), counter), 0);
  });

/** Valid exports in forms that no SDK writes, with the increase of the counter. */
const unusual: Readonly<Record<string, readonly [body: Uint8Array, counts: number]>> = {
  'fields that are not known': [
    requestOf(
      Buffer.concat([tag(500, 2), Buffer.from([1, 7])]),
      Buffer.concat([
        tag(501, 3),
        varintField(1, 1),
        fixed64Field(2, 1n),
        textField(3, 'x'),
        tag(4, 5),
        Buffer.alloc(4),
        tag(501, 4),
      ]),
      sumMetric(point(fixed64Field(6, 1n), ...success, varintField(77, 5))),
    ),
    1,
  ],
  'known fields of another wire type': [
    requestOf(
      sumMetric(point(varintField(6, 9), textField(4, 'x'), doubleField(7, 1), fixed64Field(6, 2n), ...success)),
    ),
    2,
  ],
  'attributes apart from each other': [
    requestOf(
      sumMetric(
        point(...attributeFields(7, {other: 'x'}), fixed64Field(6, 1n), ...success),
        point(...attributeFields(7, {other: 'y'}), fixed64Field(6, 1n), ...success),
      ),
    ),
    2,
  ],
  'temporality after the points, and before them': [
    requestOf(
      bytesField(
        2,
        bytesField(7, varintField(3, 1), varintField(2, 1), point(fixed64Field(6, 3n), ...success)),
        textField(1, good.name),
      ),
    ),
    3,
  ],
  'the last of two values': [requestOf(sumMetric(point(fixed64Field(6, 5n), doubleField(4, 2), ...success))), 2],
  'an attribute nested as deep as may be': [
    Buffer.concat([withAttribute(nested(20)), requestOf(sumMetric(point(fixed64Field(6, 1n), ...success)))]),
    1,
  ],
  'names and values that are not UTF-8': [
    Buffer.concat([
      requestOf(bytesField(2, bytesField(1, Buffer.from([255, 254])), bytesField(7, point(fixed64Field(6, 1n))))),
      requestOf(
        sumMetric(
          point(
            fixed64Field(6, 1n),
            bytesField(7, bytesField(1, Buffer.from([0xc0])), bytesField(2, bytesField(1, Buffer.from([0x80])))),
            ...success,
          ),
        ),
      ),
    ]),
    1,
  ],
};
for (const [what, [body, counts]] of Object.entries(unusual))
  test(`${what}: accepted as protobuf's readers do`, async t => {
    const service = await start(t);
    const {status, message} = await postExport(service, {encoding: 'protobuf', body});
    t.is(status, 200, message);
    t.is(await service.read(counter, {status: 'success'}), counts);
  });

test('counts and bounds may be packed, unpacked or both', async t => {
  const service = await start(t);
  const packed = [
    bytesField(6, Buffer.concat([fixed64Field(1, 1n).subarray(1), fixed64Field(1, 2n).subarray(1)])),
    doubleField(7, 5),
  ];
  const unpacked = [fixed64Field(6, 1n), fixed64Field(6, 2n), bytesField(7, doubleField(7, 5).subarray(1))];
  for (const fields of [packed, unpacked]) {
    const body = requestOf(histogramMetric(point(fixed64Field(4, 3n), doubleField(5, 30), ...fields)));
    t.is((await postExport(service, {encoding: 'protobuf', body})).status, 200);
  }
  const family = 'mcp_registry_operation_duration_seconds';
  const samples = await service.samples();
  t.is(sumOf(samples, `${family}_bucket`, {le: '0.005'}), 2);
  t.is(sumOf(samples, `${family}_count`), 6);
});

test('64-bit numbers that a double cannot represent are rejected as out of range', async t => {
  const service = await start(t);
  for (const value of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n]) {
    const body = requestOf(sumMetric(point(fixed64Field(6, value), ...success)), metricMessage(good));
    t.is((await postExport(service, {encoding: 'protobuf', body})).rejected, 1);
  }
  const body = requestOf(histogramMetric(point(fixed64Field(4, -1n), doubleField(5, 1))), metricMessage(good));
  t.is((await postExport(service, {encoding: 'protobuf', body})).rejected, 1);
  t.is(await service.read(counter, {status: 'success'}), 4);
});

test('a point too long to be read in one go is rejected, and its neighbour is not', async t => {
  const service = await start(t);
  const long = point(fixed64Field(6, 1n), bytesField(99, Buffer.alloc(300_000)), ...success);
  const body = requestOf(sumMetric(long, point(fixed64Field(6, 1n), ...success)));
  const {status, rejected, errorMessage} = await postExport(service, {encoding: 'protobuf', body});
  t.deepEqual([status, rejected], [200, 1]);
  t.regex(
    errorMessage,
    /^mcpgw_registry_nginx_config_writes_total\.data_points: expected points of at most 262144 bytes, found 3000\d\d$/,
  );
  t.is(await service.read(counter, {status: 'success'}), 1);
});

const corrupt = (chance: Random, body: Buffer): Buffer => {
  const bytes = Buffer.from(body);
  for (let changes = 1 + chance.below(4); changes > 0; changes -= 1)
    bytes[chance.below(bytes.length)] = chance.below(256);
  return chance.once(4) ? bytes.subarray(0, chance.below(bytes.length)) : bytes;
};

test('an export with bytes changed at random is counted, rejected or malformed, and never anything else', async t => {
  t.log(`FUZZ_SEED=${seedOfTests()}`);
  const chance = createRandom(seedOfTests());
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1000000'}});
  const latency: MetricDescription = {
    name: 'mcpgw_registry_operation_duration',
    unit: 'ms',
    histogram: [{attributes: {operation: 'read', success: 'True'}, bounds: [5, 10], counts: [1, 2, 3], sum: 40}],
    exponential: [{attributes: {operation: 'read'}, scale: 2, offset: -3, counts: [1, 2, 3], zeroCount: 1, sum: 4}],
  };
  const bodies = {protobuf: toProtobuf(good, latency), json: Buffer.from(toJson(good, latency))};
  for (let round = 0; round < 1500; round += 1) {
    const encoding = chance.pick(['protobuf', 'json'] as const);
    const body = corrupt(chance, bodies[encoding]);
    const {status} = await postExport(service, {encoding, body});
    t.true(status === 200 || status === 400, `${status} for ${body.toString('base64')}`);
  }
  for (const {name, value} of await service.samples())
    t.true(Number.isFinite(value) || /start_time/.test(name), `${name} ${value}`);
});

/** One exponential histogram of points as long as may be, each full of a field. */
const exponentialMetric = (field: Uint8Array, size: number): Buffer =>
  bytesField(
    2,
    textField(1, 'mcpgw_registry_operation_duration'),
    textField(3, 'ms'),
    bytesField(10, fill(point(fill(field, maxPointBytes)), size), varintField(2, 1)),
  );

const fill = (part: Uint8Array, size: number): Buffer =>
  Buffer.alloc(Math.floor(size / part.length) * part.length, part);
const names = (count: number): Buffer =>
  Buffer.concat(
    Array.from({length: count}, (_, index) => bytesField(2, textField(1, `n${index}`), bytesField(7, point()))),
  );
const differing = (count: number): Buffer[] =>
  Array.from({length: count}, (_, index) => point(fixed64Field(6, 0n), ...attributeFields(7, {status: String(index)})));
const text = (part: string, size: number): string =>
  new Array(Math.floor(size / part.length)).fill(part).join('').slice(0, -1);

/** Bodies as large as may be, each the worst of its kind. */
const large = (size: number): Readonly<Record<string, readonly ['protobuf' | 'json', Uint8Array | string]>> => ({
  'points without anything': ['protobuf', requestOf(sumMetric(fill(point(), size)))],
  'points that count': ['protobuf', requestOf(sumMetric(fill(point(fixed64Field(6, 0n), ...success), size)))],
  'points with attributes that differ': [
    'protobuf',
    requestOf(sumMetric(Buffer.concat(differing(Math.floor(size / 60))))),
  ],
  'histograms with as many buckets as may be': [
    'protobuf',
    requestOf(
      histogramMetric(
        fill(
          point(
            fixed64Field(4, 0n),
            doubleField(5, 0),
            bytesField(6, Buffer.alloc(8 * 1024)),
            bytesField(7, Buffer.alloc(8 * 1023)),
          ),
          size,
        ),
      ),
    ),
  ],
  'a histogram with more buckets than may be': [
    'protobuf',
    requestOf(histogramMetric(point(fixed64Field(4, 0n), bytesField(6, Buffer.alloc(size - (size % 8)))))),
  ],
  'exponential histograms of buckets below 0 without any': [
    'protobuf',
    requestOf(exponentialMetric(bytesField(9), size)),
  ],
  'exponential histograms of buckets without any': ['protobuf', requestOf(exponentialMetric(bytesField(8), size))],
  'attributes without end': [
    'protobuf',
    requestOf(sumMetric(point(fill(attributeFields(7, {a: ''})[0] ?? Buffer.alloc(1), size)))),
  ],
  'resources without anything': ['protobuf', fill(bytesField(1), size)],
  'metrics without anything': ['protobuf', requestOf(fill(bytesField(2), size))],
  'instruments that are not known': ['protobuf', requestOf(names(size / 14))],
  'one long name': ['protobuf', requestOf(bytesField(2, textField(1, 'x'.repeat(size)), bytesField(7, point())))],
  'arrays in arrays': ['protobuf', withAttribute(bytesField(5, fill(bytesField(1, bytesField(5)), size)))],
  'empty JSON objects': ['json', `{"resourceMetrics":[${text('{},', size)}]}`],
  'JSON points': [
    'json',
    toJson({...good, sum: []}).replace('"dataPoints":[]', `"dataPoints":[${text('{"asInt":1},', size)}]`),
  ],
  'JSON arrays in arrays': ['json', `{"resourceMetrics":${'['.repeat(size / 2)}`],
});

/** Sends a neighbour's exports until `under` has settled, and returns the processor time of the service that each waited for. */
const besideNeighbours = async (
  t: ExecutionContext,
  service: SmallHeap,
  under: Promise<unknown>,
): Promise<readonly number[]> => {
  let settled = false;
  under.finally(() => {
    settled = true;
  });
  const tookMs: number[] = [];
  do {
    const startedAt = service.processorMs();
    const response = await exportMetrics(service, encodings[tookMs.length % 2] ?? 'protobuf', good);
    tookMs.push(service.processorMs() - startedAt);
    t.is(response.status, 200);
    await pause(pauseMs);
  } while (!settled);
  return tookMs;
};

test.serial(
  'eight bodies of the largest size at a time neither end the process, nor block it, nor cost others a point',
  async t => {
    t.timeout(300_000);
    const service = await runSmallHeap(t);
    const limit = service.maxRequestSize;
    t.true(limit > 100_000, `${limit}`);
    const tookMs: number[] = [];
    service.measure();
    for (const [what, [encoding, body]] of Object.entries(large(limit - 1000))) {
      const zipped = gzipSync(body);
      const sending = Promise.all(
        Array.from({length: 4}, () => [
          postExport(service, {encoding, body}),
          postExport(service, {encoding, body: zipped, headers: {'Content-Encoding': 'gzip'}}),
        ]).flat(),
      );
      const startedAt = performance.now();
      tookMs.push(...(await besideNeighbours(t, service, sending)));
      t.log(`${what}: ${Math.round(performance.now() - startedAt)} ms`);
      for (const {status} of await sending) t.true([200, 400, 413, 503].includes(status), `${what}: ${status}`);
    }
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const bombs = Promise.all(
      Array.from({length: 8}, () =>
        postExport(service, {encoding: 'protobuf', body: bomb, headers: {'Content-Encoding': 'gzip'}}),
      ),
    );
    tookMs.push(...(await besideNeighbours(t, service, bombs)));
    for (const {status} of await bombs) t.is(status, 413);

    const counted200 = sampleValue(await service.samples(), counter, {status: 'success'}) ?? 0;
    t.true(counted200 >= tookMs.length, `${counted200} of ${tookMs.length}`);
    const p99Ms = percentile(tookMs, 0.99, pauseMs);
    const {code, stallMs} = await service.end();
    t.log(`p99 ${p99Ms.toFixed(0)} ms, longest stall ${stallMs.toFixed(0)} ms, in processor time of the service`);
    t.is(code, 0);
    t.true(stallMs < maxStallMs, `the event loop was blocked for ${stallMs} ms`);
    t.true(p99Ms < maxStallMs, `${p99Ms} ms`);
  },
);

test.serial('of names, units and values as long as a body nothing is kept but what becomes a label', async t => {
  t.timeout(120_000);
  const service = await runSmallHeap(t);
  const limit = service.maxRequestSize - 2000;
  const tail = (index: number): string => `${'a'.repeat(128)}${index}${'b'.repeat(limit)}`.slice(0, limit);
  const point = {value: 1};
  // In all more than the heap, three times.
  for (let index = 0; index < (3 * 259e6) / limit / 3; index += 1) {
    const shapes: readonly MetricDescription[] = [
      {name: 'peer_sync_failures_total', sum: [{...point, attributes: {failure_type: tail(index)}}]},
      {name: tail(index), sum: [point]},
      {...good, unit: tail(index)},
    ];
    for (const shape of shapes) {
      const body = gzipSync(toJson(shape), {level: 1});
      const {status} = await postExport(service, {encoding: 'json', body, headers: {'Content-Encoding': 'gzip'}});
      t.is(status, shape.unit === undefined ? 200 : 400);
    }
  }
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_peer_sync_failures_total', {failure_type: 'a'.repeat(128)}), Math.ceil(259e6 / limit));
  t.is((await service.end()).code, 0);
});
