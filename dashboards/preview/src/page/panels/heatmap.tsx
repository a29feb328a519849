import {FieldType, formattedValueToString, getValueFormat} from '@grafana/data';
import {AxisPlacement} from '@grafana/schema';
import {UPlotChart, useTheme2} from '@grafana/ui';
import * as chromatic from 'd3-scale-chromatic';
import {useMemo} from 'react';
import {NoData} from './no-data.tsx';
import {type Drawing, optionsOf} from './panel-renderer.ts';
import {addDrawing, addNamedAxis, addSilentSeries, emptyPlot} from './plot.ts';

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

export const HeatmapPanel = (drawing: Drawing) => {
  const theme = useTheme2();
  const {panel, frames, range, width, height, timeZone} = drawing;
  const frame = frames[0];
  const built = useMemo(() => {
    const time = frame?.fields.find(({type}) => type === FieldType.time);
    const rows = frame?.fields.filter(({type}) => type === FieldType.number) ?? [];
    if (!time || rows.length === 0) return undefined;
    const options = optionsOf(panel, defaults);
    const colour = {...defaults.color, ...options.color};
    const colours = coloursOf(colour, theme.isDark);
    const most =
      colour.max ?? Math.max(1e-9, ...rows.flatMap(({values}) => values.map(Number)).filter(Number.isFinite));
    const format = getValueFormat({...defaults.yAxis, ...options.yAxis}.unit);
    const names = rows.map(({name}) =>
      Number.isFinite(Number(name)) ? formattedValueToString(format(Number(name))) : name,
    );
    const column: number = time.config.interval ?? 60_000;

    const builder = emptyPlot({
      timeZone,
      time: true,
      x: [range.from.valueOf(), range.to.valueOf()],
      y: [-0.5, rows.length - 0.5],
    });
    builder.addAxis({scaleKey: 'x', isTime: true, placement: AxisPlacement.Bottom, theme, timeZone});
    // A label needs about 16 pixels.
    addNamedAxis(builder, {
      scaleKey: 'y',
      theme,
      names,
      every: Math.ceil((rows.length * 16) / Math.max(1, height - 40)),
    });
    addSilentSeries(builder, theme);
    addDrawing(builder, (plot, canvas) => {
      const space = options.cellGap * devicePixelRatio;
      rows.forEach(({values}, row) => {
        const [top, bottom] = [plot.valToPos(row + 0.5, 'y', true), plot.valToPos(row - 0.5, 'y', true)];
        values.forEach((value, index) => {
          if (!value) return;
          const left = plot.valToPos(time.values[index] - column, 'x', true);
          const right = plot.valToPos(time.values[index], 'x', true);
          const share = Math.min(1, (value / most) ** colour.exponent);
          canvas.fillStyle = colours[Math.min(colours.length - 1, Math.floor(share * colours.length))] ?? '';
          canvas.fillRect(left, top, Math.max(1, right - left - space), Math.max(1, bottom - top - space));
        });
      });
    });
    const times = [...time.values];
    return {builder, data: [times, times.map(() => null)] satisfies [number[], null[]]};
  }, [frame, panel, range, theme, timeZone, height]);
  if (!built) return <NoData {...drawing} />;
  return <UPlotChart config={built.builder} data={built.data} width={width} height={height} />;
};
