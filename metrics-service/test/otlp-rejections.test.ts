/**
 * Data points that are rejected: each has a reason in the response, is counted by its reason and does not cost its
 * neighbours.
 */
import test from 'ava';
import {nonZero, sampleValue} from './exposition-samples.ts';
import {encodings, exportMetrics} from './otlp-client.ts';
import type {MetricDescription} from './otlp-encode.ts';
import {start} from './running-service.ts';

const good: MetricDescription = {
  name: 'mcpgw_registry_nginx_config_writes_total',
  unit: '1',
  sum: [{attributes: {status: 'success'}, value: 3}],
};
const counter = 'mcp_nginx_config_writes_total';
const rejectedTotal = 'mcp_metrics_service_rejected_total';
const histogramName = 'mcpgw_registry_operation_duration';
const latency = (point: object): MetricDescription => ({name: histogramName, unit: 'ms', histogram: [point]});

for (const encoding of encodings) {
  const rejections = (reason: string, message: string, metric: MetricDescription, what = '') =>
    test(`${message}${what} (${encoding})`, async t => {
      const service = await start(t);
      const {status, rejected, errorMessage} = await exportMetrics(service, encoding, metric, good);
      t.deepEqual({status, rejected, errorMessage}, {status: 200, rejected: 1, errorMessage: message});
      const samples = await service.samples();
      t.deepEqual(nonZero(samples, rejectedTotal), {[`emitter=registry reason=${reason}`]: 1});
      t.is(sampleValue(samples, counter, {status: 'success'}), 3);
      t.deepEqual(nonZero(samples, 'mcp_metrics_service_ingested_total'), {'emitter=registry type=otlp_point': 1});
      t.deepEqual(nonZero(samples, 'mcp_registry_operation_duration_seconds_count'), {});
    });
  const {name} = good;
  const [point = {}] = good.sum ?? [];
  const variable = 'OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE';
  rejections('temporality', `${name}: expected delta temporality, found cumulative; set ${variable}=delta`, {
    ...good,
    temporality: 2,
  });
  rejections('temporality', `${name}: expected delta temporality, found unspecified; set ${variable}=delta`, {
    ...good,
    temporality: 0,
  });
  rejections('temporality', `${histogramName}: expected delta temporality, found cumulative; set ${variable}=delta`, {
    ...latency({counts: [1], sum: 1}),
    temporality: 2,
  });
  rejections('type', `${name}: expected a monotonic sum, found a non-monotonic sum`, {...good, monotonic: false});
  rejections('type', `${name}: expected a monotonic sum, found a gauge`, {name, gauge: [point]});
  rejections('type', `${histogramName}: expected a histogram, found a gauge`, {name: histogramName, gauge: [point]});
  rejections('type', `${name}: expected a monotonic sum, found a summary`, {name, summary: 1});
  rejections('type', `${histogramName}: expected a histogram, found a sum`, {name: histogramName, sum: [point]});
  rejections('type', `${name}: expected a monotonic sum, found an exponential histogram`, {name, exponential: [{}]});
  rejections('field', `${name}.unit: expected 1, found "ms"`, {...good, unit: 'ms'});
  rejections('field', `${histogramName}.unit: expected s, ms, us or ns, found "By"`, {
    ...latency({counts: [1], sum: 1}),
    unit: 'By',
  });
  rejections('range', `${name}.value: expected a number from 0 to 1000000000, found -1`, {...good, sum: [{value: -1}]});
  rejections('range', `${name}.value: expected a number from 0 to 1000000000, found NaN`, {
    ...good,
    sum: [{value: Number.NaN, double: true}],
  });
  rejections('range', `${name}.value: expected a number from 0 to 1000000000, found Infinity`, {
    ...good,
    sum: [{value: Number.POSITIVE_INFINITY}],
  });
  rejections('range', `${name}.value: expected a number from 0 to 1000000000, found 1000000001`, {
    ...good,
    sum: [{value: 1_000_000_001}],
  });
  rejections(
    'range',
    `${name}.value: expected a number from 0 to 1000000000, found NaN`,
    {...good, sum: [{}]},
    ' for a point without one',
  );
  rejections(
    'field',
    `${histogramName}.bucket_counts: expected 3 counts for 2 bounds, found 2`,
    latency({bounds: [1, 2], counts: [1, 1], sum: 1}),
  );
  rejections(
    'field',
    `${histogramName}.explicit_bounds: expected ascending numbers, found 1`,
    latency({bounds: [2, 1], counts: [1, 1, 1], sum: 1}),
  );
  rejections(
    'field',
    `${histogramName}.explicit_bounds: expected ascending numbers, found NaN`,
    latency({bounds: [Number.NaN], counts: [1, 1], sum: 1}),
  );
  rejections(
    'field',
    `${histogramName}.bucket_counts: expected counts that add up to 3, found 2`,
    latency({bounds: [1], counts: [1, 1], count: 3, sum: 1}),
  );
  rejections('field', `${histogramName}.sum: expected a number, found nothing`, latency({bounds: [1], counts: [1, 1]}));
  rejections(
    'range',
    `${histogramName}.sum: expected a number from 0 to 172800000, found -1`,
    latency({bounds: [1], counts: [1, 1], sum: -1}),
  );
  rejections(
    'range',
    `${histogramName}.sum: expected a number from 0 to 172800000, found NaN`,
    latency({bounds: [1], counts: [1, 1], sum: Number.NaN}),
  );
  rejections(
    'range',
    `${histogramName}.count: expected an integer from 0 to 1000000000, found 1000000001`,
    latency({count: 1_000_000_001, sum: 1}),
  );
  rejections(
    'field',
    `${histogramName}.bucket_counts: expected at most 1024 counts, found 1025`,
    latency({bounds: Array.from({length: 1024}, (_, index) => index), counts: new Array(1025).fill(1), sum: 1}),
  );
  rejections('range', `${histogramName}.negative: expected no measurements below 0, found 2`, {
    name: histogramName,
    unit: 'ms',
    exponential: [{negative: [2], sum: 1}],
  });
  rejections('field', `${histogramName}.positive.bucket_counts: expected counts that add up to 5, found 2`, {
    name: histogramName,
    unit: 'ms',
    exponential: [{counts: [2], count: 5, sum: 1}],
  });
}

