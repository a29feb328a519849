import {type FieldDisplay, formattedValueToString, getValueFormat} from '@grafana/data';
import {useTheme2, VizLayout, VizLegend, type VizLegendItem} from '@grafana/ui';
import {NoData} from './no-data.tsx';
import {legendOf, optionsOf, type PanelRendererProps, singleValues} from './panel-renderer.ts';

const turn = 2 * Math.PI;

const around = (distance: number, angle: number): string =>
  `${distance * Math.cos(angle)} ${distance * Math.sin(angle)}`;

const slice = ({outer, inner, from, to}: {outer: number; inner: number; from: number; to: number}): string => {
  const large = to - from > Math.PI ? 1 : 0;
  const back = inner > 0 ? `A${inner} ${inner} 0 ${large} 0 ${around(inner, from)}` : '';
  return `M${around(outer, from)}A${outer} ${outer} 0 ${large} 1 ${around(outer, to)}L${around(inner, to)}${back}Z`;
};

const percent = (share: number) => getValueFormat('percent')(share * 100, 0);

const Slices = ({
  width,
  height,
  values,
  total,
  donut,
  labelOf,
}: {
  readonly width: number;
  readonly height: number;
  readonly values: readonly FieldDisplay[];
  readonly total: number;
  readonly donut: boolean;
  readonly labelOf: (value: FieldDisplay) => string;
}) => {
  const theme = useTheme2();
  const outer = Math.max(10, Math.min(width, height) / 2 - 4);
  const inner = donut ? outer * 0.65 : 0;
  let angle = -turn / 4;
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={values.map(({display}) => display.title ?? '').join(', ')}
    >
      <g transform={`translate(${width / 2},${height / 2})`}>
        {values.map(value => {
          const {title = '', numeric, color: colour = theme.colors.text.primary} = value.display;
          const share = numeric / total;
          const from = angle;
          // A whole turn would start and end at one point and draw nothing.
          const to = from + Math.min(share * turn, turn - 1e-4);
          angle = from + share * turn;
          const middle = (from + to) / 2;
          const distance = inner > 0 ? (outer + inner) / 2 : outer * 0.65;
          const label = labelOf(value);
          return (
            <g key={title}>
              <path
                d={slice({outer, inner, from, to})}
                fill={colour}
                stroke={theme.colors.background.primary}
                strokeWidth={1.5}
              >
                <title>{`${title}: ${formattedValueToString(value.display)} (${formattedValueToString(percent(share))})`}</title>
              </path>
              {label && share > 0.05 && (
                <text
                  x={distance * Math.cos(middle)}
                  y={distance * Math.sin(middle) + 4}
                  textAnchor="middle"
                  fontSize={Math.min(12, outer * 0.17)}
                  fontWeight={500}
                  fill={theme.colors.getContrastText(colour)}
                >
                  {label}
                </text>
              )}
            </g>
          );
        })}
      </g>
    </svg>
  );
};

export const PiePanel = (drawing: PanelRendererProps) => {
  const theme = useTheme2();
  const {panel, width, height} = drawing;
  const options = optionsOf(panel, {pieType: 'pie', displayLabels: [] as readonly string[]});
  const legend = {values: [] as readonly string[], ...legendOf(panel)};
  const values = singleValues(drawing, {theme}).filter(({display}) => display.numeric > 0);
  const total = values.reduce((sum, {display}) => sum + display.numeric, 0);
  if (total <= 0) return <NoData {...drawing} />;

  const items = values.map(
    ({display}): VizLegendItem => ({
      label: display.title ?? '',
      color: display.color ?? theme.colors.text.primary,
      yAxis: 1,
      getDisplayValues: () =>
        legend.values.map(kind =>
          kind === 'percent'
            ? {numeric: display.numeric / total, ...percent(display.numeric / total), title: 'Percent'}
            : {...display, title: 'Value'},
        ),
    }),
  );
  const labelOf = ({display}: FieldDisplay): string =>
    [
      options.displayLabels.includes('name') && display.title,
      options.displayLabels.includes('value') && formattedValueToString(display),
      options.displayLabels.includes('percent') && formattedValueToString(percent(display.numeric / total)),
    ]
      .filter(Boolean)
      .join(' ');

  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        legend.showLegend ? (
          <VizLayout.Legend placement={legend.placement}>
            <VizLegend items={items} displayMode={legend.displayMode} placement={legend.placement} readonly />
          </VizLayout.Legend>
        ) : null
      }
    >
      {(width, height) => <Slices {...{width, height, values, total, labelOf}} donut={options.pieType === 'donut'} />}
    </VizLayout>
  );
};
