/**
 * The type of a PromQL expression: where it may be used, its unit, and the labels of its series. Only the functions that
 * promql.ts exports create expressions.
 */

import type {Unit as BaseUnit} from '@mcp-observability/metrics-service/catalogue';
import {ValueError} from '../errors.ts';

/** A variable of a board, as in queries: `$server`. */
export type VariableScope = `$${string}`;

/**
 * Where an expression may be used. `rule`: in rules and panels. `panel`: it contains built-in variables of Grafana. `$server`:
 * it contains that variable, so only boards that declare it may use the expression.
 */
export type Scope = 'panel' | 'rule' | VariableScope;

/** The variables that an expression of the scope contains. */
export type VariablesOf<S extends Scope> = Extract<S, VariableScope>;

/**
 * The unit of a value. `ratio` is 0 to 1, `count` a number of things such as servers, `multiple` a multiple of the allowed
 * value, such as a burn rate. `percent` is 0 to 100 and used only by CloudWatch.
 */
export type Unit =
  | BaseUnit
  | `${'events' | 'bytes' | 'rows'} per second`
  | 'events per hour'
  | 'ratio'
  | 'count'
  | 'multiple'
  | 'percent';

/** The unit of the rate of a counter. Seconds per second are a ratio. */
export type PerSecond<U extends BaseUnit> = U extends 'events' | 'bytes' | 'rows'
  ? `${U} per second`
  : U extends 'seconds'
    ? 'ratio'
    : never;

declare const scope: unique symbol;
declare const labels: unique symbol;

/** An expression of any unit and labels, as panels accept it. */
export interface Expression<S extends Scope = Scope> {
  readonly text: string;
  readonly unit: Unit;
  /** The labels of its series; they have no others. */
  readonly by: readonly string[];
  /** Whether the outermost operation is a binary operator, so that it needs parentheses as an operand. */
  readonly compound: boolean;
  readonly [scope]: S;
}

/** An expression of unit U whose series have exactly the labels L. */
export interface PromQL<S extends Scope, U extends Unit, L extends string> extends Expression<S> {
  readonly unit: U;
  readonly by: readonly L[];
  /** Makes L invariant: neither fewer nor more labels are assignable. */
  readonly [labels]: (label: L) => L;
}

/** An expression for a recording or alerting rule: it contains no variables of Grafana. */
export type RuleExpression = Expression<'rule'>;

type Text<U extends Unit, L extends string> = {
  readonly text: string;
  readonly unit: U;
  readonly by: readonly L[];
  readonly compound?: boolean;
};

/** Creates an expression. Only for the functions of this folder, which guarantee that unit and labels match the text. */
export const expression = <S extends Scope, U extends Unit, L extends string>(parts: Text<U, L>): PromQL<S, U, L> =>
  // Scope and labels exist only as types, so no value has them.
  ({compound: false, ...parts}) as unknown as PromQL<S, U, L>;

export type Aggregation = 'sum' | 'count' | 'max' | 'min' | 'avg';

export const aggregate = (aggregation: Aggregation, by: readonly string[], inner: string): string =>
  `${aggregation}${by.length > 0 ? ` by (${by.join(', ')}) ` : ''}(${inner})`;

/** Checks a number before it becomes part of an expression: PromQL reads `Infinity` and `NaN` as names of metrics. */
const checkedNumber =
  (expectation: string, isValid: (value: number) => boolean) =>
  (name: string, value: number): number => {
    if (!isValid(value)) throw new ValueError(`${name}: expected ${expectation}, found ${value}`);
    return value;
  };

/** @throws {ValueError} when the number is not finite */
export const finite = checkedNumber('a finite number', Number.isFinite);

/** @throws {ValueError} when the number is not finite and above 0 */
export const aboveZero = checkedNumber('a finite number above 0', value => Number.isFinite(value) && value > 0);

/** @throws {ValueError} when the number is not a whole number above 0 */
export const wholeAboveZero = checkedNumber('a whole number above 0', value => Number.isInteger(value) && value > 0);

/** @throws {ValueError} when the number is not between 0 and 1 */
export const betweenZeroAndOne = checkedNumber('a number between 0 and 1', value => value > 0 && value < 1);

/** A duration in Prometheus's format, with a single unit. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** The range over which a rate, increase or quantile is computed. */
export type Window<S extends Scope> = {
  readonly duration: string;
  /** The duration in seconds, as a PromQL scalar that can be an operand of plus and minus. */
  readonly seconds: string;
  readonly scope: S;
};

const secondsOf = {s: 1, m: 60, h: 3600, d: 86_400} as const;

/** @throws {ValueError} when the duration is not a whole number of its unit, or is not above zero: PromQL has no such window. */
const window = <S extends Scope>(duration: Duration, scope: S): Window<S> => {
  if (!/^[1-9]\d*[smhd]$/.test(duration))
    throw new ValueError(
      `window: expected a whole number above 0 and a unit, such as 90s, 5m, 1h or 30d, found ${duration}`,
    );
  const unit = duration.slice(-1) as keyof typeof secondsOf; // every Duration ends with its unit
  return {duration, seconds: String(Number(duration.slice(0, -1)) * secondsOf[unit]), scope};
};

/** The evaluation time at which a gauge is read. */
export type Moment<S extends Scope> = {readonly scope: S};

/** A window that depends on the time range of the board, for which raw series or records can be read. */
export type BoardWindow = Window<'panel'> & {
  /** The window for growth, raw or recorded. */
  readonly growth: {readonly duration: string; readonly seconds: string};
};

/** Windows of panels. Selectors with these windows may contain variables. */
export const panel = {
  now: {scope: 'panel'},
  /**
   * As wide as the step of the graph. For growth exactly the step, so that each sample and each record is read once; for
   * other series at least four scrape intervals. Grafana has both in milliseconds, but not in seconds.
   */
  resolution: {
    duration: '$__rate_interval',
    seconds: '$__rate_interval_ms / 1000',
    scope: 'panel',
    growth: {duration: '$__interval', seconds: '$__interval_ms / 1000'},
  },
  /** The time range of the board, for stats and tables. */
  range: {
    duration: '$__range',
    seconds: '$__range_s',
    scope: 'panel',
    growth: {duration: '$__range', seconds: '$__range_s'},
  },
  last: (duration: Duration): Window<'panel'> => window(duration, 'panel'),
} as const;

/** Windows of rules. */
export const rule = {
  now: {scope: 'rule'},
  last: (duration: Duration): Window<'rule'> => window(duration, 'rule'),
} as const;
