import {createTheme, ThemeContext} from '@grafana/data';
import {Alert, GlobalStyles, PortalContainer, TagList} from '@grafana/ui';
import {type CSSProperties, useMemo, useRef} from 'react';
import {PreviewError} from '../preview-error.ts';
import {routes} from '../routes.ts';
import {AlertsButton} from './alerts.tsx';
import type {BoardModel} from './board-model.ts';
import {BoardView} from './board-view.tsx';
import {type Feed, useBoards} from './boards-feed.ts';
import {addressesOf, type BoardAddress} from './links.ts';
import {addressOf, type PageState, usePageState} from './page-state.ts';
import {keepUnchanged, parseBoard} from './parse-board.ts';
import {Problems} from './problems.tsx';

const List = ({boards, state}: {readonly boards: readonly BoardAddress[]; readonly state: PageState}) => (
  <main className="list">
    <header className="toolbar">
      <h1>Dashboards</h1>
      <div className="tools">
        <AlertsButton />
      </div>
    </header>
    <ul>
      {boards.map(({uid, title, description, tags}) => (
        <li key={uid}>
          <a href={addressOf({uid, theme: state.theme, choices: {}})}>{title}</a>
          {tags.length > 0 && <TagList tags={[...tags]} className="tags" />}
          {description && <p>{description}</p>}
        </li>
      ))}
    </ul>
  </main>
);

const Content = ({feed: {boardsResponse, error}, state}: {readonly feed: Feed; readonly state: PageState}) => {
  const json = boardsResponse?.boards[state.uid];
  // A board whose JSON hasn't changed keeps its identity, and with it the drawn panels.
  const text = JSON.stringify(json);
  const drawn = useRef<BoardModel>(undefined);
  const parsed = useMemo((): BoardModel | Error | undefined => {
    if (text === undefined) return undefined;
    try {
      drawn.current = keepUnchanged(drawn.current, parseBoard(JSON.parse(text)));
      return drawn.current;
    } catch (thrown) {
      return thrown instanceof Error ? thrown : new PreviewError('ERR_PREVIEW_BOARDS', String(thrown));
    }
  }, [text]);
  if (!boardsResponse)
    return error ? (
      <Alert title="The boards could not be loaded">{error}</Alert>
    ) : (
      <p role="status">Loading the boards …</p>
    );
  const boards = addressesOf(boardsResponse.boards);
  if (!state.uid) return <List boards={boards} state={state} />;
  if (parsed instanceof Error) return <Alert title="This board can’t be read">{parsed.message}</Alert>;
  if (!parsed) {
    return (
      <Alert title={`There is no board ${state.uid}`}>
        <a href="/">All boards</a>
      </Alert>
    );
  }
  return <BoardView key={state.uid} board={parsed} boards={boards} state={state} boardsResponse={boardsResponse} />;
};

export const App = () => {
  const state = usePageState();
  const theme = useMemo(() => createTheme({colors: {mode: state.theme}}), [state.theme]);
  const feed = useBoards();
  const {colors} = theme;
  const palette = {
    '--canvas': colors.background.canvas,
    '--raised': colors.background.secondary,
    '--text': colors.text.primary,
    '--faint': colors.text.secondary,
    '--link': colors.text.link,
    '--line': colors.border.weak,
    '--error': colors.error.text,
    '--focus': colors.primary.main,
  } as CSSProperties; // React's type doesn't know custom properties
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <div className="page" style={palette} data-theme={state.theme} data-boards={routes.boards}>
        <Problems problems={feed.boardsResponse?.problems ?? []} />
        {!feed.connected && <Alert title="The preview has stopped: start it again to see changes" severity="warning" />}
        <Content feed={feed} state={state} />
      </div>
      <PortalContainer />
    </ThemeContext.Provider>
  );
};
