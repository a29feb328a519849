/** Every dangerous change of rules, routes and the catalogue is within the first ten lines of the review's comment. */
import test from 'ava';
import {type Catalogue, catalogueDangers} from '../review/contract-dangers.ts';
import {routingDangers} from '../review/routing-dangers.ts';
import {compareRules} from '../review/rule-changes.ts';
import {ruleDangers} from '../review/rule-dangers.ts';
import {firstTenLines} from './first-ten-lines.ts';

const rules = (fields: string): readonly string[] => [
  `groups:\n  - name: gateway\n    interval: 1m\n    rules:\n      - alert: High\n${fields}`,
];
const high = (expr: string, severity = 'critical', lasting = '5m'): readonly string[] =>
  rules(`        expr: ${expr}\n        for: ${lasting}\n        labels: {severity: ${severity}}\n`);

for (const [what, after, expected] of [
  [
    'a raised threshold',
    high('sum(rate(errors_total[5m])) / sum(rate(calls_total[5m])) > 0.9'),
    /\*\*alerts less\*\*: High\{severity=critical\}: threshold 0\.1 to 0\.9/,
  ],
  [
    'a lowered severity',
    high('sum(rate(errors_total[5m])) / sum(rate(calls_total[5m])) > 0.1', 'info'),
    /\*\*alerts less\*\*: High\{severity=info\}: severity critical to info/,
  ],
  [
    'a longer wait',
    high('sum(rate(errors_total[5m])) / sum(rate(calls_total[5m])) > 0.1', 'critical', '1h'),
    /\*\*alerts less\*\*: High\{severity=critical\}: for 5m to 1h/,
  ],
  [
    'a narrower selector',
    high('sum(rate(errors_total{service="nginx"}[5m])) / sum(rate(calls_total[5m])) > 0.1'),
    /\*\*alerts less\*\*: High\{severity=critical\}: the expression changes: .*service = "nginx"/,
  ],
  ['a removed alert', rules('').map(() => 'groups: []'), /\*\*alerts less\*\*: High\{severity=critical\} is removed/],
] as const)
  test(`the first ten lines name ${what}`, t => {
    const before = high('sum(rate(errors_total[5m])) / sum(rate(calls_total[5m])) > 0.1');
    t.regex(firstTenLines(ruleDangers(compareRules(before, after))), expected);
  });

const recording = (expr: string, name = 'objective:mcp_target:ratio'): readonly string[] => [
  `groups:\n  - name: objectives\n    rules:\n      - record: ${name}\n        expr: ${expr}\n`,
];

test('the first ten lines name a lowered objective', t => {
  t.regex(
    firstTenLines(ruleDangers(compareRules(recording('vector(0.995)'), recording('vector(0.9)')))),
    /\*\*alerts less\*\*: recording objective:mcp_target:ratio: 0\.995 to 0\.9; alerts and boards compare with it/,
  );
});

test('the first ten lines name a removed recording, and how many queries read it', t => {
  const changes = compareRules(recording('sum(a)', 'all:a:sum'), recording('sum(b)', 'all:b:sum'));
  t.regex(
    firstTenLines(ruleDangers(changes, ['sum(all:a:sum)', 'max(all:a:sum{x="y"})', 'a'])),
    /\*\*loses data\*\*: recording all:a:sum is removed, but 2 queries read it/,
  );
});

test('the first ten lines name a lost link to the runbook, a lost description and a changed label', t => {
  const text = (rest: string): readonly string[] => rules(`        expr: a > 1\n${rest}`);
  const lines = firstTenLines(
    ruleDangers(
      compareRules(
        text(
          '        labels: {severity: critical, team: a}\n        annotations: {runbook_url: x, description: y, summary: z}\n',
        ),
        text('        labels: {severity: critical, team: b}\n        annotations: {summary: other}\n'),
      ),
    ),
  );
  t.regex(lines, /the link to the runbook is removed/);
  t.regex(lines, /annotations\.description y to none/);
  t.regex(lines, /labels\.team a to b/);
  t.notRegex(lines, /annotations\.summary/);
});

