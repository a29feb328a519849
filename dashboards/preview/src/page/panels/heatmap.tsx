import {formattedValueToString, type GrafanaTheme2, getValueFormat} from '@grafana/data';
import {AxisPlacement} from '@grafana/schema';
import {UPlotChart, useTheme2} from '@grafana/ui';
import * as chromatic from 'd3-scale-chromatic';
import {useMemo} from 'react';
import {heatmapRows} from './heatmap-rows.ts';
import {NoData} from './no-data.tsx';
import {optionsOf, type PanelRendererProps} from './panel-renderer.ts';
import {addNamedAxis, addRenderer, addSilentSeries, emptyPlot} from './plot.ts';

const defaults = {
  cellGap: 1,
  color: {scheme: 'Oranges', steps: 64, exponent: 0.5, reverse: false, max: undefined as number | undefined},
  yAxis: {unit: 'short'},
};

const isScheme = (value: unknown): value is (share: number) => string => typeof value === 'function';

const coloursOf = (
  {scheme, steps, reverse}: {scheme: string; steps: number; reverse: boolean},
  dark: boolean,
): string[] => {
  const named: unknown = Reflect.get(chromatic, `interpolate${scheme}`);
  const interpolate = isScheme(named) ? named : chromatic.interpolateOranges;
  // Schemes run from light to dark; on a dark page few must be dark.
  const flipped = dark !== reverse;
  return Array.from({length: steps}, (_, index) => {
    const share = index / Math.max(1, steps - 1);
    return interpolate(flipped ? 1 - share : share);
  });
};

const build = (
  {
    panel,
    frames,
    range,
    height,
    timeZone,
  }: Pick<PanelRendererProps, 'panel' | 'frames' | 'range' | 'height' | 'timeZone'>,
  theme: GrafanaTheme2,
) => {
  const found = heatmapRows(frames);
  if (!found) return undefined;
  const {times, rows, step} = found;
  const options = optionsOf(panel, defaults);
  const colour = {...defaults.color, ...options.color};
  const colours = coloursOf(colour, theme.isDark);
  const most = colour.max ?? rows.reduce((greatest, {values}) => Math.max(greatest, ...values.map(Number)), 1e-9);
  const format = getValueFormat({...defaults.yAxis, ...options.yAxis}.unit);
  const names = rows.map(({name}) =>
    Number.isFinite(Number(name)) ? formattedValueToString(format(Number(name))) : name,
  );
  const builder = emptyPlot({
    timeZone,
    time: true,
    x: [range.from.valueOf(), range.to.valueOf()],
    y: [-0.5, rows.length - 0.5],
  });
  builder.addAxis({scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, theme, timeZone});
  // A label needs about 16 pixels.
  const every = Math.ceil((rows.length * 16) / Math.max(1, height - 40));
  addNamedAxis(builder, {scaleKey: 'y', theme, names, every});
  addSilentSeries(builder, theme);
  addRenderer(builder, (plot, canvas) => {
    const space = options.cellGap * devicePixelRatio;
    rows.forEach(({values}, row) => {
      const [top, bottom] = [plot.valToPos(row + 0.5, 'y', true), plot.valToPos(row - 0.5, 'y', true)];
      values.forEach((value, index) => {
        const time = times[index];
        if (!value || time === undefined) return;
        const left = plot.valToPos(time - step, 'x', true);
        const right = plot.valToPos(time, 'x', true);
        const share = Math.min(1, (value / most) ** colour.exponent);
        canvas.fillStyle = colours[Math.min(colours.length - 1, Math.floor(share * colours.length))] ?? '';
        canvas.fillRect(left, top, Math.max(1, right - left - space), Math.max(1, bottom - top - space));
      });
    });
  });
  return {builder, data: [[...times], times.map(() => null)] satisfies [number[], null[]]};
};

export const HeatmapPanel = (drawing: PanelRendererProps) => {
  const theme = useTheme2();
  const {panel, frames, range, width, height, timeZone} = drawing;
  const built = useMemo(
    () => build({panel, frames, range, height, timeZone}, theme),
    [panel, frames, range, height, timeZone, theme],
  );
  if (!built) return <NoData {...drawing} />;
  return <UPlotChart config={built.builder} data={built.data} width={width} height={height} />;
};
