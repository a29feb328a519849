import {
  type DataFrame,
  type Field,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  getFieldSeriesColor,
} from '@grafana/data';
import {AxisPlacement} from '@grafana/schema';
import {UPlotChart, useTheme2, VizLayout, VizLegend, type VizLegendItem} from '@grafana/ui';
import {useMemo} from 'react';
import {NoData} from './no-data.tsx';
import {type Drawing, legendOf, optionsOf} from './panel-renderer.ts';
import {addDrawing, addNamedAxis, addSilentSeries, emptyPlot} from './plot.ts';

const defaults = {
  xField: '',
  orientation: 'auto',
  groupWidth: 0.7,
  barWidth: 0.97,
  stacking: 'none',
  showValue: 'auto',
  colorByField: '',
  xTickLabelMaxLength: 0,
};

const textOf = (field: Field, index: number): string => {
  const value: unknown = field.values[index];
  return field.display ? formattedValueToString(field.display(value)) : String(value ?? '');
};

const shorten = (text: string, most: number): string =>
  most > 0 && text.length > most ? `${text.slice(0, most)}...` : text;

/** The column that names the bars and those that measure them. */
const columnsOf = (
  frame: DataFrame,
  xField: string,
): {readonly names: Field; readonly measures: readonly Field[]} | undefined => {
  const names =
    frame.fields.find(
      field => xField !== '' && (field.name === xField || getFieldDisplayName(field, frame) === xField),
    ) ??
    frame.fields.find(({type}) => type === FieldType.string) ??
    frame.fields[0];
  const measures = frame.fields.filter(
    field => field !== names && field.type === FieldType.number && !field.config.custom?.hideFrom?.viz,
  );
  return names && measures.length > 0 ? {names, measures} : undefined;
};

/** A round figure at or over the greatest value, so that the tallest bar keeps clear of the frame. */
const ceilingOf = (greatest: number): number => {
  if (greatest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(greatest * 1.1));
  return Math.ceil((greatest * 1.1) / (power / 2)) * (power / 2);
};

export const BarChartPanel = (drawing: Drawing) => {
  const theme = useTheme2();
  const {panel, frames, width, height, timeZone} = drawing;
  const frame = frames[0];
  const legend = legendOf(panel);
  const built = useMemo(() => {
    const options = optionsOf(panel, defaults);
    const columns = frame && columnsOf(frame, options.xField);
    if (!frame || !columns || frame.length === 0) return undefined;
    const {names, measures} = columns;
    const [first] = measures;
    const count = frame.length;
    const stacked = options.stacking !== 'none';
    const horizontal = options.orientation === 'horizontal';
    const valueAt = (field: Field, index: number): number => Number(field.values[index] ?? 0);
    const totals = Array.from({length: count}, (_, index) => measures.map(field => valueAt(field, index)));
    const greatest = Math.max(
      ...totals.map(values => (stacked ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values))),
    );

    const along: readonly [number, number] = [-0.5, count - 0.5];
    const up: readonly [number, number] = [0, first?.config.max ?? ceilingOf(greatest)];
    const builder = emptyPlot({timeZone, time: false, x: horizontal ? up : along, y: horizontal ? along : up});
    // The first row stands on top when the bars lie.
    const slot = (index: number): number => (horizontal ? count - 1 - index : index);
    const labels = Array.from({length: count}, (_, index) =>
      shorten(textOf(names, index), options.xTickLabelMaxLength),
    );
    const longest = Math.max(...labels.map(label => label.length)) * 7;
    addNamedAxis(builder, {
      scaleKey: horizontal ? 'y' : 'x',
      theme,
      names: horizontal ? [...labels].reverse() : labels,
      every: horizontal ? 1 : Math.max(1, Math.ceil((longest * count) / Math.max(1, width - 60))),
    });
    builder.addAxis({
      scaleKey: horizontal ? 'x' : 'y',
      placement: horizontal ? AxisPlacement.Bottom : AxisPlacement.Left,
      theme,
      formatValue: (value, decimals) =>
        first?.display ? formattedValueToString(first.display(value, decimals)) : String(value),
    });
    for (const _ of measures) addSilentSeries(builder, theme);
    addDrawing(builder, (plot, canvas) => {
      const breadth = stacked ? options.groupWidth : options.groupWidth / measures.length;
      const [lengthScale, slotScale] = horizontal ? (['x', 'y'] as const) : (['y', 'x'] as const);
      canvas.font = `${12 * devicePixelRatio}px ${theme.typography.fontFamily}`;
      for (let index = 0; index < count; index++) {
        let base = 0;
        measures.forEach((field, series) => {
          const value = valueAt(field, index);
          const edge = slot(index) - options.groupWidth / 2 + (stacked ? 0 : series * breadth);
          const [from, to] = [
            plot.valToPos(edge, slotScale, true),
            plot.valToPos(edge + breadth * options.barWidth, slotScale, true),
          ];
          const [foot, head] = [plot.valToPos(base, lengthScale, true), plot.valToPos(base + value, lengthScale, true)];
          canvas.fillStyle = getFieldSeriesColor(field, theme).color;
          canvas.globalAlpha = (field.config.custom?.fillOpacity ?? 80) / 100;
          if (horizontal) canvas.fillRect(foot, Math.min(from, to), head - foot, Math.abs(to - from));
          else canvas.fillRect(from, head, to - from, foot - head);
          canvas.globalAlpha = 1;
          const text = textOf(field, index);
          const fits = horizontal || canvas.measureText(text).width < to - from;
          if (options.showValue === 'always' || (options.showValue === 'auto' && fits)) {
            canvas.fillStyle = theme.colors.text.primary;
            canvas.textAlign = horizontal ? 'left' : 'center';
            canvas.textBaseline = horizontal ? 'middle' : 'bottom';
            canvas.fillText(text, horizontal ? head + 5 : (from + to) / 2, horizontal ? (from + to) / 2 : head - 4);
          }
          if (stacked) base += value;
        });
      }
    });
    const items = measures.map(
      (field): VizLegendItem => ({
        label: getFieldDisplayName(field, frame),
        color: getFieldSeriesColor(field, theme).color,
        yAxis: 1,
      }),
    );
    const positions = Array.from({length: count}, (_, index) => index);
    const data: [number[], ...number[][]] = [
      positions,
      ...measures.map(field => positions.map(index => valueAt(field, index))),
    ];
    return {
      builder,
      data,
      items,
      description: labels.map((label, index) => `${label} ${first ? textOf(first, index) : ''}`).join(', '),
    };
  }, [frame, panel, theme, timeZone, width]);
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
