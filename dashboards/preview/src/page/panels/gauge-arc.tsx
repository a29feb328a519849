/** One gauge: the libraries keep theirs to themselves, so this draws the arc Grafana's readers know. */
import {type FieldDisplay, formattedValueToString, getValueFormat} from '@grafana/data';
import {useTheme2} from '@grafana/ui';

const start = -210;
const sweep = 240;

const within = (share: number): number => Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));

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
  const {min = 0, max = 100, thresholds} = field;
  const low = min ?? 0;
  const span = (max ?? 100) - low || 1;
  const nameHeight = named ? Math.min(20, height * 0.16) : 0;
  const room = labels ? 18 : 2;
  const radius = Math.max(10, Math.min(width / 2, (height - nameHeight) / 1.52) - room);
  const [centreX, centreY] = [width / 2, radius + room];
  const band = radius * 0.26;
  const markerBand = markers ? radius * 0.06 : 0;

  const point = (distance: number, share: number): readonly [number, number] => {
    const angle = ((start + sweep * share) * Math.PI) / 180;
    return [centreX + distance * Math.cos(angle), centreY + distance * Math.sin(angle)];
  };
  const arc = (distance: number, from: number, to: number): string => {
    const large = (to - from) * sweep > 180 ? 1 : 0;
    return `M${point(distance, from).join(' ')}A${distance} ${distance} 0 ${large} 1 ${point(distance, to).join(' ')}`;
  };
  const shareOf = (value: number): number =>
    within(thresholds?.mode === 'percentage' ? value / 100 : (value - low) / span);

  const steps = thresholds?.steps ?? [];
  const bands = steps.map((step, index) => {
    const next = steps[index + 1];
    return {
      from: index === 0 ? 0 : shareOf(step.value),
      to: next ? shareOf(next.value) : 1,
      colour: theme.visualization.getColorByName(step.color),
      value: step.value,
    };
  });
  const filled = within((display.numeric - low) / span);
  const middle = radius - markerBand - 2 - band / 2;
  const text = formattedValueToString(display);
  const size = Math.min(((middle - band / 2) * 1.55) / Math.max(3, text.length * 0.56), radius * 0.6);
  const colour = display.color ?? theme.colors.text.primary;
  const format = getValueFormat(field.unit);
  return (
    <svg
      width={width}
      height={height}
      fontFamily={theme.typography.fontFamily}
      role="img"
      aria-label={`${display.title ?? ''} ${text}`.trim()}
    >
      {markers &&
        bands
          .filter(({from, to}) => to > from)
          .map(({from, to, colour}) => (
            <path
              key={from}
              d={arc(radius - markerBand / 2, from, to)}
              stroke={colour}
              strokeWidth={markerBand}
              fill="none"
            />
          ))}
      <path d={arc(middle, 0, 1)} stroke={theme.colors.background.secondary} strokeWidth={band} fill="none" />
      {filled > 0 && <path d={arc(middle, 0, filled)} stroke={colour} strokeWidth={band} fill="none" />}
      <text x={centreX} y={centreY + size * 0.3} textAnchor="middle" fontSize={size} fontWeight={500} fill={colour}>
        {text}
      </text>
      {labels &&
        bands.slice(1).map(({from, value}) => {
          const [x, y] = point(radius + 8, from);
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
        })}
      {named && (
        <text
          x={centreX}
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
