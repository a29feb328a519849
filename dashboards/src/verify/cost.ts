/** The cost of a board: samples per query, samples per load, and dollars per month while it is open. */
import type {Dashboard} from '@grafana/grafana-foundation-sdk/dashboard';
import {dashboards} from '../artefacts.ts';
import {type PanelResult, type VerifyOptions, verifyBoards} from './board-queries.ts';

/** US dollars per sample that a query reads (https://aws.amazon.com/prometheus/pricing/). */
export const dollarsPerSampleRead = 0.1 / 1e9;
const secondsPerMonth = 730 * 3600;

export type QueryCost = Pick<PanelResult, 'panel' | 'id' | 'refId' | 'expr'> & {readonly read: number};

export type BoardCost = {
  /** The board's uid. */
  readonly board: string;
  /** The time range of the board, such as 24h. */
  readonly range: string;
  /** Most expensive first. */
  readonly queries: readonly QueryCost[];
  /** Samples that all queries read when the board is loaded once, with collapsed rows open. */
  readonly look: number;
  /** US dollars per month if one user had the board open all the time, at its refresh interval. */
  readonly dollarsPerMonth: number;
};

const unitSeconds: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600};

/** The refresh interval in seconds; undefined when the board does not refresh automatically. */
const refreshSeconds = (uid: string, boards: readonly Dashboard[]): number | undefined => {
  const {refresh = ''} = boards.find(board => board.uid === uid) ?? {};
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(refresh) ?? [];
  return count === undefined ? undefined : Number(count) * (unitSeconds[unit] ?? Number.NaN);
};

/** The cost of each board, from results of `verifyBoards` with `cost: true`. Failed queries count as 0 samples. */
export const costsOf = (
  results: readonly PanelResult[],
  range: string,
  boards: readonly Dashboard[] = dashboards,
): readonly BoardCost[] => {
  const uids = [...new Set(results.map(({board}) => board))];
  return uids.map(board => {
    const queries = results
      .filter(result => result.board === board)
      .map(({panel, id, refId, expr, read = 0}) => ({panel, id, refId, expr, read}))
      .sort((a, b) => b.read - a.read);
    const look = queries.reduce((sum, {read}) => sum + read, 0);
    const refresh = refreshSeconds(board, boards);
    const loadsPerMonth = refresh === undefined ? 0 : secondsPerMonth / refresh;
    return {board, range, queries, look, dollarsPerMonth: look * loadsPerMonth * dollarsPerSampleRead};
  });
};

/**
 * Measures how many samples each board reads over a time range.
 *
 * @throws {EndpointError} when there is no Prometheus API at the URL, or it does not return statistics.
 */
export const boardCost = async ({
  range,
  board,
  boards,
  ...options
}: Omit<VerifyOptions, 'window' | 'cost'> & {
  readonly range: string;
  /** The uid of the board to measure. @default all boards */
  readonly board?: string;
}): Promise<readonly BoardCost[]> =>
  costsOf(
    await verifyBoards({
      ...options,
      ...(board !== undefined && {board}),
      ...(boards !== undefined && {boards}),
      window: range,
      cost: true,
    }),
    range,
    boards,
  );

const shown = 10;
const millions = (samples: number): string => `${(samples / 1e6).toFixed(2)} M`;

/** Lines for a terminal: for each board the samples per load and the dollars per month, then its most expensive panels. */
export const costLines = (costs: readonly BoardCost[]): readonly string[] =>
  costs.flatMap(({board, range, queries, look, dollarsPerMonth}) => {
    const panels = new Map<string, number>();
    for (const {panel, read} of queries) panels.set(panel, (panels.get(panel) ?? 0) + read);
    const ranked = [...panels].sort(([, a], [, b]) => b - a);
    return [
      `${board}, ${range}: ${millions(look)} samples per load, $${dollarsPerMonth.toFixed(2)} per month while it is open`,
      ...ranked.slice(0, shown).map(([panel, read]) => `  ${millions(read).padStart(10)}  ${panel}`),
      ...(ranked.length > shown ? [`  ${String(ranked.length - shown).padStart(8)} more panels`] : []),
    ];
  });
