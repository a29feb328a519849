/** The step of a query and the windows in it, as Grafana's Prometheus data source computes them. */
import {rangeUtil, type TimeRange} from '@grafana/data';
import type {Target} from './board-model.ts';
import {type BuiltIns, interpolator, type Values} from './interpolate.ts';

/** Prometheus rejects a range query of more points. */
const maxPoints = 11_000;

export type QueryContext = {
  readonly range: TimeRange;
  readonly values: Values;
  /** Pixels, or the panel's own `maxDataPoints`. */
  readonly points: number;
  /** The panel's least interval: a duration such as `30s`, or a variable. */
  readonly interval?: string | undefined;
  readonly scrapeIntervalMs: number;
  readonly signal?: AbortSignal;
};

/** All in milliseconds. */
export type Intervals = {
  /** The interval of the panel, before a query's own min step: what titles and transformations read as `$__interval`. */
  readonly panelMs: number;
  /** The distance of two points of the query: its `$__interval`. */
  readonly stepMs: number;
  readonly rateMs: number;
};

const isDuration = /^\d+(?:\.\d+)?(?:ms|[yMwdhms])?$/;

/** @returns undefined where the text is not a duration: `auto` and an unknown variable bound nothing. */
export const durationMs = (text: string | undefined, values: Values = {}): number | undefined => {
  const plain = interpolator(values)(text ?? '')
    .replace(/^>/, '')
    .trim();
  return isDuration.test(plain) ? rangeUtil.intervalToMs(plain) : undefined;
};

const isVariable = (interval: string, name: string): boolean =>
  [`$${name}`, `\${${name}}`, `[[${name}]]`].includes(interval);

/** At least four scrapes, so that `rate()` finds two samples even when one scrape was missed. */
const rateWindow = (intervalMs: number, minStepMs: number): number => Math.max(intervalMs + minStepMs, 4 * minStepMs);

/** The panel's own interval: as many points as it is wide, none closer than its least interval. */
export const panelIntervalMs = ({range, points, interval, values, scrapeIntervalMs}: QueryContext): number => {
  const least = durationMs(interval, values) ?? scrapeIntervalMs;
  return rangeUtil.calculateInterval(range, Math.max(1, points), `${least}ms`).intervalMs;
};

/** A query's min step counts as its scrape interval in `$__rate_interval`; the panel's least interval does not. */
export const intervalsOf = (context: QueryContext, target: Pick<Target, 'interval' | 'intervalFactor'>): Intervals => {
  const {range, points, values, scrapeIntervalMs} = context;
  const panelMs = panelIntervalMs(context);
  const minStep = target.interval?.trim() ?? '';
  const minStepMs = durationMs(minStep, values);
  const calculated = rangeUtil.calculateInterval(range, Math.max(1, points), `${minStepMs || panelMs}ms`).intervalMs;
  const safe = rangeUtil.calculateInterval(range, maxPoints).intervalMs;
  const adjusted = Math.max(calculated, safe);
  if (isVariable(minStep, '__rate_interval')) {
    const rateMs = rateWindow(adjusted, scrapeIntervalMs);
    return {panelMs, stepMs: rateMs, rateMs};
  }
  const stepMs = adjusted * (target.intervalFactor || 1);
  const scrapeMs = isVariable(minStep, '__interval') ? stepMs : minStepMs || scrapeIntervalMs;
  return {panelMs, stepMs, rateMs: rateWindow(panelMs, scrapeMs)};
};

/** As PromQL writes it. */
export const durationText = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`);

/** `$__from`, `$__to`, `$__range` and their forms. */
export const rangeValues = ({from, to}: TimeRange): BuiltIns => {
  const rangeMs = to.valueOf() - from.valueOf();
  const seconds = Math.round(rangeMs / 1000);
  return {
    __from: String(from.valueOf()),
    __to: String(to.valueOf()),
    __range: `${seconds}s`,
    __range_s: String(seconds),
    __range_ms: String(rangeMs),
  };
};

/** The built-in variables of a query. */
export const queryValues = (range: TimeRange, {stepMs, rateMs}: Omit<Intervals, 'panelMs'>): BuiltIns => ({
  ...rangeValues(range),
  __interval: durationText(stepMs),
  __interval_ms: String(stepMs),
  __rate_interval: durationText(rateMs),
  __rate_interval_ms: String(rateMs),
});

/** The built-in variables of titles and text panels. */
export const panelValues = (context: QueryContext): BuiltIns => {
  const stepMs = panelIntervalMs(context);
  return queryValues(context.range, {stepMs, rateMs: rateWindow(stepMs, context.scrapeIntervalMs)});
};

/** The values for a variable's query and for an annotation, which have no width of a panel. */
export const boardValues = (range: TimeRange, values: Values, scrapeIntervalMs: number): BuiltIns =>
  panelValues({range, values, points: 1000, scrapeIntervalMs});
