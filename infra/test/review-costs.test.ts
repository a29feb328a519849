import {fileURLToPath} from 'node:url';
import {artefacts} from '@mcp-observability/dashboards';
import test from 'ava';
import {compareCosts, costDangers, costDetails, costSummary, measureCosts} from '../review/board-costs.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const cost = (board: string, range: string, reads: Readonly<Record<string, number>>) => ({
  board,
  range,
  queries: Object.entries(reads).map(([panel, read]) => ({panel, id: 1, refId: 'A', expr: 'x', read})),
  look: Object.values(reads).reduce((sum, read) => sum + read, 0),
});

test('boards that read the same before and after are not mentioned', t => {
  const same = [cost('mcp-pipeline', '1h', {Memory: 10})];
  const changes = compareCosts(same, same);
  t.deepEqual(changes, []);
  t.is(costSummary(changes), 'no change');
  t.is(costDetails(changes), '');
  t.deepEqual(costDangers(changes), []);
});

test('a board that reads more is a warning, and its panels are listed by their difference', t => {
  const changes = compareCosts(
    [cost('mcp-pipeline', '1h', {Memory: 1000, Starts: 500, Emitters: 5}), cost('mcp-pipeline', '7d', {Memory: 100})],
    [cost('mcp-pipeline', '1h', {Memory: 1000, Starts: 490, Emitters: 605}), cost('mcp-pipeline', '7d', {Memory: 50})],
  );
  t.is(costSummary(changes), 'mcp-pipeline over 1h +39%, mcp-pipeline over 7d −50%');
  t.deepEqual(costDangers(changes), [
    {
      kind: 'costs more',
      text: 'board mcp-pipeline over 1h reads 2,095 samples per load, before 1,505 (+39%)',
      stacks: [],
    },
  ]);
  t.regex(
    costDetails(changes),
    /\| all \| 1,505 \| 2,095 \|\n\| \| \| Emitters \| 5 \| 605 \|\n\| \| \| Starts \| 500 \| 490 \|/,
  );
});

test('a new board is a warning, a removed one is not', t => {
  const changes = compareCosts([cost('old', '1h', {a: 3})], [cost('new', '1h', {b: 4})]);
  t.is(costSummary(changes), 'new over 1h new, old over 1h removed');
  t.deepEqual(
    costDangers(changes).map(({text}) => text),
    ['board new over 1h reads 4 samples per load, before none (new)'],
  );
});

test('growth within five percent is listed without a warning', t => {
  const changes = compareCosts([cost('a', '1h', {b: 100})], [cost('a', '1h', {b: 104})]);
  t.is(costSummary(changes), 'a over 1h +4.0%');
  t.deepEqual(costDangers(changes), []);
});

test('a panel that always reads raw series is a warning on a real Prometheus', async t => {
  t.timeout(300_000);
  const analytics = artefacts().get('dashboards/mcp-analytics.json') ?? '';
  // The value of the variable that selects raw series, over every range.
  const withoutRecords = analytics.replaceAll('$resolution', '|raw');
  t.true(withoutRecords !== analytics);
  const measure = (board: string) => measureCosts(root, [JSON.parse(board)]);
  const changes = compareCosts(await measure(analytics), await measure(withoutRecords));
  const [warning = '', ...others] = costDangers(changes).map(({text}) => text);
  t.regex(
    warning,
    /^board mcp-analytics over 7d reads [\d,]+ samples per load, before [\d,]+ \(\+\d+%\)$/,
    costDetails(changes),
  );
  t.deepEqual(others, []);
});
