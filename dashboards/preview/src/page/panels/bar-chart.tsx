import {
  type Field,
  formattedValueToString,
  type GrafanaTheme2,
  getFieldDisplayName,
  getFieldSeriesColor,
} from '@grafana/data';
import {AxisPlacement} from '@grafana/schema';
import {UPlotChart, type UPlotConfigBuilder, useTheme2, VizLayout, VizLegend, type VizLegendItem} from '@grafana/ui';
import {useMemo} from 'react';
import type uPlot from 'uplot';
import {graphable} from '../graphable.ts';
import {type Bar, barsOf, type Columns, columnsOf, extentOf, type Stacking} from './bar-layout.ts';
import {NoData} from './no-data.tsx';
import {legendOf, optionsOf, type PanelRendererProps} from './panel-renderer.ts';
import {addNamedAxis, addRenderer, addSilentSeries, emptyPlot} from './plot.ts';

const defaults = {
  xField: '',
  orientation: 'auto',
  groupWidth: 0.7,
  barWidth: 0.97,
  stacking: 'none' as Stacking, // a string in JSON
  showValue: 'auto',
  colorByField: '',
  xTickLabelMaxLength: 0,
};
type Options = typeof defaults;

const textOf = (field: Field, index: number): string => {
  const value: unknown = field.values[index];
  return field.display ? formattedValueToString(field.display(value)) : String(value ?? '');
};

const shorten = (text: string, most: number): string =>
  most > 0 && text.length > most ? `${text.slice(0, most)}...` : text;

type Chart = {
  readonly options: Options;
  readonly columns: Columns;
  readonly horizontal: boolean;
  /** By place on the axis, then by measure. */
  readonly bars: readonly (readonly Bar[])[];
  readonly theme: GrafanaTheme2;
};

/** Writes a bar's value at its end, where there is room. */
const drawValue = (
  canvas: CanvasRenderingContext2D,
  {
    text,
    horizontal,
    from,
    to,
    head,
    negative,
  }: {text: string; horizontal: boolean; from: number; to: number; head: number; negative: boolean},
): void => {
  canvas.textAlign = horizontal ? (negative ? 'right' : 'left') : 'center';
  canvas.textBaseline = horizontal ? 'middle' : negative ? 'top' : 'bottom';
  const offset = negative ? -5 : 5;
  if (horizontal) canvas.fillText(text, head + offset, (from + to) / 2);
  else canvas.fillText(text, (from + to) / 2, head - offset);
};

const drawBars = (
  {options, columns: {measures}, horizontal, bars, theme}: Chart,
  plot: uPlot,
  canvas: CanvasRenderingContext2D,
): void => {
  const stacked = options.stacking !== 'none';
  const breadth = stacked ? options.groupWidth : options.groupWidth / measures.length;
  const [lengthScale, slotScale] = horizontal ? (['x', 'y'] as const) : (['y', 'x'] as const);
  // The first row stands on top when the bars lie.
  const slot = (index: number): number => (horizontal ? bars.length - 1 - index : index);
  canvas.font = `${12 * devicePixelRatio}px ${theme.typography.fontFamily}`;
  bars.forEach((place, index) => {
    measures.forEach((field, series) => {
      const bar = place[series];
      if (!bar || field.values[index] == null) return;
      const edge = slot(index) - options.groupWidth / 2 + (stacked ? 0 : series * breadth);
      const from = plot.valToPos(edge, slotScale, true);
      const to = plot.valToPos(edge + breadth * options.barWidth, slotScale, true);
      const foot = plot.valToPos(bar.from, lengthScale, true);
      const head = plot.valToPos(bar.to, lengthScale, true);
      canvas.fillStyle = getFieldSeriesColor(field, theme).color;
      canvas.globalAlpha = (field.config.custom?.fillOpacity ?? 80) / 100;
      if (horizontal) canvas.fillRect(foot, Math.min(from, to), head - foot, Math.abs(to - from));
      else canvas.fillRect(from, head, to - from, foot - head);
      canvas.globalAlpha = 1;
      const text = textOf(field, index);
      const fits = horizontal || canvas.measureText(text).width < to - from;
      if (options.showValue !== 'always' && (options.showValue !== 'auto' || !fits)) return;
      canvas.fillStyle = theme.colors.text.primary;
      drawValue(canvas, {text, horizontal, from, to, head, negative: bar.to < bar.from});
    });
  });
};