/** Counts that JSON can represent and protobuf cannot: less than 0, or not whole. */
const impossible: Readonly<Record<string, readonly [message: string, metric: MetricDescription]>> = {
  'a count below 0 in a bucket': [
    `${histogramName}.bucket_counts: expected integers from 0, found -5`,
    latency({bounds: [1], counts: [-5, 10], sum: 1}),
  ],
  'halves that add up to the count': [
    `${histogramName}.bucket_counts: expected integers from 0, found 0.5`,
    latency({bounds: [1], counts: [0.5, 0.5], count: 1, sum: 1}),
  ],
  'a count below 0 in an exponential bucket': [
    `${histogramName}.positive.bucket_counts: expected integers from 0, found -5`,
    {name: histogramName, unit: 'ms', exponential: [{counts: [-5, 10], sum: 1}]},
  ],
  'a count below 0 at zero': [
    `${histogramName}.zero_count: expected an integer from 0, found -5`,
    {name: histogramName, unit: 'ms', exponential: [{counts: [10], zeroCount: -5, sum: 1}]},
  ],
};
for (const [what, [message, metric]] of Object.entries(impossible))
  test(`${what} costs its point, and no counter goes down`, async t => {
    const service = await start(t);
    await exportMetrics(service, 'json', latency({bounds: [1], counts: [7, 7], sum: 1}));
    const before = (await service.samples()).filter(({name}) => name.startsWith('mcp_registry_operation'));
    const {status, rejected, errorMessage} = await exportMetrics(service, 'json', metric, good);
    t.deepEqual({status, rejected, errorMessage}, {status: 200, rejected: 1, errorMessage: message});
    const samples = await service.samples();
    t.is(sampleValue(samples, counter, {status: 'success'}), 3);
    t.deepEqual(
      samples.filter(({name}) => name.startsWith('mcp_registry_operation')),
      before,
    );
  });
