/** Why an event was rejected, as its emitter is told: the field, what was expected, what was found. */

import type {RejectionReason} from '../contract.ts';
import {firstCodePoints, isLonger} from './code-points.ts';

/** A value and not an error to throw: a hostile batch may hold a thousand of them. */
export interface ValidationProblem {
  readonly reason: RejectionReason;
  /** `metrics[3].value: expected …, found …` */
  readonly message: string;
}

export const toProblem = (reason: RejectionReason, field: string, message: string): ValidationProblem => ({
  reason,
  message: `${field}: ${message}`,
});

const maxQuoted = 60;

/** A value in an error message: short, and without walking into it, however deep it nests. */
export const describeValue = (value: unknown): string => {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(isLonger(value, maxQuoted) ? `${firstCodePoints(value, maxQuoted)}…` : value);
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
};
