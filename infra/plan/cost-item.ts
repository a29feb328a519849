/** One line of the estimate, before it is known which part of the program it belongs to. */
import type {PriceName} from './prices.ts';

export type CostItem = {
  readonly item: string;
  readonly quantity: number;
  /** US dollars per month. */
  readonly dollars: number;
  /** The prices that it is computed from. */
  readonly prices: readonly PriceName[];
};
