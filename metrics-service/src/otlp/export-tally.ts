/** What became of an export's points. */
import type {RejectionReason} from '../contract.ts';
import type {LabelChange} from '../label-limiter.ts';

/** Points that were rejected for one reason. */
export interface RejectedPoints {
  points: number;
  /** The first of their messages. */
  readonly example: string;
}

export interface ExportTally {
  accepted: number;
  rejected: number;
  readonly reasons: Map<RejectionReason, RejectedPoints>;
  /** How label values of accepted points were changed. */
  readonly changes: Map<LabelChange, number>;
  /** A line for each kind of rejection, the first few only. */
  readonly messages: string[];
  /** Rejections that were put into words to find those lines. */
  described: number;
  /** Names of instruments that are not in the catalogue. */
  readonly unmapped: Set<string>;
  /** How many more such names came after as many as are remembered. */
  unmappedMore: number;
  /** Whether the emitter says that it also sends JSON events. */
  reportsJson: boolean;
}

const mostMessages = 5;
const mostDescribed = 100;

export const createTally = (): ExportTally => ({
  accepted: 0,
  rejected: 0,
  reasons: new Map(),
  changes: new Map(),
  messages: [],
  described: 0,
  unmapped: new Set(),
  unmappedMore: 0,
  reportsJson: false,
});

/** Counts rejected points, and keeps the message if it is one of the first few: a hostile export has millions. */
export const reject = (tally: ExportTally, reason: RejectionReason, points: number, describe: () => string): void => {
  if (points === 0) return;
  tally.rejected += points;
  const known = tally.reasons.get(reason);
  if (known === undefined) tally.reasons.set(reason, {points, example: describe()});
  else known.points += points;
  if (tally.messages.length >= mostMessages || tally.described >= mostDescribed) return;
  tally.described += 1;
  const message = describe();
  if (!tally.messages.includes(message)) tally.messages.push(message);
};
