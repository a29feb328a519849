/** The cost of the boards, before and after: samples per load, measured on one hour of simulated gateway traffic. */
import {startPictureData} from '@mcp-observability/dashboards/preview/fixed-data';
import {type BoardCost, boardCost} from '@mcp-observability/dashboards/verify/cost';
import {type Danger, danger} from './danger.ts';

type Boards = NonNullable<Parameters<typeof boardCost>[0]['boards']>;

/** Time ranges of the boards: the first is read from raw series, the second from records. */
const ranges = ['1h', '7d'] as const;

/** Samples that the boards of a tree read on the simulated traffic of that tree. */
export const measureCosts = async (root: string, boards: Boards): Promise<readonly BoardCost[]> => {
  if (boards.length === 0) return [];
  const {prometheus, now, stop} = await startPictureData(undefined, root);
  try {
    const costs: BoardCost[] = [];
    for (const range of ranges)
      costs.push(...(await boardCost({url: prometheus.href, range, boards, now: new Date(now)})));
    return costs;
  } finally {
    await stop();
  }
};

type Measured = Pick<BoardCost, 'board' | 'range' | 'look' | 'queries'>;

/** A change of what one panel reads, in samples. */
export type PanelCostChange = {readonly panel: string; readonly before: number; readonly after: number};

/** A board that exists on both sides or on one, over one time range. Samples per load. */
export type CostChange = {
  readonly board: string;
  readonly range: string;
  /** Undefined where the board does not exist. */
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** The panels that read a different number of samples, the largest difference first. */
  readonly panels: readonly PanelCostChange[];
};

const byPanel = (cost: Measured | undefined): ReadonlyMap<string, number> => {
  const panels = new Map<string, number>();
  for (const {panel, read} of cost?.queries ?? []) panels.set(panel, (panels.get(panel) ?? 0) + read);
  return panels;
};

const changedPanels = (before: Measured | undefined, after: Measured | undefined): readonly PanelCostChange[] => {
  const [earlier, later] = [byPanel(before), byPanel(after)];
  const size = (change: PanelCostChange): number => Math.abs(change.after - change.before);
  return [...new Set([...later.keys(), ...earlier.keys()])]
    .map(panel => ({panel, before: earlier.get(panel) ?? 0, after: later.get(panel) ?? 0}))
    .filter(change => size(change) > 0)
    .sort((a, b) => size(b) - size(a));
};

/** The boards that read a different number of samples than before. */
export const compareCosts = (before: readonly Measured[], after: readonly Measured[]): readonly CostChange[] => {
  const keyOf = ({board, range}: Measured): string => `${board} ${range}`;
  const [earlier, later] = [before, after].map(costs => new Map(costs.map(cost => [keyOf(cost), cost])));
  return [...new Set([...after, ...before].map(keyOf))].flatMap(key => {
    const [was, is] = [earlier?.get(key), later?.get(key)];
    const {board, range} = is ?? was ?? {};
    if (board === undefined || range === undefined || was?.look === is?.look) return [];
    return [{board, range, before: was?.look, after: is?.look, panels: changedPanels(was, is)}];
  });
};

const thousands = (samples: number | undefined): string =>
  samples === undefined ? 'none' : samples.toLocaleString('en-US');

const percent = ({before, after}: CostChange): string => {
  if (before === undefined) return 'new';
  if (after === undefined) return 'removed';
  if (before === 0) return 'from 0';
  const change = (after / before - 1) * 100;
  return `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(Math.abs(change) < 10 ? 1 : 0)}%`;
};

/** A board whose load reads this much more than before is a warning, as a share. */
const maxUnreportedGrowth = 0.05;

/** Boards that read more samples than before, and new boards. */
export const costDangers = (changes: readonly CostChange[]): readonly Danger[] =>
  changes
    .filter(({before = 0, after = 0}) => after > before * (1 + maxUnreportedGrowth))
    .map(change =>
      danger(
        'costs more',
        `board ${change.board} over ${change.range} reads ${thousands(change.after)} samples per load, before ${thousands(change.before)} (${percent(change)})`,
      ),
    );

export const costSummary = (changes: readonly CostChange[]): string =>
  changes.length === 0
    ? 'no change'
    : changes.map(change => `${change.board} over ${change.range} ${percent(change)}`).join(', ');

const maxShownPanels = 10;

/** Tables of the changed boards and panels, as Markdown; empty without a change. */
export const costDetails = (changes: readonly CostChange[]): string =>
  changes.length === 0
    ? ''
    : [
        'Samples that one load of a board reads, collapsed rows open, on one hour of simulated traffic. AMP bills samples read.',
        '',
        '| board | range | panel | before | after |',
        '| --- | --- | --- | --- | --- |',
        ...changes.flatMap(({board, range, before, after, panels}) => [
          `| ${board} | ${range} | all | ${thousands(before)} | ${thousands(after)} |`,
          ...panels
            .slice(0, maxShownPanels)
            .map(one => `| | | ${one.panel} | ${thousands(one.before)} | ${thousands(one.after)} |`),
        ]),
      ].join('\n');
