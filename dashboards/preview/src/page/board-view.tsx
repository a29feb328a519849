/** A board: its toolbar, its controls, its grid. */
import {Alert} from '@grafana/ui';
import {useCallback, useEffect, useMemo, useState} from 'react';
import type {BoardsResponse} from '../routes.ts';
import {BoardControls, Gaps} from './board-controls.tsx';
import {BoardGrid} from './board-grid.tsx';
import type {BoardModel} from './board-model.ts';
import {useBoardShortcuts} from './board-shortcuts.ts';
import {useBoardState} from './board-state.ts';
import {gapsOf} from './gaps.ts';
import {KeyList} from './key-list.tsx';
import type {BoardAddress} from './links.ts';
import type {PageState} from './page-state.ts';
import {Toolbar} from './toolbar.tsx';

export const BoardView = ({
  board,
  boards,
  state,
  boardsResponse,
}: {
  readonly board: BoardModel;
  /** All of them, for links. */
  readonly boards: readonly BoardAddress[];
  readonly state: PageState;
  readonly boardsResponse: BoardsResponse;
}) => {
  const {context, variables, refresh, onRefresh, notices, ...controls} = useBoardState(board, state, boardsResponse);
  const {range, values, timeZone} = context;
  const [help, setHelp] = useState(false);
  const onHelp = useCallback(() => setHelp(true), []);
  useBoardShortcuts({range, state, onRefresh, onHelp});
  const gaps = useMemo(() => gapsOf(board, values), [board, values]);
  useEffect(() => {
    document.title = board.title;
  }, [board.title]);
  return (
    <>
      <a className="skip" href="#grid">
        Skip to the panels
      </a>
      {!state.kiosk && (
        <>
          <Toolbar {...{board, state, range, timeZone, refresh, onRefresh}} />
          <BoardControls variables={variables ?? []} {...{board, boards, range, values}} {...controls} />
        </>
      )}
      {notices.map(notice => (
        <Alert key={notice} severity="warning" title={notice} />
      ))}
      {variables && <Gaps gaps={gaps} />}
      <BoardGrid
        ready={variables !== undefined}
        unfold={state.rows === 'open'}
        marks={state.marks ?? ''}
        viewPanel={state.viewPanel}
        {...{board, context}}
      />
      <KeyList open={help} onClose={() => setHelp(false)} />
    </>
  );
};
