/** One gauge: the libraries do not publish theirs, so this draws an arc like Grafana's. */
import {type FieldDisplay, formattedValueToString, getValueFormat} from '@grafana/data';
import {useTheme2} from '@grafana/ui';
import {arcOf, type Band, bandsOf, type Geometry, geometryOf, pointAt, scaleOf, within} from './gauge-geometry.ts';

const Markers = ({bands, geometry}: {readonly bands: readonly Band[]; readonly geometry: Geometry}) =>
  bands
    .filter(({from, to}) => to > from)
    .map(({from, to, colour}) => (
      <path
        key={from}
        d={arcOf(geometry, {distance: geometry.radius - geometry.markerBand / 2, from, to})}
        stroke={colour}
        strokeWidth={geometry.markerBand}
        fill="none"
      />
    ));

const Labels = ({
  bands,
  geometry,
  unit,
}: {
  readonly bands: readonly Band[];
  readonly geometry: Geometry;
  readonly unit: string | undefined;
}) => {
  const theme = useTheme2();
  const format = getValueFormat(unit);
  return bands.slice(1).map(({from, value}) => {
    const [x, y] = pointAt(geometry, geometry.radius + 8, from);
    return (
      <text
        key={from}
        x={x}
        y={y}
        textAnchor={from > 0.5 ? 'start' : 'end'}
        fontSize={11}
        fill={theme.colors.text.secondary}
      >
        {formattedValueToString(format(value))}
      </text>
    );
  });
};

export const GaugeArc = ({
  shown: {display, field},
  width,
  height,
  named,
  markers,
  labels,
}: {
  readonly shown: FieldDisplay;
  readonly width: number;
  readonly height: number;
  readonly named: boolean;
  readonly markers: boolean;
  readonly labels: boolean;
}) => {
  const theme = useTheme2();
  const geometry = geometryOf({width, height, named, markers, labels});
  const {centre, middle, band, radius, nameHeight} = geometry;
  const bands = bandsOf(field, theme);
  const {low, span} = scaleOf(field);
  const filled = within((display.numeric - low) / span);
  const text = formattedValueToString(display);
  const size = Math.min(((middle - band / 2) * 1.55) / Math.max(3, text.length * 0.56), radius * 0.6);
  const colour = display.color ?? theme.colors.text.primary;
  const arc = (to: number, stroke: string) => (
    <path d={arcOf(geometry, {distance: middle, from: 0, to})} stroke={stroke} strokeWidth={band} fill="none" />
  );
  return (
    <svg
      width={width}
      height={height}
      fontFamily={theme.typography.fontFamily}
      role="img"
      aria-label={`${display.title ?? ''} ${text}`.trim()}
    >
      {markers && <Markers bands={bands} geometry={geometry} />}
      {arc(1, theme.colors.background.secondary)}
      {filled > 0 && arc(filled, colour)}
      <text x={centre[0]} y={centre[1] + size * 0.3} textAnchor="middle" fontSize={size} fontWeight={500} fill={colour}>
        {text}
      </text>
      {labels && <Labels bands={bands} geometry={geometry} unit={field.unit} />}
      {named && (
        <text
          x={centre[0]}
          y={height - 5}
          textAnchor="middle"
          fontSize={nameHeight * 0.7}
          fill={theme.colors.text.primary}
        >
          {display.title}
        </text>
      )}
    </svg>
  );
};
