/** Runs every query of every Prometheus panel against a live endpoint and says which have data. */
import type {Dashboard, Panel, RowPanel} from '@grafana/grafana-foundation-sdk/dashboard';
import type {Dataquery} from '@grafana/grafana-foundation-sdk/prometheus';
import {dashboards} from '../boards/all-boards.ts';
import {isPrometheus} from '../panels/datasource.ts';
import {collectorMetrics} from '../signals/third-party-metrics.ts';
import {createEndpoint, type Endpoint, QueryError} from './endpoint.ts';
import {createPatientFetch} from './fetch-with-retry.ts';
import {readable} from './format.ts';
import {filledIn, interpolate, type Resolution, resolveVariables, stepOf, type Values} from './interpolation.ts';

export {EndpointError} from './endpoint.ts';

/** What one query of a panel came to. */
export type PanelResult = {
  /** The board's uid. */
  readonly board: string;
  /** The panel's title. */
  readonly panel: string;
  readonly id: number;
  readonly refId: string;
  /** As it was sent, with its variables filled in. */
  readonly expr: string;
  /** `data`: at least one sample that is a number. */
  readonly outcome: 'data' | 'no data' | 'error';
  /** The last sample of each series, readable; empty without data. */
  readonly value: string;
  /** What went wrong; empty but for an error. */
  readonly message: string;
  /** Samples that the query read; only where the cost was asked for. */
  readonly read?: number;
};

export type VerifyOptions = {
  /** Of Prometheus or an AMP workspace, without `/api/v1`. */
  readonly url: string;
  /** Asks something else than Prometheus's own API at the URL, such as a Grafana. */
  readonly endpoint?: Endpoint;
  /** How far back the boards look: 90s, 15m, 6h, 7d. */
  readonly window: string;
  /** Whether a collector writes there. Without one, queries about it are left out; true when left out. */
  readonly collector?: boolean;
  /** The boards' own datasource setting; 15 seconds when left out. */
  readonly scrapeIntervalSeconds?: number;
  /** Sends the requests; one that signs them is AMP's. Repeats what is throttled when left out. */
  readonly fetch?: typeof globalThis.fetch;
  /** The uid of the only board to verify. @default all boards */
  readonly board?: string;
  /** Asks how many samples each query reads. @default false */
  readonly cost?: boolean;
  /** The end of the window; the present when left out. */
  readonly now?: Date;
};

const seconds = {s: 1, m: 60, h: 3600, d: 86_400} as const;

/** @throws {TypeError} when the text is no time; it calls it by its name. */
export const secondsOf = (time: string, name = 'window'): number => {
  const [, count, unit] = /^([1-9]\d*)([smhd])$/.exec(time) ?? [];
  if (count === undefined) {
    throw new TypeError(`${name}: expected a time such as 90s, 15m, 6h or 7d, found ${JSON.stringify(time)}`);
  }
  return Number(count) * seconds[unit as keyof typeof seconds]; // the pattern takes no other
};

const panelsOf = ({panels = []}: Dashboard): readonly Panel[] =>
  panels.flatMap((panel: Panel | RowPanel) => ('panels' in panel ? panel.panels : [panel]));

const isAboutCollector = ({expr}: Dataquery): boolean => collectorMetrics.some(({name}) => expr.includes(name));

const queriesOf = (panel: Panel): readonly Dataquery[] =>
  // Only Prometheus's queries go to Prometheus's datasource; the SDK's type says nothing of their fields.
  isPrometheus(panel) ? ((panel.targets ?? []) as Dataquery[]) : [];

type Target = {
  readonly endpoint: Endpoint;
  readonly end: number;
  readonly range: number;
  readonly scrapeInterval: number;
  readonly collector: boolean;
  readonly cost: boolean;
};

/** The panel's own range, where it has one, and the resolution of one of its queries. */
const resolutionOf = (
  panel: Panel,
  query: Dataquery,
  {values, range, scrapeInterval}: Pick<Target, 'range' | 'scrapeInterval'> & {readonly values: Values},
): Resolution => ({
  range: panel.timeFrom ? secondsOf(panel.timeFrom, `timeFrom of ${panel.title}`) : range,
  scrapeInterval,
  points: panel.maxDataPoints,
  // A board's steps are made for scrapes every 15 seconds; where they are closer, so are the steps.
  leastStep: query.interval
    ? (secondsOf(filledIn(query.interval, values), `interval of ${panel.title}`) * scrapeInterval) / 15
    : undefined,
});

const verifyBoard = async (
  dashboard: Dashboard,
  {endpoint, end, range, scrapeInterval, collector, cost}: Target,
): Promise<readonly PanelResult[]> => {
  const variables = (dashboard.templating?.list ?? []).filter(isPrometheus);
  const values = await resolveVariables(variables, endpoint, {start: end - range, end});

  const verifyQuery = async (panel: Panel, query: Dataquery): Promise<PanelResult> => {
    const resolution = resolutionOf(panel, query, {values, range, scrapeInterval});
    const step = stepOf(resolution);
    // As Grafana does, so that the points of a graph stay where they are from one refresh to the next.
    const aligned = (time: number): number => Math.floor(time / step) * step;
    const span = {start: aligned(end - resolution.range), end: aligned(end), step};
    const expr = interpolate(query.expr, values, resolution);
    let read: number | undefined;
    const remember = (samples: number): void => {
      read = samples;
    };
    const onRead = cost ? remember : undefined;
    const asked = {
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
      const value = readable(samples, panel, query);
      const outcome = value === undefined ? 'no data' : 'data';
      return {...asked, outcome, value: value ?? '', message: '', ...(read !== undefined && {read})};
    } catch (error) {
      if (error instanceof QueryError) {
        return {...asked, outcome: 'error', value: '', message: error.message};
      }
      throw error;
    }
  };

  return Promise.all(
    panelsOf(dashboard).flatMap(panel =>
      queriesOf(panel)
        .filter(query => collector || !isAboutCollector(query))
        .map(query => verifyQuery(panel, query)),
    ),
  );
};

/**
 * One result for each query, in the order of boards and panels.
 * @throws {EndpointError} when there is no Prometheus at the URL.
 * @throws {TypeError} when the window is no time.
 */
export const verifyBoards = async ({
  url,
  window,
  collector = true,
  scrapeIntervalSeconds = 15,
  fetch = createPatientFetch(),
  endpoint = createEndpoint(url, fetch),
  cost = false,
  board,
  now = new Date(),
}: VerifyOptions): Promise<PanelResult[]> => {
  const target = {
    endpoint,
    end: now.getTime() / 1000,
    range: secondsOf(window),
    scrapeInterval: scrapeIntervalSeconds,
    collector,
    cost,
  };
  const results: PanelResult[] = [];
  for (const dashboard of dashboards.filter(({uid}) => board === undefined || uid === board)) {
    results.push(...(await verifyBoard(dashboard, target)));
  }
  return results;
};
