/** Annotations across a chart: a dashed line where something happened, a band where it lasted, a mark to point at. */
import {dateTimeFormat, type TimeZone} from '@grafana/data';
import {type UPlotConfigBuilder, useTheme2} from '@grafana/ui';
import {useEffect, useLayoutEffect, useRef} from 'react';
import type uPlot from 'uplot';
import type {Annotation} from '../annotations.ts';

const pixels = (length: number): string => `${length}px`;

/** Marks are HTML elements below the plot, on its time axis, so that they can have tooltips. */
const placeMarks = (
  plot: uPlot,
  annotations: readonly Annotation[],
  {colourOf, timeZone}: {readonly colourOf: (name: string) => string; readonly timeZone: TimeZone},
): void => {
  for (const old of plot.over.querySelectorAll('.annotation-mark')) old.remove();
  for (const {at, until = at, title, text, color} of annotations) {
    const left = Math.max(0, plot.valToPos(at, 'x'));
    const right = Math.min(plot.over.clientWidth, plot.valToPos(until, 'x'));
    if (right < 0 || left > plot.over.clientWidth) continue;
    const mark = document.createElement('div');
    const times = [at, ...(until > at ? [until] : [])].map(time => dateTimeFormat(time, {timeZone}));
    mark.className = until > at ? 'annotation-mark annotation-span' : 'annotation-mark';
    mark.style.left = pixels(left);
    if (until > at) mark.style.width = pixels(right - left);
    mark.style.setProperty('--annotation', colourOf(color));
    mark.title = [title, text, times.join(' – ')].filter(Boolean).join('\n');
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', mark.title);
    plot.over.append(mark);
  }
};

const drawLines = (
  {ctx: canvas, bbox, valToPos}: uPlot,
  annotations: readonly Annotation[],
  colourOf: (name: string) => string,
): void => {
  canvas.save();
  canvas.beginPath();
  canvas.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  canvas.clip();
  canvas.lineWidth = 2;
  canvas.setLineDash([5, 5]);
  for (const {at, until, color} of annotations) {
    const [from, to] = [at, until ?? at].map(time => valToPos(time, 'x', true)) as [number, number];
    canvas.strokeStyle = colourOf(color);
    canvas.fillStyle = colourOf(color);
    canvas.globalAlpha = 0.1;
    if (to > from) canvas.fillRect(from, bbox.top, to - from, bbox.height);
    canvas.globalAlpha = 1;
    for (const x of new Set([from, to])) {
      canvas.beginPath();
      canvas.moveTo(x, bbox.top);
      canvas.lineTo(x, bbox.top + bbox.height);
      canvas.stroke();
    }
  }
  canvas.restore();
};

export const AnnotationMarks = ({
  config,
  annotations,
  timeZone,
}: {
  readonly config: UPlotConfigBuilder;
  readonly annotations: readonly Annotation[];
  readonly timeZone: TimeZone;
}) => {
  const theme = useTheme2();
  const plot = useRef<uPlot>(undefined);
  const current = useRef({annotations, theme, timeZone});
  current.current = {annotations, theme, timeZone};
  useLayoutEffect(() => {
    config.addHook('init', made => {
      plot.current = made;
    });
    config.addHook('draw', drawn => {
      const {annotations, theme, timeZone} = current.current;
      const colourOf = (name: string): string => theme.visualization.getColorByName(name);
      drawLines(drawn, annotations, colourOf);
      placeMarks(drawn, annotations, {colourOf, timeZone});
    });
    config.addHook('destroy', () => {
      plot.current = undefined;
    });
  }, [config]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is drawn is read when it is drawn
  useEffect(() => plot.current?.redraw(false), [annotations, theme]);
  return null;
};
