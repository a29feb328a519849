/** How fast the gateway responds, and what fails. */
import {barGauge, each, named, timeSeries} from '../../panels/panels.ts';
import {errorShareSteps} from '../../panels/theme.ts';
import {filters} from '../../panels/variables.ts';
import {panel, positive, topk} from '../../promql/promql.ts';
import {
  authentications,
  authenticationTime,
  errorCodes as failuresByCode,
  payloadSize,
  requestTime,
  sessionSteps,
  toolCalls,
  toolCallTime,
} from '../../signals/mcp-signals.ts';

const over = panel.resolution;
const ofAuthentications = {over, where: filters.authentications};

export const latencyP95 = timeSeries({
  title: 'MCP Latency P95 (by Server & Method)',
  description:
    'The time within which 95% of requests received a response, once by server and once by method. If only one server rises, that server is slow; if all rise together, the gateway or its network is. Values are interpolated within histogram buckets, so trends are more reliable than single values.',
  series: [
    each('server_name', requestTime.p95({over, by: ['server_name'], where: filters.requestTimes}), {before: 'server '}),
    each('method', requestTime.p95({over, by: ['method'], where: filters.requestTimes}), {before: 'method '}),
  ],
  alerts: ['MCPHighLatency', 'MCPToolLatencyBudgetBurn'],
});

export const errorRates = timeSeries({
  title: 'Error Rate Analysis',
  description:
    'Failed share of authentications and of tool calls. Above 1% investigate; above 5% users notice. If only authentications fail, check the identity provider and the keys; if only tool calls fail, find the server in Server Performance Dashboard. Gaps are times without traffic.',
  series: [
    named('failed authentications', authentications.failedShare(ofAuthentications), 'authentication'),
    named('failed tool calls', toolCalls.failedShare({over, where: filters.executions}), 'failure'),
  ],
  thresholds: errorShareSteps,
  softMax: 0.1,
  alerts: ['MCPHighErrorRate', 'MCPAuthErrorBudgetBurn', 'MCPToolErrorBudgetBurn'],
});

export const averageResponseTimes = timeSeries({
  title: 'Average Response Times',
  description:
    'Mean time of authentications and of tool calls. Tool calls include the work of the tool; authentication does not, so when it rises, look at the auth server and its identity provider. For outliers see MCP Latency P95.',
  series: [
    named('authentication', authenticationTime.mean(ofAuthentications), 'authentication'),
    named('tool call', toolCallTime.mean({over, where: filters.executionTimes}), 'traffic'),
  ],
  alerts: ['MCPAuthLatencyBudgetBurn'],
});

export const flowStepLatency = timeSeries({
  title: 'Protocol Flow Step Latency',
  description:
    'Time between the steps of a session, median and 95th percentile. It includes the time a client thinks. A client may repeat a step within a session, so this shows how long the steps take, not how often they occur.',
  series: [
    each('flow_step', sessionSteps.median({over, by: ['flow_step'], where: filters.flowSteps}), {before: 'p50 '}),
    each('flow_step', sessionSteps.p95({over, by: ['flow_step'], where: filters.flowSteps}), {before: 'p95 '}),
  ],
});

export const payloadSizes = timeSeries({
  title: 'Payload Size P95',
  description:
    'The size under which 95% of request and response bodies stay, where the emitter measured them. Growing responses fill the context of models and slow clients down: look for a tool that returns everything in one response.',
  series: [each('direction', payloadSize.p95({over, by: ['direction'], where: filters.flowSteps}))],
  legend: 'bottom',
});

export const errorCodes = barGauge({
  title: 'Error Codes',
  description:
    'Events in the time range that carried an error code, the fifteen most frequent codes; a failed call counts once for each reporter. Start with a code that did not occur yesterday.',
  series: each('error_code', topk(15, positive(failuresByCode.inWindow({over: panel.range, by: ['error_code']})))),
  noValue: 'no errors',
});
