import test from 'ava';
import {diagnoseWithCatalogue} from './compiler.ts';

const board = 'boards/mcp-analytics.ts';

test('The board compiles against the catalogue as it is.', t => {
  t.deepEqual(
    diagnoseWithCatalogue(board, catalogue => catalogue),
    [],
  );
});

const breaks = test.macro({
  exec(t, {from, to, says}: {readonly from: string; readonly to: string; readonly says: RegExp}) {
    const found = diagnoseWithCatalogue(board, catalogue => {
      t.true(catalogue.includes(from), `the catalogue says ${from}`);
      return catalogue.replaceAll(from, to);
    });
    t.regex(found[0] ?? 'nothing was said', says);
  },
  title: (what = '') => `The board does not compile when the catalogue renames ${what}.`,
});

test('a metric', breaks, {
  from: 'toolExecutionDuration',
  to: 'executionDuration',
  says: /no exported member( named)? '?"?toolExecutionDuration/,
});
test('a label', breaks, {from: 'client_name: open', to: 'client: open', says: /client_name/});
test('a value of a label', breaks, {
  from: "['true', 'false', 'unknown']",
  to: "['yes', 'no', 'unknown']",
  says: /"true"' is not assignable to type/,
});
test('a counter into what is a gauge', breaks, {
  from: "toolExecutions = counter('mcp_tool_executions_total', {",
  to: "toolExecutions = gauge('mcp_tool_executions', {unit: 'flag',",
  says: /"gauge"' is not assignable to type '"counter"'/,
});
