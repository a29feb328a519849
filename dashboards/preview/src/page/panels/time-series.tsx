import {applyNullInsertThreshold, FieldType, getFieldDisplayName} from '@grafana/data';
import {type DashboardCursorSync, type SortOrder, TooltipDisplayMode} from '@grafana/schema';
import {
  getFieldDisplayItems,
  TimeSeries,
  TooltipPlugin2,
  useTheme2,
  VizTooltipContent,
  VizTooltipHeader,
  VizTooltipWrapper,
} from '@grafana/ui';
import {type ComponentProps, useMemo} from 'react';
import {graphable} from '../graphable.ts';
import {AnnotationMarks} from './annotation-marks.tsx';
import {NoData} from './no-data.tsx';
import {legendOf, optionsOf, type PanelRendererProps} from './panel-renderer.ts';

type HoverMode = ComponentProps<typeof TooltipPlugin2>['hoverMode'];
// The library doesn't export the enum of these numbers: the hovered point's series, or every series at its time.
const hoverOne = 0 as HoverMode;
const hoverAll = 1 as HoverMode;

const defaultTooltip = {mode: TooltipDisplayMode.Single, sort: 'none' as SortOrder, hideZeros: false, maxHeight: 600};

export const TimeSeriesPanel = (drawing: PanelRendererProps) => {
  const {panel, range, width, height, timeZone, cursorSync, annotations, onZoom} = drawing;
  const theme = useTheme2();
  const frames = useMemo(() => {
    const [from, to] = [range.from.valueOf(), range.to.valueOf()];
    const timed = drawing.frames.filter(
      ({fields}) =>
        fields.some(({type}) => type === FieldType.time) && fields.some(({type}) => type === FieldType.number),
    );
    // A step without a point is a gap. The chart itself sees to that in its first frame only.
    return graphable(timed, theme, timeZone).map(frame =>
      applyNullInsertThreshold({frame, refFieldPseudoMin: from, refFieldPseudoMax: to}),
    );
  }, [drawing.frames, range, theme, timeZone]);
  if (!frames.some(frame => frame.length > 0)) {
    const untimed = drawing.frames.some(frame => frame.length > 0);
    if (untimed) return <div className="panel-message">Data is missing a time field or a number field</div>;
    return <NoData {...drawing} />;
  }
  const {tooltip: own} = optionsOf(panel, {tooltip: {}});
  const tooltip = {...defaultTooltip, ...own};
  return (
    <TimeSeries
      frames={frames}
      width={width}
      height={height}
      timeRange={range}
      timeZone={timeZone}
      legend={legendOf(panel)}
      options={{frames}}
    >
      {(config, aligned) => (
        <>
          <AnnotationMarks {...{config, annotations, timeZone}} />
          <TooltipPlugin2
            config={config}
            hoverMode={tooltip.mode === TooltipDisplayMode.Multi ? hoverAll : hoverOne}
            queryZoom={onZoom}
            clientZoom
            syncMode={cursorSync as DashboardCursorSync} // an enum of the numbers 0, 1 and 2
            syncScope="board"
            render={(_plot, indices, series, pinned) => {
              const time = aligned.fields[0];
              if (!time || tooltip.mode === TooltipDisplayMode.None) return null;
              const at = time.values[indices[0] ?? 0];
              const items = getFieldDisplayItems(
                aligned.fields,
                time,
                indices,
                series,
                tooltip.mode,
                tooltip.sort,
                field => field.type === FieldType.number,
                tooltip.hideZeros,
              );
              return (
                <VizTooltipWrapper>
                  <VizTooltipHeader
                    item={{label: getFieldDisplayName(time, aligned), value: time.display?.(at).text ?? String(at)}}
                    isPinned={pinned}
                  />
                  <VizTooltipContent items={items} isPinned={pinned} scrollable maxHeight={tooltip.maxHeight} />
                </VizTooltipWrapper>
              );
            }}
            maxWidth={400}
          />
        </>
      )}
    </TimeSeries>
  );
};
