/** The measures of a gauge: an arc of 240 degrees, open below. */
import type {FieldConfig, GrafanaTheme2} from '@grafana/data';

const start = -210;
const sweep = 240;

/** As a share of the arc. */
export const within = (share: number): number => Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));

export type Band = {readonly from: number; readonly to: number; readonly colour: string; readonly value: number};

/** The least and greatest value of the scale. */
export const scaleOf = ({min, max}: FieldConfig): {readonly low: number; readonly span: number} => {
  const low = min ?? 0;
  return {low, span: (max ?? 100) - low || 1};
};

/** The thresholds as parts of the arc. */
export const bandsOf = (field: FieldConfig, theme: GrafanaTheme2): Band[] => {
  const {low, span} = scaleOf(field);
  const {thresholds} = field;
  const shareOf = (value: number): number =>
    within(thresholds?.mode === 'percentage' ? value / 100 : (value - low) / span);
  const steps = thresholds?.steps ?? [];
  return steps.map((step, index) => {
    const next = steps[index + 1];
    return {
      from: index === 0 ? 0 : shareOf(step.value),
      to: next ? shareOf(next.value) : 1,
      colour: theme.visualization.getColorByName(step.color),
      value: step.value,
    };
  });
};

export type Geometry = {
  /** Pixels, as all of these. */
  readonly radius: number;
  readonly centre: readonly [x: number, y: number];
  readonly band: number;
  readonly markerBand: number;
  /** The middle of the band that shows the value. */
  readonly middle: number;
  readonly nameHeight: number;
};

export const geometryOf = ({
  width,
  height,
  named,
  markers,
  labels,
}: {
  readonly width: number;
  readonly height: number;
  readonly named: boolean;
  readonly markers: boolean;
  readonly labels: boolean;
}): Geometry => {
  const nameHeight = named ? Math.min(20, height * 0.16) : 0;
  const room = labels ? 18 : 2;
  const radius = Math.max(10, Math.min(width / 2, (height - nameHeight) / 1.52) - room);
  const band = radius * 0.26;
  const markerBand = markers ? radius * 0.06 : 0;
  return {
    radius,
    centre: [width / 2, radius + room],
    band,
    markerBand,
    middle: radius - markerBand - 2 - band / 2,
    nameHeight,
  };
};

export const pointAt = ({centre: [x, y]}: Geometry, distance: number, share: number): readonly [number, number] => {
  const angle = ((start + sweep * share) * Math.PI) / 180;
  return [x + distance * Math.cos(angle), y + distance * Math.sin(angle)];
};

/** A path of SVG along a part of the arc. */
export const arcOf = (
  geometry: Geometry,
  {distance, from, to}: {readonly distance: number; readonly from: number; readonly to: number},
): string => {
  const large = (to - from) * sweep > 180 ? 1 : 0;
  const [first, last] = [pointAt(geometry, distance, from), pointAt(geometry, distance, to)];
  return `M${first.join(' ')}A${distance} ${distance} 0 ${large} 1 ${last.join(' ')}`;
};
