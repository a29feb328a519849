/** The state that follows from a board's address, variables and annotations: the inputs of its controls and panels. */
import {dateTime, rangeUtil} from '@grafana/data';
import {useCallback, useMemo, useState} from 'react';
import type {BoardsResponse} from '../routes.ts';
import {type Annotations, shownAnnotations} from './annotations.ts';
import {useAnnotations, useVariables} from './board-answers.ts';
import type {BoardModel} from './board-model.ts';
import {boardRangeOf} from './board-range.ts';
import {changeState, type PageState, useEvery} from './page-state.ts';
import type {PanelContextOfBoard} from './panel-context.ts';
import {chooseRange} from './toolbar.tsx';
import {boardGlobals, type Choices, inputValues, type Variable, valuesOf} from './variables.ts';

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

export type BoardState = {
  readonly context: PanelContextOfBoard;
  /** Undefined until they are known. */
  readonly variables: readonly Variable[] | undefined;
  readonly choices: Choices;
  readonly annotations: Annotations;
  /** Names of the annotations that are turned off. */
  readonly off: ReadonlySet<string>;
  readonly onTurn: (name: string) => void;
  /** A duration, or empty. */
  readonly refresh: string;
  readonly onRefresh: () => void;
  /** Parts of the address that were ignored. */
  readonly notices: readonly string[];
};

export const useBoardState = (
  board: BoardModel,
  state: PageState,
  {prometheusPage, cloudWatch, scrapeIntervalMs}: BoardsResponse,
): BoardState => {
  const [refreshCount, setRefreshCount] = useState(0);
  const onRefresh = useCallback(() => setRefreshCount(before => before + 1), []);
  const {refresh = board.refresh, from, to, now} = state;
  const timeZone = state.timeZone ?? board.timezone;
  const cursorSync = board.graphTooltip;
  useEvery(now ? 0 : secondsOf(refresh), onRefresh);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `refreshCount` moves "now"
  const {range, notices} = useMemo(
    () => boardRangeOf({from, to, now}, board.time),
    [from, to, now, board.time.from, board.time.to, refreshCount],
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
  return {context, variables, choices, annotations, off, onTurn, refresh, onRefresh, notices};
};
