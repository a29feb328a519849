/** One panel in its frame: runs the queries, draws the result, and shows errors. */
import {type DataFrame, LoadingState} from '@grafana/data';
import {
  Badge,
  PanelChrome,
  type PanelContext,
  PanelContextProvider,
  SeriesVisibilityChangeMode,
  usePanelContext,
  useTheme2,
} from '@grafana/ui';
import {memo, useCallback, useMemo, useState} from 'react';
import type {PanelModel} from './board-model.ts';
import {applyFieldConfig, fieldConfigOf} from './fields.ts';
import {oldOptions, undrawnOptions, whyNotDrawn} from './gaps.ts';
import {interpolator} from './interpolate.ts';
import {panelValues} from './intervals.ts';
import type {Placed} from './layout.ts';
import {hiddenAfter, type LegendSort, sortAfter, sortOf, withHidden, withLegendSort} from './legend-state.ts';
import {addressValues} from './links.ts';
import {PanelContent} from './panel-content.tsx';
import type {PanelContextOfBoard} from './panel-context.ts';
import {usePanelData} from './panel-data.ts';
import {PanelLinks, type ShownLink, shownLinks} from './panel-links.tsx';
import {PanelMenu} from './panel-menu.tsx';
import {edgeToEdge, kinds} from './panels/kinds.ts';
import {contextOf} from './query.ts';

/** The effect of clicks in the legend on the panel. */
const useLegend = (panel: PanelModel) => {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [chosenSort, setChosenSort] = useState<LegendSort>();
  const outer = usePanelContext();
  const fieldConfig = useMemo(() => withHidden(fieldConfigOf(panel), hidden), [panel, hidden]);
  const sortedPanel = useMemo(() => (chosenSort ? withLegendSort(panel, chosenSort) : panel), [panel, chosenSort]);
  const contextFor = useCallback(
    (frames: readonly DataFrame[]): PanelContext => ({
      ...outer,
      onToggleSeriesVisibility: (label, mode) => {
        const adds = mode === SeriesVisibilityChangeMode.AppendToSelection;
        const chosen = [label ?? []].flat();
        const names = frames.flatMap(({fields}) => fields.flatMap(({state}) => state?.displayName ?? []));
        setHidden(before => hiddenAfter({before, names, chosen, adds}));
      },
      onToggleLegendSort: column => setChosenSort(before => sortAfter(before ?? sortOf(panel), column)),
    }),
    [outer, panel],
  );
  return {fieldConfig, sortedPanel, contextFor};
};

const noticesOf = (panel: PanelModel): readonly string[] => [
  ...oldOptions(panel),
  ...undrawnOptions(panel),
  ...[whyNotDrawn(panel.type) ?? []].flat(),
];

/** The panel's variables and intervals, and the function that writes them into texts. */
const useInterpolation = ({panel, scoped}: Placed, width: number, board: PanelContextOfBoard) => {
  const {range, scrapeIntervalMs} = board;
  const values = useMemo(() => ({...board.values, ...scoped}), [board.values, scoped]);
  // Only a change of this size changes the step; there is no need for a query per pixel while the window is resized.
  const points = Math.round(width / 50) * 50;
  const context = useMemo(
    () => contextOf(panel, {range, values, points, scrapeIntervalMs}),
    [panel, range, values, points, scrapeIntervalMs],
  );
  const replaceVariables = useMemo(
    () => interpolator(values, {...panelValues(context), ...addressValues(range, values)}),
    [values, context, range],
  );
  return {values, points, context, replaceVariables};
};

export const Panel = memo(function Panel({
  placed,
  width,
  height,
  board,
}: {
  readonly placed: Placed;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly board: PanelContextOfBoard;
}) {
  const theme = useTheme2();
  const {key, panel} = placed;
  const {range, timeZone, cursorSync, annotations, prometheusPage, onZoom, onView} = board;
  const {values, points, context, replaceVariables} = useInterpolation(placed, width, board);
  const {fieldConfig, sortedPanel, contextFor} = useLegend(panel);
  const {data, error, loading} = usePanelData(panel, {values, points, board});
  const frames = useMemo(
    () => applyFieldConfig(data?.frames ?? [], {fieldConfig, replaceVariables, theme, timeZone}),
    [data, fieldConfig, replaceVariables, theme, timeZone],
  );

  const panelContext = useMemo(() => contextFor(frames), [contextFor, frames]);
  const title = replaceVariables(panel.title, undefined, 'text');
  const links = shownLinks(panel.links, replaceVariables);
  const notices = [...(data?.notices ?? []), ...noticesOf(panel)];
  const effective = {...context, range: data?.range ?? range};
  const drawing = {
    timeZone,
    fieldConfig,
    replaceVariables,
    cursorSync,
    annotations,
    onZoom,
    frames,
    panel: sortedPanel,
  };
  return (
    <PanelContextProvider value={panelContext}>
      <section
        className="panel"
        aria-label={title || panel.type}
        aria-busy={loading}
        data-panel={key}
        data-kind={panel.type}
        data-state={error ? 'error' : loading ? 'loading' : 'done'}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: panels are walked by keyboard, as in Grafana
        tabIndex={0}
      >
        <PanelChrome
          width={width}
          height={height}
          title={title}
          {...(panel.description && {description: replaceVariables(panel.description, undefined, 'text')})}
          displayMode={panel.transparent ? 'transparent' : 'default'}
          padding={edgeToEdge.has(panel.type) ? 'none' : 'md'}
          loadingState={loading ? LoadingState.Loading : LoadingState.Done}
          hoverHeader={!title}
          {...((error || notices.length > 0) && {statusMessage: error ?? notices.join('. ')})}
          titleItems={<TitleItems links={links} sample={data?.sample ?? false} hint={data?.hint ?? ''} />}
          menu={() => <PanelMenu {...{panel, context: effective, links, prometheusPage}} onView={() => onView(key)} />}
        >
          {(width: number, height: number) => (
            <PanelContent
              Kind={kinds.get(panel.type)}
              {...{data, error, notices}}
              drawing={{...drawing, width, height}}
            />
          )}
        </PanelChrome>
      </section>
    </PanelContextProvider>
  );
});

const TitleItems = ({
  links,
  sample,
  hint,
}: {
  readonly links: readonly ShownLink[];
  readonly sample: boolean;
  /** The panel's own time range. */
  readonly hint: string;
}) => (
  <>
    <PanelLinks links={links} />
    {hint && <span className="time-hint">{hint}</span>}
    {sample && (
      <Badge text="sample" color="orange" tooltip="Sample values: without AWS credentials CloudWatch is not queried" />
    )}
  </>
);
