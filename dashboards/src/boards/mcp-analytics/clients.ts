/** Which applications use the gateway. */
import {barGauge, each} from '../../panels/panels.ts';
import {table} from '../../panels/table.ts';
import {filters} from '../../panels/variables.ts';
import {panel, positive, topk} from '../../promql/promql.ts';
import {initializations, requests, toolCalls, toolListings} from '../../signals/mcp-signals.ts';

const byClient = {over: panel.range, by: ['client_name'], where: filters.executions} as const;
const ofEveryMethod = {...byClient, where: filters.requests};

export const clientApplications = barGauge({
  title: 'Client Applications Distribution',
  description:
    'Requests of every method in the time range by client, the fifteen largest. _unset are clients that do not introduce themselves; if they lead, ask their developers to send a client name.',
  series: each('client_name', topk(15, positive(requests.inWindow(ofEveryMethod)))),
});

export const protocolFlow = table({
  title: 'MCP Protocol Flow Analysis',
  description:
    'How far the sessions of each client get in the time range: initialize, then tools/list, then tools/call. A client that initializes and lists but never calls does not find a suitable tool, or is rejected; one that only initializes ends its sessions early.',
  label: 'client_name',
  rows: 'Client',
  columns: [
    {heading: 'initialize', query: positive(initializations.inWindow(byClient)), noValue: '0'},
    {heading: 'tools/list', query: positive(toolListings.inWindow(byClient)), noValue: '0'},
    {heading: 'tools/call', query: positive(toolCalls.inWindow(byClient)), noValue: '0'},
  ],
});

export const sessionActivity = barGauge({
  title: 'Session Activity by Client',
  description:
    'The ten busiest clients, in requests of every method per second over the time range. One client far ahead of its usual rate is often a retry loop: contact its owner before it reaches the rate limits.',
  series: each('client_name', topk(10, positive(requests.perSecond(ofEveryMethod)))),
});
