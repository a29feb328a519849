import {dateTime, type TimeRange} from '@grafana/data';
import {RefreshPicker, TimeRangePicker, ToolbarButton} from '@grafana/ui';
import {AlertsButton} from './alerts.tsx';
import type {BoardModel} from './board-model.ts';
import {changeState, type PageState} from './page-state.ts';

/** Text for the address: `now-1h` stays relative, a moment becomes milliseconds. */
const addressTime = (moment: TimeRange['raw']['from']): string =>
  typeof moment === 'string' ? moment : String(moment.valueOf());

export const chooseRange = ({raw}: TimeRange): void =>
  changeState({from: addressTime(raw.from), to: addressTime(raw.to)});

/** Milliseconds since 1970. */
export const fixedRange = (from: number, to: number): TimeRange => {
  const raw = {from: dateTime(from), to: dateTime(to)};
  return {...raw, raw};
};

/** Moves the range by half its length. */
export const moveRange = ({from, to}: TimeRange, direction: 1 | -1): void => {
  const half = ((to.valueOf() - from.valueOf()) / 2) * direction;
  chooseRange(fixedRange(from.valueOf() + half, to.valueOf() + half));
};

/** Doubles the range around its middle. */
export const widenRange = ({from, to}: TimeRange): void => {
  const half = (to.valueOf() - from.valueOf()) / 2;
  chooseRange(fixedRange(from.valueOf() - half, to.valueOf() + half));
};

export const Toolbar = ({
  board,
  state,
  range,
  timeZone,
  refresh,
  onRefresh,
}: {
  readonly board: BoardModel;
  readonly state: PageState;
  readonly range: TimeRange;
  readonly timeZone: string;
  readonly refresh: string;
  readonly onRefresh: () => void;
}) => (
  <header className="toolbar">
    <nav aria-label="Boards" className="breadcrumb">
      <a href="/">Dashboards</a>
      <span aria-hidden="true">›</span>
      <h1>{board.title}</h1>
    </nav>
    <div className="tools">
      {!state.now && <AlertsButton />}
      <TimeRangePicker
        value={range}
        timeZone={timeZone}
        onChange={chooseRange}
        onChangeTimeZone={timeZone => changeState({timeZone})}
        onMoveBackward={() => moveRange(range, -1)}
        onMoveForward={() => moveRange(range, 1)}
        onZoom={() => widenRange(range)}
        isOnCanvas
      />
      <RefreshPicker
        value={refresh}
        onRefresh={onRefresh}
        onIntervalChanged={refresh => changeState({refresh})}
        isOnCanvas
        tooltip="Refresh the board"
      />
      <ToolbarButton
        icon="adjust-circle"
        tooltip={state.theme === 'dark' ? 'Light theme' : 'Dark theme'}
        aria-label={state.theme === 'dark' ? 'Light theme' : 'Dark theme'}
        variant="canvas"
        onClick={() => changeState({theme: state.theme === 'dark' ? 'light' : 'dark'})}
      />
    </div>
  </header>
);
