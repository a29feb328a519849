/** Runs every query of every Prometheus panel against a live endpoint and reports which of them have data. */

import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';
import {defaultScrapeIntervalSeconds} from '@mcp-observability/metrics-service/contract';
import {createDashboards} from '../artefacts.ts';
import {ValueError} from '../errors.ts';
import {isPrometheus} from '../panels/datasource.ts';
import type {Scraping} from '../signals/scraping.ts';
import {jobs} from '../signals/third-party-metrics.ts';
import {createEndpoint, type Endpoint, QueryError} from './endpoint.ts';
import {createRetryingFetch} from './fetch-with-retry.ts';
import {formatSamples} from './format.ts';
import {fillVariables, interpolate, type Resolution, resolveVariables, stepOf, type Values} from './interpolation.ts';

export {EndpointError} from './endpoint.ts';

/** The result of one query of a panel. */
export type PanelResult = {
  /** The board's uid. */
  readonly board: string;
  /** The panel's title. */
  readonly panel: string;
  readonly id: number;
  readonly refId: string;
  /** The expression that was sent, with interpolated variables. */
  readonly expr: string;
  /** `data`: at least one sample that is a number. */
  readonly outcome: 'data' | 'no data' | 'error';
  /** The last sample of each series, formatted; empty without data. */
  readonly value: string;
  /** The error message; empty for other outcomes. */
  readonly message: string;
  /** The number of samples that the query read; only with the option `cost`. */
  readonly read?: number;
};

export type VerifyOptions = Scraping & {
  /** URL of Prometheus or an AMP workspace, without `/api/v1`. */
  readonly url: string;
  /** Sends the queries another way, such as through Grafana. @default the Prometheus API at `url` */
  readonly endpoint?: Endpoint;
  /** Time range of the boards, such as 90s, 15m, 6h or 7d. */
  readonly window: string;
  /** Seconds between scrapes, as in the datasource's setting. @default 15 */
  readonly scrapeIntervalSeconds?: number;
  /** Sends the requests; AMP needs one that signs them. @default a `fetch` that retries throttled requests */
  readonly fetch?: typeof globalThis.fetch;
  /** The boards. @default those of this checkout, for `job` and `collector` */
  readonly boards?: readonly Dashboard[];
  /** The uid of the only board to verify. @default all boards */
  readonly board?: string;
  /** Requests the number of samples that each query reads. @default false */
  readonly cost?: boolean;
  /** The end of the time range. @default the current time */
  readonly now?: Date;
};

const seconds = {s: 1, m: 60, h: 3600, d: 86_400} as const;

/** Converts a duration such as `15m` to seconds. @throws {ValueError} when `time` is not a duration; the message starts with `name` */
export const secondsOf = (time: string, name = 'window'): number => {
  const [, count, unit] = /^([1-9]\d*)([smhd])$/.exec(time) ?? [];
  if (count === undefined) {
    throw new ValueError(`${name}: expected a duration such as 90s, 15m, 6h or 7d, found ${JSON.stringify(time)}`);
  }
  return Number(count) * seconds[unit as keyof typeof seconds]; // the pattern allows only these units
};

const panelsOf = ({panels = []}: Dashboard): readonly Panel[] =>
  panels.flatMap((panel: Panel | RowPanel) => ('panels' in panel ? panel.panels : [panel]));

const queriesOf = (panel: Panel): readonly Dataquery[] =>
  // A panel with the Prometheus datasource has only Prometheus queries; the SDK's type does not describe their fields.
  isPrometheus(panel) ? ((panel.targets ?? []) as Dataquery[]) : [];

type Target = {
  readonly endpoint: Endpoint;
  readonly end: number;
  readonly range: number;
  readonly scrapeInterval: number;
  readonly cost: boolean;
};

/** The time range of the panel, which it may override, and the resolution of one of its queries. */
const resolutionOf = (
  panel: Panel,
  query: Dataquery,
  {values, range, scrapeInterval}: Pick<Target, 'range' | 'scrapeInterval'> & {readonly values: Values},
): Resolution => ({
  range: panel.timeFrom ? secondsOf(panel.timeFrom, `timeFrom of ${panel.title}`) : range,
  scrapeInterval,
  points: panel.maxDataPoints,
  // The boards' minimum steps assume a scrape interval of 15s; scale them for shorter intervals.
  minStep: query.interval
    ? (secondsOf(fillVariables(query.interval, values), `interval of ${panel.title}`) * scrapeInterval) /
      defaultScrapeIntervalSeconds
    : undefined,
});

const verifyBoard = async (
  dashboard: Dashboard,
  {endpoint, end, range, scrapeInterval, cost}: Target,
): Promise<readonly PanelResult[]> => {
  const variables = (dashboard.templating?.list ?? []).filter(isPrometheus);
  const values = await resolveVariables(variables, endpoint, {start: end - range, end});

  const verifyQuery = async (panel: Panel, query: Dataquery): Promise<PanelResult> => {
    const resolution = resolutionOf(panel, query, {values, range, scrapeInterval});
    const step = stepOf(resolution);
    // Aligned to the step, as in Grafana, so that the points of a graph do not move from one refresh to the next.
    const aligned = (time: number): number => Math.floor(time / step) * step;
    const span = {start: aligned(end - resolution.range), end: aligned(end), step};
    const expr = interpolate(query.expr, values, resolution);
    let read: number | undefined;
    const remember = (samples: number): void => {
      read = samples;
    };
    const onRead = cost ? remember : undefined;
    const identity = {
      board: dashboard.uid ?? '',
      panel: panel.title ?? '',
      id: panel.id ?? 0,
      refId: query.refId ?? '',
      expr,
    };
    try {
      const samples = query.instant
        ? await endpoint.query(expr, end, onRead)
        : await endpoint.queryRange(expr, span, onRead);
      const value = formatSamples(samples, panel, query);
      const outcome = value === undefined ? 'no data' : 'data';
      return {...identity, outcome, value: value ?? '', message: '', ...(read !== undefined && {read})};
    } catch (error) {
      if (error instanceof QueryError) {
        return {...identity, outcome: 'error', value: '', message: error.message};
      }
      throw error;
    }
  };

  return Promise.all(panelsOf(dashboard).flatMap(panel => queriesOf(panel).map(query => verifyQuery(panel, query))));
};

/**
 * Resolves to one result per query, in the order of boards and panels.
 *
 * @throws {EndpointError} when there is no Prometheus API at the URL
 * @throws {ValueError} when the window is not a duration
 */
export const verifyBoards = async ({
  url,
  window,
  job = jobs.service,
  collector = true,
  scrapeIntervalSeconds = defaultScrapeIntervalSeconds,
  fetch = createRetryingFetch(),
  endpoint = createEndpoint(url, fetch),
  cost = false,
  boards = createDashboards({job, collector}),
  board,
  now = new Date(),
}: VerifyOptions): Promise<PanelResult[]> => {
  const target = {
    endpoint,
    end: now.getTime() / 1000,
    range: secondsOf(window),
    scrapeInterval: scrapeIntervalSeconds,
    cost,
  };
  const results: PanelResult[] = [];
  for (const dashboard of boards.filter(({uid}) => board === undefined || uid === board)) {
    results.push(...(await verifyBoard(dashboard, target)));
  }
  return results;
};
