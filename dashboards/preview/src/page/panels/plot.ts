/** Shared parts of the panel kinds that the preview draws with uPlot. */
import type {GrafanaTheme2} from '@grafana/data';
import {AxisPlacement, ScaleDirection, ScaleOrientation} from '@grafana/schema';
import {UPlotConfigBuilder} from '@grafana/ui';
import type uPlot from 'uplot';

export type Range = readonly [number, number];

/** An empty plot with its two scales: what is drawn is drawn by a `draw` hook. */
export const emptyPlot = ({
  timeZone,
  x,
  y,
  time,
}: {
  readonly timeZone: string;
  readonly x: Range;
  readonly y: Range;
  readonly time: boolean;
}): UPlotConfigBuilder => {
  const builder = new UPlotConfigBuilder(timeZone);
  builder.addScale({
    scaleKey: 'x',
    orientation: ScaleOrientation.Horizontal,
    direction: ScaleDirection.Right,
    isTime: time,
    range: () => [x[0], x[1]],
  });
  builder.addScale({
    scaleKey: 'y',
    orientation: ScaleOrientation.Vertical,
    direction: ScaleDirection.Up,
    range: () => [y[0], y[1]],
  });
  return builder;
};

/** A series that draws nothing: a `draw` hook draws in its place. */
export const addSilentSeries = (builder: UPlotConfigBuilder, theme: GrafanaTheme2): void =>
  builder.addSeries({scaleKey: 'y', pathBuilder: () => null, pointsBuilder: () => false, theme, show: true});

/** An axis whose ticks are named one by one. */
export const addNamedAxis = (
  builder: UPlotConfigBuilder,
  {
    scaleKey,
    theme,
    names,
    every = 1,
  }: {
    readonly scaleKey: 'x' | 'y';
    readonly theme: GrafanaTheme2;
    readonly names: readonly string[];
    readonly every?: number;
  },
): void =>
  builder.addAxis({
    scaleKey,
    theme,
    placement: scaleKey === 'x' ? AxisPlacement.Bottom : AxisPlacement.Left,
    grid: {show: false},
    ticks: {show: false},
    splits: () => names.map((_, index) => index),
    values: (_plot, splits) => splits.map(index => (index % every === 0 ? (names[index] ?? '') : '')),
  });

/** Draws clipped to the plot's inside. */
export const addRenderer = (
  builder: UPlotConfigBuilder,
  draw: (plot: uPlot, canvas: CanvasRenderingContext2D) => void,
): void =>
  builder.addHook('draw', plot => {
    const {ctx: canvas, bbox} = plot;
    canvas.save();
    canvas.beginPath();
    canvas.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    canvas.clip();
    draw(plot, canvas);
    canvas.restore();
  });
