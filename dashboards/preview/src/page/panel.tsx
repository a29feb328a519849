/** One panel in its frame: asks, draws, and says what went wrong. */
import {type FieldConfigSource, LoadingState, type TimeRange} from '@grafana/data';
import {
  Badge,
  ErrorBoundary,
  PanelChrome,
  type PanelContext,
  PanelContextProvider,
  SeriesVisibilityChangeMode,
  usePanelContext,
  useTheme2,
} from '@grafana/ui';
import {memo, useEffect, useMemo, useState} from 'react';
import type {Annotation} from './annotations.ts';
import {applyFieldConfig, fieldConfigOf} from './fields.ts';
import {interpolator, type Values} from './interpolate.ts';
import type {Placed} from './layout.ts';
import {timeParameters} from './links.ts';
import {PanelLinks, shownLinks} from './panel-links.tsx';
import {PanelMenu} from './panel-menu.tsx';
import {edgeToEdge, kinds} from './panels/kinds.ts';
import {begin} from './progress.ts';
import {type PanelData, runPanel} from './query.ts';

export type PanelContextOfBoard = {
  readonly range: TimeRange;
  readonly values: Values;
  readonly timeZone: string;
  readonly cursorSync: number;
  readonly annotations: readonly Annotation[];
  /** Grows with every refresh: the same question is asked again. */
  readonly turn: number;
  readonly prometheusPage: string;
  readonly cloudWatch: boolean;
  readonly onZoom: (range: {from: number; to: number}) => void;
  readonly onView: (key: string) => void;
};

type Outcome = {readonly data?: PanelData; readonly error?: string; readonly loading: boolean};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Series that a click in the legend left out. */
const withHidden = (fieldConfig: FieldConfigSource, hidden: ReadonlySet<string>): FieldConfigSource => ({
  ...fieldConfig,
  overrides: [
    ...fieldConfig.overrides,
    ...[...hidden].map(name => ({
      matcher: {id: 'byName', options: name},
      properties: [{id: 'custom.hideFrom', value: {viz: true, tooltip: true, legend: false}}],
    })),
  ],
});

/** A click shows one series alone, or all again; with Ctrl it adds a series or takes it away. */
const hiddenAfter = ({
  before,
  names,
  chosen,
  mode,
}: {
  readonly before: ReadonlySet<string>;
  readonly names: readonly string[];
  readonly chosen: readonly string[];
  readonly mode: SeriesVisibilityChangeMode;
}): ReadonlySet<string> => {
  if (mode === SeriesVisibilityChangeMode.AppendToSelection) {
    const toggled = new Set(before);
    for (const name of chosen) if (!toggled.delete(name)) toggled.add(name);
    return toggled;
  }
  const others = names.filter(name => !chosen.includes(name));
  return before.size > 0 && others.every(name => before.has(name)) ? new Set() : new Set(others);
};

export const Panel = memo(function Panel({
  placed: {key, panel, scoped},
  width,
  height,
  board,
}: {
  readonly placed: Placed;
  readonly width: number;
  readonly height: number;
  readonly board: PanelContextOfBoard;
}) {
  const theme = useTheme2();
  const {range, timeZone, turn, cursorSync, annotations, prometheusPage, cloudWatch, onZoom, onView} = board;
  const values = useMemo(() => ({...board.values, ...scoped}), [board.values, scoped]);
  const replaceVariables = useMemo(
    () => interpolator(values, {__url_time_range: timeParameters(range)}),
    [values, range],
  );
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const fieldConfig = useMemo(() => withHidden(fieldConfigOf(panel), hidden), [panel, hidden]);
  const [outcome, setOutcome] = useState<Outcome>({loading: true});
  // Only a change of this size changes the step; a query for every pixel of a resized window would be waste.
  const points = Math.round(width / 50) * 50;

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again
  useEffect(() => {
    const abort = new AbortController();
    const end = begin();
    setOutcome(previous => ({...previous, loading: true}));
    runPanel(panel, {range, values, points, cloudWatch, signal: abort.signal})
      .then(
        data => !abort.signal.aborted && setOutcome({data, loading: false}),
        error => !abort.signal.aborted && setOutcome({error: messageOf(error), loading: false}),
      )
      .finally(() => requestAnimationFrame(end));
    return () => {
      abort.abort();
      end();
    };
  }, [panel, range, values, points, cloudWatch, turn]);

  const {data, error, loading} = outcome;
  const frames = useMemo(
    () => applyFieldConfig(data?.frames ?? [], {fieldConfig, replaceVariables, theme, timeZone}),
    [data, fieldConfig, replaceVariables, theme, timeZone],
  );

  const outer = usePanelContext();
  const context = useMemo(
    (): PanelContext => ({
      ...outer,
      onToggleSeriesVisibility: (label, mode) => {
        const chosen = [label ?? []].flat();
        const names = frames.flatMap(({fields}) => fields.flatMap(({state}) => state?.displayName ?? []));
        setHidden(before => hiddenAfter({before, names, chosen, mode}));
      },
    }),
    [outer, frames],
  );

  const title = replaceVariables(panel.title, undefined, 'text');
  const links = shownLinks(panel.links, replaceVariables);
  const Kind = kinds.get(panel.type);
  const notices = [
    ...(data?.notices ?? []),
    ...(Kind ? [] : [`Panels of the kind “${panel.type}” can’t be drawn here`]),
  ];
  const content = (width: number, height: number) => {
    if (error) {
      return (
        <div className="panel-message panel-error" role="alert">
          {error}
        </div>
      );
    }
    if (!Kind) return <div className="panel-message">{notices.at(-1)}</div>;
    if (!data) return null;
    return (
      <ErrorBoundary dependencies={[data]}>
        {({error: thrown}) =>
          thrown ? (
            <div className="panel-message panel-error" role="alert">
              {thrown.message}
            </div>
          ) : (
            <Kind
              {...{panel, width, height, timeZone, fieldConfig, replaceVariables, cursorSync, annotations, onZoom}}
              frames={frames}
              range={data.range}
            />
          )
        }
      </ErrorBoundary>
    );
  };
  return (
    <PanelContextProvider value={context}>
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
          titleItems={
            <>
              <PanelLinks links={links} />
              {data?.sample && (
                <Badge
                  text="sample"
                  color="orange"
                  tooltip="Made-up values: CloudWatch isn’t asked without credentials"
                />
              )}
            </>
          }
          menu={() => (
            <PanelMenu
              panel={panel}
              range={range}
              values={values}
              points={points}
              links={links}
              prometheusPage={prometheusPage}
              onView={() => onView(key)}
            />
          )}
        >
          {content}
        </PanelChrome>
      </section>
    </PanelContextProvider>
  );
});
