/** A panel's data, queried again whenever an input changes. */
import {useEffect, useState} from 'react';
import type {PanelModel} from './board-model.ts';
import type {Values} from './interpolate.ts';
import type {PanelContextOfBoard} from './panel-context.ts';
import {kinds} from './panels/kinds.ts';
import {begin} from './progress.ts';
import {type PanelData, runPanel} from './query.ts';

export type Outcome = {readonly data?: PanelData; readonly error?: string; readonly loading: boolean};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Text panels, and kinds that are not drawn, run no queries even if they contain some. */
const isQueried = ({type}: PanelModel): boolean => kinds.has(type) && type !== 'text';

export const usePanelData = (
  panel: PanelModel,
  {values, points, board}: {readonly values: Values; readonly points: number; readonly board: PanelContextOfBoard},
): Outcome => {
  const {range, refreshCount, cloudWatch, scrapeIntervalMs} = board;
  const [outcome, setOutcome] = useState<Outcome>({loading: true});
  // biome-ignore lint/correctness/useExhaustiveDependencies: `refreshCount` triggers the query again
  useEffect(() => {
    const abort = new AbortController();
    const end = begin();
    setOutcome(previous => ({...previous, loading: true}));
    const queried = isQueried(panel) ? panel : {...panel, targets: [], transformations: []};
    runPanel(queried, {range, values, points, cloudWatch, scrapeIntervalMs, signal: abort.signal})
      .then(
        data => !abort.signal.aborted && setOutcome({data, loading: false}),
        error => !abort.signal.aborted && setOutcome({error: messageOf(error), loading: false}),
      )
      .finally(() => requestAnimationFrame(end));
    return () => {
      abort.abort();
      end();
    };
  }, [panel, range, values, points, cloudWatch, scrapeIntervalMs, refreshCount]);
  return outcome;
};
