/**
 * Each thing worth watching, defined once: which series count as it, and what failure, speed or use of it is. A signal
 * is a function of the window, the labels to keep and a selection, so that a panel and a rule read the same definition.
 */
import {
  authRequestDuration,
  authRequests,
  type Counter,
  discoveryDuration,
  discoveryStageDuration,
  errors,
  type Histogram,
  healthChecks,
  ingested,
  type LabelOf,
  type Labels,
  protocolLatency,
  registryOperations,
  reserved,
  toolDiscoveries,
  toolExecutionDuration,
  toolExecutions,
  toolPayload,
} from '@mcp-observability/metrics-service/catalogue';
import {
  add,
  count,
  increase,
  increaseObserved,
  increaseWithin,
  mean,
  narrow,
  type Over,
  orZero,
  type PromQL,
  perHour,
  positive,
  quantile,
  rate,
  ratio,
  type Scope,
  subtract,
  type Window,
} from '../promql/promql.ts';

type Events = Counter<string, Labels, 'events'>;

/** What can be read from anything that is counted. */
export const counted = <M extends Events>(metric: M) => ({
  perSecond: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => rate(metric, view),
  /** The rate of the window, in the unit people plan with. */
  perHour: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => perHour(rate<S, M, L>(metric, view)),
  inWindow: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => increase(metric, view),
});

/** What can be read from anything that succeeds or fails. */
const judged = <M extends Events>(outcomes: {readonly all: M; readonly succeeded: M; readonly failed: M}) => {
  const share =
    (part: M) =>
    <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) =>
      ratio<S, 'events', L>(increase(part, view), increase(outcomes.all, view), {idle: 'absent'});
  return {
    ...counted(outcomes.all),
    succeeded: counted(outcomes.succeeded),
    failed: counted(outcomes.failed),
    /** What is neither true nor false counts in the whole alone. */
    successShare: share(outcomes.succeeded),
    failedShare: share(outcomes.failed),
  };
};

/** What can be read from anything that is measured. */
export const measured = <M extends Histogram>(metric: M) => ({
  mean: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => mean(metric, view),
  median: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => quantile(0.5, metric, view),
  p95: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => quantile(0.95, metric, view),
  p99: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => quantile(0.99, metric, view),
  /** How often it was measured. */
  inWindow: <S extends Scope, L extends LabelOf<M> = never>(view: Over<S, M, L>) => increaseObserved(metric, view),
  /** How often it took longer than the bound, which must be one of its buckets. */
  slowerThan: <S extends Scope, L extends LabelOf<M> = never>(bound: number, view: Over<S, M, L>) =>
    subtract<S, 'events', L>(increaseObserved(metric, view), increaseWithin(bound, metric, view)),
});

/** What the service writes in a label where there is no name to tell: absent, one too many, or not a text. */
const nameless = [reserved.unset, reserved.other, reserved.invalid] as const;

/** Authentication requests, as the auth server judged them. */
export const authentications = judged({
  all: authRequests,
  succeeded: narrow(authRequests, {success: 'true'}),
  failed: narrow(authRequests, {success: 'false'}),
});
export const authenticationTime = measured(authRequestDuration);

/** MCP requests of every method. */
export const requests = {
  ...counted(toolExecutions),
  /** Methods of the protocol itself: everything but the calls of tools. */
  ofProtocol: counted(narrow(toolExecutions, {method: {not: 'tools/call'}})),
};
export const requestTime = measured(toolExecutionDuration);

/** The steps by which a client opens a session. */
export const initializations = counted(narrow(toolExecutions, {method: 'initialize'}));
export const toolListings = counted(narrow(toolExecutions, {method: 'tools/list'}));

const calls = narrow(toolExecutions, {method: 'tools/call'});
/** Executions of tools. */
export const toolCalls = {
  ...judged({all: calls, succeeded: narrow(calls, {success: 'true'}), failed: narrow(calls, {success: 'false'})}),
  /** Only the calls that said which tool. */
  named: counted(narrow(calls, {tool_name: {noneOf: nameless}})),
};
export const toolCallTime = measured(narrow(toolExecutionDuration, {method: 'tools/call'}));

/** How many servers had a request; 0 when none. */
export const activeServers = <S extends Scope>(
  view: Omit<Over<S, typeof toolExecutions, never>, 'by'>,
): PromQL<S, 'count', never> =>
  orZero(
    count(
      positive(increase(narrow(toolExecutions, {server_name: {noneOf: nameless}}), {...view, by: ['server_name']})),
    ),
  );

/** How many tools of each server were called. */
export const toolsInUse = <S extends Scope>(
  view: Omit<Over<S, typeof toolExecutions, never>, 'by'>,
): PromQL<S, 'count', 'server_name'> =>
  count(positive(increase(calls, {...view, by: ['server_name', 'tool_name']})), {by: ['server_name']});

/** Time between the steps of a session. How often it was measured is no count of sessions: steps are told again. */
export const sessionSteps = measured(protocolLatency);

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

export const searches = counted(toolDiscoveries);
export const searchTime = measured(discoveryDuration);
export const searchStageTime = measured(discoveryStageDuration);

export const payloadSize = measured(toolPayload);
export const errorCodes = counted(errors);
