/** Requirements of AMP, Prometheus and readers on the rules. The tests in rules/ prove that alerts fire when they should. */
import {catalogue, defaultBoundaries} from '@mcp-observability/metrics-service/catalogue';
import test from 'ava';
import {parse} from 'yaml';
import {artefacts, ruleFiles} from '../src/artefacts.ts';
import {alertGroups} from '../src/rules/alerts.ts';
import {recordingGroups} from '../src/rules/recordings.ts';
import {objectiveIds, objectives} from '../src/signals/objectives.ts';
import {alertNames} from '../src/signals/runbook.ts';
import {severities} from '../src/signals/severities.ts';
import {syntaxErrors} from './promql-parser.ts';
import {proofs} from './rules/all-proofs.ts';

type Rule = {
  alert?: string;
  record?: string;
  expr: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
};
type File = {groups: {name: string; interval: string; rules: Rule[]}[]};

const files = [...artefacts()].filter(([path]) => path.startsWith('rules/'));
const groups = files.flatMap(([, text]) => (parse(text) as File).groups); // YAML has no types
const rules = groups.flatMap(group => group.rules);

/**
 * Quotas of AMP (https://docs.aws.amazon.com/prometheus/latest/userguide/AMP_quotas.html). The page has none for the rules in a
 * group, so this one is the default of Cortex, on which AMP is based.
 */
const quotas = {rules: 2000, fileBytes: 2 ** 20, rulesInGroup: 20, inhibitions: 100, routes: 100, seconds: 30} as const;

test('rules and the alert manager definition are well within the quotas of AMP', t => {
  t.true(rules.length < quotas.rules / 10, `${rules.length}`);
  for (const [path, text] of artefacts()) {
    if (!path.startsWith('dashboards/')) {
      t.true(Buffer.byteLength(text) < quotas.fileBytes / 10, path);
    }
  }
  for (const {name, rules} of groups) {
    t.true(rules.length <= quotas.rulesInGroup, name);
  }
  const text = artefacts().get('alertmanager.yaml') ?? '';
  t.true([...text.matchAll(/source_matchers/g)].length < quotas.inhibitions);
  t.true([...text.matchAll(/receiver:/g)].length < quotas.routes);
});

test('each group has a unique name and an interval that AMP allows', t => {
  t.is(new Set(groups.map(({name}) => name)).size, groups.length);
  for (const {name, interval} of groups) {
    const [, resolution = '1m'] = /^growth-(5m|1h)-/.exec(name) ?? [];
    t.is(interval, resolution, name);
  }
});

test('a shorter interval changes only the interval of the rules', t => {
  for (const [path, text] of ruleFiles({interval: '1s'})) {
    t.is(text.replaceAll('interval: 1s', 'interval: 1m'), artefacts().get(path) ?? '', 'growth keeps its intervals');
  }
});

test('every expression is valid PromQL without variables of Grafana', t => {
  for (const {expr} of rules) {
    t.deepEqual(syntaxErrors(expr), [], expr);
    t.false(expr.includes('$'), expr);
  }
});

test('every alert has a severity, a summary, a description and a link', t => {
  for (const {alert, labels = {}, annotations = {}} of rules.filter(rule => rule.alert !== undefined)) {
    t.true((severities as readonly string[]).includes(labels['severity'] ?? ''), alert);
    t.deepEqual(Object.keys(annotations), ['summary', 'description', 'runbook_url'], alert);
    t.regex(annotations['summary'] ?? '', /^\S.{20,140}[^.]$/, alert);
    t.regex(annotations['description'] ?? '', /^\S.{60,}\.$/, alert);
  }
});

test('rules with the same name differ in their labels', t => {
  const named = rules.map(({alert, record, labels}) => JSON.stringify([alert, record, labels]));
  t.is(new Set(named).size, named.length);
});

test('templates use only labels that the alert has', t => {
  for (const {rules} of alertGroups) {
    for (const {expr: when, labels = {}, summary, description, alert} of rules) {
      for (const [, label = ''] of `${summary} ${description}`.matchAll(/\$labels\.(\w+)/g)) {
        t.true([...when.by, ...Object.keys(labels)].includes(label), `${alert} ${label}`);
      }
      t.pass();
    }
  }
});

test('recorded series are named level:metric:operation, and each of them is read', t => {
  const recorded = [...new Set(recordingGroups(15).flatMap(({rules}) => rules.map(({record}) => record)))];
  const read = [
    ...rules.map(({expr}) => expr),
    ...[...artefacts()].flatMap(([path, text]) => (path.startsWith('dashboards/') ? [text] : [])),
  ];
  for (const name of recorded) {
    t.regex(name, /^[a-z_]+:mcp_[a-z_]+:[a-z0-9_]+$/);
    t.true(
      read.some(text => text.includes(name)),
      name,
    );
  }
});

test('the thresholds of latency objectives are bucket boundaries, matched as 5 and 5.0', t => {
  const bounds = rules.flatMap(({expr}) =>
    [...expr.matchAll(/le=(~?)"([^"]+)"/g)].map(([, pattern, bound = '']) => ({pattern, bound})),
  );
  t.deepEqual(bounds, [
    {pattern: '', bound: '0.25'},
    {pattern: '~', bound: '5|5\\\\.0'},
  ]);
  for (const {bound} of bounds) {
    t.true((defaultBoundaries as readonly number[]).includes(Number.parseFloat(bound)));
  }
});

test('every objective has a target and a separate alert', t => {
  t.deepEqual(
    objectiveIds.map(id => [objectives[id].alert, objectives[id].target]),
    [
      ['MCPAuthErrorBudgetBurn', 0.995],
      ['MCPToolErrorBudgetBurn', 0.99],
      ['MCPAuthLatencyBudgetBurn', 0.99],
      ['MCPToolLatencyBudgetBurn', 0.95],
    ],
  );
});

test('rules read only metrics that exist', t => {
  const known = Object.values(catalogue).map(({name}) => name);
  for (const {expr} of rules) {
    for (const [name] of expr.matchAll(/(?<![:\w])mcp_\w+(?![:\w])/g)) {
      t.true(
        known.includes(name.replace(/_(bucket|count|sum)$/, '') as (typeof known)[number]) ||
          known.includes(name as (typeof known)[number]),
        name,
      );
    }
  }
});

test('every alert is tested firing and silent', t => {
  for (const name of alertNames) {
    const results = proofs.flatMap(proof => proof.expected).filter(({query}) => query.includes(`alertname="${name}"`));
    t.true(
      results.some(({value}) => value > 0),
      `${name} fires`,
    );
    t.true(
      results.some(({value}) => value === 0),
      `${name} is silent`,
    );
  }
});
