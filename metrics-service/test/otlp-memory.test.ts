/** The service's memory for exports is bounded in bytes, whatever emitters send. */
import test from 'ava';
import {mappedInstruments} from '../src/otlp/mapping.ts';
import {sumOf} from './exposition-samples.ts';
import {postExport} from './otlp-client.ts';
import {
  attributeFields,
  bytesField,
  doubleField,
  fixed64Field,
  requestOf,
  textField,
  toProtobuf,
  varintField,
} from './otlp-encode.ts';
import {runReady} from './running-service.ts';

const emitters = Array.from(
  {length: 16},
  (_, index) => [`METRICS_API_KEY_E${index}`, `key-of-emitter-${index}-0001`] as const,
);

/** A metric of an instrument with points that each have another attribute set of about 400 bytes, and the same labels. */
const metricOf = (index: number, from: number, points: number): Buffer => {
  const instrument = mappedInstruments[index] ?? mappedInstruments[0];
  const isCounter = instrument?.kind === 'counter';
  const data = Array.from({length: points}, (_, point) => {
    const attributes = {unknown: `${from + point}`.padStart(400, 'x')};
    return isCounter
      ? bytesField(1, fixed64Field(6, 1n), ...attributeFields(7, attributes))
      : bytesField(1, fixed64Field(4, 1n), doubleField(5, 0), ...attributeFields(9, attributes));
  });
  return bytesField(
    2,
    textField(1, instrument?.name ?? ''),
    isCounter
      ? bytesField(7, ...data, varintField(2, 1), varintField(3, 1))
      : bytesField(9, ...data, varintField(2, 1)),
  );
};

test('label values kept by attribute set do not fill the memory, whatever number of emitters, instruments and sets', async t => {
  const service = await runReady(
    t,
    {...Object.fromEntries(emitters), METRICS_RATE_LIMIT: '1000000'},
    {node: ['--max-heap-size=96']},
  );
  for (const [, key] of emitters)
    for (let instrument = 0; instrument < mappedInstruments.length; instrument += 1)
      for (let from = 0; from < 1000; from += 500) {
        const body = requestOf(metricOf(instrument, from, 500));
        const {status, rejected} = await postExport(service, {encoding: 'protobuf', body, headers: {'X-API-Key': key}});
        t.is(status, 200);
        t.is(rejected, 0);
      }
  const text = await service.scrape();
  t.regex(text, new RegExp(`ingested_total\\{emitter="e15",type="otlp_point"\\} ${1000 * mappedInstruments.length}\n`));
  // Entries outside the heap count as well: 16 × 26 × 1,000 of them would be 170 MB.
  t.true(Number(/^nodejs_external_memory_bytes (\S+)$/m.exec(text)?.[1]) < 64e6);
});

test('label values that are cut do not keep what was cut off in memory', async t => {
  const service = await runReady(
    t,
    {...Object.fromEntries(emitters), METRICS_RATE_LIMIT: '1000000', MAX_REQUEST_SIZE: '10MB'},
    {node: ['--max-heap-size=96']},
  );
  let accepted = 0;
  for (const [emitter, key] of emitters)
    for (const {name, kind, targets} of mappedInstruments) {
      const sources = targets.flatMap(({labels}) => Object.values(labels));
      const open = sources.flatMap(source => (typeof source === 'object' && !('otherwise' in source) ? [source] : []));
      if (open.length === 0) continue;
      // As many values as an emitter can introduce, each as long as it is read.
      const points = Array.from({length: 150}, (_, index) => {
        const value = `${emitter}${index}-`.padEnd(4096, 'x');
        return {
          attributes: Object.fromEntries(open.map(({attribute}) => [attribute, value])),
          value: 1,
          count: 0,
          sum: 0,
        };
      });
      const body = toProtobuf({name, ...(kind === 'counter' ? {sum: points} : {histogram: points})});
      const {status} = await postExport(service, {encoding: 'protobuf', body, headers: {'X-API-Key': key}});
      t.is(status, 200);
      accepted += points.length;
    }
  t.is(sumOf(await service.samples(), 'mcp_metrics_service_ingested_total'), accepted);
});
