/** What looking at a board reads and costs: samples of each query, of one look, dollars per month while it is open. */
import {dashboards} from '../boards/all-boards.ts';
import {type PanelResult, type VerifyOptions, verifyBoards} from './board-queries.ts';

/** US dollars per sample that a query reads (https://aws.amazon.com/prometheus/pricing/). */
export const dollarsPerSampleRead = 0.1 / 1e9;
const secondsPerMonth = 730 * 3600;

export type QueryCost = Pick<PanelResult, 'panel' | 'id' | 'refId' | 'expr'> & {readonly read: number};

export type BoardCost = {
  /** The board's uid. */
  readonly board: string;
  /** How far back it looked, such as 24h. */
  readonly range: string;
  /** Dearest first. */
  readonly queries: readonly QueryCost[];
  /** Samples of all queries once, folds open. */
  readonly look: number;
  /** US dollars per month if one person had it open all the time, at its own refresh. */
  readonly dollarsPerMonth: number;
};

const unitSeconds: Readonly<Record<string, number>> = {s: 1, m: 60, h: 3600};

/** Seconds between two refreshes; undefined where the board refreshes only by hand. */
const refreshSeconds = (uid: string): number | undefined => {
  const {refresh = ''} = dashboards.find(board => board.uid === uid) ?? {};
  const [, count, unit = ''] = /^(\d+)([smh])$/.exec(refresh) ?? [];
  return count === undefined ? undefined : Number(count) * (unitSeconds[unit] ?? Number.NaN);
};

/** Costs by board, of results that were asked for with `cost`. Queries that failed read nothing. */
export const costsOf = (results: readonly PanelResult[], range: string): readonly BoardCost[] => {
  const boards = [...new Set(results.map(({board}) => board))];
  return boards.map(board => {
    const queries = results
      .filter(result => result.board === board)
      .map(({panel, id, refId, expr, read = 0}) => ({panel, id, refId, expr, read}))
      .sort((a, b) => b.read - a.read);
    const look = queries.reduce((sum, {read}) => sum + read, 0);
    const refresh = refreshSeconds(board);
    const looks = refresh === undefined ? 0 : secondsPerMonth / refresh;
    return {board, range, queries, look, dollarsPerMonth: look * looks * dollarsPerSampleRead};
  });
};

/**
 * Asks an endpoint what each board reads over a time range.
 * @throws {EndpointError} when nothing at the URL responds as Prometheus, or it has no statistics.
 */
export const boardCost = async ({
  range,
  board,
  ...options
}: Omit<VerifyOptions, 'window' | 'cost'> & {
  readonly range: string;
  /** The uid of the only board to ask for. @default all boards */
  readonly board?: string;
}): Promise<readonly BoardCost[]> =>
  costsOf(await verifyBoards({...options, ...(board !== undefined && {board}), window: range, cost: true}), range);

const shown = 10;
const millions = (samples: number): string => `${(samples / 1e6).toFixed(2)} M`;

/** Board by board: what each panel reads, dearest first, then the look and what a month of it costs. */
export const costLines = (costs: readonly BoardCost[]): readonly string[] =>
  costs.flatMap(({board, range, queries, look, dollarsPerMonth}) => {
    const panels = new Map<string, number>();
    for (const {panel, read} of queries) panels.set(panel, (panels.get(panel) ?? 0) + read);
    const dearest = [...panels].sort(([, a], [, b]) => b - a);
    return [
      `${board}, ${range}: ${millions(look)} samples per look, $${dollarsPerMonth.toFixed(2)} per month while it is open`,
      ...dearest.slice(0, shown).map(([panel, read]) => `  ${millions(read).padStart(10)}  ${panel}`),
      ...(dearest.length > shown ? [`  ${String(dearest.length - shown).padStart(8)} more panels`] : []),
    ];
  });
