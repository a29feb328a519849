/**
 * A running Grafana over its HTTP API (https://grafana.com/docs/grafana/latest/developer-resources/api-reference/http-api/):
 * its health, the boards it was provisioned with, and queries sent the way its panels send them.
 */
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import {prometheusUid} from '../panels/datasource.ts';
import {createEndpoint, type Endpoint, EndpointError, QueryError, type Sample} from './endpoint.ts';

/** Grafana is there and something about it isn't as it should be. */
export class GrafanaError extends Error {
  override readonly name = 'GrafanaError';
  readonly code = 'ERR_GRAFANA';
}

export type Grafana = {
  /** Its version. @throws {GrafanaError} when its database isn't well. */
  readonly health: () => Promise<string>;
  /** What of a compiled board Grafana has otherwise, one line each; empty when it has just this board. */
  readonly differences: (board: Dashboard) => Promise<readonly string[]>;
  /** Queries through the provisioned datasource, as a panel does. */
  readonly endpoint: Endpoint;
};

const timeoutMs = 30_000;

type Field = {readonly type?: string; readonly labels?: Readonly<Record<string, string>>};

/** Numbers that JSON doesn't know, by their places in a column. */
type Entities = {
  readonly NaN?: readonly number[];
  readonly Inf?: readonly number[];
  readonly NegInf?: readonly number[];
};

/** A data frame as JSON (grafana-plugin-sdk-go, data/frame_json.go). */
type Frame = {
  readonly schema?: {readonly fields?: readonly Field[]};
  readonly data?: {
    readonly values?: readonly (readonly (number | null)[])[];
    readonly entities?: readonly (Entities | null)[];
  };
};

type QueryAnswer = {
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

/** Each column of numbers is a series. */
const samplesOf = ({schema, data}: Frame): readonly Sample[] =>
  (schema?.fields ?? []).flatMap(({type, labels = {}}, index) =>
    type === 'number' ? [{labels, values: column(data?.values?.[index] ?? [], data?.entities?.[index])}] : [],
  );

type BoardAnswer = {readonly dashboard?: Dashboard; readonly meta?: {readonly provisioned?: boolean}};

/** Title and queries of each panel, in their order. */
const panelsOf = ({panels = []}: Dashboard): readonly (readonly [title: string, queries: string])[] =>
  panels.flatMap(
    (panel: Panel | RowPanel) =>
      'panels' in panel && panel.panels
        ? [[panel.title ?? '', 'row'] as const, ...panel.panels.map(inner => described(inner as Panel))] // rows hold no rows
        : [described(panel as Panel)], // what isn't a row is a panel
  );

const described = ({title = '', targets = []}: Panel): readonly [string, string] => [
  title,
  JSON.stringify(
    targets.map(target => ('expr' in target ? target.expr : 'metricName' in target ? target.metricName : '')),
  ),
];

/** Its requests go out with these headers: an authorization, or none for anonymous access. */
export const createGrafana = (url: string, headers: Readonly<Record<string, string>> = {}): Grafana => {
  const base = url.replace(/\/+$/, '');
  const authorized: typeof globalThis.fetch = (input, init) =>
    fetch(input, {
      ...init,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {...headers, ...(init?.headers as Record<string, string> | undefined)}, // ours are records
    });
  const ask = async <T>(path: string, init: RequestInit = {}): Promise<{status: number; body: T}> => {
    try {
      const response = await authorized(`${base}${path}`, init);
      return {status: response.status, body: (await response.json()) as T}; // by the API's documentation
    } catch (error) {
      throw new EndpointError(`${url}: expected Grafana's HTTP API, could not read ${path} (${error})`, {cause: error});
    }
  };
  const query = async (expr: string, asked: Readonly<Record<string, unknown>>, span: {from: number; to: number}) => {
    const {status, body} = await ask<QueryAnswer>('/api/ds/query', {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify({
        queries: [
          {refId: 'A', datasource: {uid: prometheusUid}, expr, format: 'time_series', maxDataPoints: 11_000, ...asked},
        ],
        from: String(Math.round(span.from * 1000)),
        to: String(Math.round(span.to * 1000)),
      }),
    });
    const {error, frames = []} = body.results?.['A'] ?? {};
    if (status !== 200 || error !== undefined)
      throw new QueryError(error ?? `Grafana answered with status ${status}: ${body.message ?? 'no reason'}`);
    return frames.flatMap(samplesOf);
  };
  return {
    health: async () => {
      const {status, body} = await ask<{database?: string; version?: string}>('/api/health');
      if (status !== 200 || body.database !== 'ok')
        throw new GrafanaError(`health: expected the database to be ok, found ${body.database ?? `status ${status}`}`);
      return body.version ?? 'of unknown version';
    },
    differences: async board => {
      const {status, body} = await ask<BoardAnswer>(`/api/dashboards/uid/${encodeURIComponent(board.uid ?? '')}`);
      const {dashboard: found, meta} = body;
      if (status !== 200 || !found) return [`expected the board, found status ${status}`];
      const wanted = new Map(panelsOf(board));
      const had = new Map(panelsOf(found));
      return [
        ...(found.title === board.title ? [] : [`title: expected ${board.title}, found ${found.title}`]),
        ...(meta?.provisioned === true ? [] : ['expected it to be provisioned from the image, found it saved by hand']),
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
