import {
  authRequests,
  catalogue,
  gauge,
  open,
  series,
  toolExecutionDuration,
  toolExecutions,
  toolPayload,
} from '@mcp-observability/metrics-service/catalogue';
import test from 'ava';
import * as q from '../src/promql/promql.ts';
import {syntaxErrors} from './promql-parser.ts';

const {panel, rule} = q;
const over = rule.last('5m');
const server = q.multiVariable('server');
const reporter = q.singleVariable('reporter');
const calls = q.increase(toolExecutions, {over});
const failed = q.increase(toolExecutions, {over, where: {success: 'false'}});
const byServer = {over, by: ['server_name']} as const;

const composes = test.macro<[q.Expression, {readonly text: string; readonly unit: q.Unit}]>({
  exec(t, query, {text, unit}) {
    t.is(query.text, text);
    t.is(query.unit, unit);
    t.deepEqual(syntaxErrors(query.text), []);
  },
  title: title => title ?? '',
});

test('the parser of these tests finds syntax and type errors', t => {
  t.deepEqual(syntaxErrors('sum(rate(up[5m]))'), []);
  t.not(syntaxErrors('sum by (').length, 0);
  t.not(syntaxErrors('rate(up)').length, 0);
  t.not(syntaxErrors('sum(up[5m])').length, 0);
});

