/** The input of every panel kind, and functions that read its options. */
import {
  type DataFrame,
  type FieldConfigSource,
  type FieldDisplay,
  type GrafanaTheme2,
  getFieldDisplayValues,
  type InterpolateFunction,
  type ReduceDataOptions,
  type TimeRange,
  VizOrientation,
} from '@grafana/data';
import type {LegendDisplayMode, LegendPlacement, VizLegendOptions} from '@grafana/schema';
import type {Annotation} from '../annotations.ts';
import type {PanelModel} from '../board-model.ts';

export type PanelRendererProps = {
  readonly panel: PanelModel;
  readonly frames: DataFrame[];
  readonly range: TimeRange;
  /** Pixels inside the frame. */
  readonly width: number;
  readonly height: number;
  readonly timeZone: string;
  readonly fieldConfig: FieldConfigSource;
  readonly replaceVariables: InterpolateFunction;
  /** 0 none, 1 crosshair, 2 crosshair and tooltip on all panels of the board. */
  readonly cursorSync: number;
  readonly annotations: readonly Annotation[];
  readonly onZoom: (range: {from: number; to: number}) => void;
};

/**
 * A panel's options over the kind's defaults. The JSON was written for this kind, so its values are assumed to have the
 * right types.
 */
export const optionsOf = <Options extends object>({options}: PanelModel, defaults: Options): Options => ({
  ...defaults,
  ...(options as Partial<Options>),
});

export const legendOf = ({options}: PanelModel): VizLegendOptions => ({
  displayMode: 'list' as LegendDisplayMode, // an enum of strings; JSON has the string
  placement: 'bottom' as LegendPlacement,
  showLegend: true,
  calcs: [],
  ...(options['legend'] as Partial<VizLegendOptions> | undefined),
});

const lastValue: ReduceDataOptions = {calcs: ['lastNotNull'], fields: '', values: false};

/** The single values a stat, gauge, bar gauge or pie shows. */
export const singleValues = (
  {panel, frames, fieldConfig, replaceVariables, timeZone, range}: PanelRendererProps,
  {
    theme,
    sparkline = false,
    percentChange = false,
  }: {readonly theme: GrafanaTheme2; readonly sparkline?: boolean; readonly percentChange?: boolean},
): FieldDisplay[] => {
  const own = panel.options['reduceOptions'];
  const reduceOptions = {...lastValue, ...(typeof own === 'object' ? own : {})};
  const values = getFieldDisplayValues({
    fieldConfig,
    reduceOptions,
    replaceVariables,
    theme,
    data: frames,
    sparkline,
    percentChange,
    timeZone,
  });
  return values.map(value => (value.sparkline ? {...value, sparkline: {...value.sparkline, timeRange: range}} : value));
};

export const orientationOf = (name: string): VizOrientation => {
  if (name === 'horizontal') return VizOrientation.Horizontal;
  return name === 'vertical' ? VizOrientation.Vertical : VizOrientation.Auto;
};
