/** The signals of each emitter: its accepted and lost events, and the time since the last of each. */
import {
  authRequests,
  ingested,
  lastAccepted,
  lastRejected,
  toolExecutions,
} from '@mcp-observability/metrics-service/catalogue';
import {
  add,
  and,
  andAny,
  filter,
  increase,
  instant,
  or,
  orZero,
  type PromQL,
  positive,
  ratio,
  type Scope,
  timeSinceLatest,
  type Window,
} from '../promql/promql.ts';
import {ingestion, rateLimiting, rejections} from './pipeline-signals.ts';
import {counterSignal} from './raw-readings.ts';

type Over<S extends Scope> = {readonly over: Window<S>};

const emitter = ['emitter'] as const;

export const acceptedEvents = <S extends Scope>({over}: Over<S>) => ingestion.inWindow({over, by: emitter});

/** Lost events, as far as their number is known: a request over the rate limit counts as one event. */
export const lostEvents = <S extends Scope>({over}: Over<S>): PromQL<S, 'events', 'emitter'> => {
  const rejectedEvents = rejections.inWindow({over, by: emitter});
  return or(add(rejectedEvents, rateLimiting.inWindow({over, by: emitter})), rejectedEvents);
};

/** The share of an emitter's events that were lost. */
export const lostShare = <S extends Scope>(view: Over<S>): PromQL<S, 'ratio', 'emitter'> => {
  const lost = lostEvents(view);
  return ratio<S, 'events', 'emitter'>(lost, or(add(acceptedEvents(view), lost), lost), {idle: 'absent'});
};

/** Seconds since the last accepted event of each emitter that has a key. */
export const timeSinceAccepted = <S extends Scope>({over}: Over<S>) =>
  timeSinceLatest(lastAccepted, {over, by: emitter});
/** Seconds since the last rejection of each emitter; `unknown` covers requests without a valid key. */
export const timeSinceRejected = <S extends Scope>({over}: Over<S>) =>
  timeSinceLatest(lastRejected, {over, by: emitter});

/** The emitters that have a key now: once a key is removed, its emitter has no such series. */
const withKey = <S extends Scope>(at: {readonly scope: S}) => instant(lastAccepted, {at, by: emitter, as: 'max'});

/** Seconds since the last accepted event of emitters that reported regularly within the day, while events of others are accepted. */
export const silentEmitters = <S extends Scope>({
  day,
  recent,
  at,
  regularEvents,
}: {
  readonly day: Window<S>;
  /** The window in which an event of any emitter must have been accepted. */
  readonly recent: Window<S>;
  readonly at: {readonly scope: S};
  /** Number of events within the day above which an emitter counts as regular. */
  readonly regularEvents: number;
}): PromQL<S, 'seconds', 'emitter'> => {
  const regular = filter(acceptedEvents<S>({over: day}), '>', regularEvents);
  const known = and(and(timeSinceAccepted({over: day}), withKey(at)), regular);
  return andAny(known, positive(increase(ingested, {over: recent})));
};

const authentications = counterSignal(authRequests);
const executions = counterSignal(toolExecutions);

/** MCP requests that were counted while no authentication was: the reporter of authentications does not report. */
export const executionsWithoutAuthentications = <S extends Scope>({
  over,
  fewEvents,
}: Over<S> & {readonly fewEvents: number}): PromQL<S, 'events', never> =>
  and(filter(executions.inWindow({over}), '>', fewEvents), filter(orZero(authentications.inWindow({over})), '==', 0));