const addAxes = (
  builder: UPlotConfigBuilder,
  {options, columns: {measures, names, frame}, horizontal, theme}: Chart,
  width: number,
): readonly string[] => {
  const labels = Array.from({length: frame.length}, (_, index) =>
    shorten(textOf(names, index), options.xTickLabelMaxLength),
  );
  const longest = Math.max(...labels.map(label => label.length)) * 7;
  addNamedAxis(builder, {
    scaleKey: horizontal ? 'y' : 'x',
    theme,
    names: horizontal ? [...labels].reverse() : labels,
    every: horizontal ? 1 : Math.max(1, Math.ceil((longest * frame.length) / Math.max(1, width - 60))),
  });
  const [first] = measures;
  builder.addAxis({
    scaleKey: horizontal ? 'x' : 'y',
    placement: horizontal ? AxisPlacement.Bottom : AxisPlacement.Left,
    theme,
    formatValue: (value, decimals) => {
      if (options.stacking === 'percent') return `${Math.round(value * 100)}%`;
      return first?.display ? formattedValueToString(first.display(value, decimals)) : String(value);
    },
  });
  return labels;
};

const build = (
  {panel, frames, timeZone, width}: Pick<PanelRendererProps, 'panel' | 'frames' | 'timeZone' | 'width'>,
  theme: GrafanaTheme2,
) => {
  const options = optionsOf(panel, defaults);
  const columns = columnsOf(graphable(frames, theme, timeZone), options.xField);
  if (!columns) return undefined;
  const {frame, measures} = columns;
  const [first] = measures;
  const horizontal = options.orientation === 'horizontal';
  const places = Array.from({length: frame.length}, (_, index) => index);
  const bars = places.map(index =>
    barsOf(
      measures.map((field): number | null => field.values[index] ?? null),
      options.stacking,
    ),
  );
  const along: readonly [number, number] = [-0.5, frame.length - 0.5];
  const up = extentOf(bars, {min: first?.config.min, max: first?.config.max, stacking: options.stacking});
  const builder = emptyPlot({timeZone, time: false, x: horizontal ? up : along, y: horizontal ? along : up});
  const chart: Chart = {options, columns, horizontal, bars, theme};
  const labels = addAxes(builder, chart, width);
  for (const _ of measures) addSilentSeries(builder, theme);
  addRenderer(builder, (plot, canvas) => drawBars(chart, plot, canvas));
  const data: [number[], ...(number | null)[][]] = [places, ...measures.map(({values}) => [...values])];
  return {
    builder,
    data,
    items: measures.map(
      (field): VizLegendItem => ({
        label: getFieldDisplayName(field, frame),
        color: getFieldSeriesColor(field, theme).color,
        yAxis: 1,
      }),
    ),
    description: labels.map((label, index) => `${label} ${first ? textOf(first, index) : ''}`).join(', '),
  };
};

export const BarChartPanel = (drawing: PanelRendererProps) => {
  const theme = useTheme2();
  const {panel, frames, width, height, timeZone} = drawing;
  const legend = legendOf(panel);
  const built = useMemo(() => build({panel, frames, timeZone, width}, theme), [panel, frames, timeZone, width, theme]);
  if (!built) return <NoData {...drawing} />;
  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        legend.showLegend ? (
          <VizLayout.Legend placement={legend.placement}>
            <VizLegend items={built.items} displayMode={legend.displayMode} placement={legend.placement} readonly />
          </VizLayout.Legend>
        ) : null
      }
    >
      {(width, height) => (
        <div role="img" aria-label={built.description}>
          <UPlotChart config={built.builder} data={built.data} width={width} height={height} />
        </div>
      )}
    </VizLayout>
  );
};
