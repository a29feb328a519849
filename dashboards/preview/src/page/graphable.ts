/** Prepares data as Grafana's charts do before they draw it. */
import {type DataFrame, type Field, FieldType, type GrafanaTheme2, getDisplayProcessor} from '@grafana/data';

const finite = (value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? null : value);

const isDrawable = (value: unknown): boolean => finite(value) === value;

/** NaN and the infinities become gaps: one of them would leave a scale without bounds, and a chart without lines. */
export const withoutInfinities = (field: Field): Field =>
  field.type !== FieldType.number || field.values.every(isDrawable)
    ? field
    : {...field, values: field.values.map(finite)};

/**
 * Charts count the classic palette over numeric fields only; every other kind counts all fields but those of time.
 * The values are copied, because a chart of bars appends to those that it draws.
 * @param frames - those that a chart draws, with their field configuration applied
 */
export const graphable = (frames: readonly DataFrame[], theme: GrafanaTheme2, timeZone: string): DataFrame[] => {
  let seriesIndex = 0;
  return frames.map(frame => ({
    ...frame,
    fields: frame.fields.map(field => {
      const copy = {...field, values: [...withoutInfinities(field).values]};
      if (field.type !== FieldType.number) return copy;
      const counted = {...copy, state: {...field.state, seriesIndex: seriesIndex++}};
      return {...counted, display: getDisplayProcessor({field: counted, theme, timeZone})};
    }),
  }));
};
