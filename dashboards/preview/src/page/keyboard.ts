/** Grafana's own shortcuts, as far as they mean something here. */
import {useEffect} from 'react';

export type Shortcuts = Readonly<Record<string, () => void>>;

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** Keys as the browser names them, in lower case: one (`v`, `escape`) or two in a row (`d r`). */
export const useShortcuts = (shortcuts: Shortcuts): void => {
  useEffect(() => {
    let before = '';
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const key = event.key.toLowerCase();
      const action = shortcuts[`${before} ${key}`] ?? shortcuts[key];
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
