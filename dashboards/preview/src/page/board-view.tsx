/** A board: its toolbar, its variables, its grid. */
import {dateTime, rangeUtil} from '@grafana/data';
import {Icon, InlineSwitch, LinkButton} from '@grafana/ui';
import {useCallback, useEffect, useMemo, useRef, useState} from 'react';
import {shownAnnotations} from './annotations.ts';
import {useAnnotations, useVariables} from './board-answers.ts';
import type {BoardModel} from './board-model.ts';
import {interpolator} from './interpolate.ts';
import {currentPanel, useShortcuts} from './keyboard.ts';
import {cell, gap, heightOf, keepPlaces, layout, type Placed} from './layout.ts';
import {type BoardAddress, linksOf} from './links.ts';
import {changeState, type PageState, useEvery} from './page-state.ts';
import {Panel, type PanelContextOfBoard} from './panel.tsx';
import {timeRangeOf} from './query.ts';
import {chooseRange, moveRange, Toolbar, widenRange} from './toolbar.tsx';
import {VariablePicker} from './variable-picker.tsx';
import {type Choices, valuesOf} from './variables.ts';

const secondsOf = (refresh: string): number => {
  if (!refresh || refresh === 'auto') return 0;
  return rangeUtil.isValidTimeSpan(refresh) ? rangeUtil.intervalToMs(refresh) / 1000 : 0;
};

/** The element's width in pixels, followed as it changes. */
const useWidth = () => {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
};

/** Panels by what a comparison says of them. */
const marksOf = (text: string): ReadonlyMap<number, string> =>
  new Map(
    text.split(',').map(mark => {
      const [id, kind = ''] = mark.split(':');
      return [Number(id), kind];
    }),
  );

const collapsedRows = (board: BoardModel): ReadonlySet<number> =>
  new Set(board.panels.flatMap(({type, collapsed, id}) => (type === 'row' && collapsed ? [id] : [])));