test('the first ten lines name critical alerts that lose their route, and a receiver that sends elsewhere', t => {
  const routing = (routes: string, topic: string): string =>
    `alertmanager_config: |\n  route: {receiver: default, routes: [${routes}]}\n  receivers: [{name: default, sns_configs: [{topic_arn: ${topic}}]}]`;
  const critical = `{matchers: ['severity="critical"'], receiver: default, repeat_interval: 1h}`;
  t.regex(
    firstTenLines(routingDangers(routing(critical, 'a'), routing('', 'a'))),
    /\*\*alerts less\*\*: alerts with severity="critical" lose their route/,
  );
  t.regex(
    firstTenLines(routingDangers(routing(critical, 'a'), routing(critical.replace('1h', '24h'), 'a'))),
    /the route of alerts with severity="critical" changes: repeat_interval: 1h to 24h/,
  );
  t.regex(
    firstTenLines(routingDangers(routing(critical, 'a'), routing(critical, 'b'))),
    /receiver default changes: sns_configs\.0\.topic_arn: a to b/,
  );
});

test('the first ten lines name a receiver that goes and an inhibition that comes', t => {
  const routing = (text: string): string => `alertmanager_config: |\n${text.replaceAll(/^/gm, '  ')}`;
  const before = routing('route: {receiver: pager}\nreceivers: [{name: pager}]');
  const after = routing(
    'route: {receiver: none}\nreceivers: [{name: none}]\ninhibit_rules: [{source_matchers: [a=b]}]',
  );
  const lines = firstTenLines(routingDangers(before, after));
  t.regex(lines, /receiver pager is removed/);
  t.regex(lines, /inhibited by a new rule/);
  t.regex(lines, /the route of alerts to receivers changes/);
});

const family = (name: string, labels: Catalogue[number]['labels'] = {method: null}): Catalogue[number] => ({
  name,
  kind: 'counter',
  labels,
});

for (const [what, before, after, expected] of [
  [
    'a renamed metric',
    [family('mcp_calls_total')],
    [family('mcp_tool_calls_total')],
    /\*\*loses data\*\*: metric mcp_calls_total is renamed to mcp_tool_calls_total/,
  ],
  ['a dropped metric', [family('mcp_calls_total')], [], /\*\*loses data\*\*: metric mcp_calls_total is dropped/],
  [
    'a lost label',
    [family('a', {method: null, server: null})],
    [family('a')],
    /\*\*loses data\*\*: metric a: loses the label server/,
  ],
  [
    'a lost label value',
    [family('a', {success: ['true', 'false']})],
    [family('a', {success: ['true']})],
    /\*\*loses data\*\*: metric a: loses success="false"/,
  ],
  [
    'a renamed label',
    [family('a', {server: null})],
    [family('a', {server_name: null})],
    /\*\*loses data\*\*: metric a: loses the label server, probably renamed to server_name/,
  ],
  [
    'another kind of family',
    [family('a')],
    [{...family('a'), kind: 'gauge'}],
    /\*\*loses data\*\*: metric a: counter becomes gauge/,
  ],
  [
    'lost and added bucket boundaries',
    [{...family('a'), kind: 'histogram', buckets: [1, 5]}],
    [{...family('a'), kind: 'histogram', buckets: [1, 10]}],
    /loses the bucket boundaries 5\n.*\*\*costs more\*\*: metric a: gets the bucket boundaries 10/,
  ],
  [
    'an open label that becomes closed',
    [family('a', {method: null})],
    [family('a', {method: ['get']})],
    /\*\*loses data\*\*: metric a: the label method accepts only get/,
  ],
  [
    'a closed label that becomes open',
    [family('a', {method: ['get']})],
    [family('a', {method: null})],
    /\*\*costs more\*\*: metric a: the label method accepts any value/,
  ],
  [
    'a label that multiplies series',
    [family('a')],
    [family('a', {method: null, user: null})],
    /\*\*costs more\*\*: metric a: gets the label user/,
  ],
] as const)
  test(`the first ten lines name ${what}`, t => {
    t.regex(firstTenLines(catalogueDangers(before, after)), expected);
  });
