/**
 * What a piece of PromQL is to the compiler: where it may stand, what it measures and which labels its series carry.
 * The text is a consequence. Only the composer (promql.ts) makes one.
 */
import type {Unit as BaseUnit} from '@mcp-observability/metrics-service/catalogue';

/** `rule`: complete as it stands, so fit for rules and panels alike. `panel`: needs Grafana to fill in a variable. */
export type Scope = 'panel' | 'rule';

/**
 * What a number measures. `ratio` is 0 to 1, `count` a number of things, such as servers, `multiple` how many times what
 * would be just right. `percent` is 0 to 100 and comes from CloudWatch alone.
 */
export type Unit =
  | BaseUnit
  | `${'events' | 'bytes' | 'rows'} per second`
  | 'events per hour'
  | 'ratio'
  | 'count'
  | 'multiple'
  | 'percent';

/** The unit of a counter's rate. Seconds a second are a share of the time. */
export type PerSecond<U extends BaseUnit> = U extends 'events' | 'bytes' | 'rows'
  ? `${U} per second`
  : U extends 'seconds'
    ? 'ratio'
    : never;

declare const scope: unique symbol;
declare const labels: unique symbol;

/** Any expression; what a panel takes, since it asks for no particular unit or labels. */
export interface Expression<S extends Scope = Scope> {
  readonly text: string;
  readonly unit: Unit;
  /** The labels that its series carry, and no others. */
  readonly by: readonly string[];
  /** An operator stands at the top of the text, so as an operand it needs parentheses. */
  readonly compound: boolean;
  readonly [scope]: S;
}

/** An expression of one unit whose series carry exactly the labels L. */
export interface PromQL<S extends Scope, U extends Unit, L extends string> extends Expression<S> {
  readonly unit: U;
  readonly by: readonly L[];
  /** A function of L, so that fewer labels are not taken for more, nor more for fewer. */
  readonly [labels]: (label: L) => L;
}

/** What a recording or alerting rule takes: nothing left for Grafana to fill in. */
export type RuleExpression = Expression<'rule'>;

type Text<U extends Unit, L extends string> = {
  readonly text: string;
  readonly unit: U;
  readonly by: readonly L[];
  readonly compound?: boolean;
};

/** For the composer alone: text that others write is not PromQL. */
export const expression = <S extends Scope, U extends Unit, L extends string>(parts: Text<U, L>): PromQL<S, U, L> =>
  // Scope and labels exist for the compiler only, so no value can carry them.
  ({compound: false, ...parts}) as unknown as PromQL<S, U, L>;

export type Aggregation = 'sum' | 'count' | 'max' | 'min' | 'avg';

export const aggregate = (aggregation: Aggregation, by: readonly string[], inner: string): string =>
  `${aggregation}${by.length > 0 ? ` by (${by.join(', ')}) ` : ''}(${inner})`;

/** Prometheus's way to write a span of time, in one unit. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** The time a rate, increase or quantile looks back over. */
export type Window<S extends Scope> = {
  readonly duration: string;
  /** The same as a number within PromQL, fit to stand beside a plus or a minus. */
  readonly seconds: string;
  readonly scope: S;
};

const secondsOf = {s: 1, m: 60, h: 3600, d: 86_400} as const;

/** @throws {TypeError} when the duration is not a whole number of its unit, or is not above zero: PromQL has no such window. */
const window = <S extends Scope>(duration: Duration, scope: S): Window<S> => {
  if (!/^[1-9]\d*[smhd]$/.test(duration))
    throw new TypeError(
      `window: expected a whole number above 0 and a unit, such as 90s, 5m, 1h or 30d, found ${duration}`,
    );
  const unit = duration.slice(-1) as keyof typeof secondsOf; // how every Duration ends
  return {duration, seconds: String(Number(duration.slice(0, -1)) * secondsOf[unit]), scope};
};

/** The moment at which a gauge is read. */
export type Moment<S extends Scope> = {readonly scope: S};

/** A window that a board's time range decides, so that both raw series and records can be read over it. */
export type BoardWindow = Window<'panel'> & {
  /** The same where growth is read, raw or recorded. */
  readonly growth: {readonly duration: string; readonly seconds: string};
};

/** Windows of panels. With these a selector may hold variables. */
export const panel = {
  now: {scope: 'panel'},
  /**
   * As wide as the graph's resolution. Over growth exactly the step, so that each sample and each record is read once;
   * over other series never under four scrapes. Grafana has no `_s` of either.
   */
  resolution: {
    duration: '$__rate_interval',
    seconds: '$__rate_interval_ms / 1000',
    scope: 'panel',
    growth: {duration: '$__interval', seconds: '$__interval_ms / 1000'},
  },
  /** The dashboard's time range: for single figures and tables. */
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
