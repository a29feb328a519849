/** The results of a verification as lines for a terminal. */
import type {PanelResult} from './board-queries.ts';
import {summary} from './verify-report.ts';

const marks = {data: '✔', 'no data': '–', error: '✘'} as const;

const line = ({id, panel, refId, outcome, value, message, expr}: PanelResult): string => {
  const text = {data: value, 'no data': `no data\n      ${expr}`, error: `error: ${message}\n      ${expr}`}[outcome];
  return `${marks[outcome]} ${String(id).padStart(3)} ${panel} ${refId}: ${text}`;
};

/** The boards in order, with one line per query, and a last line with the totals. */
export const toLines = (results: readonly PanelResult[]): readonly string[] => [
  ...results.flatMap((result, index) => [
    ...(result.board === results[index - 1]?.board ? [] : [result.board]),
    line(result),
  ]),
  `${results.length} queries: ${summary(results)}`,
];
