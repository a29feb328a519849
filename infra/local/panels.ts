/** Waits for the panels of the boards to have data. */
import {setTimeout as delay} from 'node:timers/promises';
import {EndpointError, type PanelResult} from '@mcp-observability/dashboards/verify';

/** A panel has data when each of its queries does. */
export interface PanelState {
  /** Board and panel id. */
  readonly place: string;
  readonly title: string;
  readonly outcome: PanelResult['outcome'];
  /** The values as text, or the reason why there are none. */
  readonly text: string;
}

export interface PanelWatch {
  /** Runs every query of every panel once. */
  readonly verify: () => Promise<readonly PanelResult[]>;
  /** Receives all panels after each round of queries. */
  readonly onLook: (panels: readonly PanelState[]) => void;
  readonly signal: AbortSignal;
  /** Stop waiting after this time, in milliseconds. @default waits forever */
  readonly timeoutMs?: number;
}

const pollIntervalMs = 1_000;

/**
 * Queries all panels until every panel has data or the timeout has passed. Returns the result of the last round. A
 * Prometheus that can't be reached is queried again: if it has died, its parent process reports that.
 */
export const watchPanels = async ({verify, onLook, signal, timeoutMs}: PanelWatch): Promise<readonly PanelState[]> => {
  const deadline = Date.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  for (;;) {
    try {
      const panels = panelsOf(await verify());
      signal.throwIfAborted();
      onLook(panels);
      if (panels.every(hasData) || Date.now() >= deadline) return panels;
    } catch (error) {
      if (!(error instanceof EndpointError) || Date.now() >= deadline) throw error;
    }
    await delay(pollIntervalMs, undefined, {signal});
  }
};

export const hasData = ({outcome}: PanelState): boolean => outcome === 'data';

/** Characters of a line, which fit into most terminals. */
const lineLength = 118;

/** One line of the printed list; a long value is cut. */
export const lineOf = (panel: PanelState): string => {
  const line = `  ${hasData(panel) ? '✔' : '✘'} ${panel.place} ${panel.title}: ${panel.text}`;
  return line.length > lineLength ? `${line.slice(0, lineLength - 1)}…` : line;
};

/** The titles on as many lines as they need, each below the other. */
const wrapped = (head: string, titles: readonly string[]): string => {
  const lines = [head];
  for (const title of titles) {
    const line = lines.at(-1) ?? '';
    const added = line === head ? `${line}${title}` : `${line} · ${title}`;
    if (added.length <= lineLength || line === head) lines[lines.length - 1] = added;
    else lines.push(`${' '.repeat(head.length)}${title}`);
  }
  return lines.join('\n');
};

/** Logs how many panels have data whenever that number grows, with the titles of the new ones. */
export const announceArrivals = (log: (line: string) => void): PanelWatch['onLook'] => {
  const announced = new Set<string>();
  return panels => {
    const arrived = panels.filter(panel => hasData(panel) && !announced.has(panel.place));
    if (arrived.length === 0) return;
    for (const {place} of arrived) announced.add(place);
    const head = `  ${String(announced.size).padStart(2)} of ${panels.length}  `;
    log(
      wrapped(
        head,
        arrived.map(({title}) => title),
      ),
    );
  };
};

/** Holds lines back until the promise has settled, so that they don't appear between the lines of something else. */
export const logAfter = (settled: Promise<unknown>, log: (line: string) => void): ((line: string) => void) => {
  const held: string[] = [];
  let isHeld = true;
  const release = (): void => {
    isHeld = false;
    for (const line of held) log(line);
  };
  settled.then(release, release);
  return line => {
    if (isHeld) held.push(line);
    else log(line);
  };
};

const panelsOf = (results: readonly PanelResult[]): readonly PanelState[] =>
  [...new Set(results.map(placeOf))].map(place => {
    const queries = results.filter(result => placeOf(result) === place);
    const title = queries[0]?.panel ?? '';
    const failed = queries.find(({outcome}) => outcome === 'error') ?? queries.find(({outcome}) => outcome !== 'data');
    if (failed !== undefined) return {place, title, outcome: failed.outcome, text: failed.message || failed.outcome};
    return {place, title, outcome: 'data', text: queries.map(({value}) => value).join(' · ')};
  });

const placeOf = ({board, id}: PanelResult): string => `${board} ${String(id).padStart(2)}`;
