/** The errors of boards that cannot work. */
import test from 'ava';
import {dashboards} from '../src/artefacts.ts';
import {build, row} from '../src/boards/board.ts';
import {checkBoards, findProblems} from '../src/boards/check-boards.ts';
import {BoardsError} from '../src/errors.ts';
import type {VariableBuilder} from '../src/panels/board-parts.ts';
import {uids} from '../src/panels/board-uids.ts';
import {each, timeSeries} from '../src/panels/panels.ts';
import {clientVariable, filters, reporterVariable, serverVariable} from '../src/panels/variables.ts';
import {panel} from '../src/promql/promql.ts';
import {requests} from '../src/signals/mcp-signals.ts';

const requestsByServer = timeSeries({
  title: 'Requests',
  description: '',
  series: [
    each('server_name', requests.perSecond({over: panel.resolution, by: ['server_name'], where: filters.requests})),
  ],
});

const boardWith = (...variables: VariableBuilder[]) =>
  build({uid: uids.pipeline, title: 'Scratch', description: '', variables, rows: [row(8, requestsByServer)]});

test('the boards of this package have no problem', t => {
  t.deepEqual(findProblems(dashboards), []);
});

test('a condition with a variable that the board does not declare is a problem that names panel, variable and choices', t => {
  const problems = findProblems([boardWith(reporterVariable, serverVariable)]);
  t.true(
    problems.includes(
      "Scratch, panel Requests: expected a variable that the board declares before ($datasource, $observer, $server), found $client; add its builder to the board's variables",
    ),
    problems.join('\n'),
  );
});

test('a variable that filters by one that is not declared before it is a problem', t => {
  const problems = findProblems([boardWith(clientVariable, reporterVariable)]);
  t.true(
    problems.some(
      problem => problem.startsWith('Scratch, variable client: expected') && problem.includes('found $observer'),
    ),
    problems.join('\n'),
  );
});

test('two boards of one uid are an error that names both', t => {
  const [board] = dashboards;
  if (!board) return t.fail('there is a board');
  t.throws(() => checkBoards([board, {...board, title: 'Copy'}]), {
    instanceOf: BoardsError,
    message: `Copy: expected a uid that no other board has, found "${board.uid}"`,
  });
});
