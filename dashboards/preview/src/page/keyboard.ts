/** Grafana's own shortcuts, as far as they mean something here. */
import {useEffect} from 'react';

/** The keys of a board and what they do, as the list of keys shows them. */
export const keys = [
  {key: '?', does: 'Show this list'},
  {key: 'v', does: 'View the panel under the pointer, or go back'},
  {key: 'escape', does: 'Go back to the board'},
  {key: 'd r', does: 'Refresh'},
  {key: 'd k', does: 'Hide or show the toolbar'},
  {key: 't z', does: 'Double the time range'},
  {key: 'ctrl+z', does: 'Double the time range'},
  {key: 't arrowleft', does: 'Move the time range back'},
  {key: 't arrowright', does: 'Move the time range forward'},
  {key: 't a', does: 'Make the time range absolute'},
] as const;

export type Shortcuts = Readonly<Record<(typeof keys)[number]['key'], () => void>>;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** Keys as the browser names them, in lower case: one (`v`, `ctrl+z`) or two in a row (`d r`). */
export const useShortcuts = (shortcuts: Shortcuts): void => {
  useEffect(() => {
    const actions: ReadonlyMap<string, () => void> = new Map(Object.entries(shortcuts));
    let before = '';
    const listen = (event: KeyboardEvent) => {
      if (event.altKey || typing(event.target)) return;
      const key = `${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${event.key.toLowerCase()}`;
      const action = actions.get(`${before} ${key}`) ?? actions.get(key);
      before = key;
      if (!action) return;
      event.preventDefault();
      action();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [shortcuts]);
};

/** The key of the panel under the pointer, else of the one that has the focus. */
export const currentPanel = (): string | undefined => {
  const panel = document.querySelector('[data-panel]:hover') ?? document.activeElement?.closest('[data-panel]');
  return panel?.getAttribute('data-panel') ?? undefined;
};
