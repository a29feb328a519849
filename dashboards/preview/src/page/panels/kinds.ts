/**
 * Panel kinds by the name dashboard JSON gives them. A panel of any other kind shows in its frame that it isn't
 * supported.
 */
import type {FC} from 'react';
import {BarChartPanel} from './bar-chart.tsx';
import {HeatmapPanel} from './heatmap.tsx';
import type {PanelRendererProps} from './panel-renderer.ts';
import {PiePanel} from './pie.tsx';
import {BarGaugePanel, GaugePanel, StatPanel} from './single-values.tsx';
import {TablePanel} from './table.tsx';
import {TextPanel} from './text.tsx';
import {TimeSeriesPanel} from './time-series.tsx';

export const kinds: ReadonlyMap<string, FC<PanelRendererProps>> = new Map(
  Object.entries({
    barchart: BarChartPanel,
    bargauge: BarGaugePanel,
    gauge: GaugePanel,
    heatmap: HeatmapPanel,
    piechart: PiePanel,
    stat: StatPanel,
    table: TablePanel,
    text: TextPanel,
    timeseries: TimeSeriesPanel,
  }),
);

/** Kinds that fill their frame to the edge. */
export const edgeToEdge: ReadonlySet<string> = new Set(['stat', 'table']);