test('a rate is summed over all tasks', composes, q.rate(toolExecutions, {over: panel.resolution}), {
  text: 'sum(rate(mcp_tool_executions_total[$__rate_interval]))',
  unit: 'events per second',
});
test('labels in `by` are kept', composes, q.increase(toolExecutions, {over: panel.range, by: ['method', 'service']}), {
  text: 'sum by (method, service) (increase(mcp_tool_executions_total[$__range]))',
  unit: 'events',
});
test(
  'a selector supports equal, not equal, one of, none of and variables',
  composes,
  q.increase(toolExecutions, {
    over: panel.last('1h'),
    where: {
      success: {not: 'false'},
      method: [{oneOf: ['tools/call', 'ping']}, {noneOf: ['initialize']}],
      client_name: {oneOf: ['c', 'a.b']},
      server_name: server,
      service: reporter,
      tool_name: 'say "hi"\\',
    },
  }),
  {
    text: 'sum(increase(mcp_tool_executions_total{success!="false", method=~"tools/call|ping", method!~"initialize", client_name=~"c|a\\\\.b", server_name=~"$server", service="$reporter", tool_name="say \\"hi\\"\\\\"}[1h]))',
    unit: 'events',
  },
);
test(
  'a narrowed metric keeps its matchers when others are added',
  composes,
  q.rate(q.narrow(q.narrow(toolExecutions, {method: 'tools/call'}), {success: 'true'}), {
    over,
    where: {client_name: 'x'},
  }),
  {
    text: 'sum(rate(mcp_tool_executions_total{method="tools/call", success="true", client_name="x"}[5m]))',
    unit: 'events per second',
  },
);
test('narrowing a metric does not change the catalogue', t => {
  q.narrow(toolExecutions, {method: 'tools/call'});
  t.is(q.increase(toolExecutions, {over}).text, 'sum(increase(mcp_tool_executions_total[5m]))');
});
test('a gauge is summed by default', composes, q.instant(series, {at: panel.now}), {
  text: 'sum(mcp_metrics_service_series)',
  unit: 'series',
});
test(
  'a gauge can be aggregated with max',
  composes,
  q.instant(gauge('up', {help: '', labels: {job: open}, unit: 'flag'}), {at: rule.now, by: ['job'], as: 'max'}),
  {text: 'max by (job) (up)', unit: 'flag'},
);
test(
  'absence is computed for a selector over a window',
  composes,
  q.absent(authRequests, {over: rule.last('2m'), where: {service: 'registry'}}),
  {
    text: 'absent_over_time(mcp_auth_requests_total{service="registry"}[2m])',
    unit: 'flag',
  },
);
test(
  'a quantile keeps the label le and returns no series without observations',
  composes,
  q.quantile(0.95, toolExecutionDuration, byServer),
  {
    text: 'histogram_quantile(0.95, sum by (le, server_name) (rate(mcp_tool_execution_duration_seconds_bucket[5m]))) >= 0',
    unit: 'seconds',
  },
);
test('a quantile is a number between 0 and 1', t => {
  t.throws(() => q.quantile(95, toolExecutionDuration, {over}), {
    message: 'q of quantile: expected a number between 0 and 1, found 95',
  });
});
test(
  'a mean divides summed sums by summed counts, in the unit of the histogram',
  composes,
  q.mean(toolPayload, {...byServer, where: {direction: 'input'}}),
  {
    text: 'sum by (server_name) (rate(mcp_tool_payload_bytes_sum{direction="input"}[5m])) / (sum by (server_name) (rate(mcp_tool_payload_bytes_count{direction="input"}[5m])) > 0)',
    unit: 'bytes',
  },
);
test(
  'the count of a histogram is a counter of events',
  composes,
  q.rate(q.histogramCount(toolExecutionDuration), {over}),
  {
    text: 'sum(rate(mcp_tool_execution_duration_seconds_count[5m]))',
    unit: 'events per second',
  },
);
test('seconds per second are a ratio', composes, q.rate(q.histogramSum(toolExecutionDuration), {over}), {
  text: 'sum(rate(mcp_tool_execution_duration_seconds_sum[5m]))',
  unit: 'ratio',
});
test(
  'a bucket is selected in the formats of Prometheus 2 and 3',
  composes,
  q.increaseWithin(5, toolExecutionDuration, {over}),
  {
    text: 'sum(increase(mcp_tool_execution_duration_seconds_bucket{le=~"5|5\\\\.0"}[5m]))',
    unit: 'events',
  },
);
test(
  'a bucket boundary with a fraction has one format',
  composes,
  q.increaseWithin(0.25, toolExecutionDuration, {over}),
  {
    text: 'sum(increase(mcp_tool_execution_duration_seconds_bucket{le="0.25"}[5m]))',
    unit: 'events',
  },
);
test('a large bucket boundary may have an exponent', composes, q.increaseWithin(4 ** 13, toolPayload, {over}), {
  text: 'sum(increase(mcp_tool_payload_bytes_bucket{le=~"67108864|6\\\\.7108864e\\\\+07"}[5m]))',
  unit: 'events',
});
test('a bound must be a bucket boundary', t => {
  t.throws(() => q.increaseWithin(4, toolExecutionDuration, {over}), {
    message: /expected one of its bucket boundaries .*, found 4$/,
  });
});
test(
  'a ratio counts a missing part as zero and returns no series without traffic',
  composes,
  q.ratio(failed, calls, {idle: 'absent'}),
  {
    text: `(${failed.text} or (${calls.text} * 0)) / (${calls.text} > 0)`,
    unit: 'ratio',
  },
);
test('a ratio can have a value for no traffic', composes, q.ratio(failed, calls, {idle: 1}), {
  text: `((${failed.text} or (${calls.text} * 0)) / (${calls.text} > 0)) or vector(1)`,
  unit: 'ratio',
});
test(
  'a grouped ratio has this value for each known group',
  composes,
  q.ratio(
    q.increase(authRequests, {over, by: ['service'], where: {success: 'false'}}),
    q.increase(authRequests, {over, by: ['service']}),
    {
      idle: 0,
    },
  ),
  {
    text: '((sum by (service) (increase(mcp_auth_requests_total{success="false"}[5m])) or (sum by (service) (increase(mcp_auth_requests_total[5m])) * 0)) / (sum by (service) (increase(mcp_auth_requests_total[5m])) > 0)) or (sum by (service) (increase(mcp_auth_requests_total[5m])) * 0 + 0)',
    unit: 'ratio',
  },
);
test('zero can replace a missing series', composes, q.orZero(calls), {
  text: `${calls.text} or vector(0)`,
  unit: 'events',
});
test('topk ranks the active series', composes, q.topk(10, q.positive(q.increase(toolExecutions, byServer))), {
  text: 'topk(10, sum by (server_name) (increase(mcp_tool_executions_total[5m])) > 0)',
  unit: 'events',
});
test(
  'distinct values are counted in each group',
  composes,
  q.count(q.positive(q.increase(toolExecutions, {over, by: ['server_name', 'tool_name']})), {by: ['server_name']}),
  {
    text: 'count by (server_name) (sum by (server_name, tool_name) (increase(mcp_tool_executions_total[5m])) > 0)',
    unit: 'count',
  },
);
test('a rate can be converted to events per hour', composes, q.perHour(q.rate(toolExecutions, {over})), {
  text: 'sum(rate(mcp_tool_executions_total[5m])) * 3600',
  unit: 'events per hour',
});
test(
  'operands that are binary operations are in parentheses',
  composes,
  q.oneMinus(q.ratio(failed, calls, {idle: 0})),
  {
    text: `1 - (((${failed.text} or (${calls.text} * 0)) / (${calls.text} > 0)) or vector(0))`,
    unit: 'ratio',
  },
);
test('a series can be compared with another one', composes, q.filter(q.times(failed, 2), '>', calls), {
  text: `(${failed.text} * 2) > ${calls.text}`,
  unit: 'events',
});
test('queries of every metric in the catalogue are valid PromQL', t => {
  for (const metric of Object.values(catalogue)) {
    if (metric.kind === 'counter') {
      t.deepEqual(syntaxErrors(q.rate(metric, {over: panel.resolution}).text), [], metric.name);
    } else if (metric.kind === 'histogram') {
      t.deepEqual(syntaxErrors(q.quantile(0.99, metric, {over: panel.resolution}).text), [], metric.name);
    } else {
      t.deepEqual(syntaxErrors(q.instant(metric, {at: panel.now}).text), [], metric.name);
    }
  }
});

