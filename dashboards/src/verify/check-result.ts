/** What a verification came to, as lines for people. */
import type {PanelResult} from './board-queries.ts';
import {summary} from './verify-report.ts';

const marks = {data: '✔', 'no data': '–', error: '✘'} as const;

const line = ({id, panel, refId, outcome, value, message, expr}: PanelResult): string => {
  const said = {data: value, 'no data': `no data\n      ${expr}`, error: `error: ${message}\n      ${expr}`}[outcome];
  return `${marks[outcome]} ${String(id).padStart(3)} ${panel} ${refId}: ${said}`;
};

/** Board by board, a line each query, and a last line that counts them. */
export const toLines = (results: readonly PanelResult[]): readonly string[] => [
  ...results.flatMap((result, index) => [
    ...(result.board === results[index - 1]?.board ? [] : [result.board]),
    line(result),
  ]),
  `${results.length} queries: ${summary(results)}`,
];
