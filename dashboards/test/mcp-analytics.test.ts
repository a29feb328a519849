import {readdir, readFile} from 'node:fs/promises';
import type {Dashboard, Panel} from '@grafana/grafana-foundation-sdk/dashboard';
import test from 'ava';
import {dashboards} from '../src/artefacts.ts';
import {panelsOf, queriesOf} from './dashboard-json.ts';

const board: Partial<Dashboard> = dashboards.find(({uid}) => uid === 'mcp-analytics') ?? {};
const top = (board.panels ?? []).filter(panel => panel.type !== 'row') as Panel[]; // the rest are rows
const numbered = (...ids: number[]): Panel[] => ids.flatMap(id => top.filter(panel => panel.id === id));

const executions = /mcp_tool_execution(?:s_total|_duration_seconds_\w+)\{([^}]*)\}/g;
const selectionsOf = (panel: Panel): string[] =>
  queriesOf(panel).flatMap(({expr}) => [...expr.matchAll(executions)].map(([, matchers]) => matchers ?? ''));

test('the board has the expected panels, in order', t => {
  t.deepEqual(
    top.map(({id, title, type}) => `${id} ${title}: ${type}`),
    [
      '1 Real-time Protocol Activity: timeseries',
      '2 Authentication Flow Analysis: timeseries',
      '3 Authentication Success Rate: stat',
      '4 Active MCP Servers: stat',
      '5 Tool Executions per Hour: stat',
      '6 Most Popular Tool: stat',
      '7 MCP Latency P95 (by Server & Method): timeseries',
      '8 Request Volume Over Time: timeseries',
      '9 Error Rate Analysis: timeseries',
      '10 Average Response Times: timeseries',
      '11 Server Performance Dashboard: table',
      '12 Tool Usage Rankings: table',
      '13 MCP Protocol Methods Distribution: bargauge',
      '14 Tool Usage by Call Count: barchart',
      '15 Client Applications Distribution: bargauge',
      '16 MCP Protocol Flow Analysis: table',
      '17 Authentication Methods Distribution: bargauge',
      '18 Tool Execution Success Rate: timeseries',
      '19 Session Activity by Client: bargauge',
    ],
  );
});

test('discovery, the steps of a session and what the parts of the gateway count are in collapsed rows', t => {
  t.deepEqual(
    Object.fromEntries(
      (board.panels ?? []).flatMap(row => ('panels' in row ? [[row.title, row.panels.map(({title}) => title)]] : [])),
    ),
    {
      'Discovery and protocol flow': [
        'Tool Discovery Searches',
        'Tool Discovery P95',
        'Embedding vs Vector Search Time',
        'Tool Discovery Results',
        'Protocol Flow Step Latency',
      ],
      'Payloads and errors': ['Payload Size P95', 'Error Codes'],
      'Failed authentications, targets and sessions': [
        'Failed Authentications by Server',
        'Targets by Kind',
        'Session Store Lookups',
        'Token Replay Checks',
      ],
      'Registry and health checks': [
        'Registry Operations',
        'Failed Registry Operations',
        'Health Checks',
        'Failed Health Checks by Endpoint',
        'nginx Configuration Writes',
      ],
      'Rate limits and quarantine': [
        'Rate Limit Checks',
        'Rate Limit Denials',
        'Rate Limit Store Failures',
        'Quarantine Denials',
      ],
      'Generic proxy': ['Generic Proxy Outcomes', 'Generic Proxy Slots Rejected'],
    },
  );
  t.true((board.panels ?? []).every(panel => !('panels' in panel) || panel.collapsed));
});

test('panels about executions, tools or calls count only tools/call', t => {
  for (const panel of numbered(5, 6, 9, 10, 11, 12, 14, 18)) {
    const selections = selectionsOf(panel);
    t.not(selections.length, 0, panel.title);
    t.true(
      selections.every(matchers => matchers.includes('method="tools/call"')),
      panel.title,
    );
  }
});

test('panels about requests, servers or clients count every method', t => {
  for (const panel of numbered(4, 7, 8, 15, 19)) {
    const selections = selectionsOf(panel);
    t.not(selections.length, 0, panel.title);
    t.true(
      selections.every(matchers => !/method!?="/.test(matchers) && matchers.includes('method=~"$method"')),
      panel.title,
    );
  }
  t.true(selectionsOf(top[12] as Panel).every(matchers => matchers.includes('method!="tools/call"'))); // it has 19
});

test('exactly the selectors of tool executions filter by the selected reporter', t => {
  for (const panel of panelsOf(board)) {
    for (const {expr} of queriesOf(panel)) {
      for (const [selector] of expr.matchAll(/[\w:]*mcp_[\w:]+(\{[^}]*\})?/g)) {
        t.is(selector.includes('service="$observer"'), selector.includes('mcp_tool_execution'), selector);
      }
    }
  }
});

const filters = test.macro<[string, readonly number[]]>({
  exec(t, variable, ids) {
    for (const panel of numbered(...ids)) {
      t.true(
        selectionsOf(panel).every(matchers => matchers.includes(`=~"$${variable}"`)),
        panel.title,
      );
    }
  },
  title: (_, variable, ids) => `the variable ${variable} filters panels ${ids.join(', ')}`,
});
test(filters, 'server', [1, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19]);
test(filters, 'client', [1, 4, 5, 6, 8, 12, 13, 14, 15, 16, 18, 19]);
test(filters, 'method', [4, 7, 8, 13, 15, 19]);

test('nginx is the default reporter, and only one can be selected', t => {
  const observer = board.templating?.list?.find(({name}) => name === 'observer');
  t.is(observer?.current?.value, 'nginx');
  t.false(observer?.multi);
  t.false(observer?.includeAll);
});

test('colors change at the documented thresholds', t => {
  const stepsOf = (panel: Panel | undefined) =>
    panel?.fieldConfig?.defaults.thresholds?.steps.map(({value, color}) => [value, color]);
  t.deepEqual(stepsOf(top[2]), [
    [null, 'red'],
    [0.85, 'orange'],
    [0.95, 'green'],
  ]);
  t.deepEqual(stepsOf(top[8]), [
    [null, 'green'],
    [0.01, 'orange'],
    [0.05, 'red'],
  ]);
});

test('each of the 19 panels shows a notice when there is no traffic', t => {
  for (const panel of top) {
    t.is(panel.fieldConfig?.defaults.noValue, 'no traffic', panel.title);
  }
});

test('the files of boards contain no PromQL', async t => {
  const folder = new URL('../src/boards/', import.meta.url);
  const files = (await readdir(folder, {recursive: true})).filter(file => file.endsWith('.ts'));
  t.true(files.length > 1);
  for (const file of files) {
    const text = await readFile(new URL(file, folder), 'utf8');
    t.notRegex(text, /mcp_|\$__|_total\b|_bucket\b|\bby \(|=~/, file);
  }
});
