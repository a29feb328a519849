/** The panel kinds that show one value per series: stat, gauge, bar gauge. */
import {getDisplayValueAlignmentFactors, VizOrientation} from '@grafana/data';
import {
  type BarGaugeDisplayMode,
  type BarGaugeNamePlacement,
  type BarGaugeValueMode,
  PercentChangeColorMode,
} from '@grafana/schema';
import {
  BarGauge,
  BigValue,
  BigValueColorMode,
  BigValueGraphMode,
  BigValueJustifyMode,
  BigValueTextMode,
  useTheme2,
  VizRepeater,
} from '@grafana/ui';
import {GaugeArc} from './gauge-arc.tsx';
import {NoData} from './no-data.tsx';
import {optionsOf, orientationOf, type PanelRendererProps, singleValues} from './panel-renderer.ts';

const statDefaults = {
  colorMode: BigValueColorMode.Value,
  graphMode: BigValueGraphMode.Area,
  justifyMode: BigValueJustifyMode.Auto,
  textMode: BigValueTextMode.Auto,
  orientation: 'auto',
  wideLayout: true,
  showPercentChange: false,
  percentChangeColorMode: PercentChangeColorMode.Standard,
  text: {} as {titleSize?: number; valueSize?: number},
};

export const StatPanel = (drawing: PanelRendererProps) => {
  const theme = useTheme2();
  const {panel, frames, width, height} = drawing;
  const options = optionsOf(panel, statDefaults);
  const graph = options.graphMode !== BigValueGraphMode.None;
  const values = singleValues(drawing, {theme, sparkline: graph, percentChange: options.showPercentChange});
  if (values.length === 0) return <NoData {...drawing} />;
  return (
    <VizRepeater
      getValues={() => values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      width={width}
      height={height}
      source={frames}
      itemSpacing={3}
      autoGrid
      orientation={orientationOf(options.orientation)}
      renderCounter={0}
      renderValue={({value, width, height, count, alignmentFactors}) => (
        <BigValue
          value={value.display}
          count={count}
          {...(graph && value.sparkline && {sparkline: value.sparkline})}
          colorMode={options.colorMode}
          graphMode={options.graphMode}
          justifyMode={options.justifyMode}
          textMode={options.textMode}
          percentChangeColorMode={options.percentChangeColorMode}
          alignmentFactors={alignmentFactors}
          text={options.text}
          width={width}
          height={height}
          theme={theme}
          disableWideLayout={!options.wideLayout}
        />
      )}
    />
  );
};

const barGaugeDefaults = {
  displayMode: 'gradient' as BarGaugeDisplayMode, // enums of strings, as in JSON
  valueMode: 'color' as BarGaugeValueMode,
  namePlacement: 'auto' as BarGaugeNamePlacement,
  orientation: 'auto',
  showUnfilled: true,
  minVizWidth: 8,
  minVizHeight: 16,
  maxVizHeight: 300,
  text: {} as {titleSize?: number; valueSize?: number},
};

export const BarGaugePanel = (drawing: PanelRendererProps) => {
  const theme = useTheme2();
  const {panel, frames, width, height} = drawing;
  const options = optionsOf(panel, barGaugeDefaults);
  const configured = orientationOf(options.orientation);
  const wide = width > height ? VizOrientation.Vertical : VizOrientation.Horizontal;
  const orientation = configured === VizOrientation.Auto ? wide : configured;
  const values = singleValues(drawing, {theme});
  if (values.length === 0) return <NoData {...drawing} />;
  return (
    <div className="bar-gauges" style={{width, height}}>
      <VizRepeater
        getValues={() => values}
        getAlignmentFactors={getDisplayValueAlignmentFactors}
        width={width}
        height={height}
        source={frames}
        itemSpacing={10}
        orientation={orientation}
        minVizWidth={options.minVizWidth}
        minVizHeight={options.minVizHeight}
        maxVizHeight={options.maxVizHeight}
        renderCounter={0}
        renderValue={({value, width, height, count, alignmentFactors}) => {
          const display = value.view?.getFieldDisplayProcessor(value.colIndex ?? 0);
          return (
            <BarGauge
              value={value.display}
              width={width}
              height={height}
              orientation={orientation}
              field={value.field}
              text={options.text}
              {...(display && {display})}
              theme={theme}
              itemSpacing={10}
              displayMode={options.displayMode}
              {...(count > 1 && {alignmentFactors})}
              showUnfilled={options.showUnfilled}
              valueDisplayMode={options.valueMode}
              namePlacement={options.namePlacement}
            />
          );
        }}
      />
    </div>
  );
};

export const GaugePanel = (drawing: PanelRendererProps) => {
  const theme = useTheme2();
  const {panel, frames, width, height} = drawing;
  const options = optionsOf(panel, {orientation: 'auto', showThresholdMarkers: true, showThresholdLabels: false});
  const values = singleValues(drawing, {theme});
  if (values.length === 0) return <NoData {...drawing} />;
  return (
    <VizRepeater
      getValues={() => values}
      width={width}
      height={height}
      source={frames}
      itemSpacing={8}
      autoGrid
      orientation={orientationOf(options.orientation)}
      renderCounter={0}
      renderValue={({value, width, height, count}) => (
        <GaugeArc
          shown={value}
          width={width}
          height={height}
          named={count > 1}
          markers={options.showThresholdMarkers}
          labels={options.showThresholdLabels}
        />
      )}
    />
  );
};
