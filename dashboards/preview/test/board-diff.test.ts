/** A change to a board, as a reviewer sees it. */
import test from 'ava';
import {compareBoards} from '../src/board-diff.ts';
import {toHtml, toMarkdown} from '../src/comparison-report.ts';

const steps = (red: number) => ({
  mode: 'absolute',
  steps: [
    {color: 'green', value: null},
    {color: 'red', value: red},
  ],
});
const panel = (id: number, title: string, expr: string, more = {}) => ({
  id,
  type: 'timeseries',
  title,
  gridPos: {x: 0, y: id * 8, w: 12, h: 8},
  targets: [{refId: 'A', expr}],
  fieldConfig: {defaults: {unit: 's', thresholds: steps(1)}, overrides: []},
  ...more,
});
const board = (...panels: object[]) => ({uid: 'b', title: 'Board', panels});
const fold = (...panels: object[]) => ({id: 90, type: 'row', title: 'Fold', collapsed: true, panels});

const changesOf = (before: object, after: object) => {
  const {panels} = compareBoards('b', before, after);
  return panels.map(({mark, title, words}) => [mark, title, ...words]);
};

test('a board of which only ids and positions differ is unchanged', t => {
  const before = board(panel(1, 'One', 'a'), panel(2, 'Two', 'b'));
  const after = board(panel(7, 'One', 'a'), panel(9, 'Two', 'b'));
  t.is(compareBoards('b', before, after).mark, 'same');
});

test('a changed threshold is reported, and nothing else', t => {
  const fieldConfig = {defaults: {unit: 's', thresholds: steps(2)}, overrides: []};
  t.deepEqual(
    changesOf(
      board(panel(1, 'One', 'a'), panel(2, 'Two', 'b')),
      board(panel(1, 'One', 'a', {fieldConfig}), panel(2, 'Two', 'b')),
    ),
    [['changed', 'One', 'thresholds: `green, red from 1` → `green, red from 2`']],
  );
});

test('a changed threshold of a column names the column', t => {
  const column = (red: number) => ({
    fieldConfig: {
      defaults: {},
      overrides: [{matcher: {id: 'byName', options: 'Failed'}, properties: [{id: 'thresholds', value: steps(red)}]}],
    },
  });
  t.deepEqual(changesOf(board(panel(1, 'One', 'a', column(1))), board(panel(1, 'One', 'a', column(3)))), [
    ['changed', 'One', 'thresholds of Failed: `green, red from 1` → `green, red from 3`'],
  ]);
});

test('a new panel and a removed one are reported with their queries', t => {
  t.deepEqual(
    changesOf(board(panel(1, 'One', 'a'), panel(2, 'Old', 'b')), board(panel(1, 'One', 'a'), panel(2, 'New', 'c'))),
    [
      ['added', 'New', 'timeseries, unit `s`', 'query A: `c`'],
      ['removed', 'Old', 'timeseries, unit `s`', 'query A: `b`'],
    ],
  );
});

test('a new panel ahead of others doesn’t make them changed', t => {
  t.deepEqual(changesOf(board(panel(1, 'One', 'a')), board(panel(1, 'New', 'c'), panel(2, 'One', 'a'))), [
    ['added', 'New', 'timeseries, unit `s`', 'query A: `c`'],
  ]);
});

test('a panel with another title and the same query is renamed', t => {
  t.deepEqual(changesOf(board(panel(1, 'One', 'a')), board(panel(1, 'Uno', 'a'))), [
    ['renamed', 'Uno', 'title: `One` → `Uno`'],
  ]);
});

test('a renamed metric is reported for every panel that queries it, also in collapsed rows', t => {
  t.deepEqual(
    changesOf(
      board(panel(1, 'One', 'old'), fold(panel(2, 'Two', 'rate(old)'))),
      board(panel(1, 'One', 'new'), fold(panel(2, 'Two', 'rate(new)'))),
    ),
    [
      ['changed', 'One', 'query A: `old` → `new`'],
      ['changed', 'Two', 'query A: `rate(old)` → `rate(new)`'],
    ],
  );
});

test('added and removed variables, a changed title and time are reported for the board', t => {
  const variable = (name: string) => ({templating: {list: [{name, type: 'query'}]}});
  const {words} = compareBoards(
    'b',
    {...board(), ...variable('a')},
    {...board(), ...variable('b'), title: 'Other', time: {from: 'now-3h', to: 'now'}},
  );
  t.deepEqual(words, [
    'title: `Board` → `Other`',
    'time: `{"from":"now-6h","to":"now"}` → `{"from":"now-3h","to":"now"}`',
    'variable `a` removed',
    'variable `b` added',
  ]);
});

test('a board that is new or removed is reported as such', t => {
  t.is(compareBoards('b', undefined, board()).mark, 'added');
  t.is(compareBoards('b', board(), undefined).mark, 'removed');
});

const report = (title: string) => {
  const change = compareBoards('b', board(panel(1, title, 'a')), board(panel(1, title, 'b')));
  return [{...change, pictures: {before: 'x.png', after: 'y.png'}, panelPictures: new Map()}];
};

test('the summary has the number of changed boards, their names and both screenshots', t => {
  const markdown = toMarkdown(report('One'), 'main');
  t.regex(markdown, /1 board of 1 differs: 1 panel changed\./);
  t.regex(markdown, /- \*\*One\*\* changed\n {2}- query A: `a` → `b`/);
  t.regex(markdown, /\(x\.png\) \| .*\(y\.png\)/);
});

test('a title can’t inject markup into the page', t => {
  const html = toHtml(report('<script>alert(1)</script>'), '<b>');
  t.false(html.includes('<script>'));
  t.false(html.includes('<b>'));
});

test('what isn’t a classic dashboard is rejected with the name of the field', t => {
  t.throws(() => compareBoards('b', {spec: {elements: {}}}, {}), {message: /found schema v2/});
  t.throws(() => compareBoards('b', {panels: [{title: 'x'}]}, {}), {
    message: /panels\[0\]\.type: expected a panel kind/,
  });
});
