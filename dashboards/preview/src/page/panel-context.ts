/** What every panel of a board is given. */
import type {TimeRange} from '@grafana/data';
import type {Annotation} from './annotations.ts';
import type {Values} from './interpolate.ts';

export type PanelContextOfBoard = {
  readonly range: TimeRange;
  readonly values: Values;
  readonly timeZone: string;
  readonly cursorSync: number;
  readonly annotations: readonly Annotation[];
  /** Grows with every refresh: the same question is asked again. */
  readonly refreshCount: number;
  readonly prometheusPage: string;
  readonly cloudWatch: boolean;
  readonly scrapeIntervalMs: number;
  readonly onZoom: (range: {from: number; to: number}) => void;
  readonly onView: (key: string) => void;
};
