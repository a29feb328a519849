/**
 * Each thing worth watching, defined once: which series count as it, and what failure, speed or use of it is. A signal
 * is a function of the window, the labels to keep and a selection, so that a panel and a rule read the same definition:
 * a rule the raw series, a board raw series or records (recorded-growth.ts).
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
import {countedGrowth, judgedGrowth, measuredGrowth} from './recorded-readings.ts';

/** What the service writes in a label where there is no name to tell: absent, one too many, or not a string. */
const nameless = [reserved.unset, reserved.other, reserved.invalid] as const;

/** Authentication requests, as the auth server judged them. */
export const authentications = judgedGrowth(authenticationGrowth);
export const authenticationTime = measuredGrowth(authenticationTimeGrowth);

/**
 * Authentications of requests to MCP servers. The others are for the registry's own API, most of their failures expired
 * browser sessions: objectives and alerts do not count them.
 */
const dataPlane = {server: {noneOf: knownValues.server}} as const;
export const dataPlaneAuthentications = judgedGrowth(narrowGrowth(authenticationGrowth, dataPlane));
export const dataPlaneAuthenticationTime = measuredGrowth(narrowGrowth(authenticationTimeGrowth, dataPlane));

/** MCP requests of every method. */
export const requests = {
  ...countedGrowth(requestGrowth),
  /** Methods of the protocol itself: everything but tool calls. */
  ofProtocol: countedGrowth(narrowGrowth(requestGrowth, {method: {not: 'tools/call'}})),
};
export const requestTime = measuredGrowth(requestTimeGrowth);

/** The steps by which a client opens a session. */
export const initializations = countedGrowth(narrowGrowth(requestGrowth, {method: 'initialize'}));
export const toolListings = countedGrowth(narrowGrowth(requestGrowth, {method: 'tools/list'}));

/** Executions of tools, without the tool. */
export const toolCalls = judgedGrowth(narrowGrowth(requestGrowth, {method: 'tools/call'}));
/** The same by tool. */
export const callsByTool = {
  ...judgedGrowth(toolCallGrowth),
  /** Only the calls that said which tool. */
  named: countedGrowth(narrowGrowth(toolCallGrowth, {tool_name: {noneOf: nameless}})),
};
export const toolCallTime = measuredGrowth(narrowGrowth(requestTimeGrowth, {method: 'tools/call'}));

/** How many servers had a request; 0 when none. */
export const activeServers = (view: BoardView<typeof requestGrowth, never>): PromQL<'panel', 'count', never> => {
  const named = countedGrowth(narrowGrowth(requestGrowth, {server_name: {noneOf: nameless}}));
  return orZero(count(positive(named.inWindow({...view, by: ['server_name']}))));
};

/** How many tools of each server were called. */
export const toolsInUse = (view: BoardView<typeof toolCallGrowth, never>): PromQL<'panel', 'count', 'server_name'> =>
  count(positive(callsByTool.inWindow({...view, by: ['server_name', 'tool_name']})), {by: ['server_name']});

/** Time between the steps of a session. How often it was measured is no count of sessions: steps are told again. */
export const sessionSteps = measuredGrowth(sessionStepGrowth);

/** What is taken in of requests. Its series begin at 0, so that it sees the first request that carries a new name. */
const requestsTaken = narrow(ingested, {
  type: {oneOf: ['auth_request', 'tool_execution', 'tool_discovery', 'registry_operation', 'health_check']},
});

/** Whether the gateway told of a request of any kind, by a number that says no more than that; 0 when of none. */
export const activity = <S extends Scope>({over}: {readonly over: Window<S>}): PromQL<S, 'events', never> =>
  [
    increase(requestsTaken, {over}),
    increase(authRequests, {over}),
    increase(toolExecutions, {over}),
    increase(toolDiscoveries, {over}),
    increase(registryOperations, {over}),
    increase(healthChecks, {over}),
  ]
    .map(query => orZero(query))
    .reduce((all, query) => add(all, query));

export const searches = countedGrowth(searchGrowth);
export const searchTime = measuredGrowth(searchTimeGrowth);
export const searchStageTime = measuredGrowth(searchStageTimeGrowth);

export const payloadSize = measuredGrowth(payloadGrowth);
export const errorCodes = countedGrowth(errorGrowth);
