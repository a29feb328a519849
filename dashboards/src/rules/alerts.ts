/** The alerts on the gateway, metrics-service and the collector. The runbook link and the routing of each alert follow from its name and severity. */

import type {foldedLabels} from '@mcp-observability/metrics-service/catalogue';
import {and, filter, rule, type Where} from '../promql/promql.ts';
import {activity, dataPlaneAuthentications, toolCalls, toolCallTime} from '../signals/mcp-signals.ts';
import {
  collectorSilent,
  folding,
  lostPoints,
  queueUsage,
  stall,
  taskStarts,
  tasksUp,
} from '../signals/pipeline-signals.ts';
import type {Scraping} from '../signals/scraping.ts';
import {thresholds} from '../signals/thresholds.ts';
import type {AlertGroup} from './alert.ts';
import {burnRateGroups} from './burn-rates.ts';
import {emitterAlerts} from './emitter-alerts.ts';

const {now} = rule;
const recent = {over: rule.last('5m')};
const folded = (where: Where<never, typeof foldedLabels>) =>
  folding.inWindow({over: rule.last('15m'), by: ['label'], where});
const byService = {...recent, by: ['service']} as const;

const gateway: AlertGroup = {
  name: 'gateway',
  rules: [
    {
      alert: 'MCPHighErrorRate',
      severity: 'critical',
      labels: {signal: 'authentications'},
      for: '5m',
      expr: and(
        filter(dataPlaneAuthentications.failedShare(byService), '>', thresholds.errorShare),
        filter(dataPlaneAuthentications.inWindow(byService), '>', thresholds.fewEvents),
      ),
      summary: '{{ $value | humanizePercentage }} of authentications reported by {{ $labels.service }} fail',
      description:
        'Users are locked out. On the board MCP Analytics Comprehensive, Error Rate Analysis shows when it started, and Authentication Flow Analysis how many.',
    },
    {
      alert: 'MCPHighErrorRate',
      severity: 'critical',
      labels: {signal: 'executions'},
      for: '5m',
      expr: and(
        filter(toolCalls.failedShare(byService), '>', thresholds.errorShare),
        filter(toolCalls.inWindow(byService), '>', thresholds.fewEvents),
      ),
      summary: '{{ $value | humanizePercentage }} of tool calls reported by {{ $labels.service }} fail',
      description:
        'Tools do not work for their users. On the board MCP Analytics Comprehensive, Server Performance Dashboard shows which server, Tool Usage Rankings which tool.',
    },
    {
      alert: 'MCPHighLatency',
      severity: 'warning',
      for: '5m',
      expr: and(
        filter(toolCallTime.p95(byService), '>', thresholds.latencySeconds),
        filter(toolCallTime.inWindow(byService), '>', thresholds.fewEvents),
      ),
      summary: '5% of tool calls reported by {{ $labels.service }} take longer than {{ $value | humanizeDuration }}',
      description:
        'Users wait, and clients time out. MCP Latency P95 on the board MCP Analytics Comprehensive shows whether it is one server or all of them.',
    },
    {
      alert: 'MCPRegistryDown',
      severity: 'critical',
      // The window of 2m and `for` of 3m add up to five minutes; a shorter window would be empty after a missing scrape.
      for: '3m',
      expr: filter(activity({over: rule.last('2m')}), '==', 0),
      summary: 'No request of any kind has been counted for 5m',
      description:
        'The gateway is down, or has no users, or does not report. Call its health endpoint, then see Ingested Metrics on the board Pipeline.',
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
      summary: 'No task of metrics-service can be scraped',
      description:
        'Events that the registry and the auth server send now are lost; nginx sends a batch again for up to 300s. The boards show no new data. The gateway itself may work. See Scrape Health on the board Pipeline.',
    },
    {
      alert: 'MetricsServiceRestarting',
      severity: 'warning',
      expr: filter(taskStarts({over: rule.last('1h')}), '>', thresholds.startsAnHour),
      summary: '{{ $value }} tasks of metrics-service started within an hour',
      description:
        'Deployments do not explain that many: most likely tasks crash, run out of memory or fail their health check. See Memory on the board Pipeline, and ECS Restarts and Unhealthy Containers on AWS Infrastructure.',
    },
    {
      alert: 'LabelCardinalityOverflow',
      severity: 'warning',
      expr: filter(folded({label: {oneOf: ['method', 'server_name']}}), '>', 0),
      summary:
        'New values of the label {{ $labels.label }} are counted as _other: alerts and boards do not show them by name',
      description:
        'An MCP client invents names, or there are more servers than the label may have values. Tool calls are still counted as tool calls, but new servers and methods cannot be distinguished. See Folded Label Values on the board Pipeline.',
    },
    {
      alert: 'LabelCardinalityOverflow',
      severity: 'info',
      expr: filter(folded({label: {noneOf: ['method', 'server_name']}}), '>', 0),
      summary: 'New values of the label {{ $labels.label }} are counted as _other',
      description:
        'Totals stay right, but the boards cannot distinguish the newest names. Folded Label Values on the board Pipeline shows when it started.',
    },
    {
      alert: 'EventLoopStalled',
      severity: 'warning',
      for: '10m',
      expr: filter(stall.p99(recent), '>', thresholds.stallSeconds),
      summary: '1% of event loop delays in metrics-service are longer than {{ $value | humanizeDuration }}',
      description:
        'Requests and scrapes wait; the registry gives up after 5s, and its event is lost. Event Loop Lag and Series in Memory on the board Pipeline show whether the cause is load or the number of series.',
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
      expr: filter(lostPoints(recent), '>', 0),
      summary: 'The collector drops {{ $value | printf "%.1f" }} data points per second',
      description:
        'They are lost for good. Remote Write Failures on the board Pipeline shows whether writes fail or the queue is full.',
    },
    {
      alert: 'RemoteWriteFailing',
      severity: 'critical',
      labels: {cause: 'queue'},
      for: '5m',
      expr: filter(queueUsage({at: now}), '>', thresholds.queueFilled),
      summary: "The collector's queue is {{ $value | humanizePercentage }} full",
      description:
        'The workspace accepts less than is scraped; when the queue is full, data points are lost. See Collector Queue on the board Pipeline.',
    },
    {
      alert: 'RemoteWriteFailing',
      severity: 'critical',
      labels: {cause: 'silence'},
      // Four minutes in total, so that it fires before the alerts that follow from it, which it then inhibits. A collector
      // that exits abruptly writes no stale markers: an instant query would still return its newest sample.
      for: '2m',
      expr: collectorSilent({over: rule.last('2m')}),
      summary: 'Nothing from the collector reaches the workspace',
      description:
        'It is down, or cannot write. All boards show no new data, and no other alert can be trusted. See Last Successful Write on the board Pipeline.',
    },
  ],
};

const withoutCollector: readonly AlertGroup[] = [gateway, ...burnRateGroups, emitterAlerts, service];

/** All groups of alerts. */
export const alertGroups: readonly AlertGroup[] = [...withoutCollector, collector];

/** Without a collector, alerts on its own metrics would fire forever, or never. */
export const alertGroupsFor = ({collector: hasCollector = true}: Scraping): readonly AlertGroup[] =>
  hasCollector ? alertGroups : withoutCollector;
