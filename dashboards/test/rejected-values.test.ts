/** Values that compile and make no sense are rejected where they are written, with what was expected. */
import {toolExecutions} from '@mcp-observability/metrics-service/catalogue';
import test from 'ava';
import {row} from '../src/boards/board.ts';
import {mostPopularTool} from '../src/boards/mcp-analytics/tools.ts';
import {ValueError} from '../src/errors.ts';
import {named} from '../src/panels/panels.ts';
import {refIdOf} from '../src/panels/targets.ts';
import {thresholdSteps} from '../src/panels/theme.ts';
import {constant, filter, increase, panel, ratio, round, rule, topk} from '../src/promql/promql.ts';
import {recordedQuantile} from '../src/promql/recorded-growth.ts';
import {select} from '../src/promql/selector.ts';
import {requestTimeGrowth} from '../src/signals/recorded-growth.ts';
import {syntaxErrors} from './promql-parser.ts';

const executions = increase(toolExecutions, {over: rule.last('5m')});

const rejected = test.macro<[() => unknown, string]>({
  exec: (t, make, message) => {
    t.throws(make, {instanceOf: ValueError, message});
  },
  title: (_, __, message) => message,
});

for (const limit of [Number.POSITIVE_INFINITY, Number.NaN])
  test(rejected, () => filter(executions, '>', limit), `limit: expected a finite number, found ${limit}`);

for (const k of [0, 1.5, Number.NaN])
  test(rejected, () => topk(k, executions), `k: expected a whole number above 0, found ${k}`);
for (const to of [0, Number.NaN])
  test(rejected, () => round(executions, {to}), `to: expected a finite number above 0, found ${to}`);
test(rejected, () => ratio(executions, executions, {idle: Number.NaN}), 'idle: expected a finite number, found NaN');
test(
  rejected,
  () => constant(Number.NaN, {unit: 'events', at: rule.now}),
  'constant: expected a finite number, found NaN',
);
test(
  rejected,
  () => recordedQuantile(95, requestTimeGrowth, {over: panel.range}),
  'q of quantile: expected a number between 0 and 1, found 95',
);
for (const height of [0, 2.5, Number.NaN])
  test(
    rejected,
    () => row(height, mostPopularTool),
    `height of a row: expected a whole number above 0, found ${height}`,
  );

for (const duration of ['1.5m', '0m', '-5m'] as const)
  test(
    rejected,
    () => rule.last(duration),
    `window: expected a whole number above 0 and a unit, such as 90s, 5m, 1h or 30d, found ${duration}`,
  );

const stepsAt = (...values: readonly number[]) => ({
  below: 'good' as const,
  steps: values.map(from => ({from, means: 'bad' as const})),
});
test(
  rejected,
  () => thresholdSteps(stepsAt(2, 1)),
  'thresholds: expected finite numbers in ascending order, found 2, 1',
);
test(
  rejected,
  () => thresholdSteps(stepsAt(1, Number.NaN)),
  'thresholds: expected finite numbers in ascending order, found 1, NaN',
);
test(
  rejected,
  () => named('costs $5', increase(toolExecutions, {over: panel.range}), 'traffic'),
  'legend: expected no dollar sign, found "costs $5"',
);

test('a panel can have more than 26 queries', t => {
  t.deepEqual([0, 25, 26, 27, 51, 52].map(refIdOf), ['A', 'Z', 'AA', 'AB', 'AZ', 'BA']);
});

test('a dollar sign in a label value is not filled in by Grafana, and still means a dollar sign', t => {
  const one = select(toolExecutions, {where: {tool_name: '$server'}});
  t.is(one, 'mcp_tool_executions_total{tool_name="\\x24server"}');
  const several = select(toolExecutions, {where: {tool_name: {oneOf: ['$server', 'b']}}});
  t.is(several, 'mcp_tool_executions_total{tool_name=~"\\\\\\x24server|b"}');
  for (const selector of [one, several]) t.deepEqual(syntaxErrors(selector), []);
});
