/** Panels about MCP servers: calls, failures and latency of each. */

import {uids} from '../../panels/board-uids.ts';
import {stat} from '../../panels/panels.ts';
import {table} from '../../panels/table.ts';
import {errorShareSteps} from '../../panels/theme.ts';
import {client, filters, method, reporter, server} from '../../panels/variables.ts';
import {panel, positive} from '../../promql/promql.ts';
import {activeServers as serversWithTraffic, toolCalls, toolCallTime, toolsInUse} from '../../signals/mcp-signals.ts';

const inRange = {over: panel.range, where: filters.executions};
const byServer = {...inRange, by: ['server_name']} as const;
const calls = positive(toolCalls.inWindow(byServer));

export const activeServers = stat({
  title: 'Active MCP Servers',
  description:
    'Servers that had any request in the time range. Over a short range it is normal that some registered servers have none; fewer than at the same hour yesterday means that a server is unreachable or unused: compare with Server Performance Dashboard.',
  query: serversWithTraffic({over: panel.range, where: filters.requests}),
});

export const serverPerformance = table({
  title: 'Server Performance Dashboard',
  description:
    'Tool calls of the time range by server. Read across: a high failed share with few tools in use points at one tool, a high p95 (of all clients) with no failures at a slow backend. Click a server to see the whole board for that server, and inform its owner.',
  label: 'server_name',
  rows: 'Server',
  // Durations have no client label, so the filter by client does not remove rows of servers without matching calls.
  only: 'Calls',
  drillDown: {board: uids.analytics, by: server, keeping: [reporter, client, method]},
  columns: [
    {heading: 'Calls', query: calls},
    {heading: 'Calls/hour', query: positive(toolCalls.perHour(byServer))},
    {heading: 'Tools', query: toolsInUse(inRange)},
    {heading: 'Failed', query: toolCalls.failedShareIfAny(byServer), thresholds: errorShareSteps, noValue: '0%'},
    {
      heading: 'P95',
      query: toolCallTime.p95({over: panel.range, by: ['server_name'], where: filters.executionTimes}),
      noValue: 'not measured',
    },
  ],
});
