/** The same events as JSON and as OTLP leave the same exposition, through the OpenTelemetry SDK and over HTTP. */
import type {Meter} from '@opentelemetry/api';
import test, {type ExecutionContext} from 'ava';
import {parseSamples, type Sample} from './exposition-samples.ts';
import {createSdk, type SdkOptions} from './otlp-sdk.ts';
import {createRandom, seedOfTests} from './random.ts';
import {start} from './running-service.ts';

/** A call, independent of its reporter. Durations in milliseconds, under the largest boundary that both ways share. */
interface Happening {
  readonly kind: 'auth' | 'execution' | 'discovery' | 'operation' | 'latency';
  readonly success: boolean;
  readonly durationMs: number;
  readonly server: string;
  readonly name: string;
}

const kinds = ['auth', 'execution', 'discovery', 'operation', 'latency'] as const;
const targets = ['mcp_server', 'a2a_agent', 'control_plane'];
const steps = ['initialize_to_tools_list', 'tools_list_to_tools_call', 'full_protocol_flow'];
/** Each bound, just below and just above it, and what clients choose. */
const edges = [
  0, 1e-3, 5, 5.0001, 10, 24.999, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 9999.9, 10_000,
] as const;
const servers = ['time', 'a server', 'é', '', 'x'.repeat(120), 'a/b:c.d-e'] as const;

const happenings = (seed: number): readonly Happening[] => {
  const chance = createRandom(seed);
  return Array.from({length: 400}, () => ({
    kind: chance.pick(kinds),
    success: !chance.once(5),
    durationMs: chance.once(2) ? chance.pick(edges) : chance.below(10_000_000) / 1000,
    server: chance.pick(servers),
    name: chance.pick(['now', 'tools/list', 'search']),
  }));
};

/** As the gateway up to 1.24 reports it. */
const toEvent = ({kind, success, durationMs, server, name}: Happening): object => {
  const timed = {value: 1, duration_ms: durationMs};
  switch (kind) {
    case 'auth':
      return {
        type: 'auth_request',
        ...timed,
        dimensions: {success, method: name, server, target_kind: targets[name.length % 3]},
      };
    case 'execution':
      return {
        type: 'tool_execution',
        ...timed,
        dimensions: {success, method: 'tools/call', server_name: server, tool_name: name, client_name: 'cli'},
      };
    case 'discovery':
      return {type: 'tool_discovery', ...timed, dimensions: {results_count: -1}};
    case 'operation':
      return {type: 'registry_operation', ...timed, dimensions: {operation: name, resource_type: server, success}};
    case 'latency':
      return {
        type: 'protocol_latency',
        value: durationMs / 1000,
        dimensions: {flow_step: steps[name.length % 3], server_name: server},
      };
  }
};

/** As the gateway from 1.25 on counts it; Python writes True and False. */
const createRecorder = (meter: Meter) => {
  const counter = (name: string) => meter.createCounter(name, {unit: '1'});
  const duration = (name: string) => meter.createHistogram(name, {unit: 'ms'});
  const instruments = {
    auth: [counter('mcpgw_registry_auth_request_total'), duration('mcpgw_registry_auth_request_duration')],
    execution: [counter('mcpgw_registry_tool_execution_total'), duration('tool_execution_duration')],
    discovery: [counter('mcpgw_registry_tool_discovery_total'), duration('mcpgw_registry_tool_discovery_duration')],
    operation: [counter('mcpgw_registry_operation_total'), duration('mcpgw_registry_operation_duration')],
  } as const;
  const latency = duration('mcpgw_registry_protocol_latency');
  return ({kind, success: succeeded, durationMs, server, name}: Happening): void => {
    const success = succeeded ? 'True' : 'False';
    if (kind === 'latency') {
      latency.record(durationMs, {flow_step: steps[name.length % 3] ?? '', server_name: server});
      return;
    }
    const attributes = {
      auth: {success, method: name, server, target_kind: targets[name.length % 3] ?? ''},
      execution: {
        success,
        method: 'tools/call',
        server_name: server,
        tool_name: name,
        client_name: 'cli',
        client_version: '1',
      },
      discovery: {results_count_bucket: 'unknown'},
      operation: {operation: name, resource_type: server, success},
    }[kind];
    const [count, time] = instruments[kind];
    count.add(1, attributes);
    time.record(durationMs, attributes);
  };
};

/** Samples of the gateway's families by name and labels; those at 0 aside, which exist from other labels on. */
const gatewaySamples = (samples: readonly Sample[]): ReadonlyMap<string, number> =>
  new Map(
    samples
      .filter(({name, value}) => /^mcp_(?!metrics_service)/.test(name) && value !== 0)
      .map(({name, labels, value}) => [`${name}${JSON.stringify(labels)}`, value]),
  );

const sameAsJson = test.macro(async (t: ExecutionContext, options: Omit<SdkOptions, 'apiPort'>) => {
  const happened = happenings(seedOfTests());
  t.log(`FUZZ_SEED=${seedOfTests()}`);
  const byJson = await start(t);
  t.is((await byJson.send(...happened.map(toEvent))).body.rejected, 0);

  const byOtlp = await start(t);
  const sdk = createSdk({apiPort: byOtlp.apiPort, ...options});
  t.teardown(() => sdk.shutdown());
  const record = createRecorder(sdk.meter);
  // In several exports, as an interval each: deltas add up.
  for (const [index, happening] of happened.entries()) {
    record(happening);
    if (index % 97 === 0) await sdk.flush();
  }
  await sdk.flush();

  const expected = gatewaySamples(await byJson.samples());
  const found = gatewaySamples(parseSamples(await byOtlp.scrape()));
  t.true(expected.size > 400, `${expected.size} samples`);
  t.deepEqual([...found.keys()].sort(), [...expected.keys()].sort());
  for (const [name, value] of expected) {
    const actual = found.get(name) ?? Number.NaN;
    if (/_sum\{/.test(name))
      t.true(Math.abs(actual - value) <= 1e-9 * Math.max(1, value), `${name}: ${actual}, not ${value}`);
    else t.is(actual, value, name);
  }
});

test('the SDK in protobuf leaves the same exposition as JSON events', sameAsJson, {encoding: 'protobuf'});
test('the SDK in protobuf with gzip leaves the same exposition as JSON events', sameAsJson, {
  encoding: 'protobuf',
  gzip: true,
});
test('the SDK in OTLP JSON leaves the same exposition as JSON events', sameAsJson, {encoding: 'json'});
