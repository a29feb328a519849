/**
 * Whatever is sent, the service follows the contract, implemented a second time in model.ts; FUZZ_SEED chooses others.
 */
import test from 'ava';
import fc from 'fast-check';
import type {Sample} from './exposition-samples.ts';
import {createModel, type Json, type Numbers, nameOf, type SentMetric} from './model.ts';
import {seedOfTests} from './random.ts';
import {start} from './running-service.ts';

const maxValues = 4;
const maxLength = 12;

const text = fc.oneof(
  fc.constantFrom('', 'true', 'FALSE', '_other', 'a', 'b', 'tools/call', 'é', '😀😀', '"}\n', '\u2028', '__proto__'),
  fc.string({unit: 'grapheme', maxLength: 20}),
  fc.constantFrom('x'.repeat(201), '😀'.repeat(200), 'y'.repeat(1000)),
);
const scalar: fc.Arbitrary<Json> = fc.oneof(text, fc.integer({min: -3, max: 40}), fc.boolean(), fc.constant(null));
const nested = (levels: number): Json => (levels === 0 ? 1 : [nested(levels - 1)]);
const anything: fc.Arbitrary<Json> = fc.oneof(
  scalar,
  fc.jsonValue({maxDepth: 3}).map(value => value as Json), // its own name for the same type
  fc.constantFrom<Json>(nested(20), nested(21), nested(300), 'z'.repeat(1001), '😀'.repeat(1000), '😀'.repeat(1001)),
);
/** Mostly valid: a rejection for one reason hides all others. */
const mostly = <Value>(usual: fc.Arbitrary<Value>, odd: fc.Arbitrary<Value>): fc.Arbitrary<Value> =>
  fc.oneof({weight: 12, arbitrary: usual}, {weight: 1, arbitrary: odd});

const type = mostly<Json>(
  fc.constantFrom(
    'auth_request',
    'tool_discovery',
    'tool_execution',
    'registry_operation',
    'health_check',
    'protocol_latency',
    'custom',
  ),
  fc.oneof(fc.constantFrom<Json>('Custom', 'toString', '__proto__'), anything),
);
const value = mostly<Json>(
  fc.oneof(fc.integer({min: 0, max: 600}), fc.constantFrom(0, 0.5, 600, -0)),
  fc.oneof(fc.constantFrom<Json>(-1, 600.5, 1e6, 1e6 + 1, 1e12, -1e12, 1.1e12, -1.1e12, Number.MAX_VALUE), anything),
);
const duration = mostly<Json>(
  fc.oneof(fc.integer({min: 0, max: 90_000}), fc.constantFrom<Json>(0, 0.25, 86_400_000, null)),
  fc.oneof(
    fc.constantFrom<Json>(-0.001, 86_400_001),
    anything.filter(odd => odd === null || typeof odd !== 'number'),
  ),
);
const key = mostly(
  fc.constantFrom(
    'success',
    'healthy',
    'method',
    'server',
    'server_name',
    'tool_name',
    'client_name',
    'operation',
    'resource_type',
    'endpoint',
    'metric_name',
    'flow_step',
    'user_hash',
    '__proto__',
    'constructor',
    'le',
    `k${'0'.repeat(49)}`,
  ),
  fc.oneof(fc.constantFrom('', '0a', 'a b', `k${'0'.repeat(50)}`, 'é'), text),
);
const entries = (count: number): Json =>
  Object.fromEntries(Array.from({length: count}, (_, index) => [`k${index}`, index]));
