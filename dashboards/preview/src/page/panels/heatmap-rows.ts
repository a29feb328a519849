/** The rows of a heatmap out of what its queries returned. */
import {type DataFrame, DataFrameType, type Field, FieldType, getFieldDisplayName} from '@grafana/data';
import {withoutInfinities} from '../graphable.ts';

export type HeatmapRows = {
  /** Milliseconds since 1970, ascending. */
  readonly times: readonly number[];
  /** Milliseconds from one column to the next. */
  readonly step: number;
  /** From the lowest row up: its name, and its value at each time. */
  readonly rows: readonly {readonly name: string; readonly values: readonly (number | null)[]}[];
};

const timeIn = ({fields}: DataFrame): Field | undefined => fields.find(({type}) => type === FieldType.time);

const numbersIn = (frame: DataFrame): Field[] => frame.fields.filter(({type}) => type === FieldType.number);

const boundOf = (name: string): number => (name === '+Inf' ? Number.POSITIVE_INFINITY : Number(name));

/** Frames that are a heatmap each. */
export const heatmapsIn = (frames: readonly DataFrame[]): DataFrame[] =>
  frames.filter(({meta}) => meta?.type === DataFrameType.HeatmapRows);

/**
 * The first of several heatmaps is drawn, as in Grafana. One frame has a field for each row; several, as time series
 * come, are a row each, in order where names are numbers.
 */
export const heatmapRows = (all: readonly DataFrame[]): HeatmapRows | undefined => {
  const [heatmap] = heatmapsIn(all);
  const frames = heatmap ? [heatmap] : all;
  const series = frames.flatMap(frame => {
    const time = timeIn(frame);
    return time
      ? numbersIn(frame).map(field => {
          const {values} = withoutInfinities(field);
          return {
            name: frames.length > 1 ? getFieldDisplayName(field, frame, [...frames]) : field.name,
            at: new Map(time.values.map((moment: number, index) => [moment, values[index]])),
            step: time.config.interval ?? 60_000,
          };
        })
      : [];
  });
  const [first] = series;
  if (!first) return undefined;
  const numeric = series.every(({name}) => !Number.isNaN(boundOf(name)));
  const ordered = frames.length > 1 && numeric ? [...series].sort((a, b) => boundOf(a.name) - boundOf(b.name)) : series;
  const times = [...new Set(series.flatMap(({at}) => [...at.keys()]))].sort((a, b) => a - b);
  return {
    times,
    step: first.step,
    rows: ordered.map(({name, at}) => ({name, values: times.map((time): number | null => at.get(time) ?? null)})),
  };
};
