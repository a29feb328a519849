import {parse, type WireMetric} from '@mcp-observability/metrics-service/events';
import test from 'ava';
import {introductions, type ReporterName, reportsOf} from '../../local/traffic/call-reports.ts';
import {type DayOptions, gatewayDay} from '../../local/traffic/day.ts';
import type {GatewayEvent} from '../../local/traffic/traffic-events.ts';

const start = Date.UTC(2026, 0, 12, 9);
const minute = 60_000;

/** The events of the first `minutes`. */
const day = (minutes: number, options: Partial<DayOptions> = {}): readonly GatewayEvent[] => {
  const events: GatewayEvent[] = [];
  for (const event of gatewayDay({seed: 1, start, rate: 10, ...options})) {
    if (event.at >= (options.start ?? start) + minutes * minute) return events;
    events.push(event);
  }
  return events;
};

const metricsOf = (reporter: ReporterName, minutes = 2): readonly WireMetric[] =>
  day(minutes)
    .flatMap(reportsOf)
    .filter(report => report.reporter === reporter)
    .map(({metric}) => metric);

test('the same seed gives the same day', t => {
  t.deepEqual(day(5, {seed: 7}), day(5, {seed: 7}));
});

test('another seed gives another day', t => {
  t.notDeepEqual(day(1, {seed: 7}), day(1, {seed: 8}));
});

test('events come in the order of time', t => {
  const times = day(5).map(({at}) => at);
  t.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
});

test('the rate is that of MCP requests', t => {
  for (const rate of [2, 25]) {
    const requests = day(60, {rate}).filter(({kind}) => kind === 'mcp-request').length;
    const perSecond = requests / 3600;
    t.true(Math.abs(perSecond - rate) < 0.1 * rate, `expected about ${rate} a second, found ${perSecond}`);
  }
});

test('within a minute every reporter reports each of its event types several times', t => {
  const counts = new Map<string, number>();
  for (const {reporter, metric} of day(1).flatMap(reportsOf)) {
    const key = `${reporter} ${metric.type}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  t.deepEqual(
    [...counts.keys()].sort(),
    [
      'auth-server auth_request',
      'auth-server protocol_latency',
      'auth-server tool_execution',
      'library tool_discovery',
      'library tool_execution',
      'nginx tool_execution',
      'registry custom',
      'registry health_check',
      'registry registry_operation',
      'registry tool_discovery',
    ].sort(),
  );
  for (const [key, count] of counts) t.true(count >= 5, `${key}: ${count}`);
});

test('the service accepts every reported event', t => {
  const batches = new Map<ReporterName, WireMetric[]>();
  for (const {reporter, metric} of day(5).flatMap(reportsOf))
    batches.set(reporter, [...(batches.get(reporter) ?? []), metric]);
  for (const [reporter, metrics] of batches) {
    const body: unknown = JSON.parse(JSON.stringify({...introductions[reporter], metrics}));
    const parsed = parse(body, {maxBatch: metrics.length, now: start + 10 * minute});
    t.truthy(parsed.sender, reporter);
    if (parsed.sender !== null) t.deepEqual(parsed.problems, [], reporter);
  }
});

test("nginx's metrics have no time, booleans as text and an empty tool_name but in calls", t => {
  const metrics = metricsOf('nginx');
  t.true(metrics.every(metric => !('timestamp' in metric)));
  t.deepEqual([...new Set(metrics.map(({dimensions}) => dimensions?.['success']))].sort(), ['false', 'true']);
  for (const {dimensions} of metrics) {
    t.is(dimensions?.['tool_name'] === '', dimensions?.['method'] !== 'tools/call');
  }
});

test("auth-server's timestamps have microseconds and no zone, and it never reports a response size", t => {
  const metrics = metricsOf('auth-server');
  for (const {type, timestamp, metadata} of metrics) {
    t.regex(timestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
    if (type === 'tool_execution') t.is(metadata?.['output_size_bytes'], 0);
  }
  const steps = metrics.flatMap(({dimensions}) => dimensions?.['flow_step'] ?? []);
  t.deepEqual([...new Set(steps)].sort(), [
    'full_protocol_flow',
    'initialize_to_tools_list',
    'tools_list_to_tools_call',
  ]);
});

test("the registry's middleware does not know how much a search found; the library does", t => {
  const counts = (reporter: ReporterName) =>
    metricsOf(reporter).flatMap(({type, dimensions}) =>
      type === 'tool_discovery' ? [dimensions?.['results_count']] : [],
    );
  t.deepEqual(new Set(counts('registry')), new Set([-1]));
  t.true(counts('library').every(count => typeof count === 'number' && count >= 0));
});

test('timestamps of the library have a time zone', t => {
  const [execution] = metricsOf('library').filter(({type}) => type === 'tool_execution');
  t.regex(execution?.timestamp ?? '', /\.\d{6}\+00:00$/);
});

test('a session lists its tools before it calls one', t => {
  const seen = new Map<string, string[]>();
  for (const event of day(10)) {
    if (event.kind === 'mcp-request')
      seen.set(event.session.key, [...(seen.get(event.session.key) ?? []), event.method]);
  }
  t.true(seen.size > 100);
  for (const methods of seen.values()) {
    t.is(methods[0], 'initialize');
    if (methods.includes('tools/call')) t.true(methods.indexOf('tools/list') < methods.indexOf('tools/call'));
  }
});

test('servers, tools and clients are of uneven popularity', t => {
  const counts = new Map<string, number>();
  for (const event of day(60)) {
    if (event.kind !== 'mcp-request') continue;
    const {name} = event.session.server;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const sorted = [...counts.values()].sort((a, b) => b - a);
  t.true((sorted[0] ?? 0) > 5 * (sorted.at(-1) ?? 0));
});

test('failures cluster', t => {
  // Independent failures would make the variance of counts a minute equal to their mean.
  const perMinute = Array.from({length: 120}, () => 0);
  for (const event of day(120)) {
    const index = Math.floor((event.at - start) / minute);
    if (event.kind === 'mcp-request' && !event.success) perMinute[index] = (perMinute[index] ?? 0) + 1;
  }
  const mean = perMinute.reduce((sum, count) => sum + count, 0) / perMinute.length;
  const variance = perMinute.reduce((sum, count) => sum + (count - mean) ** 2, 0) / perMinute.length;
  t.true(mean > 0);
  t.true(variance > 2 * mean, `mean ${mean}, variance ${variance}`);
});

test('a small share of calls fails', t => {
  const calls = day(120).filter(event => event.kind === 'mcp-request' && event.method === 'tools/call');
  const failed = calls.filter(event => event.kind === 'mcp-request' && !event.success);
  t.true(failed.length > 0 && failed.length < calls.length / 50, `${failed.length} of ${calls.length}`);
});

test('durations have a long tail', t => {
  const durations = day(60)
    .flatMap(event => (event.kind === 'mcp-request' && event.tool === 'search_code' ? [event.durationMs] : []))
    .sort((a, b) => a - b);
  const quantile = (share: number) => durations[Math.floor(share * durations.length)] ?? 0;
  t.true(quantile(0.99) - quantile(0.5) > 3 * (quantile(0.5) - quantile(0.01)));
});
