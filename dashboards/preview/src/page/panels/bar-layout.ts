/** Computes the lengths of a bar chart's bars. */
import {type DataFrame, type Field, FieldType, getFieldDisplayName, outerJoinDataFrames} from '@grafana/data';

export type Columns = {readonly frame: DataFrame; readonly names: Field; readonly measures: readonly Field[]};

/** Joins several series on their time, as Grafana does, so that each becomes a column. */
const joined = (frames: readonly DataFrame[]): DataFrame | undefined => {
  const [first] = frames;
  const timed = first?.fields.some(({type}) => type === FieldType.time);
  return frames.length > 1 && timed ? outerJoinDataFrames({frames: [...frames], keepDisplayNames: true}) : first;
};

/** The column that names the bars and those that measure them. */
export const columnsOf = (frames: readonly DataFrame[], xField: string): Columns | undefined => {
  const frame = joined(frames);
  if (!frame || frame.length === 0) return undefined;
  const names =
    frame.fields.find(
      field => xField !== '' && (field.name === xField || getFieldDisplayName(field, frame) === xField),
    ) ??
    frame.fields.find(({type}) => type === FieldType.string) ??
    frame.fields.find(({type}) => type === FieldType.time) ??
    frame.fields[0];
  const measures = frame.fields.filter(
    field => field !== names && field.type === FieldType.number && !field.config.custom?.hideFrom?.viz,
  );
  return names && measures.length > 0 ? {frame, names, measures} : undefined;
};

export type Stacking = 'none' | 'normal' | 'percent';

/** From where to where a bar reaches; equal where there is no value. */
export type Bar = {readonly from: number; readonly to: number};

/** Bars of one place on the axis, by measure. Stacks grow from zero, upwards and downwards apart. */
export const barsOf = (values: readonly (number | null)[], stacking: Stacking): Bar[] => {
  if (stacking === 'none') return values.map(value => ({from: 0, to: value ?? 0}));
  const total = values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0);
  const scale = stacking === 'percent' && total > 0 ? 1 / total : 1;
  let [up, down] = [0, 0];
  return values.map(value => {
    const length = (value ?? 0) * scale;
    const from = length < 0 ? down : up;
    if (length < 0) down += length;
    else up += length;
    return {from, to: from + length};
  });
};

/** A round number at or over a greatest value, so that the longest bar keeps clear of the frame. */
const roundUp = (greatest: number): number => {
  if (greatest <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(greatest * 1.1));
  return Math.ceil((greatest * 1.1) / (power / 2)) * (power / 2);
};

/** The axis from its least to its greatest value: zero is always on it. */
export const extentOf = (
  bars: readonly (readonly Bar[])[],
  {
    min,
    max,
    stacking,
  }: {readonly min?: number | null | undefined; readonly max?: number | null | undefined; readonly stacking: Stacking},
): readonly [number, number] => {
  const ends = bars.flat().flatMap(({from, to}) => [from, to]);
  const [least, greatest] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  if (stacking === 'percent') return [least < 0 ? -1 : 0, 1];
  const [low, high] = [min ?? -roundUp(-least), max ?? roundUp(greatest)];
  return high > low ? [low, high] : [low, low + 1];
};
