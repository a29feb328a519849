/**
 * The bodies of the bench: every type of event and every mapped instrument, so that it measures more than the cheapest.
 */
import type {MetricData} from '@opentelemetry/sdk-metrics';
import test from 'ava';
import {mixedBatches} from '../bench/mixed-events.ts';
import {mixedExports} from '../bench/mixed-points.ts';
import {jsonRequests, otlpRequests} from '../bench/requests.ts';
import {eventTypes} from '../src/contract.ts';
import {emitter, mappedInstruments} from '../src/otlp/mapping.ts';

/** Events or data points per request. */
const sizes = [1, 100, 1024];

const metricsOf = async (points: number): Promise<readonly (readonly MetricData[])[]> =>
  (await mixedExports(points)).map(({scopeMetrics}) => scopeMetrics.flatMap(({metrics}) => metrics));

for (const size of sizes) {
  test(`JSON bodies of ${size} hold every type of event, with metadata, error codes and payloads of different sizes`, t => {
    const batches = mixedBatches(size);
    for (const {metrics} of batches) t.is(metrics.length, size);
    const events = batches.flatMap(({metrics}) => metrics);
    t.deepEqual(new Set(events.map(({type}) => type)), new Set(eventTypes));
    const metadata = (key: string) =>
      new Set(events.map(event => event.metadata?.[key]).filter(value => value != null));
    t.true(metadata('error_code').size > 1);
    const failed = events.filter(event => typeof event.metadata?.['error_code'] === 'string');
    t.true(new Set(failed.map(({type}) => type)).size > 1, 'events of several types carry an error code');
    t.true(metadata('input_size_bytes').size > 10);
    t.true(metadata('headers_sample').size > 5);
  });

  test(`OTLP exports of ${size} hold every mapped instrument, with every attribute that a label is read from`, async t => {
    const attributes = new Map<string, Set<string>>();
    for (const metrics of await metricsOf(size)) {
      t.is(
        metrics.reduce((points, {dataPoints}) => points + dataPoints.length, 0),
        size,
      );
      for (const {descriptor, dataPoints} of metrics)
        for (const point of dataPoints)
          for (const key of Object.keys(point.attributes))
            attributes.set(descriptor.name, (attributes.get(descriptor.name) ?? new Set()).add(key));
    }
    for (const {name, targets} of mappedInstruments)
      for (const source of targets.flatMap(({labels}) => Object.values(labels)))
        if (source !== emitter)
          t.true(attributes.get(name)?.has(source.attribute), `${name} is exported with ${source.attribute}`);
  });
}

test('each event type is in every JSON body of 100, and each instrument in every export of 100', async t => {
  for (const {metrics} of mixedBatches(100)) t.is(new Set(metrics.map(({type}) => type)).size, eventTypes.length);
  for (const metrics of await metricsOf(100)) t.is(metrics.length, mappedInstruments.length);
});

test('each request has one body of the size that it announces', async t => {
  for (const bytes of [
    ...jsonRequests(100),
    ...(await otlpRequests(100, 'protobuf')),
    ...(await otlpRequests(100, 'json')),
  ]) {
    const request = Buffer.from(bytes);
    const head = request.subarray(0, request.indexOf('\r\n\r\n')).toString();
    t.is(Number(/^Content-Length: (\d+)$/m.exec(head)?.[1]), request.length - head.length - 4);
  }
});