/** With `__proto__` as an own key, as JSON.parse makes it. */
const objectOf = (keys: fc.Arbitrary<string>, values: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc.array(fc.tuple(keys, values), {maxLength: 8}).map(pairs => Object.fromEntries(pairs));
const dimensions = mostly<Json>(
  fc
    .tuple(
      objectOf(key, fc.oneof(scalar, anything)),
      fc.constantFrom<Json>('unset', null, -1, 0, 1, 5, 6, 20, 21),
      fc.constantFrom('initialize_to_tools_list', 'other', 'toString'),
    )
    .map(([odd, results_count, flow_step]) =>
      results_count === 'unset' ? odd : {flow_step, ...(odd as object), results_count},
    ),
  fc.oneof(fc.constantFrom(entries(20), entries(21)), anything),
);
const size = fc.constantFrom<Json>(0, 1, 64, 65, 70_000_000, null);
const metadata = mostly<Json>(
  fc
    .tuple(objectOf(fc.constantFrom('error', 'query', 'k'.repeat(50), '😀'.repeat(50)), scalar), size, size, scalar)
    .map(([odd, input_size_bytes, output_size_bytes, error_code]) => ({
      ...(odd as object),
      input_size_bytes,
      output_size_bytes,
      error_code,
    })),
  fc.oneof(fc.constantFrom(entries(30), entries(31), {['k'.repeat(51)]: 1}), anything),
);

const minute = 60_000;
const zones = [
  ['', 0],
  ['Z', 0],
  ['+00:00', 0],
  ['-07:00', -420],
  ['+05:30', 330],
] as const;
/** A time and whether it is valid: some minutes ahead of now, except five, where it depends on which clock is read first; in a zone, with some digits of a second. */
const timestamp = mostly<{readonly json: Json; readonly fits: boolean}>(
  fc
    .tuple(
      fc.integer({min: -1e6, max: 20}).filter(minutes => minutes !== 5),
      fc.constantFrom(...zones),
      fc.constantFrom('', '.5', '.123456'),
    )
    .map(([minutes, [zone, offset], fraction]) => {
      const local = new Date(Date.now() + (minutes + offset) * minute).toISOString();
      return {json: `${local.slice(0, 19)}${fraction}${zone}`, fits: minutes < 5};
    }),
  fc.oneof(
    fc
      .constantFrom<Json>('', 'now', '2025-13-01T00:00:00', '2025-02-30', '1759307415', 1_759_307_415_000, true, [], {})
      .map(json => ({json, fits: false})),
    fc.constantFrom<Json>(null, 1_759_307_415, 0, -1.5).map(json => ({json, fits: true})),
  ),
);

const metric: fc.Arbitrary<SentMetric> = mostly<SentMetric>(
  fc
    .record({type, value, duration_ms: duration, timestamp, dimensions, metadata}, {requiredKeys: ['type', 'value']})
    .map(({timestamp: time, ...rest}) => ({
      wire: {...rest, ...(time === undefined ? {} : {timestamp: time.json})} as Json, // absent keys are omitted, none is undefined
      timestampFits: time?.fits ?? true,
    })),
  anything
    .filter(odd => typeof odd !== 'object' || odd === null || Array.isArray(odd))
    .map(wire => ({wire, timestampFits: true})),
);
const batch = fc.record({
  service: fc.constantFrom('registry', 'nginx', 'a', 'auth-server', 'B_2', 'x'.repeat(100)),
  metrics: fc.array(metric, {minLength: 1, maxLength: 12}),
});

/**
 * The samples of the gateway's families, without buckets, and of ingested and normalized events; without those at 0.
 */
const numbersOf = (samples: readonly Sample[]): Numbers =>
  new Map(
    samples
      .filter(({name}) => /^mcp_(?!metrics_service_(?!ingested|normalized)).*(?<!_bucket)$/.test(name))
      .filter(({value}) => value !== 0)
      .map(({name, labels, value}) => [nameOf(name, labels), value]),
  );

test('any batch gets the response and the counts of the contract', async t => {
  t.log(`FUZZ_SEED=${seedOfTests()}`);
  await fc.assert(
    fc.asyncProperty(fc.array(batch, {minLength: 1, maxLength: 5}), async batches => {
      const service = await start(t, {
        variables: {METRICS_MAX_LABEL_CARDINALITY: String(maxValues), METRICS_MAX_LABEL_LENGTH: String(maxLength)},
      });
      try {
        const model = createModel({maxValues, maxLength});
        let rejected = 0;
        for (const {service: sender, metrics} of batches) {
          const {status, body} = await service.post({service: sender, metrics: metrics.map(({wire}) => wire)});
          const expected = model.take(sender, metrics);
          rejected += expected.rejected;
          const rejectedIndexes = body.errors?.map(line => Number(/^metrics\[(\d+)\]/.exec(line)?.[1]));
          t.deepEqual(
            {status, accepted: body.accepted, rejected: body.rejected, rejectedIndexes},
            expected,
            JSON.stringify(body.errors),
          );
        }
        const samples = await service.samples();
        const found = numbersOf(samples);
        const expected = [...model.numbers].filter(([, value]) => value !== 0);
        t.deepEqual([...found.keys()].sort(), expected.map(([name]) => name).sort());
        for (const [name, value] of expected) {
          const is = found.get(name) ?? Number.NaN;
          t.true(Math.abs(is - value) <= 1e-9 * Math.abs(value), `${name}: expected ${value}, found ${is}`);
        }
        const refusals = samples.filter(({name}) => name === 'mcp_metrics_service_rejected_total');
        t.is(
          refusals.reduce((sum, {value}) => sum + value, 0),
          rejected,
        );
      } finally {
        await service.drain({awaitScrape: false});
      }
    }),
    {seed: seedOfTests(), numRuns: 150, interruptAfterTimeLimit: 120_000, markInterruptAsFailure: true},
  );
});

test('any JSON is accepted or rejected, and never anything else', async t => {
  const service = await start(t, {variables: {METRICS_RATE_LIMIT: '1000000'}});
  const envelope = fc.oneof(
    anything,
    fc
      .record({service: anything, version: anything, instance_id: anything, metrics: anything}, {requiredKeys: []})
      .map(value => value as Json), // absent keys are left out
  );
  await fc.assert(
    fc.asyncProperty(envelope, async body => {
      const response = await service.post(JSON.stringify(body));
      t.true(response.status === 200 || response.status === 422, response.text);
      t.is(response.body.status, response.status === 200 ? 'success' : 'error');
      t.true((response.body.accepted ?? 0) > 0 === (response.status === 200));
    }),
    {seed: seedOfTests(), numRuns: 300},
  );
});
