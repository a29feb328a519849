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
import {problems} from './promql-parser.ts';

const {panel, rule} = q;
const over = rule.last('5m');
const server: q.Variable = {variable: 'server', several: true, scope: 'panel'};
const observer: q.Variable = {variable: 'observer', several: false, scope: 'panel'};
const calls = q.increase(toolExecutions, {over});
const failed = q.increase(toolExecutions, {over, where: {success: 'false'}});
const byServer = {over, by: ['server_name']} as const;

const reads = test.macro<[q.Expression, {readonly text: string; readonly unit: q.Unit}]>({
  exec(t, query, {text, unit}) {
    t.is(query.text, text);
    t.is(query.unit, unit);
    t.deepEqual(problems(query.text), []);
  },
  title: title => title ?? '',
});

test('The parser behind these tests finds errors of syntax and of type.', t => {
  t.deepEqual(problems('sum(rate(up[5m]))'), []);
  t.not(problems('sum by (').length, 0);
  t.not(problems('rate(up)').length, 0);
  t.not(problems('sum(up[5m])').length, 0);
});

test('A rate sums over the series of all tasks.', reads, q.rate(toolExecutions, {over: panel.resolution}), {
  text: 'sum(rate(mcp_tool_executions_total[$__rate_interval]))',
  unit: 'events per second',
});
test(
  'Labels named by `by` are kept.',
  reads,
  q.increase(toolExecutions, {over: panel.range, by: ['method', 'service']}),
  {
    text: 'sum by (method, service) (increase(mcp_tool_executions_total[$__range]))',
    unit: 'events',
  },
);
test(
  'A selector can ask for equal, not equal, one of, none of and variables.',
  reads,
  q.increase(toolExecutions, {
    over: panel.last('1h'),
    where: {
      success: {not: 'false'},
      method: [{oneOf: ['tools/call', 'ping']}, {noneOf: ['initialize']}],
      client_name: {oneOf: ['c', 'a.b']},
      server_name: server,
      service: observer,
      tool_name: 'say "hi"\\',
    },
  }),
  {
    text: 'sum(increase(mcp_tool_executions_total{success!="false", method=~"tools/call|ping", method!~"initialize", client_name=~"c|a\\\\.b", server_name=~"$server", service="$observer", tool_name="say \\"hi\\"\\\\"}[1h]))',
    unit: 'events',
  },
);
test(
  'A metric narrowed once stays so under further conditions.',
  reads,
  q.rate(q.narrow(q.narrow(toolExecutions, {method: 'tools/call'}), {success: 'true'}), {
    over,
    where: {client_name: 'x'},
  }),
  {
    text: 'sum(rate(mcp_tool_executions_total{method="tools/call", success="true", client_name="x"}[5m]))',
    unit: 'events per second',
  },
);
test('Narrowing leaves the catalogue alone.', t => {
  q.narrow(toolExecutions, {method: 'tools/call'});
  t.is(q.increase(toolExecutions, {over}).text, 'sum(increase(mcp_tool_executions_total[5m]))');
});
test('A gauge is read as it is.', reads, q.instant(series, {at: panel.now}), {
  text: 'sum(mcp_metrics_service_series)',
  unit: 'series',
});
test(
  'A gauge can be read as its largest series.',
  reads,
  q.instant(gauge('up', {help: '', labels: {job: open}, unit: 'flag'}), {at: rule.now, by: ['job'], as: 'max'}),
  {text: 'max by (job) (up)', unit: 'flag'},
);
test(
  'Absence is asked of a selector.',
  reads,
  q.absent(authRequests, {over: rule.last('2m'), where: {service: 'registry'}}),
  {
    text: 'absent_over_time(mcp_auth_requests_total{service="registry"}[2m])',
    unit: 'flag',
  },
);
test(
  'A quantile keeps the bucket bounds and is no series where nothing was observed.',
  reads,
  q.quantile(0.95, toolExecutionDuration, byServer),
  {
    text: 'histogram_quantile(0.95, sum by (le, server_name) (rate(mcp_tool_execution_duration_seconds_bucket[5m]))) >= 0',
    unit: 'seconds',
  },
);
test('A quantile is asked for as a share.', t => {
  t.throws(() => q.quantile(95, toolExecutionDuration, {over}), {
    message: 'q of quantile: expected a number between 0 and 1, found 95',
  });
});
test(
  "A mean divides summed sums by summed counts, in the histogram's unit.",
  reads,
  q.mean(toolPayload, {...byServer, where: {direction: 'input'}}),
  {
    text: 'sum by (server_name) (rate(mcp_tool_payload_bytes_sum{direction="input"}[5m])) / (sum by (server_name) (rate(mcp_tool_payload_bytes_count{direction="input"}[5m])) > 0)',
    unit: 'bytes',
  },
);
test('A histogram counts.', reads, q.rate(q.histogramCount(toolExecutionDuration), {over}), {
  text: 'sum(rate(mcp_tool_execution_duration_seconds_count[5m]))',
  unit: 'events per second',
});
test('Seconds a second are a share of the time.', reads, q.rate(q.histogramSum(toolExecutionDuration), {over}), {
  text: 'sum(rate(mcp_tool_execution_duration_seconds_sum[5m]))',
  unit: 'ratio',
});
test(
  'A bound is found under the spellings of Prometheus 2 and 3.',
  reads,
  q.increaseWithin(5, toolExecutionDuration, {over}),
  {
    text: 'sum(increase(mcp_tool_execution_duration_seconds_bucket{le=~"5|5\\\\.0"}[5m]))',
    unit: 'events',
  },
);
test('A bound with a fraction has one spelling.', reads, q.increaseWithin(0.25, toolExecutionDuration, {over}), {
  text: 'sum(increase(mcp_tool_execution_duration_seconds_bucket{le="0.25"}[5m]))',
  unit: 'events',
});
test('A large bound may be written with an exponent.', reads, q.increaseWithin(4 ** 13, toolPayload, {over}), {
  text: 'sum(increase(mcp_tool_payload_bytes_bucket{le=~"67108864|6\\\\.7108864e\\\\+07"}[5m]))',
  unit: 'events',
});
test('A bound must be a bucket.', t => {
  t.throws(() => q.increaseWithin(4, toolExecutionDuration, {over}), {
    message: /expected one of its bucket boundaries .*, found 4$/,
  });
});
test(
  'A ratio counts a missing part as zero and is no series without traffic.',
  reads,
  q.ratio(failed, calls, {idle: 'absent'}),
  {
    text: `(${failed.text} or (${calls.text} * 0)) / (${calls.text} > 0)`,
    unit: 'ratio',
  },
);
test('A ratio can say what no traffic means.', reads, q.ratio(failed, calls, {idle: 1}), {
  text: `((${failed.text} or (${calls.text} * 0)) / (${calls.text} > 0)) or vector(1)`,
  unit: 'ratio',
});
test(
  'A grouped ratio says it for each group that is known.',
  reads,
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
test('Zero can stand for no series.', reads, q.orZero(calls), {text: `${calls.text} or vector(0)`, unit: 'events'});
test(
  'The largest of the active ones are ranked.',
  reads,
  q.topk(10, q.positive(q.increase(toolExecutions, byServer))),
  {
    text: 'topk(10, sum by (server_name) (increase(mcp_tool_executions_total[5m])) > 0)',
    unit: 'events',
  },
);
test(
  'Distinct values are counted in each group.',
  reads,
  q.count(q.positive(q.increase(toolExecutions, {over, by: ['server_name', 'tool_name']})), {by: ['server_name']}),
  {
    text: 'count by (server_name) (sum by (server_name, tool_name) (increase(mcp_tool_executions_total[5m])) > 0)',
    unit: 'count',
  },
);
test('A rate can be read by the hour.', reads, q.perHour(q.rate(toolExecutions, {over})), {
  text: 'sum(rate(mcp_tool_executions_total[5m])) * 3600',
  unit: 'events per hour',
});
test('Operands that are operations stand in parentheses.', reads, q.oneMinus(q.ratio(failed, calls, {idle: 0})), {
  text: `1 - (((${failed.text} or (${calls.text} * 0)) / (${calls.text} > 0)) or vector(0))`,
  unit: 'ratio',
});
test('A series can be held against another.', reads, q.filter(q.times(failed, 2), '>', calls), {
  text: `(${failed.text} * 2) > ${calls.text}`,
  unit: 'events',
});
test('Every counter and histogram of the catalogue composes into what Prometheus parses.', t => {
  for (const metric of Object.values(catalogue)) {
    if (metric.kind === 'counter') {
      t.deepEqual(problems(q.rate(metric, {over: panel.resolution}).text), [], metric.name);
    } else if (metric.kind === 'histogram') {
      t.deepEqual(problems(q.quantile(0.99, metric, {over: panel.resolution}).text), [], metric.name);
    } else {
      t.deepEqual(problems(q.instant(metric, {at: panel.now}).text), [], metric.name);
    }
  }
});

test(
  'A recorded count is summed over a window.',
  reads,
  q.sumOverTime({kind: 'gauge', name: 'a:mcp_b:c', labels: {service: open}, unit: 'events'}, {over, by: ['service']}),
  {
    text: 'sum by (service) (sum_over_time(a:mcp_b:c[5m]))',
    unit: 'events',
  },
);
test('The age of the newest sample is told in seconds.', reads, q.timeSince(authRequests, {over}), {
  text: 'time() - max(max_over_time(timestamp(mcp_auth_requests_total)[5m:5s]))',
  unit: 'seconds',
});
test(
  'Starts are counted at new addresses and at known ones.',
  reads,
  q.processStarts(gauge('start_seconds', {help: '', labels: {}, unit: 'seconds'}), {over: rule.last('1h')}),
  {
    text: '(count(min_over_time(start_seconds[1h]) > time() - 3600) or vector(0)) + (sum(changes(start_seconds[1h])) or vector(0))',
    unit: 'count',
  },
);
test(
  "Starts are counted over a graph's resolution by the variables that Grafana has.",
  reads,
  q.processStarts(gauge('start_seconds', {help: '', labels: {}, unit: 'seconds'}), {over: panel.resolution}),
  {
    text: '(count(min_over_time(start_seconds[$__rate_interval]) > time() - $__rate_interval_ms / 1000) or vector(0)) + (sum(changes(start_seconds[$__rate_interval])) or vector(0))',
    unit: 'count',
  },
);
test(
  'What is used of what may be used is a multiple, and the rest is left.',
  reads,
  q.oneMinus(q.round(q.divideOn(calls, q.constant(2, {unit: 'events', at: rule.now})), {to: 0.1})),
  {
    text: `1 - round(${calls.text} / on () group_left () (vector(2) > 0), 0.1)`,
    unit: 'ratio',
  },
);
test(
  'Zero can stand under a name where there is no series at all.',
  reads,
  q.orZeroAs(q.increase(toolExecutions, byServer), 'server_name', 'none'),
  {
    text: 'sum by (server_name) (increase(mcp_tool_executions_total[5m])) or on () label_replace(vector(0), "server_name", "none", "", "")',
    unit: 'events',
  },
);
