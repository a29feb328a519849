/** The results of a board's annotation queries, read as Grafana's Prometheus data source reads them. */
import type {TimeRange} from '@grafana/data';
import type {AnnotationModel, BoardModel} from './board-model.ts';
import {sourceOfReference} from './data-sources.ts';
import {interpolator, type Values} from './interpolate.ts';
import {durationMs, queryValues} from './intervals.ts';
import {request} from './prometheus-api.ts';

/** Times in milliseconds since 1970; `until` for a range. */
export type Annotation = {
  readonly name: string;
  readonly color: string;
  readonly at: number;
  readonly until?: number;
  readonly title: string;
  readonly text: string;
};

export type Annotations = {
  readonly happened: readonly Annotation[];
  /** Why a query failed, by its name. */
  readonly errors: Readonly<Record<string, string>>;
};

type Series = {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
};

/** Grafana's default if the annotation doesn't set one. */
const usualStepMs = 60_000;

const filled = (format: string | undefined, labels: Readonly<Record<string, string>>): string =>
  (format ?? '').replaceAll(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '').trim();

/** One event for each time in the values. */
const timesIn = ({values}: Series): {at: number; until?: number}[] =>
  [...new Set(values.map(([, value]) => Math.floor(Number(value))))].map(at => ({at}));

/** One event for each run of samples that aren't zero. */
const spansIn = ({values}: Series, stepMs: number): {at: number; until?: number}[] => {
  const spans: {at: number; until?: number}[] = [];
  for (const [seconds, value] of values) {
    if (Number(value) === 0) continue;
    const [at, last] = [seconds * 1000, spans.at(-1)];
    if (last && (last.until ?? last.at) + stepMs >= at) last.until = at;
    else spans.push({at});
  }
  return spans;
};

export type Surroundings = {
  readonly range: TimeRange;
  readonly values: Values;
  readonly scrapeIntervalMs: number;
};

const queryOne = async (
  model: AnnotationModel,
  {range, values, scrapeIntervalMs}: Surroundings,
): Promise<Annotation[]> => {
  const stepMs = durationMs(model.step, values) ?? usualStepMs;
  const rateMs = Math.max(stepMs + scrapeIntervalMs, 4 * scrapeIntervalMs);
  const replace = interpolator(values, queryValues(range, {stepMs, rateMs}));
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const aligned = (ms: number): string => String((Math.floor(ms / stepMs) * stepMs) / 1000);
  const query = {
    query: replace(model.expr ?? '', undefined, 'promql'),
    start: aligned(from),
    end: aligned(to),
    step: String(stepMs / 1000),
  };
  const {result} = await request<{result: readonly Series[]}>('query_range', query);
  return result.flatMap(series => {
    const happened = model.useValueForTime ? timesIn(series) : spansIn(series, stepMs);
    return happened
      .filter(({at, until = at}) => until >= from && at <= to)
      .map(when => ({
        ...when,
        name: model.name,
        color: model.iconColor ?? 'red',
        title: filled(model.titleFormat, series.metric) || model.name,
        text: filled(model.textFormat, series.metric),
      }));
  });
};

/** The annotations that a reader can turn on and off: Grafana's built-in list of manual annotations isn't available. */
export const shownAnnotations = (models: BoardModel['annotations']): readonly AnnotationModel[] =>
  models.filter(({expr}) => expr);

/** A query that fails costs only itself. */
export const queryAnnotations = async (
  models: readonly AnnotationModel[],
  surroundings: Surroundings,
): Promise<Annotations> => {
  const errors: Record<string, string> = {};
  const happened = models.map(model =>
    sourceOfReference(model.datasource, surroundings.values) !== 'prometheus'
      ? []
      : queryOne(model, surroundings).catch((error: unknown) => {
          errors[model.name] = error instanceof Error ? error.message : String(error);
          return [];
        }),
  );
  return {happened: (await Promise.all(happened)).flat(), errors};
};
