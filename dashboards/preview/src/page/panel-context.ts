/** The state of the board that every panel needs. */
import type {TimeRange} from '@grafana/data';
import type {Annotation} from './annotations.ts';
import type {Values} from './interpolate.ts';

export type PanelContextOfBoard = {
  readonly range: TimeRange;
  readonly values: Values;
  readonly timeZone: string;
  readonly cursorSync: number;
  readonly annotations: readonly Annotation[];
  /** Incremented by every refresh, which repeats all queries. */
  readonly refreshCount: number;
  readonly prometheusPage: string;
  readonly cloudWatch: boolean;
  readonly scrapeIntervalMs: number;
  readonly onZoom: (range: {from: number; to: number}) => void;
  readonly onView: (key: string) => void;
};
