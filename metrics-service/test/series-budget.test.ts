/** METRICS_MAX_SERIES is shared fairly, and counts series as Prometheus stores them. */
import test from 'ava';
import {sampleValue, sumOf} from './exposition-samples.ts';
import {type Client, registryKey, start} from './running-service.ts';

const nginxKey = 'a-key-of-nginx-00001';
const authKey = 'a-key-of-auth-000001';
const variables = {
  METRICS_API_KEY_NGINX: nginxKey,
  METRICS_API_KEY_AUTH: authKey,
  METRICS_MAX_LABEL_CARDINALITY: '10000',
};

/** Events of which each creates a separate series. */
const flood = (service: Client, key: string, prefix: string, count: number) =>
  service.post(
    {
      service: prefix,
      metrics: Array.from({length: count}, (_, index) => ({
        type: 'custom',
        value: 1,
        dimensions: {metric_name: `${prefix}-${index}`},
      })),
    },
    {'X-API-Key': key},
  );

/** Series of the custom events that an emitter made. */
const heldBy = async (service: Client, prefix: string): Promise<number> =>
  (await service.samples()).filter(
    ({name, labels}) => name === 'mcp_custom_events_total' && labels['name']?.startsWith(prefix),
  ).length;

test('an emitter that floods leaves the shares of the others: half the budget, divided equally', async t => {
  const service = await start(t, {variables: {...variables, METRICS_MAX_SERIES: '60'}});
  await flood(service, registryKey, 'registry', 500);
  // Its share of 10, and the common half of 30.
  t.is(await heldBy(service, 'registry'), 40);
  await flood(service, nginxKey, 'nginx', 500);
  t.is(await heldBy(service, 'nginx'), 10);
  await flood(service, authKey, 'auth', 500);
  t.is(await heldBy(service, 'auth'), 10);
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_custom_events_total'), 1500);
  t.is(sampleValue(samples, 'mcp_custom_events_total', {name: '_other'}), 1440);
});

test('a single emitter may use the whole budget', async t => {
  const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '10000', METRICS_MAX_SERIES: '61'}});
  await flood(service, registryKey, 'registry', 500);
  t.is(await heldBy(service, 'registry'), 61);
});

test('the gauge of series counts what the exposition contains: a histogram as its buckets and three more', async t => {
  const service = await start(t, {variables: {HISTOGRAM_BUCKET_BOUNDARIES: '0.1,1'}});
  await service.send(
    {type: 'protocol_latency', value: 1, dimensions: {server_name: 's'}},
    {type: 'tool_execution', value: 1, duration_ms: 5, dimensions: {success: true}},
    {type: 'custom', value: 1},
  );
  const samples = await service.samples();
  const open = /^mcp_(?:protocol_latency_seconds|tool_execution_duration_seconds|tool_executions_total|custom_events)/;
  const series = samples.filter(({name}) => open.test(name));
  // Two histograms of two buckets, a counter with its sibling, and one more.
  t.is(series.length, 2 * 5 + 2 + 1);
  t.is(sampleValue(samples, 'mcp_metrics_service_series'), series.length);
});

test('a histogram that does not fit is folded, and a counter that does is not', async t => {
  const service = await start(t, {variables: {METRICS_MAX_SERIES: '22'}});
  const latency = (server_name: string) => ({type: 'protocol_latency', value: 1, dimensions: {server_name}});
  await service.send(latency('a'), latency('b'), {type: 'custom', value: 1, dimensions: {metric_name: 'n'}});
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_protocol_latency_seconds_count', {server_name: 'a'}), 1);
  t.is(sumOf(samples, 'mcp_protocol_latency_seconds_count', {server_name: '_other'}), 1);
  t.is(sampleValue(samples, 'mcp_custom_events_total', {name: 'n'}), 1);
});
