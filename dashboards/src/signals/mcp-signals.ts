/**
 * The signals of the gateway, each defined once: which series belong to it, and how its failures, latency and volume are
 * computed. A signal is a function of the window, the labels to keep and the selected series, so panels and rules share one
 * definition. Rules read raw series; boards read raw or recorded series (recorded-growth.ts).
 */
import {
  authRequests,
  healthChecks,
  ingested,
  knownValues,
  registryOperations,
  reserved,
  toolDiscoveries,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';
import {
  add,
  type BoardView,
  count,
  increase,
  narrow,
  narrowGrowth,
  orZero,
  type PromQL,
  positive,
  type Scope,
  type VariableScope,
  type Window,
} from '../promql/promql.ts';
import {
  authenticationGrowth,
  authenticationTimeGrowth,
  errorGrowth,
  payloadGrowth,
  requestGrowth,
  requestTimeGrowth,
  searchGrowth,
  searchStageTimeGrowth,
  searchTimeGrowth,
  sessionStepGrowth,
  toolCallGrowth,
} from './recorded-growth.ts';
import {counterGrowth, histogramGrowth, outcomeGrowth} from './recorded-readings.ts';

/** Label values that the service writes when it has no name: the value is absent, beyond the label's limit, or not a string. */
const nameless = [reserved.unset, reserved.other, reserved.invalid] as const;

/** Authentication requests, with the auth server's verdict. */
export const authentications = outcomeGrowth(authenticationGrowth);
export const authenticationTime = histogramGrowth(authenticationTimeGrowth);

/**
 * Authentications of requests to MCP servers. The others are for the registry's own API, most of their failures expired
 * browser sessions: objectives and alerts do not count them.
 */
const dataPlane = {server: {noneOf: knownValues.server}} as const;
export const dataPlaneAuthentications = outcomeGrowth(narrowGrowth(authenticationGrowth, dataPlane));
export const dataPlaneAuthenticationTime = histogramGrowth(narrowGrowth(authenticationTimeGrowth, dataPlane));

/** MCP requests of every method. */
export const requests = {
  ...counterGrowth(requestGrowth),
  /** Methods of the protocol itself, which is everything except tool calls. */
  ofProtocol: counterGrowth(narrowGrowth(requestGrowth, {method: {not: 'tools/call'}})),
};
export const requestTime = histogramGrowth(requestTimeGrowth);

/** The two requests with which a client opens a session. */
export const initializations = counterGrowth(narrowGrowth(requestGrowth, {method: 'initialize'}));
export const toolListings = counterGrowth(narrowGrowth(requestGrowth, {method: 'tools/list'}));

/** Tool calls, without the label `tool_name`. */
export const toolCalls = outcomeGrowth(narrowGrowth(requestGrowth, {method: 'tools/call'}));
/** Tool calls by tool. */
export const callsByTool = {
  ...outcomeGrowth(toolCallGrowth),
  /** Only the calls that name a tool. */
  named: counterGrowth(narrowGrowth(toolCallGrowth, {tool_name: {noneOf: nameless}})),
};
export const toolCallTime = histogramGrowth(narrowGrowth(requestTimeGrowth, {method: 'tools/call'}));

/** The number of servers that had a request, or 0. */
export const activeServers = <V extends VariableScope>(view: BoardView<typeof requestGrowth, never, V>) => {
  const named = counterGrowth(narrowGrowth(requestGrowth, {server_name: {noneOf: nameless}}));
  return orZero(count(positive(named.inWindow({...view, by: ['server_name']}))));
};

/** The number of tools of each server that were called. */
export const toolsInUse = <V extends VariableScope>(view: BoardView<typeof toolCallGrowth, never, V>) =>
  count(positive(callsByTool.inWindow({...view, by: ['server_name', 'tool_name']})), {by: ['server_name']});

/** Time between the steps of a session. The number of observations is not the number of sessions: a step may be reported twice. */
export const sessionSteps = histogramGrowth(sessionStepGrowth);

/** Accepted events about requests. These series start at 0, so `increase` sees even the first request with a new name. */
const acceptedRequests = narrow(ingested, {
  type: {oneOf: ['auth_request', 'tool_execution', 'tool_discovery', 'registry_operation', 'health_check']},
});

/** Greater than 0 when the gateway reported a request of any kind, else 0. The number has no other meaning. */
export const activity = <S extends Scope>({over}: {readonly over: Window<S>}): PromQL<S, 'events', never> =>
  [
    increase(acceptedRequests, {over}),
    increase(authRequests, {over}),
    increase(toolExecutions, {over}),
    increase(toolDiscoveries, {over}),
    increase(registryOperations, {over}),
    increase(healthChecks, {over}),
  ]
    .map(query => orZero(query))
    .reduce((all, query) => add(all, query));

export const searches = counterGrowth(searchGrowth);
export const searchTime = histogramGrowth(searchTimeGrowth);
export const searchStageTime = histogramGrowth(searchStageTimeGrowth);

export const payloadSize = histogramGrowth(payloadGrowth);
export const errorCodes = counterGrowth(errorGrowth);
