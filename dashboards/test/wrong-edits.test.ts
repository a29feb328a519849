/** Typical mistakes of newcomers. The compiler must reject each with a short message that lists the existing names. */
import test from 'ava';
import {diagnose} from './compiler.ts';

const imports = `
import {series, toolExecutionDuration, toolExecutions, tokenReplayChecks} from '@mcp-observability/metrics-service/catalogue';
import * as q from './promql/promql.ts';
import {coloursOf, each, named, timeSeries} from './panels/panels.ts';
import {board, row} from './boards/board.ts';
import {cpu} from './boards/aws-infrastructure/tasks.ts';
import {uids} from './panels/board-uids.ts';
import {minStepVariable, resolutionVariable} from './panels/resolution-variables.ts';
import {client, reporterVariable, server, serverVariable} from './panels/variables.ts';
import {rejections} from './signals/pipeline-signals.ts';
import {requests} from './signals/mcp-signals.ts';
const {panel, rule} = q;
const over = panel.range;
const about = {title: '', description: ''};
const alert = (expr: q.RuleExpression): q.RuleExpression => expr;
void [series, toolExecutionDuration, toolExecutions, tokenReplayChecks, coloursOf, each, named, timeSeries, server, rejections];
const byClient = timeSeries({...about, series: [each('client_name', requests.perSecond({over, by: ['client_name'], where: {server_name: server, client_name: client}}))]});
void [requests, rule, over, about, alert, board, row, uids, minStepVariable, resolutionVariable, reporterVariable, serverVariable, byClient, cpu];
`;

type Edit = {readonly wrong: string; readonly mentions: readonly string[]};

const labelsOfExecutions = ['service', 'success', 'method', 'server_name', 'tool_name', 'client_name'].map(
  name => `"${name}"`,
);

const edits = {
  'a label that the metric does not have': {
    wrong: `q.rate(toolExecutions, {over, by: ['server']});`,
    mentions: [`Type '"server"' is not assignable to type '"`, ...labelsOfExecutions],
  },
  'a typo in a label': {
    wrong: `q.rate(toolExecutions, {over, by: ['sever_name']});`,
    mentions: [...labelsOfExecutions, `Did you mean '"server_name"'?`],
  },
  'a typo in a label of a signal': {
    wrong: `rejections.perSecond({over, by: ['reazon']});`,
    mentions: [`Type '"reazon"' is not assignable to type '"emitter" | "reason"'. Did you mean '"reason"'?`],
  },
  'a label that the record of a signal does not have': {
    wrong: `requests.perSecond({over, by: ['tool_name']});`,
    mentions: [`Type '"tool_name"' is not assignable to type '"`, '"client_name"', '"server_name"'],
  },
  'a condition on a label that the metric does not have': {
    wrong: `requests.perSecond({over, where: {server}});`,
    mentions: [`'server' does not exist in type 'Conditions<"`, '"client_name"', '"server_name"'],
  },
  'a typo in an MCP method': {
    wrong: `q.rate(toolExecutions, {over, where: {method: 'tool/call'}});`,
    mentions: [`Type '"tool/call"' is not assignable`, `Did you mean '"tools/call"'?`],
  },
  'a value outside a closed label': {
    wrong: `q.rate(toolExecutions, {over, where: {success: 'yes'}});`,
    mentions: [`Type '"yes"' is not assignable to type 'Match<"true" | "false" | "unknown", never>`],
  },
  'series with different units in one chart': {
    wrong: `timeSeries({...about, series: [named('a', q.rate(toolExecutions, {over}), 'traffic'), named('b', q.mean(toolExecutionDuration, {over}), 'worst')]});`,
    mentions: [`Type '"seconds"' is not assignable to type '"events per second"'.`],
  },
  'a window in a unit that Prometheus does not know': {
    wrong: `q.rate(toolExecutions, {over: rule.last('5min')});`,
    mentions: [`'"5min"' is not assignable to parameter of type`],
  },
  'a colour of a value that the label does not have': {
    wrong: `coloursOf(tokenReplayChecks, 'result', {accpted: 'success'});`,
    mentions: [`'accpted' does not exist in type`, `Did you mean to write 'accepted'?`],
  },
  'a variable that the board does not declare': {
    wrong: `board({uid: uids.pipeline, title: '', description: '', variables: [reporterVariable, serverVariable, resolutionVariable, minStepVariable], rows: [row(8, byClient)]});`,
    mentions: ['"$client"'],
  },
  'records on a board without the variables that choose between them and raw series': {
    wrong: `board({uid: uids.pipeline, title: '', description: '', variables: [serverVariable], rows: [row(8, timeSeries({...about, series: [named('a', requests.perSecond({over}), 'traffic')]}))]});`,
    mentions: ['"$resolution"'],
  },
  'a CloudWatch variable that the board does not declare': {
    wrong: `board({uid: uids.pipeline, title: '', description: '', variables: [serverVariable], rows: [row(8, cpu)]});`,
    mentions: ['"$cluster"', '"$service"'],
  },
} as const satisfies Readonly<Record<string, Edit>>;

type Name = keyof typeof edits;
const names = Object.keys(edits) as Name[]; // Object.keys forgets the keys' type
const diagnostics = diagnose(
  Object.fromEntries(names.map(name => [name, `${imports}${edits[name].wrong}`])) as Record<Name, string>, // as above
);

for (const name of names)
  test(`${name}: the message names what exists`, t => {
    const [message = '', ...others] = diagnostics[name];
    t.deepEqual(others, []);
    for (const part of edits[name].mentions) t.true(message.includes(part), message);
    t.true(message.length < 1100, `${message.length} characters: ${message}`);
  });
