/** How an instrument's buckets become a metric's: no measurement is counted below the upper bound of its original bucket. */

import {type AggregationOption, AggregationType} from '@opentelemetry/sdk-metrics';
import test from 'ava';
import {nonZero} from './exposition-samples.ts';
import {encodings, exportMetrics} from './otlp-client.ts';
import type {ExponentialDescription, HistogramDescription} from './otlp-encode.ts';
import {createSdk} from './otlp-sdk.ts';
import {createRandom, seedOfTests} from './random.ts';
import {type Running, start} from './running-service.ts';

const family = 'mcp_rate_limit_backend_duration_seconds';
const name = 'mcpgw_rate_limit_backend_duration';
const attributes = {op: 'get'};

/** Counts of the family's buckets by upper bound, not cumulative, without those at 0. */
const bucketsOf = async (service: Running): Promise<Readonly<Record<string, number>>> => {
  const samples = (await service.samples()).filter(
    ({name: sample, labels}) => sample === `${family}_bucket` && labels['op'] === 'get',
  );
  let before = 0;
  const counts: Record<string, number> = {};
  for (const {labels, value} of samples) {
    if (value > before) counts[labels['le'] ?? ''] = value - before;
    before = value;
  }
  return counts;
};

const merges = test.macro(
  async (t, unit: string, point: HistogramDescription, expected: Readonly<Record<string, number>>, sum: number) => {
    for (const encoding of encodings) {
      const service = await start(t);
      const {status, rejected, errorMessage} = await exportMetrics(service, encoding, {
        name,
        unit,
        histogram: [{attributes, ...point}],
      });
      t.deepEqual({status, rejected, errorMessage}, {status: 200, rejected: 0, errorMessage: ''});
      t.deepEqual(await bucketsOf(service), expected);
      const samples = await service.samples();
      const total = Object.values(expected).reduce((all, count) => all + count, 0);
      t.deepEqual(nonZero(samples, `${family}_count`), {'op=get': total});
      t.true(Math.abs((nonZero(samples, `${family}_sum`)['op=get'] ?? 0) - sum) < 1e-9);
    }
  },
);

const gatewayBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];
test(
  "the gateway's bounds are the service's, and what lies over the last goes to +Inf",
  merges,
  'ms',
  {bounds: gatewayBounds, counts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16], sum: 999},
  {
    0.005: 3,
    0.01: 3,
    0.025: 4,
    0.05: 5,
    0.075: 6,
    0.1: 7,
    0.25: 8,
    0.5: 9,
    0.75: 10,
    1: 11,
    2.5: 12,
    5: 13,
    7.5: 14,
    10: 15,
    '+Inf': 16,
  },
  0.999,
);
test(
  'a bound between two goes to the upper',
  merges,
  'ms',
  {bounds: [6, 60, 20_000], counts: [1, 2, 3, 4], sum: 1},
  {0.01: 1, 0.075: 2, 30: 3, '+Inf': 4},
  0.001,
);
test('a point without buckets goes to +Inf', merges, 'ms', {count: 3, sum: 30}, {'+Inf': 3}, 0.03);
for (const [unit, factor] of [
  ['s', 1],
  ['ms', 1e3],
  ['us', 1e6],
  ['ns', 1e9],
  ['', 1e3],
] as const)
  test(
    `the unit ${unit === '' ? 'that is not declared' : unit} is converted`,
    merges,
    unit,
    {bounds: [0.05 * factor, 2.5 * factor], counts: [1, 1, 1], sum: 7 * factor},
    {0.05: 1, 2.5: 1, '+Inf': 1},
    7,
  );

test('buckets of an export are merged into HISTOGRAM_BUCKET_BOUNDARIES', async t => {
  const service = await start(t, {variables: {HISTOGRAM_BUCKET_BOUNDARIES: '0.02,0.3'}});
  await exportMetrics(service, 'protobuf', {
    name,
    unit: 'ms',
    histogram: [{attributes, bounds: gatewayBounds, counts: gatewayBounds.concat(0).fill(1), sum: 1}],
  });
  t.deepEqual(await bucketsOf(service), {0.02: 3, 0.3: 5, '+Inf': 8});
});

const converts = test.macro(async (t, point: ExponentialDescription, expected: Readonly<Record<string, number>>) => {
  for (const encoding of encodings) {
    const service = await start(t);
    const {status, errorMessage} = await exportMetrics(service, encoding, {
      name,
      unit: 's',
      exponential: [{attributes, sum: 1, ...point}],
    });
    t.deepEqual({status, errorMessage}, {status: 200, errorMessage: ''});
    t.deepEqual(await bucketsOf(service), expected);
  }
});
test(
  'exponential buckets of base 2 go to the bucket over their upper bound',
  converts,
  {scale: 0, offset: -2, counts: [1, 2, 3, 4]},
  {0.5: 1, 1: 2, 2.5: 3, 5: 4},
);
test(
  'exponential buckets of a small base go there too',
  converts,
  {scale: 3, offset: -8, counts: [1, 0, 2]},
  {0.75: 3},
);
test(
  'measurements of zero go to the first bucket',
  converts,
  {zeroCount: 5, counts: [1], offset: -4},
  {0.005: 5, 0.25: 1},
);

test('whatever the SDK measures, in explicit or exponential buckets, lies in a bucket that reaches as far', async t => {
  const chance = createRandom(seedOfTests());
  t.log(`FUZZ_SEED=${seedOfTests()}`);
  for (const aggregation of [
    {type: AggregationType.EXPONENTIAL_HISTOGRAM},
    {type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: {boundaries: [1, 3, 17, 90, 333, 1001, 4444]}},
  ] satisfies AggregationOption[]) {
    const service = await start(t);
    const sdk = createSdk({apiPort: service.apiPort, views: [{instrumentName: '*', aggregation}]});
    t.teardown(() => sdk.shutdown());
    const histogram = sdk.meter.createHistogram(name, {unit: 'ms'});
    const values = Array.from({length: 500}, () => Math.exp(chance.below(10_000) / 900) - 1);
    for (const value of values) histogram.record(value, attributes);
    await sdk.flush();
    const samples = await service.samples();
    for (const {name: sample, labels, value} of samples) {
      if (sample !== `${family}_bucket` || labels['op'] !== 'get' || labels['le'] === '+Inf') continue;
      const within = values.filter(ms => ms / 1000 <= Number(labels['le'])).length;
      t.true(value <= within, `${value} measurements up to ${labels['le']} s, of ${within}`);
    }
    t.deepEqual(nonZero(samples, `${family}_count`), {'op=get': 500});
    const sum = values.reduce((all, value) => all + value, 0) / 1000;
    t.true(Math.abs((nonZero(samples, `${family}_sum`)['op=get'] ?? 0) - sum) < 1e-9 * sum);
  }
});
