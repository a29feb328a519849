/** The results of a verification as JUnit XML and as Markdown for GitHub. */
import type {PanelResult} from './board-queries.ts';

/** The endpoint and the time range that were verified. */
export type Subject = {readonly url: string; readonly window: string};

const title = ({id, panel, refId}: PanelResult): string => `${id} ${panel} ${refId}`;

const byBoard = (results: readonly PanelResult[]): ReadonlyMap<string, readonly PanelResult[]> => {
  const boards = new Map<string, PanelResult[]>();
  for (const result of results) boards.set(result.board, [...(boards.get(result.board) ?? []), result]);
  return boards;
};

const count = (results: readonly PanelResult[], outcome: PanelResult['outcome']): number =>
  results.filter(result => result.outcome === outcome).length;

/** `3 data, 1 no data, 0 error` */
export const summary = (results: readonly PanelResult[]): string =>
  (['data', 'no data', 'error'] as const).map(outcome => `${count(results, outcome)} ${outcome}`).join(', ');

const entities: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'};

/** Escapes text for XML 1.0, which does not allow control characters. */
const xml = (text: string): string =>
  text
    .replaceAll(/[&<>"]/g, sign => entities[sign] ?? sign)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');

const testCase = (result: PanelResult): string => {
  const {board, outcome, message, expr, value} = result;
  const open = `    <testcase classname="${xml(board)}" name="${xml(title(result))}"`;
  if (outcome === 'data') return `${open}>\n      <system-out>${xml(value)}</system-out>\n    </testcase>`;
  const kind = outcome === 'error' ? 'error' : 'failure';
  return `${open}>\n      <${kind} message="${xml(outcome === 'error' ? message : outcome)}">${xml(expr)}</${kind}>\n    </testcase>`;
};

/** One suite per board and one test case per query: no data is a failure, a query that Prometheus rejects is an error. */
export const toJUnit = (results: readonly PanelResult[]): string => {
  const counts = (of: readonly PanelResult[]): string =>
    `tests="${of.length}" failures="${count(of, 'no data')}" errors="${count(of, 'error')}"`;
  const suites = [...byBoard(results)].map(
    ([board, of]) =>
      `  <testsuite name="${xml(board)}" ${counts(of)}>\n${of.map(testCase).join('\n')}\n  </testsuite>\n`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="verify" ${counts(results)}>\n${suites.join('')}</testsuites>\n`;
};

/** Escapes text for a table cell: no line breaks, no column separators, no markup. */
const cell = (text: string): string =>
  text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll(/[\\`*_[\]|~]/g, sign => `\\${sign}`)
    .replaceAll(/[<>]/g, sign => entities[sign] ?? sign);

/** Code in a table cell: a pipe would end the cell even within backticks. */
const code = (text: string): string => `<code>${xml(text).replaceAll(/\s+/g, ' ').replaceAll('|', '&#124;')}</code>`;

const marks = {data: '✅', 'no data': '⚪', error: '❌'} as const;

/** A summary for a pull request: the counts of each board, then each query without data or with an error. */
export const toMarkdown = (results: readonly PanelResult[], {url, window}: Subject): string => {
  const failing = results.filter(({outcome}) => outcome !== 'data');
  const boards = [...byBoard(results)].map(
    ([board, of]) =>
      `| ${cell(board)} | ${of.length} | ${count(of, 'data')} | ${count(of, 'no data')} | ${count(of, 'error')} |`,
  );
  const rows = failing.map(
    result =>
      `| ${marks[result.outcome]} | ${cell(result.board)} | ${cell(title(result))} | ${cell(result.outcome === 'error' ? result.message : result.outcome)} | ${code(result.expr)} |`,
  );
  return [
    `### ${failing.length === 0 ? `${marks.data} Every panel has data` : `${marks.error} ${failing.length} of ${results.length} queries have no data`}`,
    '',
    `${cell(url)}, the last ${window}: ${summary(results)}.`,
    '',
    '| board | queries | data | no data | error |',
    '| --- | --: | --: | --: | --: |',
    ...boards,
    ...(rows.length === 0 ? [] : ['', '| | board | panel | | query |', '| --- | --- | --- | --- | --- |', ...rows]),
    '',
  ].join('\n');
};