test(
  'a recorded count is summed over a window',
  composes,
  q.sumOverTime({kind: 'gauge', name: 'a:mcp_b:c', labels: {service: open}, unit: 'events'}, {over, by: ['service']}),
  {
    text: 'sum by (service) (sum_over_time(a:mcp_b:c[5m]))',
    unit: 'events',
  },
);
test('the age of the newest sample is in seconds', composes, q.timeSince(authRequests, {over}), {
  text: 'time() - max(max_over_time(timestamp(mcp_auth_requests_total)[5m:5s]))',
  unit: 'seconds',
});
test(
  'starts are counted at new and at known addresses',
  composes,
  q.processStarts(gauge('start_seconds', {help: '', labels: {}, unit: 'seconds'}), {over: rule.last('1h')}),
  {
    text: '(count(min_over_time(start_seconds[1h]) > time() - 3600) or vector(0)) + (sum(changes(start_seconds[1h])) or vector(0))',
    unit: 'count',
  },
);
test(
  'starts over the resolution of a graph use variables that Grafana has',
  composes,
  q.processStarts(gauge('start_seconds', {help: '', labels: {}, unit: 'seconds'}), {over: panel.resolution}),
  {
    text: '(count(min_over_time(start_seconds[$__rate_interval]) > time() - $__rate_interval_ms / 1000) or vector(0)) + (sum(changes(start_seconds[$__rate_interval])) or vector(0))',
    unit: 'count',
  },
);
test(
  'the used share of an allowance is a multiple, and oneMinus is what remains',
  composes,
  q.oneMinus(q.round(q.divideOn(calls, q.constant(2, {unit: 'events', at: rule.now})), {to: 0.1})),
  {
    text: `1 - round(${calls.text} / on () group_left () (vector(2) > 0), 0.1)`,
    unit: 'ratio',
  },
);
test(
  'a zero with a label value can replace a missing result',
  composes,
  q.orZeroAs(q.increase(toolExecutions, byServer), 'server_name', 'none'),
  {
    text: 'sum by (server_name) (increase(mcp_tool_executions_total[5m])) or on () label_replace(vector(0), "server_name", "none", "", "")',
    unit: 'events',
  },
);
