/** Why a metric was not taken, as its sender is told: the field, what was expected, what was found. */

import type {RejectionReason} from '../contract.ts';
import {firstCodePoints, isLonger} from './code-points.ts';

/** Thrown nowhere: a refusal is a value, since a hostile batch may hold a thousand of them. */
export interface Refusal {
  readonly reason: RejectionReason;
  /** `metrics[3].value: expected …, found …` */
  readonly message: string;
}

export const refuse = (reason: RejectionReason, field: string, message: string): Refusal => ({
  reason,
  message: `${field}: ${message}`,
});

const longestQuote = 60;

/** A value in an error message: short, and without walking into it, however deep it nests. */
export const found = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(isLonger(value, longestQuote) ? `${firstCodePoints(value, longestQuote)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
};
