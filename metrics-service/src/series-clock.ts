/** Two counts that all families share: in which order series came, and in which period they were last fed. */
export interface SeriesClock {
  /** The number of the next series. Series are numbered in the order in which they came, over all families. */
  next: number;
  /** Goes up with each period of the expiry; a small integer is cheaper to write down for each event than a time. */
  period: number;
}

export const createSeriesClock = (): SeriesClock => ({next: 0, period: 0});
