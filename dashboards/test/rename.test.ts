import test from 'ava';
import {diagnoseWithCatalogue} from './compiler.ts';

const board = 'boards/mcp-analytics.ts';

test('the board compiles against the current catalogue', t => {
  t.deepEqual(
    diagnoseWithCatalogue(board, catalogue => catalogue),
    [],
  );
});

const breaks = test.macro({
  exec(t, {from, to, message}: {readonly from: string; readonly to: string; readonly message: RegExp}) {
    const found = diagnoseWithCatalogue(board, catalogue => {
      t.true(catalogue.includes(from), `the catalogue contains ${from}`);
      return catalogue.replaceAll(from, to);
    });
    t.regex(found[0] ?? 'no diagnostics', message);
  },
  title: (what = '') => `the board does not compile when the catalogue ${what}`,
});

test('renames a metric', breaks, {
  from: 'toolExecutionDuration',
  to: 'executionDuration',
  message: /no exported member( named)? '?"?toolExecutionDuration/,
});
test('renames a label', breaks, {from: 'client_name: open', to: 'client: open', message: /client_name/});
test('renames a label value', breaks, {
  from: "['true', 'false', 'unknown']",
  to: "['yes', 'no', 'unknown']",
  message: /"(?:true|false|yes)"' is not assignable to type/,
});
test('turns a counter into a gauge', breaks, {
  from: "toolExecutions = counter('mcp_tool_executions_total', {",
  to: "toolExecutions = gauge('mcp_tool_executions', {unit: 'flag',",
  message: /"gauge"' is not assignable to type '"counter"'/,
});
