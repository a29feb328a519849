/** A board: its toolbar, its controls, its grid. */
import {dateTime, rangeUtil, type TimeRange} from '@grafana/data';
import {useCallback, useEffect, useMemo, useState} from 'react';
import type {BoardsAnswer} from '../routes.ts';
import {shownAnnotations} from './annotations.ts';
import {useAnnotations, useVariables} from './board-answers.ts';
import {BoardControls, Gaps} from './board-controls.tsx';
import {BoardGrid} from './board-grid.tsx';
import type {BoardModel} from './board-model.ts';
import {gapsOf} from './gaps.ts';
import {currentPanel, useShortcuts} from './keyboard.ts';
import type {BoardAddress} from './links.ts';
import {changeState, type PageState, useEvery} from './page-state.ts';
import type {PanelContextOfBoard} from './panel-context.ts';
import {timeRangeOf} from './query.ts';
import {chooseRange, moveRange, Toolbar, widenRange} from './toolbar.tsx';
import {boardGlobals, type Choices, inputValues, valuesOf} from './variables.ts';

/** `auto`, and what is not a duration, refreshes nothing. */
const secondsOf = (refresh: string): number => {
  if (!refresh || refresh === 'auto') return 0;
  return rangeUtil.isValidTimeSpan(refresh) ? rangeUtil.intervalToMs(refresh) / 1000 : 0;
};

const chooseMoments = ({from, to}: {readonly from: number; readonly to: number}): void => {
  const raw = {from: dateTime(from), to: dateTime(to)};
  chooseRange({...raw, raw});
};

const view = (viewPanel: string | undefined): void => changeState({viewPanel});

/** Annotation queries that are turned off, at first as the board has them. */
const useTurnedOff = (board: BoardModel) => {
  const [off, setOff] = useState<ReadonlySet<string>>(
    () => new Set(shownAnnotations(board.annotations).flatMap(({name, enable}) => (enable === false ? [name] : []))),
  );
  const onTurn = (name: string): void =>
    setOff(before => new Set(before.has(name) ? [...before].filter(other => other !== name) : [...before, name]));
  return {off, onTurn};
};

const useBoardShortcuts = (range: TimeRange, viewPanel: string | undefined, onRefresh: () => void): void =>
  useShortcuts(
    useMemo(
      () => ({
        v: () => view(viewPanel ? undefined : currentPanel()),
        escape: () => viewPanel && view(undefined),
        'd r': onRefresh,
        't z': () => widenRange(range),
        't arrowleft': () => moveRange(range, -1),
        't arrowright': () => moveRange(range, 1),
      }),
      [onRefresh, range, viewPanel],
    ),
  );

export const BoardView = ({
  board,
  boards,
  state,
  answer: {prometheusPage, cloudWatch, scrapeIntervalMs},
}: {
  readonly board: BoardModel;
  /** All of them, for links. */
  readonly boards: readonly BoardAddress[];
  readonly state: PageState;
  readonly answer: BoardsAnswer;
}) => {
  const [refreshCount, setRefreshCount] = useState(0);
  const onRefresh = useCallback(() => setRefreshCount(before => before + 1), []);
  const {from = board.time.from, to = board.time.to, refresh = board.refresh, viewPanel} = state;
  const timeZone = state.timeZone ?? board.timezone;
  useEvery(state.now ? 0 : secondsOf(refresh), onRefresh);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `refreshCount` moves "now"
  const range = useMemo(
    () => timeRangeOf({from, to}, state.now ? Number(state.now) : Date.now()),
    [from, to, state.now, refreshCount],
  );
  // The address is parsed again with each change; the same choices must stay the same object.
  const chosen = JSON.stringify(state.choices);
  const choices = useMemo((): Choices => JSON.parse(chosen), [chosen]);
  const variables = useVariables(board, {range, choices, cloudWatch, scrapeIntervalMs});
  const {uid, title, inputs} = board;
  const values = useMemo(
    () => ({...boardGlobals({uid, title}), ...inputValues(inputs), ...valuesOf(variables ?? [])}),
    [uid, title, inputs, variables],
  );
  const {off, onTurn} = useTurnedOff(board);
  const annotationContext = {range, values: variables && values, scrapeIntervalMs, off, refreshCount};
  const annotations = useAnnotations(board.annotations, annotationContext);
  const {happened} = annotations;
  const cursorSync = board.graphTooltip;
  const context = useMemo(
    (): PanelContextOfBoard => ({
      range,
      values,
      timeZone,
      cursorSync,
      annotations: happened,
      refreshCount,
      prometheusPage,
      cloudWatch,
      scrapeIntervalMs,
      onZoom: chooseMoments,
      onView: view,
    }),
    [range, values, timeZone, cursorSync, happened, refreshCount, prometheusPage, cloudWatch, scrapeIntervalMs],
  );
  useBoardShortcuts(range, viewPanel, onRefresh);
  const gaps = useMemo(() => gapsOf(board, values), [board, values]);
  useEffect(() => {
    document.title = title;
  }, [title]);
  return (
    <>
      <a className="skip" href="#grid">
        Skip to the panels
      </a>
      <Toolbar {...{board, state, range, timeZone, refresh, onRefresh}} />
      <BoardControls
        variables={variables ?? []}
        {...{board, boards, choices, range, values, annotations, off, onTurn}}
      />
      {variables && <Gaps gaps={gaps} />}
      <BoardGrid
        ready={variables !== undefined}
        unfold={state.rows === 'open'}
        marks={state.marks ?? ''}
        {...{board, context, viewPanel}}
      />
    </>
  );
};
