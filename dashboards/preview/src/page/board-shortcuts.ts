/** The keyboard shortcuts of a board. */
import type {TimeRange} from '@grafana/data';
import {useMemo} from 'react';
import {currentPanel, useShortcuts} from './keyboard.ts';
import {changeState, type PageState} from './page-state.ts';
import {chooseRange, fixedRange, moveRange, widenRange} from './toolbar.tsx';

export const useBoardShortcuts = ({
  range,
  state: {viewPanel, kiosk},
  onRefresh,
  onHelp,
}: {
  readonly range: TimeRange;
  readonly state: Pick<PageState, 'viewPanel' | 'kiosk'>;
  readonly onRefresh: () => void;
  readonly onHelp: () => void;
}): void =>
  useShortcuts(
    useMemo(
      () => ({
        '?': onHelp,
        v: () => changeState({viewPanel: viewPanel ? undefined : currentPanel()}),
        escape: () => {
          if (viewPanel) changeState({viewPanel: undefined});
          else if (kiosk) changeState({kiosk: undefined});
        },
        'd r': onRefresh,
        'd k': () => changeState({kiosk: kiosk ? undefined : 'true'}),
        't z': () => widenRange(range),
        'ctrl+z': () => widenRange(range),
        't arrowleft': () => moveRange(range, -1),
        't arrowright': () => moveRange(range, 1),
        't a': () => chooseRange(fixedRange(range.from.valueOf(), range.to.valueOf())),
      }),
      [onRefresh, onHelp, range, viewPanel, kiosk],
    ),
  );
