/** When somebody must look. Each alert is one object; its runbook link, labels and thresholds' text follow from it. */

import type {foldedLabels} from '@mcp-observability/metrics-service/catalogue';
import {and, filter, rule, type Where} from '../promql/promql.ts';
import {activity, dataPlaneAuthentications, toolCalls, toolCallTime} from '../signals/mcp-signals.ts';
import {
  collectorSilent,
  folding,
  pointsLost,
  queueFilled,
  stall,
  taskStarts,
  tasksUp,
} from '../signals/pipeline-signals.ts';
import {thresholds} from '../signals/thresholds.ts';
import type {AlertGroup} from './alert.ts';
import {burnRateGroups} from './burn-rates.ts';
import {emitterAlerts} from './emitter-alerts.ts';

const {now} = rule;
const recent = {over: rule.last('5m')};
const folded = (where: Where<'rule', typeof foldedLabels>) =>
  folding.inWindow({over: rule.last('15m'), by: ['label'], where});
const byService = {...recent, by: ['service']} as const;

const gateway: AlertGroup = {
  name: 'gateway',
  rules: [
    {
      alert: 'MCPHighErrorRate',
      severity: 'critical',
      labels: {of: 'authentications'},
      for: '5m',
      expr: and(
        filter(dataPlaneAuthentications.failedShare(byService), '>', thresholds.errorShare),
        filter(dataPlaneAuthentications.inWindow(byService), '>', thresholds.fewEvents),
      ),
      summary: '{{ $value | humanizePercentage }} of the authentications told by {{ $labels.service }} fail',
      description:
        'Users are locked out. Error Rate Analysis on the board MCP Analytics Comprehensive shows since when, Authentication Flow Analysis how many.',
    },
    {
      alert: 'MCPHighErrorRate',
      severity: 'critical',
      labels: {of: 'executions'},
      for: '5m',
      expr: and(
        filter(toolCalls.failedShare(byService), '>', thresholds.errorShare),
        filter(toolCalls.inWindow(byService), '>', thresholds.fewEvents),
      ),
      summary: '{{ $value | humanizePercentage }} of the tool calls told by {{ $labels.service }} fail',
      description:
        'Tools do not work for their users. Server Performance Dashboard on the board MCP Analytics Comprehensive says which server, Tool Usage Rankings which tool.',
    },
    {
      alert: 'MCPHighLatency',
      severity: 'warning',
      for: '5m',
      expr: and(
        filter(toolCallTime.p95(byService), '>', thresholds.latencySeconds),
        filter(toolCallTime.inWindow(byService), '>', thresholds.fewEvents),
      ),
      summary: '5 % of the tool calls told by {{ $labels.service }} take over {{ $value | humanizeDuration }}',
      description:
        'Users wait, and clients give up. MCP Latency P95 on the board MCP Analytics Comprehensive says whether it is one server or all of them.',
    },
    {
      alert: 'MCPRegistryDown',
      severity: 'critical',
      // Two and three are the five minutes; a shorter window would not survive a missing scrape.
      for: '3m',
      expr: filter(activity({over: rule.last('2m')}), '==', 0),
      summary: 'No request of any kind was counted for five minutes',
      description:
        'Either nobody can use the gateway, or nobody does, or it does not report. Call its health endpoint, then see Ingested Metrics on the board Pipeline.',
    },
  ],
};

const service: AlertGroup = {
  name: 'metrics-service',
  rules: [
    {
      alert: 'MetricsServiceDown',
      severity: 'critical',
      for: '2m',
      expr: filter(tasksUp({at: now}), '==', 0),
      summary: 'No task of metrics-service answers its scrapes',
      description:
        'What the gateway reports now is lost for good, and its boards stand still. The gateway itself need not be hurt. See Scrape Health on the board Pipeline.',
    },
    {
      alert: 'MetricsServiceRestarting',
      severity: 'warning',
      expr: filter(taskStarts({over: rule.last('1h')}), '>', thresholds.startsAnHour),
      summary: 'Tasks of metrics-service started {{ $value }} times within an hour',
      description:
        'More than deployments explain: most likely tasks crash, run out of memory or fail their health check. See Memory on the board Pipeline, and why tasks stopped on AWS Infrastructure.',
    },
    {
      alert: 'LabelCardinalityOverflow',
      severity: 'warning',
      expr: filter(folded({label: {oneOf: ['method', 'server_name']}}), '>', 0),
      summary: 'New values of the label {{ $labels.label }} are counted as _other: alerts and boards lose names',
      description:
        'An MCP client makes up names, or there are more servers than the label may hold. Calls of tools still count as such, but new servers and methods cannot be told apart. See Folded Label Values on the board Pipeline.',
    },
    {
      alert: 'LabelCardinalityOverflow',
      severity: 'info',
      expr: filter(folded({label: {noneOf: ['method', 'server_name']}}), '>', 0),
      summary: 'New values of the label {{ $labels.label }} are counted as _other',
      description:
        'Counts stay right in total, but the boards cannot tell the newest names apart. Folded Label Values on the board Pipeline shows since when.',
    },
    {
      alert: 'EventLoopStalled',
      severity: 'warning',
      for: '10m',
      expr: filter(stall.p99(recent), '>', thresholds.stallSeconds),
      summary: 'The event loop of metrics-service is held up for {{ $value | humanizeDuration }}',
      description:
        'Requests and scrapes wait; emitters give up after five seconds. Event Loop Lag and Series Held on the board Pipeline say whether it is load or size.',
    },
  ],
};

const collector: AlertGroup = {
  name: 'collector',
  rules: [
    {
      alert: 'RemoteWriteFailing',
      severity: 'critical',
      labels: {cause: 'dropped'},
      for: '5m',
      expr: filter(pointsLost(recent), '>', 0),
      summary: 'The collector drops {{ $value | printf "%.1f" }} data points a second',
      description:
        'They are lost for good. Remote Write Failures on the board Pipeline says whether writes fail or the queue is full.',
    },
    {
      alert: 'RemoteWriteFailing',
      severity: 'critical',
      labels: {cause: 'queue'},
      for: '5m',
      expr: filter(queueFilled({at: now}), '>', thresholds.queueFilled),
      summary: "The collector's queue is {{ $value | humanizePercentage }} full",
      description:
        'The workspace takes less than is scraped; when the queue is full, data points are lost. See Collector Queue on the board Pipeline.',
    },
    {
      alert: 'RemoteWriteFailing',
      severity: 'critical',
      labels: {cause: 'silence'},
      // Four minutes in all, before anything else that follows from it is called an outage, which inhibition then holds
      // back. A collector that ends without a word leaves no mark: the newest sample alone would seem to go on.
      for: '2m',
      expr: collectorSilent({over: rule.last('2m')}),
      summary: 'Nothing of the collector reaches the workspace',
      description:
        'It is down, or cannot write. All boards stand still, and no other alert can be trusted. See Last Successful Write on the board Pipeline.',
    },
  ],
};

export const alertGroups: readonly AlertGroup[] = [gateway, ...burnRateGroups, emitterAlerts, service, collector];
