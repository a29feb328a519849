/** Traffic through the gateway, by method. */
import {barGauge, each, named, timeSeries} from '../../panels/panels.ts';
import {filters} from '../../panels/variables.ts';
import {orZero, panel, positive, sortDesc} from '../../promql/promql.ts';
import {authentications, initializations, requests, toolCalls, toolListings} from '../../signals/mcp-signals.ts';

const now = {over: panel.resolution, where: filters.executions};

export const protocolActivity = timeSeries({
  title: 'Real-time Protocol Activity',
  description:
    'The steps of MCP sessions, per second: each session initializes, lists the tools, then calls them. Calls that fall while the other lines stay mean that clients connect but get no work done: look at Error Rate Analysis. All lines at zero: check that the gateway still reports.',
  series: [
    named('initialize', orZero(initializations.perSecond(now)), 'initialize'),
    named('tools/list', orZero(toolListings.perSecond(now)), 'listing'),
    named('tools/call', orZero(toolCalls.perSecond(now)), 'traffic'),
    named(
      'successful authentications',
      orZero(authentications.succeeded.perSecond({over: panel.resolution, where: filters.authentications})),
      'success',
    ),
  ],
});

export const requestVolume = timeSeries({
  title: 'Request Volume Over Time',
  description:
    'MCP requests per second by method. Read it for the daily rhythm and for methods that appear or vanish. If only one method rises, it is usually one client in a loop: find it in Session Activity by Client.',
  series: [each('method', requests.perSecond({over: panel.resolution, by: ['method'], where: filters.requests}))],
});

export const methodsDistribution = barGauge({
  title: 'MCP Protocol Methods Distribution',
  description:
    'Requests in the time range by method, without tools/call, which would dwarf the rest. Many more initialize than tools/list means sessions that break off immediately: check the clients and the authentication panels.',
  series: each(
    'method',
    sortDesc(positive(requests.ofProtocol.inWindow({over: panel.range, by: ['method'], where: filters.requests}))),
  ),
});
