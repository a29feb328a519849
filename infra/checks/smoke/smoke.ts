/** Sends one event of each type to a deployed service and waits until each has arrived where the boards read. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {createEndpoint, type Endpoint} from '@mcp-observability/dashboards/verify/endpoint';
import {type EventType, headers, paths} from '@mcp-observability/metrics-service/contract';
import {InfraError} from '../../infra-error.ts';
import {mark, service, type Trace, type TracedEvent, tracedEvents} from './smoke-events.ts';

/** The service can't be reached, or rejects the events. */
export class ServiceError extends InfraError {
  override readonly name = 'ServiceError';
  readonly code = 'ERR_SERVICE';
}

export type Missing = {
  readonly kind: EventType;
  /** The series that should have increased, as PromQL. */
  readonly expr: string;
  /** The unchanged value; undefined if there is no such series. */
  readonly value: number | undefined;
};

/** The service to check, and how long to wait. */
export type SmokeOptions = {
  /** URL of the service's API. */
  readonly url: string;
  readonly key: string;
  readonly workspace: {
    /** URL of Prometheus or of an AMP workspace, without `/api/v1`. */
    readonly url: string;
    /** Sends the requests to it, signed if necessary. */
    readonly fetch: typeof globalThis.fetch;
  };
  readonly timeoutSeconds: number;
  readonly log: (line: string) => void;
  /** Milliseconds between two rounds of queries. @default 2000 */
  readonly pollIntervalMs?: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

/** How long one request to the service may take. */
const requestTimeoutMs = 10_000;

const reasonOf = (error: unknown): string =>
  error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);

/** The service always responds with an object; undefined for anything else. */
const parseResponse = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? {...value} : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Sends a request to the service. Rejects with ServiceError, including the service's message, unless the status is 200.
 */
const call = async (url: string, path: string, init: RequestInit = {}): Promise<Readonly<Record<string, unknown>>> => {
  const target = url.replace(/\/+$/, '') + path;
  let status: number;
  let text: string;
  try {
    // The service never redirects; following a redirect would send the key to another host.
    const response = await fetch(target, {...init, redirect: 'manual', signal: AbortSignal.timeout(requestTimeoutMs)});
    status = response.status;
    text = await response.text();
  } catch (cause) {
    throw new ServiceError(`${target}: expected metrics-service, could not reach it (${reasonOf(cause)})`, {cause});
  }
  const response = parseResponse(text);
  if (status === 200 && response) return response;
  const detail = response?.['detail'];
  throw new ServiceError(
    `${target}: expected status 200 and JSON, found ${status}${typeof detail === 'string' ? ` (${detail})` : ''}`,
  );
};

const send = async ({url, key, log}: SmokeOptions, events: readonly TracedEvent[]): Promise<void> => {
  const response = await call(url, paths.metrics, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      [headers.apiKey]: key,
      [headers.requestId]: `${service}-${randomUUID()}`,
    },
    body: JSON.stringify({service, metrics: events.map(({metric}) => metric)}),
  });
  if (response['accepted'] !== events.length)
    throw new ServiceError(
      `${url}: expected ${events.length} events to be accepted, found ${response['accepted']}: ${JSON.stringify(response['errors'])}`,
    );
  log(`sent one event of each of ${events.length} types, request ${response['request_id']}`);
};

const exprOf = ({name, labels}: Trace): string =>
  `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(',')}}`;

/** The value of each series: each task counts separately. */
type Values = ReadonlyMap<string, number>;

const valuesOf = async (endpoint: Endpoint, expr: string): Promise<Values> => {
  const samples = await endpoint.query(expr, Date.now() / 1000);
  return new Map(samples.map(({labels, values}) => [JSON.stringify(labels), values.at(-1) ?? 0]));
};

const sum = (values: Values): number | undefined =>
  values.size === 0 ? undefined : [...values.values()].reduce((total, value) => total + value);

/** A task that has started since then counts from 0. */
const hasGrown = (before: Values, after: Values): boolean =>
  [...after].some(([series, value]) => value > (before.get(series) ?? 0));

/** The workspace that must store the events, and how they are sent. */
export type DeliveryOptions = Pick<
  SmokeOptions,
  'workspace' | 'timeoutSeconds' | 'log' | 'pollIntervalMs' | 'signal'
> & {
  /** Sends the events to the service. Rejects when it doesn't accept all of them. */
  readonly deliver: (events: readonly TracedEvent[]) => Promise<void>;
};

/**
 * Delivers one event of each kind and waits until each has arrived. Resolves to what has not within the time; empty when all
 * has. Rejects as `deliver` does, and with EndpointError or QueryError when the workspace can't be queried.
 */
export const deliverAndWait = async ({
  workspace,
  timeoutSeconds,
  log,
  pollIntervalMs = 2000,
  signal,
  deliver,
}: DeliveryOptions): Promise<readonly Missing[]> => {
  const endpoint = createEndpoint(workspace.url, workspace.fetch);
  const marked = mark();
  const events = tracedEvents(marked);
  const traces = events.flatMap(({kind, traces}) => traces.map(trace => ({kind, expr: exprOf(trace)})));
  const before = new Map<string, Values>();
  for (const {expr} of traces) before.set(expr, await valuesOf(endpoint, expr));
  log(`${workspace.url} responds; this run's mark is ${marked}`);

  await deliver(events);
  const sent = Date.now();
  let waiting = traces;
  for (;;) {
    const still: typeof traces = [];
    for (const trace of waiting) {
      const {expr} = trace;
      if (!hasGrown(before.get(expr) ?? new Map(), await valuesOf(endpoint, expr))) still.push(trace);
    }
    const seconds = Math.round((Date.now() - sent) / 1000);
    for (const kind of new Set(waiting.map(({kind}) => kind)))
      if (!still.some(trace => trace.kind === kind)) log(`✔ ${kind} after ${seconds} s`);
    waiting = still;
    if (waiting.length === 0) return [];
    if (seconds >= timeoutSeconds) break;
    await delay(pollIntervalMs, undefined, {signal});
  }
  return waiting.map(({kind, expr}) => ({kind, expr, value: sum(before.get(expr) ?? new Map())}));
};

/** Sends the events from this machine, where the service can be reached. Also rejects with ServiceError. */
export const smoke = async (options: SmokeOptions): Promise<readonly Missing[]> => {
  const {url, key, log} = options;
  await call(url, paths.health);
  await call(url, paths.rateLimit, {headers: {[headers.apiKey]: key}});
  log(`${url} serves and knows the key`);
  return deliverAndWait({...options, deliver: events => send(options, events)});
};
