/** One line of the estimate, not yet assigned to a part of the program. */
import type {PriceName} from './prices.ts';

export type CostItem = {
  readonly item: string;
  readonly quantity: number;
  /** US dollars per month. */
  readonly dollars: number;
  /** The prices that it is computed from. */
  readonly prices: readonly PriceName[];
};
