/**
 * A client of Grafana's HTTP API (https://grafana.com/docs/grafana/latest/developer-resources/api-reference/http-api/):
 * its health, its provisioned boards, and queries as panels send them.
 */

import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import {DashboardsError} from '../errors.ts';
import {prometheusUid} from '../panels/datasource.ts';
import {createEndpoint, type Endpoint, EndpointError, QueryError, type Sample} from './endpoint.ts';

/** Grafana is reachable, but not healthy. */
export class GrafanaError extends DashboardsError {
  override readonly name = 'GrafanaError';
  readonly code = 'ERR_GRAFANA';
}

export type Grafana = {
  /** Resolves to the version. @throws {GrafanaError} when the database is not healthy */
  readonly health: () => Promise<string>;
  /** The differences between a generated board and Grafana's, one per line; empty when they are the same. */
  readonly differences: (board: Dashboard) => Promise<readonly string[]>;
  /** Sends queries through the provisioned datasource, as panels do. */
  readonly endpoint: Endpoint;
};

const timeoutMs = 30_000;

type Field = {readonly type?: string; readonly labels?: Readonly<Record<string, string>>};

/** Numbers that JSON cannot represent, by their indexes in a column. */
type Entities = {
  readonly NaN?: readonly number[];
  readonly Inf?: readonly number[];
  readonly NegInf?: readonly number[];
};

/** A data frame in JSON (grafana-plugin-sdk-go, data/frame_json.go). */
type Frame = {
  readonly schema?: {readonly fields?: readonly Field[]};
  readonly data?: {
    readonly values?: readonly (readonly (number | null)[])[];
    readonly entities?: readonly (Entities | null)[];
  };
};

type QueryResponse = {
  readonly message?: string;
  readonly results?: Readonly<Record<string, {readonly error?: string; readonly frames?: readonly Frame[]}>>;
};

const column = (values: readonly (number | null)[], entities: Entities | null | undefined): readonly number[] =>
  values.map((value, place) => {
    if (value !== null) return value;
    if (entities?.Inf?.includes(place)) return Number.POSITIVE_INFINITY;
    if (entities?.NegInf?.includes(place)) return Number.NEGATIVE_INFINITY;
    return Number.NaN;
  });

/** Each numeric column is one series. */
const samplesOf = ({schema, data}: Frame): readonly Sample[] =>
  (schema?.fields ?? []).flatMap(({type, labels = {}}, index) =>
    type === 'number' ? [{labels, values: column(data?.values?.[index] ?? [], data?.entities?.[index])}] : [],
  );

type BoardResponse = {readonly dashboard?: Dashboard; readonly meta?: {readonly provisioned?: boolean}};

/** The title and the queries of each panel, in order. */
const panelsOf = ({panels = []}: Dashboard): readonly (readonly [title: string, queries: string])[] =>
  panels.flatMap(
    (panel: Panel | RowPanel) =>
      'panels' in panel && panel.panels
        ? [[panel.title ?? '', 'row'] as const, ...panel.panels.map(inner => described(inner as Panel))] // rows are not nested
        : [described(panel as Panel)], // anything but a row is a panel
  );

const queryOf = (target: object): unknown => {
  if ('expr' in target) return target.expr;
  return 'metricName' in target ? target.metricName : '';
};

const described = ({title = '', targets = []}: Panel): readonly [string, string] => [
  title,
  JSON.stringify(targets.map(queryOf)),
];

/** @param headers Sent with each request: an authorization, or none for anonymous access. */
export const createGrafana = (url: string, headers: Readonly<Record<string, string>> = {}): Grafana => {
  const base = url.replace(/\/+$/, '');
  const authorized: typeof globalThis.fetch = (input, init) =>
    fetch(input, {
      ...init,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {...headers, ...(init?.headers as Record<string, string> | undefined)}, // endpoint.ts passes records
    });
  const send = async <T>(path: string, init: RequestInit = {}): Promise<{status: number; body: T}> => {
    try {
      const response = await authorized(`${base}${path}`, init);
      return {status: response.status, body: (await response.json()) as T}; // as the API documents it
    } catch (error) {
      throw new EndpointError(`${url}: expected Grafana's HTTP API, found no JSON at ${path} (${error})`, {
        cause: error,
      });
    }
  };
  const query = async (
    expr: string,
    parameters: Readonly<Record<string, unknown>>,
    span: {from: number; to: number},
  ) => {
    const {status, body} = await send<QueryResponse>('/api/ds/query', {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({
        queries: [
          {
            refId: 'A',
            datasource: {uid: prometheusUid},
            expr,
            format: 'time_series',
            maxDataPoints: 11_000,
            ...parameters,
          },
        ],
        from: String(Math.round(span.from * 1000)),
        to: String(Math.round(span.to * 1000)),
      }),
    });
    const {error, frames = []} = body.results?.['A'] ?? {};
    if (status !== 200 || error !== undefined)
      throw new QueryError(error ?? `Grafana responded with status ${status}: ${body.message ?? 'no reason given'}`);
    return frames.flatMap(samplesOf);
  };
  return {
    health: async () => {
      const {status, body} = await send<{database?: string; version?: string}>('/api/health');
      if (status !== 200 || body.database !== 'ok')
        throw new GrafanaError(`health: expected database ok, found ${body.database ?? `status ${status}`}`);
      return body.version ?? '(unknown version)';
    },
    differences: async board => {
      const {status, body} = await send<BoardResponse>(`/api/dashboards/uid/${encodeURIComponent(board.uid ?? '')}`);
      const {dashboard: found, meta} = body;
      if (status !== 200 || !found) return [`expected the board, found status ${status}`];
      const wanted = new Map(panelsOf(board));
      const had = new Map(panelsOf(found));
      return [
        ...(found.title === board.title ? [] : [`title: expected ${board.title}, found ${found.title}`]),
        ...(meta?.provisioned === true ? [] : ['expected a provisioned board, found one that was saved by hand']),
        ...[...wanted].flatMap(([title, queries]) =>
          had.get(title) === queries
            ? []
            : [`${title}: expected ${queries}, found ${had.get(title) ?? 'no such panel'}`],
        ),
        ...[...had.keys()]
          .filter(title => !wanted.has(title))
          .map(title => `${title}: expected no such panel, found one`),
      ];
    },
    endpoint: {
      query: (expr, time) => query(expr, {instant: true, range: false}, {from: time - 300, to: time}),
      queryRange: (expr, {start, end, step}) =>
        query(expr, {instant: false, range: true, intervalMs: step * 1000}, {from: start, to: end}),
      labelValues: createEndpoint(`${base}/api/datasources/uid/${prometheusUid}/resources`, authorized).labelValues,
    },
  };
};
