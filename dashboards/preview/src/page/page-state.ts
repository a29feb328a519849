/** The reader's choices, kept in the URL as in Grafana: a link shows another reader the same. */
import {useEffect, useSyncExternalStore} from 'react';
import type {Choices} from './variables.ts';

export type PageState = {
  /** Empty on the list of boards. */
  readonly uid: string;
  readonly from?: string;
  readonly to?: string;
  readonly refresh?: string;
  readonly theme: 'dark' | 'light';
  readonly timeZone?: string;
  /** The one panel that fills the page. */
  readonly viewPanel?: string | undefined;
  /** Present: without the toolbar and the controls. */
  readonly kiosk?: string | undefined;
  /** Milliseconds since 1970 that count as now, for pictures. */
  readonly now?: string;
  /** `open`: no row is folded. */
  readonly rows?: string;
  /** The results of a comparison by panel: `12:changed,15:added`, by panel id. */
  readonly marks?: string;
  readonly choices: Choices;
};

const prefix = 'var-';
const themeKey = 'preview.theme';

/** A typed URL may contain anything: a part that can't be decoded is not a uid. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

export const readState = (location: {readonly pathname: string; readonly search: string}): PageState => {
  const parameters = new URLSearchParams(location.search);
  const own = (name: string): Record<string, string> => {
    const value = parameters.get(name);
    return value ? {[name]: value} : {};
  };
  const names = [...new Set([...parameters.keys()].filter(name => name.startsWith(prefix)))];
  const theme = parameters.get('theme') ?? localStorage.getItem(themeKey);
  return {
    uid: decoded(/^\/d\/([^/]+)/.exec(location.pathname)?.[1] ?? ''),
    ...own('from'),
    ...own('to'),
    ...(parameters.has('refresh') && {refresh: parameters.get('refresh') ?? ''}),
    ...own('timeZone'),
    ...own('viewPanel'),
    ...(parameters.has('kiosk') && {kiosk: parameters.get('kiosk') || 'true'}),
    ...own('now'),
    ...own('rows'),
    ...own('marks'),
    theme: theme === 'light' ? 'light' : 'dark',
    choices: Object.fromEntries(names.map(name => [name.slice(prefix.length), parameters.getAll(name)])),
  };
};

export const addressOf = ({uid, choices, ...rest}: PageState): string => {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) parameters.set(name, value);
  for (const [name, values] of Object.entries(choices)) {
    for (const value of values) parameters.append(`${prefix}${name}`, value);
  }
  return `${uid ? `/d/${encodeURIComponent(uid)}` : '/'}?${parameters}`;
};

const changed = 'preview:state';
let cached: {readonly href: string; readonly state: PageState} | undefined;

const snapshot = (): PageState => {
  if (cached?.href !== location.href) cached = {href: location.href, state: readState(location)};
  return cached.state;
};

const subscribe = (listener: () => void): (() => void) => {
  addEventListener('popstate', listener);
  addEventListener(changed, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(changed, listener);
  };
};

export const changeState = (change: Partial<PageState>): void => {
  const next = {...snapshot(), ...change};
  localStorage.setItem(themeKey, next.theme);
  history.pushState(null, '', addressOf(next));
  dispatchEvent(new Event(changed));
};

export const usePageState = (): PageState => useSyncExternalStore(subscribe, snapshot);

/** Calls back every `seconds`; 0 never. */
export const useEvery = (seconds: number, callback: () => void): void => {
  useEffect(() => {
    if (seconds <= 0) return;
    const timer = setInterval(callback, seconds * 1000);
    return () => clearInterval(timer);
  }, [seconds, callback]);
};
