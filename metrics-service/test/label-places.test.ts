/** No emitter can push out the label values of another, and no event those that alerts select by. */
import test from 'ava';
import {knownValues} from '../src/catalogue.ts';
import {nonZero, sampleValue, sumOf} from './exposition-samples.ts';
import {start} from './running-service.ts';

const variables = {METRICS_API_KEY_NGINX: 'a-key-of-nginx-00001'};
const nginx = {'X-API-Key': variables.METRICS_API_KEY_NGINX};
const execution = (method: string, more = {}) => ({
  type: 'tool_execution',
  value: 1,
  duration_ms: 8000,
  dimensions: {success: false, method, server_name: 's', tool_name: 't', client_name: 'c', ...more},
});
const invented = (count: number) => Array.from({length: count}, (_, index) => execution(`x${index}`));

test('150 invented methods right after the start do not push out the calls of tools', async t => {
  const service = await start(t);
  await service.send(...invented(150));
  await service.send(...invented(151), ...Array.from({length: 20}, () => execution('tools/call')));
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total', {method: 'tools/call', success: 'false'}), 20);
  t.is(sumOf(samples, 'mcp_tool_execution_duration_seconds_count', {method: 'tools/call'}), 20);
  t.is(sumOf(samples, 'mcp_tool_executions_total', {method: '_other'}), 1);
  t.is(sampleValue(samples, 'mcp_metrics_service_folded_labels_total', {label: 'method'}), 1);
});

for (const method of knownValues.method) {
  test(`${method} has its place outside of METRICS_MAX_LABEL_CARDINALITY and METRICS_MAX_LABEL_LENGTH`, async t => {
    const service = await start(t, {variables: {METRICS_MAX_LABEL_CARDINALITY: '1', METRICS_MAX_LABEL_LENGTH: '2'}});
    await service.send(...invented(3), execution(method));
    t.is(sumOf(await service.samples(), 'mcp_tool_executions_total', {method}), 1);
  });
}

test('a series budget that is used up does not push out the calls of tools', async t => {
  const service = await start(t, {variables: {METRICS_MAX_SERIES: '100'}});
  await service.send(...Array.from({length: 100}, (_, index) => execution('x', {tool_name: `x${index}`})));
  await service.send(...Array.from({length: 20}, () => execution('tools/call', {tool_name: 'real'})));
  const samples = await service.samples();
  t.is(sumOf(samples, 'mcp_tool_executions_total', {method: 'tools/call', success: 'false'}), 20);
  t.is(sumOf(samples, 'mcp_tool_execution_duration_seconds_count', {method: 'tools/call'}), 20);
  t.is(sumOf(samples, 'mcp_tool_executions_total', {tool_name: 'real'}), 0);
});

test('an emitter that invents names cannot use up the label values of another', async t => {
  const service = await start(t, {variables});
  await service.post({service: 'nginx', metrics: invented(1000)}, nginx);
  await service.send(...Array.from({length: 10}, (_, index) => execution(`real${index}`)));
  const samples = await service.samples();
  for (let index = 0; index < 10; index += 1)
    t.is(sumOf(samples, 'mcp_tool_executions_total', {method: `real${index}`}), 1);
  t.is(sumOf(samples, 'mcp_tool_executions_total', {method: '_other'}), 850);
});

test('a value that one emitter introduced is known for all, and counts towards the limit only once', async t => {
  const service = await start(t, {variables: {...variables, METRICS_MAX_LABEL_CARDINALITY: '2'}});
  await service.post({service: 'a', metrics: [execution('m1'), execution('m2'), execution('m3')]}, nginx);
  await service.post({
    service: 'a',
    metrics: [execution('m1'), execution('m2'), execution('m4'), execution('m5'), execution('m6')],
  });
  const methods = nonZero(await service.samples(), 'mcp_tool_executions_total');
  const count = (method: string) =>
    Object.entries(methods).reduce(
      (sum, [labels, value]) => (labels.includes(`method=${method} `) ? sum + value : sum),
      0,
    );
  t.deepEqual(['m1', 'm2', 'm4', 'm5', '_other'].map(count), [2, 2, 1, 1, 2]);
});
