/** A realistic day of a gateway: sessions that come and go, searches, work on the registry, health checks. */

import {gatewayServer, registryWork, searches, servers} from './gateway.ts';
import {createIncidents} from './incidents.ts';
import {createRandom, type Random} from './random.ts';
import {meanRequests, requestsOf, type Trouble} from './session.ts';
import {SimulationError} from './traffic-error.ts';
import type {GatewayEvent, HeadersSeen, HealthCheck, RegistryOperation, Search} from './traffic-events.ts';

/** The time and rate of the events. */
export interface DayOptions {
  /** The same seed, start and rate give the same events. */
  readonly seed: number;
  /** Its start: milliseconds since 1970. */
  readonly start: number;
  /** MCP requests per second, on average. */
  readonly rate: number;
}

const healthCheckEveryMs = 3_000;

/**
 * Yields events from `start` on, in chronological order, without end and without waiting: the consumer decides whether
 * to wait for the time of an event.
 */
export function* gatewayDay({seed, start, rate}: DayOptions): Generator<GatewayEvent, never, void> {
  const random = createRandom(seed);
  const trouble = troubleOf(seed, start);
  const ahead = createAgenda();

  // Each returns what it adds and when it is due again. Side work follows the gateway's own rate.
  const sources = [
    source(rate / meanRequests, at => requestsOf(random, at, trouble)),
    source(rate / 12, at => [search(random, at)]),
    source(rate / 15, at => [registryOperation(random, at)]),
    source(rate / 8, at => [headersSeen(random, at)]),
  ];
  const due = sources.map(({perSecond}) => start + random.exponential(1000 / perSecond));
  let nextCheck = start;
  let checked = 0;

  for (;;) {
    const soonest = Math.min(nextCheck, ...due);
    yield* ahead.until(soonest);
    if (soonest === nextCheck) {
      const server = servers[checked % servers.length] ?? servers[0];
      ahead.add([healthCheck(random, soonest, server.path, trouble.server(server.name, soonest))]);
      nextCheck += healthCheckEveryMs;
      checked += 1;
      continue;
    }
    const index = due.indexOf(soonest);
    const {perSecond, happen} = sources[index] ?? sources[0] ?? unreachable();
    ahead.add(happen(soonest));
    due[index] = soonest + random.exponential(1000 / perSecond);
  }
}

const source = (perSecond: number, happen: (at: number) => readonly GatewayEvent[]) => ({perSecond, happen});

const unreachable = (): never => {
  throw new SimulationError('agenda: expected at least one source of events, found none');
};

/** Events whose time is known and has not come. */
const createAgenda = () => {
  const events: GatewayEvent[] = []; // latest first
  return {
    add: (more: readonly GatewayEvent[]) => {
      events.push(...more);
      events.sort((a, b) => b.at - a.at);
    },
    *until(at: number) {
      for (let next = events.at(-1); next !== undefined && next.at <= at; next = events.at(-1)) {
        events.pop();
        yield next;
      }
    },
  };
};

const troubleOf = (seed: number, start: number): Trouble => {
  const identityProvider = createIncidents(seed, 1, start);
  const perServer = new Map(servers.map(({name}, index) => [name, createIncidents(seed, index + 2, start)]));
  return {identityProvider, server: (name, at) => perServer.get(name)?.(at) ?? false};
};

const search = (random: Random, start: number): Search => {
  const embeddingMs = random.logNormal(70, 0.5);
  const vectorSearchMs = random.logNormal(6, 0.6);
  const durationMs = embeddingMs + vectorSearchMs + random.logNormal(20, 0.4);
  const topNTools = random.oneOf([1, 5, 10, 30]);
  return {
    kind: 'search',
    at: start + durationMs,
    query: random.oneOf(searches),
    resultsCount: random.happens(0.12) ? 0 : random.between(1, topNTools),
    topKServices: 3,
    topNTools,
    durationMs,
    embeddingMs,
    vectorSearchMs,
  };
};

const registryOperation = (random: Random, start: number): RegistryOperation => {
  const {operation, resourceType, medianMs} = random.pick(registryWork);
  const success = !random.happens(0.03);
  const durationMs = random.logNormal(medianMs, 0.5);
  return {
    kind: 'registry-operation',
    at: start + durationMs,
    operation,
    resourceType,
    resourceId: random.pick(servers).path,
    userId: `user-${random.between(1, 12)}`,
    success,
    errorCode: success ? null : random.oneOf(['not_found', 'conflict', 'forbidden']),
    durationMs,
  };
};

const healthCheck = (random: Random, start: number, endpoint: string, troubled: boolean): HealthCheck => {
  const healthy = !random.happens(troubled ? 0.5 : 0.01);
  const durationMs = healthy ? random.logNormal(18, 0.5) : 5_000;
  return {
    kind: 'health-check',
    at: start + durationMs,
    endpoint,
    statusCode: healthy ? 200 : 504,
    healthy,
    durationMs,
  };
};

const headersSeen = (random: Random, start: number): HeadersSeen => {
  const durationMs = random.logNormal(30, 0.6);
  const hasAuth = !random.happens(0.1);
  return {
    kind: 'headers-seen',
    at: start + durationMs,
    path: random.oneOf(['/api/servers', '/api/search', `/${gatewayServer}/`, '/validate']),
    method: random.oneOf(['GET', 'POST']),
    statusCode: hasAuth ? 200 : 401,
    hasAuth,
    sample: JSON.stringify({'user-agent': 'python-httpx/0.28.1', accept: 'application/json'}),
    durationMs,
  };
};
