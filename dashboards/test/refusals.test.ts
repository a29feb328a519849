import test from 'ava';
import {diagnose} from './compiler.ts';

const imports = `
import {authRequests, series, toolExecutionDuration, toolExecutions, toolPayload} from '@mcp-observability/metrics-service/catalogue';
import * as q from './promql/promql.ts';
import {each, named, timeSeries} from './panels/panels.ts';
import {table} from './panels/table.ts';
const server = q.multiVariable('server');
const {panel, rule} = q;
const alert = (query: q.RuleExpression): q.RuleExpression => query;
const show = (query: q.Expression): q.Expression => query;
const over = panel.range;
const about = {title: '', description: ''};
`;

type Case = {readonly wrong: string; readonly right: string; readonly message: RegExp};

/** Each wrong line with a right one that differs only in the error. */
const cases = {
  'a metric that is not in the catalogue': {
    wrong: `import {toolExecution} from '@mcp-observability/metrics-service/catalogue'; q.rate(toolExecution, {over});`,
    right: 'q.rate(toolExecutions, {over});',
    message: /no exported member named 'toolExecution'/,
  },
  'a metric as a string': {
    wrong: `q.rate('mcp_tool_executions_total', {over});`,
    right: 'q.rate(toolExecutions, {over});',
    message: /type 'string' is not assignable/,
  },
  'a query as a string': {
    wrong: `show('sum(rate(mcp_tool_executions_total[5m]))');`,
    right: 'show(q.rate(toolExecutions, {over}));',
    message: /type 'string' is not assignable/,
  },
  'grouping by a label the metric lacks': {
    wrong: `q.rate(toolExecutions, {over, by: ['server']});`,
    right: `q.rate(toolExecutions, {over, by: ['server_name']});`,
    message: /"server"' is not assignable to type '"service" \| "success" \| "method" \| "server_name"/,
  },
  'selecting by a label the metric lacks': {
    wrong: `q.rate(toolExecutions, {over, where: {method: 'tools/call', server: 'github'}});`,
    right: `q.rate(toolExecutions, {over, where: {method: 'tools/call', server_name: 'github'}});`,
    message: /'server' does not exist/,
  },
  'a value outside a closed label': {
    wrong: `q.rate(toolExecutions, {over, where: {success: 'yes'}});`,
    right: `q.rate(toolExecutions, {over, where: {success: 'true'}});`,
    message: /"yes"' is not assignable/,
  },
  'a value outside a closed label, excluded': {
    wrong: `q.rate(toolExecutions, {over, where: {success: {not: 'no'}}});`,
    right: `q.rate(toolExecutions, {over, where: {success: {not: 'false'}}});`,
    message: /"no"' is not assignable/,
  },
  'a value outside a closed label, among others': {
    wrong: `q.rate(toolExecutions, {over, where: {success: {oneOf: ['true', 'no']}}});`,
    right: `q.rate(toolExecutions, {over, where: {success: {oneOf: ['true', 'unknown']}}});`,
    message: /"no"' is not assignable/,
  },
  'narrowing by a label the metric lacks': {
    wrong: `q.narrow(authRequests, {server_name: 'github'});`,
    right: `q.narrow(authRequests, {server: 'api'});`,
    message: /'server_name' does not exist/,
  },
  'a value that has no guaranteed place in the label limiter': {
    wrong: `q.narrow(toolExecutions, {method: 'tools/cal'});`,
    right: `q.narrow(toolExecutions, {method: 'tools/call'});`,
    message: /"tools\/cal"' is not assignable/,
  },
  'the rate of a gauge': {
    wrong: 'q.rate(series, {over});',
    right: 'q.instant(series, {at: panel.now});',
    message: /"gauge"' is not assignable to type '"counter"'/,
  },
  'the increase of a gauge': {
    wrong: 'q.increase(series, {over});',
    right: 'q.instant(series, {at: panel.now});',
    message: /"gauge"' is not assignable to type '"counter"'/,
  },
  'the rate of a histogram': {
    wrong: 'q.rate(toolExecutionDuration, {over});',
    right: 'q.rate(q.histogramCount(toolExecutionDuration), {over});',
    message: /"histogram"' is not assignable to type '"counter"'/,
  },
  'the quantile of a counter': {
    wrong: 'q.quantile(0.95, toolExecutions, {over});',
    right: 'q.quantile(0.95, toolExecutionDuration, {over});',
    message: /"counter"' is not assignable to type '"histogram"'|missing the following properties|'buckets' is missing/,
  },
  'the mean of a counter': {
    wrong: 'q.mean(toolExecutions, {over});',
    right: 'q.mean(toolExecutionDuration, {over});',
    message: /"counter"' is not assignable to type '"histogram"'|missing the following properties|'buckets' is missing/,
  },
  'the current value of a counter': {
    wrong: 'q.instant(toolExecutions, {at: panel.now});',
    right: 'q.instant(series, {at: panel.now});',
    message: /"counter"' is not assignable to type '"gauge"'/,
  },
  'a sum of seconds and events': {
    wrong: 'q.add(q.mean(toolExecutionDuration, {over}), q.increase(toolExecutions, {over}));',
    right: 'q.add(q.increase(authRequests, {over}), q.increase(toolExecutions, {over}));',
    message: /"events"' is not assignable to type '"seconds"'/,
  },
  'a sum of seconds and bytes': {
    wrong: 'q.add(q.mean(toolExecutionDuration, {over}), q.mean(toolPayload, {over}));',
    right: 'q.add(q.mean(toolPayload, {over}), q.mean(toolPayload, {over}));',
    message: /"bytes"' is not assignable to type '"seconds"'/,
  },
  'the operator or on events and events per second': {
    wrong: 'q.or(q.increase(toolExecutions, {over}), q.rate(toolExecutions, {over}));',
    right: 'q.or(q.rate(authRequests, {over}), q.rate(toolExecutions, {over}));',
    message: /"events per second"' is not assignable to type '"events"'/,
  },
  'a ratio of seconds to events': {
    wrong: `q.ratio(q.mean(toolExecutionDuration, {over}), q.increase(toolExecutions, {over}), {idle: 'absent'});`,
    right: `q.ratio(q.increase(authRequests, {over}), q.increase(toolExecutions, {over}), {idle: 'absent'});`,
    message: /"events"' is not assignable to type '"seconds"'/,
  },
  'a ratio without a value for no traffic': {
    wrong: 'q.ratio(q.increase(authRequests, {over}), q.increase(toolExecutions, {over}));',
    right: 'q.ratio(q.increase(authRequests, {over}), q.increase(toolExecutions, {over}), {idle: 1});',
    message: /Expected 3 arguments/,
  },
  'operands grouped by different labels': {
    wrong: `q.subtract(q.increase(toolExecutions, {over, by: ['method']}), q.increase(toolExecutions, {over, by: ['tool_name']}));`,
    right: `q.subtract(q.increase(toolExecutions, {over, by: ['method']}), q.increase(toolExecutions, {over, by: ['method']}));`,
    message: /"tool_name"' is not assignable to type '"method"'/,
  },
  'fewer labels on the right than on the left': {
    wrong: `q.add(q.increase(toolExecutions, {over, by: ['method']}), q.increase(toolExecutions, {over}));`,
    right: 'q.add(q.increase(toolExecutions, {over}), q.increase(toolExecutions, {over}));',
    message: /is not assignable to type 'never'/,
  },
  'more labels on the right than on the left': {
    wrong: `q.add(q.increase(toolExecutions, {over}), q.increase(toolExecutions, {over, by: ['method']}));`,
    right: 'q.add(q.increase(toolExecutions, {over}), q.increase(toolExecutions, {over}));',
    message: /is not assignable to type 'never'/,
  },
  'divideOn with a label that the left side lacks': {
    wrong: `q.divideOn(q.increase(toolExecutions, {over, by: ['method']}), q.increase(toolExecutions, {over, by: ['tool_name']}));`,
    right: `q.divideOn(q.increase(toolExecutions, {over, by: ['method', 'tool_name']}), q.increase(toolExecutions, {over, by: ['tool_name']}));`,
    message: /"tool_name"' is not assignable to type '"method"'/,
  },
  'orZero on an expression with labels': {
    wrong: `q.orZero(q.increase(toolExecutions, {over, by: ['method']}));`,
    right: 'q.orZero(q.increase(toolExecutions, {over}));',
    message: /"method"' is not assignable to type 'never'/,
  },
  'aggregating by a label that was aggregated away': {
    wrong: `q.sum(q.increase(toolExecutions, {over, by: ['method']}), {by: ['tool_name']});`,
    right: `q.sum(q.increase(toolExecutions, {over, by: ['method', 'tool_name']}), {by: ['tool_name']});`,
    message: /"tool_name"' is not assignable to type '"method"'/,
  },
  "the panel's resolution in a rule": {
    wrong: 'alert(q.rate(toolExecutions, {over: panel.resolution}));',
    right: `alert(q.rate(toolExecutions, {over: rule.last('5m')}));`,
    message: /"panel"' is not assignable to type '"rule"'/,
  },
  "the dashboard's time range in a part of a rule": {
    wrong: `alert(q.add(q.increase(authRequests, {over: rule.last('5m')}), q.increase(toolExecutions, {over: panel.range})));`,
    right: `alert(q.add(q.increase(authRequests, {over: rule.last('5m')}), q.increase(toolExecutions, {over: rule.last('5m')})));`,
    message: /"panel"' is not assignable to type '"rule"'/,
  },
  'a variable in a rule': {
    wrong: `alert(q.rate(toolExecutions, {over: rule.last('5m'), where: {server_name: server}}));`,
    right: 'show(q.rate(toolExecutions, {over: panel.range, where: {server_name: server}}));',
    message: /"\$server"' is not assignable to type '"rule"'/,
  },
  'a variable in a narrowed metric': {
    wrong: 'q.narrow(toolExecutions, {server_name: server});',
    right: `q.narrow(toolExecutions, {server_name: 'github'});`,
    message: /Type 'Variable<"\$server">' is not assignable/,
  },
  'two units in one graph': {
    wrong: `timeSeries({...about, series: [named('a', q.rate(authRequests, {over}), 'authentication'), named('b', q.mean(toolExecutionDuration, {over}), 'traffic')]});`,
    right: `timeSeries({...about, series: [named('a', q.rate(authRequests, {over}), 'authentication'), named('b', q.rate(toolExecutions, {over}), 'traffic')]});`,
    message: /"seconds"' is not assignable to type '"events per second"'/,
  },
  'a legend with a label that the series lack': {
    wrong: `each('method', q.rate(toolExecutions, {over, by: ['tool_name']}));`,
    right: `each('tool_name', q.rate(toolExecutions, {over, by: ['tool_name']}));`,
    message: /"method" \| "tool_name"' is not assignable to type '"tool_name"'/,
  },
  'a fixed legend for several series': {
    wrong: `named('calls', q.rate(toolExecutions, {over, by: ['tool_name']}), 'traffic');`,
    right: `named('calls', q.rate(toolExecutions, {over}), 'traffic');`,
    message: /"tool_name"' is not assignable to type 'never'/,
  },
  'a table column with another label than the rows': {
    wrong: `table({...about, label: 'tool_name', rows: 'Tool', columns: [{heading: 'Calls', query: q.rate(toolExecutions, {over, by: ['method']})}]});`,
    right: `table({...about, label: 'tool_name', rows: 'Tool', columns: [{heading: 'Calls', query: q.rate(toolExecutions, {over, by: ['tool_name']})}]});`,
    message: /"method"' is not assignable to type '"tool_name"'/,
  },
  'a window without a unit': {
    wrong: `q.rate(toolExecutions, {over: rule.last('5')});`,
    right: `q.rate(toolExecutions, {over: rule.last('5m')});`,
    message: /"5"' is not assignable/,
  },
  'a dimension that a CloudWatch metric lacks': {
    wrong: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a', ServiceName: 'b', TaskId: 'c'}});`,
    right: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a', ServiceName: 'b'}});`,
    message: /'TaskId' does not exist/,
  },
  'a CloudWatch metric with only some of its dimensions': {
    wrong: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a'}});`,
    right: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a', ServiceName: 'b'}});`,
    message: /'ServiceName' is missing/,
  },
  'a CloudWatch metric of another namespace': {
    wrong: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ApplicationELB', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a', ServiceName: 'b'}});`,
    right: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a', ServiceName: 'b'}});`,
    message: /'"CPUUtilization"' is not assignable/,
  },
  'a statistic that is meaningless for a CloudWatch metric': {
    wrong: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Sum', dimensions: {ClusterName: 'a', ServiceName: 'b'}});`,
    right: `import {metricQuery} from './signals/cloudwatch-metrics.ts'; metricQuery('AWS/ECS', 'CPUUtilization', {statistic: 'Average', dimensions: {ClusterName: 'a', ServiceName: 'b'}});`,
    message: /'"Sum"' is not assignable/,
  },
  'a variable with a dimension that a CloudWatch metric lacks': {
    wrong: `import {dimensionValues} from './panels/cloudwatch-variables.ts'; dimensionValues({variable: server, label: '', description: '', namespace: 'AWS/CloudFront', metric: 'Requests', dimension: 'Distribution'});`,
    right: `import {dimensionValues} from './panels/cloudwatch-variables.ts'; dimensionValues({variable: server, label: '', description: '', namespace: 'AWS/CloudFront', metric: 'Requests', dimension: 'DistributionId'});`,
    message: /'"Distribution"' is not assignable/,
  },
  'a recorded series of an unknown objective': {
    wrong: `import {recordedBurnRate} from './signals/objectives.ts'; q.instant(recordedBurnRate('1h'), {at: panel.now, by: ['service'], where: {objective: 'auth-speed'}});`,
    right: `import {recordedBurnRate} from './signals/objectives.ts'; q.instant(recordedBurnRate('1h'), {at: panel.now, by: ['service'], where: {objective: 'auth-latency'}});`,
    message: /"auth-speed"' is not assignable/,
  },
  'a recorded series of a window that is not recorded': {
    wrong: `import {recordedBurnRate} from './signals/objectives.ts'; q.instant(recordedBurnRate('4h'), {at: panel.now, by: ['service'], where: {objective: 'auth-latency'}});`,
    right: `import {recordedBurnRate} from './signals/objectives.ts'; q.instant(recordedBurnRate('1h'), {at: panel.now, by: ['service'], where: {objective: 'auth-latency'}});`,
    message: /'"4h"' is not assignable/,
  },
  'a record grouped by a label that it lacks': {
    wrong: `import {requests} from './signals/mcp-signals.ts'; show(requests.inWindow({over, by: ['tool_name']}));`,
    right: `import {requests} from './signals/mcp-signals.ts'; show(requests.inWindow({over, by: ['server_name']}));`,
    message: /"tool_name"' is not assignable to type/,
  },
  'a record selected by a label that it lacks': {
    wrong: `import {callsByTool} from './signals/mcp-signals.ts'; show(callsByTool.inWindow({over, where: {method: 'tools/call'}}));`,
    right: `import {callsByTool} from './signals/mcp-signals.ts'; show(callsByTool.inWindow({over, where: {tool_name: 'search'}}));`,
    message: /'method' does not exist/,
  },
  'a record narrowed by a label that it lacks': {
    wrong: `import {toolCallGrowth} from './signals/recorded-growth.ts'; q.narrowGrowth(toolCallGrowth, {method: 'tools/call'});`,
    right: `import {toolCallGrowth} from './signals/recorded-growth.ts'; q.narrowGrowth(toolCallGrowth, {tool_name: 'search'});`,
    message: /'method' does not exist/,
  },
  'a record with a label that the metric family lacks': {
    wrong: `q.recordCounter(toolExecutions, {by: ['service', 'server']});`,
    right: `q.recordCounter(toolExecutions, {by: ['service', 'server_name']});`,
    message: /"server"' is not assignable to type/,
  },
  'a quantile on a board without recorded buckets': {
    wrong: `import {authenticationTime} from './signals/mcp-signals.ts'; show(authenticationTime.p95({over}));`,
    right: `import {authenticationTime} from './signals/mcp-signals.ts'; show(authenticationTime.mean({over}));`,
    message: /No overload matches this call|not assignable/,
  },
  'a record over a fixed window': {
    wrong: `import {requests} from './signals/mcp-signals.ts'; show(requests.inWindow({over: panel.last('5m')}));`,
    right: `import {requests} from './signals/mcp-signals.ts'; show(requests.inWindow({over: panel.range}));`,
    message: /No overload matches this call|not assignable/,
  },
  'an alert that is not in the runbook': {
    wrong: `import type {Alert} from './rules/alert.ts'; const a: Alert = {alert: 'MetricsRefused', severity: 'warning', expr: q.rate(toolExecutions, {over: rule.last('5m')}), summary: '', description: ''}; void a;`,
    right: `import type {Alert} from './rules/alert.ts'; const a: Alert = {alert: 'MetricsRejected', severity: 'warning', expr: q.rate(toolExecutions, {over: rule.last('5m')}), summary: '', description: ''}; void a;`,
    message: /'"MetricsRefused"' is not assignable/,
  },
  'an alert with a variable of Grafana': {
    wrong: `import type {Alert} from './rules/alert.ts'; const a: Alert = {alert: 'MetricsRejected', severity: 'warning', expr: q.rate(toolExecutions, {over: panel.range}), summary: '', description: ''}; void a;`,
    right: `import type {Alert} from './rules/alert.ts'; const a: Alert = {alert: 'MetricsRejected', severity: 'warning', expr: q.rate(toolExecutions, {over: rule.last('5m')}), summary: '', description: ''}; void a;`,
    message: /not assignable to type/,
  },
} as const satisfies Record<string, Case>;

const tail = [
  '',
  'void [authRequests, series, toolExecutionDuration, toolExecutions, toolPayload];',
  'void [server, panel, rule, alert, show, over, about, each, named, timeSeries, table];',
].join('\n');
const names = Object.keys(cases) as (keyof typeof cases)[]; // Object.keys returns string[]
const diagnostics = diagnose(
  Object.fromEntries(
    names.flatMap(name =>
      (['wrong', 'right'] as const).map(side => [`${name}, ${side}`, `${imports}${cases[name][side]}${tail}`]),
    ),
  ),
);

const isRejected = test.macro({
  exec(t, name: keyof typeof cases) {
    const {message} = cases[name];
    t.deepEqual(diagnostics[`${name}, right`], [], 'the control compiles');
    const found = diagnostics[`${name}, wrong`] ?? [];
    t.is(found.length, 1, found.join('\n'));
    t.regex(found[0] ?? '', message);
  },
  title: (_, name) => `the compiler rejects ${name}`,
});

for (const name of names) {
  test(isRejected, name);
}