export const BoardView = ({
  board,
  boards,
  state,
  prometheusPage,
  cloudWatch,
}: {
  readonly board: BoardModel;
  /** All of them, for links. */
  readonly boards: readonly BoardAddress[];
  readonly state: PageState;
  readonly prometheusPage: string;
  readonly cloudWatch: boolean;
}) => {
  const [turn, setTurn] = useState(0);
  const onRefresh = useCallback(() => setTurn(before => before + 1), []);
  const {from = board.time.from, to = board.time.to, refresh = board.refresh, viewPanel} = state;
  const timeZone = state.timeZone ?? board.timezone;
  useEvery(state.now ? 0 : secondsOf(refresh), onRefresh);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` moves "now"
  const range = useMemo(
    () => timeRangeOf({from, to}, state.now ? Number(state.now) : Date.now()),
    [from, to, state.now, turn],
  );
  // The address is parsed anew with each change; the same choices must stay the same object.
  const chosen = JSON.stringify(state.choices);
  const choices = useMemo((): Choices => JSON.parse(chosen), [chosen]);
  const variables = useVariables(board.variables, {range, choices, cloudWatch});
  const values = useMemo(() => valuesOf(variables ?? []), [variables]);

  const [off, setOff] = useState(
    () => new Set(shownAnnotations(board.annotations).flatMap(({name, enable}) => (enable === false ? [name] : []))),
  );
  const annotations = useAnnotations(board.annotations, {range, values: variables && values, off, turn});
  const turnOff = (name: string): void =>
    setOff(before => new Set([...before].filter(other => other !== name).concat(before.has(name) ? [] : [name])));

  const [collapsed, setCollapsed] = useState(() => (state.rows === 'open' ? new Set<number>() : collapsedRows(board)));
  const toggle = (id: number): void =>
    setCollapsed(before => new Set(before.has(id) ? [...before].filter(other => other !== id) : [...before, id]));
  const before = useRef<readonly Placed[]>([]);
  const placed = useMemo(() => {
    before.current = keepPlaces(before.current, layout(board.panels, {values, collapsed}));
    return before.current;
  }, [board.panels, values, collapsed]);

  const onZoom = useCallback(({from, to}: {from: number; to: number}) => {
    const raw = {from: dateTime(from), to: dateTime(to)};
    chooseRange({...raw, raw});
  }, []);
  const onView = useCallback((key: string) => changeState({viewPanel: key}), []);
  const context = useMemo(
    (): PanelContextOfBoard => ({
      range,
      values,
      timeZone,
      cursorSync: board.graphTooltip,
      annotations: annotations.happened,
      turn,
      prometheusPage,
      cloudWatch,
      onZoom,
      onView,
    }),
    [range, values, timeZone, board.graphTooltip, annotations, turn, prometheusPage, cloudWatch, onZoom, onView],
  );
  useShortcuts(
    useMemo(
      () => ({
        v: () => changeState({viewPanel: viewPanel ? undefined : currentPanel()}),
        escape: () => viewPanel && changeState({viewPanel: undefined}),
        'd r': onRefresh,
        't z': () => widenRange(range),
        't arrowleft': () => moveRange(range, -1),
        't arrowright': () => moveRange(range, 1),
      }),
      [onRefresh, range, viewPanel],
    ),
  );

  const marks = useMemo(() => marksOf(state.marks ?? ''), [state.marks]);
  useEffect(() => {
    document.title = board.title;
  }, [board.title]);
  const [grid, width] = useWidth();
  const column = (width + gap) / 24;
  const viewed = viewPanel && placed.find(({key}) => key === viewPanel);
  return (
    <>
      <a className="skip" href="#grid">
        Skip to the panels
      </a>
      <Toolbar {...{board, state, range, timeZone, refresh, onRefresh}} />
      <div className="controls">
        {(variables ?? []).map(variable => (
          <VariablePicker
            key={variable.model.name}
            variable={variable}
            chosen={choices[variable.model.name]}
            onChange={picked => changeState({choices: {...choices, [variable.model.name]: picked}})}
          />
        ))}
        {shownAnnotations(board.annotations)
          .filter(({hide}) => !hide)
          .map(({name}) => (
            <div key={name} title={annotations.errors[name]}>
              <InlineSwitch
                id={`annotation-${name}`}
                label={name}
                showLabel
                value={!off.has(name)}
                invalid={name in annotations.errors}
                onChange={() => turnOff(name)}
              />
            </div>
          ))}
        <div className="links">
          {linksOf(board, {boards, range, values}).map(({title, url, inside}) => (
            <LinkButton
              key={url}
              variant="secondary"
              size="sm"
              icon={inside ? 'apps' : 'external-link-alt'}
              href={url}
              {...(!inside && {target: '_blank'})}
            >
              {title}
            </LinkButton>
          ))}
        </div>
      </div>
      <main id="grid" ref={grid} className="grid" style={{height: viewed ? 'calc(100vh - 120px)' : heightOf(placed)}}>
        {width > 0 && variables && viewed && (
          <Panel placed={viewed} width={width} height={Math.max(200, window.innerHeight - 120)} board={context} />
        )}
        {width > 0 &&
          variables &&
          !viewed &&
          placed.map(item => {
            const {x, y, w, h} = item.place;
            const place = {
              left: x * column,
              top: y * (cell + gap),
              width: w * column - gap,
              height: h * (cell + gap) - gap,
            };
            return (
              <div key={item.key} className="place" style={place} data-mark={marks.get(item.panel.id)}>
                {item.panel.type === 'row' ? (
                  <button
                    type="button"
                    className="board-row"
                    aria-expanded={!collapsed.has(item.panel.id)}
                    onClick={() => toggle(item.panel.id)}
                  >
                    <Icon name={collapsed.has(item.panel.id) ? 'angle-right' : 'angle-down'} />
                    {interpolator({...values, ...item.scoped})(item.panel.title, undefined, 'text')}
                    {collapsed.has(item.panel.id) && <span className="count">({item.panel.panels.length} panels)</span>}
                  </button>
                ) : (
                  <Panel placed={item} width={place.width} height={place.height} board={context} />
                )}
              </div>
            );
          })}
      </main>
    </>
  );
};
