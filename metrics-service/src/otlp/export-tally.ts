/** Counts the accepted and rejected points of an export. */
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
  /** Undefined while none was rejected: most exports need none of these collections. */
  reasons: Map<RejectionReason, RejectedPoints> | undefined;
  /** How label values of accepted points were changed. */
  changes: Map<LabelChange, number> | undefined;
  /** A line for each kind of rejection, the first few only. */
  messages: string[] | undefined;
  /** The number of rejections that were described to find those lines. */
  described: number;
  /** Names of instruments that are not in the catalogue. */
  unmapped: Set<string> | undefined;
  /** The number of further names once the maximum is remembered. */
  unmappedMore: number;
  /** Whether the emitter declares that it also sends JSON events. */
  reportsJson: boolean;
}

const maxMessages = 5;
const maxDescribed = 100;

export const createExportTally = (): ExportTally => ({
  accepted: 0,
  rejected: 0,
  reasons: undefined,
  changes: undefined,
  messages: undefined,
  described: 0,
  unmapped: undefined,
  unmappedMore: 0,
  reportsJson: false,
});

/** Counts rejected points, and keeps the message if it is one of the first few: a hostile export has millions. */
export const reject = (tally: ExportTally, reason: RejectionReason, points: number, describe: () => string): void => {
  if (points === 0) return;
  tally.rejected += points;
  tally.reasons ??= new Map();
  tally.messages ??= [];
  const {reasons, messages} = tally;
  const existing = reasons.get(reason);
  if (existing === undefined) reasons.set(reason, {points, example: describe()});
  else existing.points += points;
  if (messages.length >= maxMessages || tally.described >= maxDescribed) return;
  tally.described += 1;
  const message = describe();
  if (!messages.includes(message)) messages.push(message);
};

/** The messages in one text, empty when no point was rejected. */
export const messageOf = ({messages}: ExportTally): string => messages?.join('; ') ?? '';
