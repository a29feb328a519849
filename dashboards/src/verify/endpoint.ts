/** A client of the Prometheus HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/). */
import {DashboardsError} from '../errors.ts';
import {CredentialsError} from './signed-fetch.ts';

/** Unix seconds. */
export type Span = {readonly start: number; readonly end: number};

export type Sample = {readonly labels: Readonly<Record<string, string>>; readonly values: readonly number[]};

/** Receives the number of samples that a query read, which AMP bills as query samples processed. */
export type OnRead = (samples: number) => void;

export type Endpoint = {
  readonly query: (expr: string, time: number, onRead?: OnRead) => Promise<readonly Sample[]>;
  readonly queryRange: (
    expr: string,
    span: Span & {readonly step: number},
    onRead?: OnRead,
  ) => Promise<readonly Sample[]>;
  /** The values of a label, of all series or of those that match a selector. */
  readonly labelValues: (label: string, match: string | undefined, span: Span) => Promise<readonly string[]>;
};

/** There is no Prometheus HTTP API at the URL. */
export class EndpointError extends DashboardsError {
  override readonly name = 'EndpointError';
  readonly code = 'ERR_ENDPOINT';
}

/** Prometheus rejected the query or could not run it. */
export class QueryError extends DashboardsError {
  override readonly name = 'QueryError';
  readonly code = 'ERR_QUERY';
}

/** The message of the innermost cause: that of `fetch` itself states only that it failed. */
const reason = (error: unknown): string => {
  if (!(error instanceof Error)) {
    return String(error);
  }
  if (error instanceof AggregateError && error.errors.length > 0) {
    return reason(error.errors[0]);
  }
  return error.cause === undefined ? error.message : reason(error.cause);
};

type ResponseBody = {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: unknown;
  /** Where AWS puts the reason for a rejection. */
  readonly message?: unknown;
  readonly Message?: unknown;
};
type Matrix = {readonly metric?: Record<string, string>; readonly value?: Point; readonly values?: readonly Point[]};
type Point = readonly [time: number, value: string];

const number = (text: string): number => Number(text.replace('Inf', 'Infinity'));

/** A vector or matrix; a scalar is one series without labels. */
const samples = (data: unknown): readonly Sample[] => {
  // The response to a query, as documented for the Prometheus HTTP API.
  const {resultType, result} = data as {resultType: string; result: readonly Matrix[] | Point};
  if (resultType === 'scalar') {
    return [{labels: {}, values: [number((result as Point)[1])]}];
  }
  return (result as readonly Matrix[]).map(({metric = {}, value, values}) => ({
    labels: metric,
    values: (values ?? (value ? [value] : [])).map(([, text]) => number(text)),
  }));
};

type Stats = {readonly stats?: {readonly samples?: {readonly totalQueryableSamples?: number}}};

/** `fetch` is responsible for retries, timeouts and, for AMP, signatures: see connection.ts. */
export const createEndpoint = (url: string, fetch: typeof globalThis.fetch): Endpoint => {
  const base = url.replace(/\/+$/, '');
  const send = async (path: string, init: RequestInit): Promise<unknown> => {
    let response: Response;
    let body: ResponseBody;
    try {
      response = await fetch(`${base}/api/v1/${path}`, init);
    } catch (error) {
      if (error instanceof CredentialsError) throw new EndpointError(error.message, {cause: error});
      throw new EndpointError(`${url}: expected a Prometheus HTTP API, found no connection (${reason(error)})`, {
        cause: error,
      });
    }
    try {
      body = (await response.json()) as ResponseBody; // its fields are unknown until checked
    } catch (error) {
      throw new EndpointError(`${url}: expected a Prometheus HTTP API, found status ${response.status} without JSON`, {
        cause: error,
      });
    }
    if (body?.status === 'success') {
      return body.data;
    }
    if (typeof body?.error === 'string') {
      throw new QueryError(body.error);
    }
    const reported = body?.message ?? body?.Message;
    throw new EndpointError(
      `${url}: expected a Prometheus HTTP API, found status ${response.status} and ${typeof reported === 'string' ? JSON.stringify(reported) : 'other JSON'}`,
    );
  };
  const post = (path: string, parameters: Record<string, string>) =>
    send(path, {method: 'POST', body: new URLSearchParams(parameters)});
  const evaluate = async (path: string, parameters: Record<string, string>, onRead: OnRead | undefined) => {
    const data = await post(path, {...parameters, ...(onRead && {stats: 'all'})});
    if (onRead) {
      const {stats} = data as Stats; // as the API documents it
      const read = stats?.samples?.totalQueryableSamples;
      if (read === undefined)
        throw new EndpointError(`${url}: expected statistics of the query (stats=all), found none`);
      onRead(read);
    }
    return samples(data);
  };
  return {
    query: (expr, time, onRead) => evaluate('query', {query: expr, time: String(time)}, onRead),
    queryRange: (expr, {start, end, step}, onRead) =>
      evaluate('query_range', {query: expr, start: String(start), end: String(end), step: String(step)}, onRead),
    labelValues: async (label, match, {start, end}) => {
      const parameters = new URLSearchParams({start: String(start), end: String(end)});
      if (match !== undefined) {
        parameters.set('match[]', match);
      }
      const values = await send(`label/${encodeURIComponent(label)}/values?${parameters}`, {method: 'GET'});
      return values as readonly string[]; // as the API documents it
    },
  };
};
