/** The time range in a board's address. */
import {dateMath, type TimeRange} from '@grafana/data';
import {timeRangeOf} from './query.ts';

const isTime = (text: string): boolean => /^\d+$/.test(text) || Boolean(dateMath.toDateTime(text, {})?.isValid());

export type BoardRange = {
  readonly range: TimeRange;
  /** Why the board's own range is shown instead. */
  readonly notices: readonly string[];
};

/**
 * The board's own time replaces what the address does not have, and both ends of a range of which one is not a time.
 * @param address - as the address has them; `now` in milliseconds since 1970 in place of the clock
 */
export const boardRangeOf = (
  {
    from,
    to,
    now,
  }: {readonly from?: string | undefined; readonly to?: string | undefined; readonly now?: string | undefined},
  time: {readonly from: string; readonly to: string},
): BoardRange => {
  const notices = Object.entries({from, to}).flatMap(([name, text]) =>
    text === undefined || isTime(text)
      ? []
      : [
          `${name}: expected a time such as now-6h or 1767225600000, found ${text}. The board’s own time range is shown`,
        ],
  );
  const chosen = notices.length > 0 ? time : {from: from ?? time.from, to: to ?? time.to};
  return {range: timeRangeOf(chosen, now && /^\d+$/.test(now) ? Number(now) : Date.now()), notices};
};
