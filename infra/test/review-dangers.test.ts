/** Every dangerous change is within the first ten lines of the review's comment. */
import test from 'ava';
import type {CostedPlan} from '../plan/report-diff.ts';
import {boardDangers} from '../review/board-dangers.ts';
import {toComment} from '../review/comment.ts';
import {type Catalogue, catalogueDangers} from '../review/contract-dangers.ts';
import {type Danger, danger, mergeStacks} from '../review/danger.ts';
import {planDangers} from '../review/plan-dangers.ts';
import {routingDangers} from '../review/routing-dangers.ts';
import {compareRules} from '../review/rule-changes.ts';
import {ruleDangers} from '../review/rule-dangers.ts';

type Resource = CostedPlan['resources'][number];

const resource = (type: string, name: string, inputs: Resource['inputs'], rest: Partial<Resource> = {}): Resource => ({
  urn: `urn:pulumi:dev::mcp-observability::${type}::${name}`,
  type,
  name,
  parent: '',
  kind: 'resource',
  inputs,
  id: `${name}-0123456789`,
  outputs: {},
  children: [],
  provider: '',
  region: '',
  dependencies: [],
  protect: false,
  retainOnDelete: false,
  deleteBeforeReplace: false,
  importId: '',
  ignoreChanges: [],
  replaceOnChanges: [],
  ...rest,
});

const plan = (resources: readonly Resource[], dollars = 10): CostedPlan => ({
  stack: 'dev',
  resources: [resource('aws:ecs/cluster:Cluster', 'cluster', {}), ...resources],
  outputs: {},
  cost: {dollars, lines: [{part: 'metrics-service', item: 'task', quantity: 1, dollars, prices: []}]},
});

const firstTenLines = (dangers: readonly Danger[]): string =>
  toComment({base: 'main', commit: '0123456789abcdef', dangers, parts: [], stacks: {columns: [], rows: []}})
    .split('\n')
    .slice(0, 10)
    .join('\n');

const policy = (statement: Readonly<Record<string, string | readonly string[]>>): Resource =>
  resource('aws:iam/rolePolicy:RolePolicy', 'collector-task', {
    policy: JSON.stringify({
      Statement: [
        {Sid: 'WriteSamples', Effect: 'Allow', Action: ['aps:RemoteWrite'], Resource: 'arn:aws:aps:x', ...statement},
      ],
    }),
  });

const role = (service: string): Resource =>
  resource('aws:iam/role:Role', 'collector-task', {
    assumeRolePolicy: JSON.stringify({
      Statement: [{Sid: 'Assume', Effect: 'Allow', Action: 'sts:AssumeRole', Principal: {Service: service}}],
    }),
  });

const grafana = (role?: string): Resource =>
  resource('aws:ecs/taskDefinition:TaskDefinition', 'grafana-definition', {
    containerDefinitions: JSON.stringify([
      {
        name: 'grafana',
        environment: role
          ? [
              {name: 'GF_AUTH_ANONYMOUS_ENABLED', value: 'true'},
              {name: 'GF_AUTH_ANONYMOUS_ORG_ROLE', value: role},
            ]
          : [],
      },
    ]),
  });

const vpc = resource(
  'awsx:ec2:Vpc',
  'network',
  {},
  {outputs: {publicSubnetIds: ['subnet-public-1234567'], privateSubnetIds: ['subnet-private-1234567']}},
);
const service = (subnet: string): Resource =>
  resource('aws:ecs/service:Service', 'grafana-service', {networkConfiguration: {subnets: [subnet]}});

const alarm = (inputs: Resource['inputs']): Resource =>
  resource('aws:cloudwatch/metricAlarm:MetricAlarm', 'no-tasks', inputs);
const workspace = (inputs: Resource['inputs'], rest: Partial<Resource> = {}): Resource =>
  resource('aws:amp/workspace:Workspace', 'metrics', inputs, rest);
const logGroup = (days: number): Resource =>
  resource('aws:cloudwatch/logGroup:LogGroup', 'grafana-logs', {retentionInDays: days});

const planChanges: readonly (readonly [string, readonly Resource[], readonly Resource[], RegExp])[] = [
  [
    'an added action',
    [policy({})],
    [policy({Action: ['aps:RemoteWrite', 'iam:PassRole', 'secretsmanager:GetSecretValue']})],
    /\*\*allows more\*\*: dev: collector-task: adds iam:PassRole, secretsmanager:GetSecretValue on arn:aws:aps:x/,
  ],
  [
    'a widened resource',
    [policy({})],
    [policy({Resource: '*'})],
    /\*\*allows more\*\*: dev: collector-task: aps:RemoteWrite also on \*/,
  ],
  [
    'a widened principal',
    [role('ecs-tasks.amazonaws.com')],
    [role('*')],
    /\*\*allows more\*\*: dev: collector-task: \*: adds sts:AssumeRole/,
  ],
  [
    'a group open to the world',
    [],
    [
      resource('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'door', {
        securityGroupId: 'sg-1',
        cidrIpv4: '0.0.0.0/0',
        fromPort: 22,
      }),
    ],
    /\*\*opens\*\*: dev: door: a security group open to the Internet/,
  ],
  [
    'a new way in',
    [],
    [
      resource('aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', 'door', {
        securityGroupId: 'sg-1',
        cidrIpv4: '10.0.0.0/8',
        fromPort: 8890,
      }),
    ],
    /\*\*opens\*\*: dev: 10\.0\.0\.0\/8 reaches sg-1 on port 8890/,
  ],
  [
    'a public subnet',
    [vpc, service('subnet-private-1234567')],
    [vpc, service('subnet-public-1234567')],
    /\*\*opens\*\*: dev: grafana-service: moves to public subnets/,
  ],
  [
    'dropped encryption',
    [resource('awsx:ecr:Repository', 'images', {encryptionConfigurations: [{encryptionType: 'KMS'}]})],
    [resource('awsx:ecr:Repository', 'images', {})],
    /\*\*opens\*\*: dev: .*encryption is dropped/,
  ],
  [
    'a public load balancer',
    [resource('aws:lb/loadBalancer:LoadBalancer', 'grafana', {internal: true})],
    [resource('aws:lb/loadBalancer:LoadBalancer', 'grafana', {internal: false})],
    /\*\*opens\*\*: dev: grafana: load balancer with public addresses/,
  ],
  [
    'shorter log retention',
    [logGroup(90)],
    [logGroup(7)],
    /\*\*loses data\*\*: dev: .*grafana-logs: retention is shorter \(retentionInDays: 90 to 7\)/,
  ],
  [
    'shorter workspace retention',
    [resource('aws:amp/workspaceConfiguration:WorkspaceConfiguration', 'retention', {retentionPeriodInDays: 150})],
    [resource('aws:amp/workspaceConfiguration:WorkspaceConfiguration', 'retention', {retentionPeriodInDays: 30})],
    /\*\*loses data\*\*: dev: .*retention is shorter/,
  ],
  [
    'protection off',
    [workspace({}, {protect: true})],
    [workspace({})],
    /\*\*loses data\*\*: dev: .*metrics: protection is off/,
  ],
  ['a removed workspace', [workspace({})], [], /\*\*loses data\*\*: dev: .*metrics is removed/],
  [
    'a replaced workspace',
    [workspace({})],
    [resource('aws:amp/workspace:Workspace', 'metrics-2', {})],
    /\*\*loses data\*\*: dev: .*metrics is replaced by metrics-2/,
  ],
  [
    'NAT removed',
    [resource('awsx:ec2:Vpc', 'network', {natGateways: {strategy: 'Single'}})],
    [resource('awsx:ec2:Vpc', 'network', {natGateways: {strategy: 'None'}})],
    /\*\*loses data\*\*: dev: .*NAT changes/,
  ],
  ['a removed alarm', [alarm({threshold: 1})], [], /\*\*alerts less\*\*: dev: .*no-tasks is removed/],
  [
    'an alarm that notifies no one',
    [alarm({actionsEnabled: true})],
    [alarm({actionsEnabled: false})],
    /\*\*alerts less\*\*: dev: .*notifies no one/,
  ],
  [
    'access logs removed',
    [resource('aws:cloudwatch/logDelivery:LogDelivery', 'door-logs', {})],
    [],
    /\*\*alerts less\*\*: dev: .*door-logs is removed/,
  ],
  [
    'anonymous admin',
    [grafana()],
    [grafana('Admin')],
    /\*\*opens\*\*: dev: grafana: anyone without a login may change everything/,
  ],
  [
    'anonymous viewer',
    [grafana()],
    [grafana('Viewer')],
    /\*\*opens\*\*: dev: grafana: anyone without a login sees every board/,
  ],
  [
    'a rollback that is off',
    [resource('aws:ecs/service:Service', 's', {deploymentCircuitBreaker: {enable: true, rollback: true}})],
    [resource('aws:ecs/service:Service', 's', {deploymentCircuitBreaker: {enable: true, rollback: false}})],
    /\*\*loses data\*\*: dev: .*no longer rolled back/,
  ],
];

for (const [what, before, after, expected] of planChanges)
  test(`the first ten lines name ${what}`, t => {
    const dangers = mergeStacks(new Map([['dev', planDangers(plan(before), plan(after))]]));
    t.regex(firstTenLines(dangers), expected);
  });

test('the first ten lines name what costs more, and for what', t => {
  const dangers = mergeStacks(new Map([['prod', planDangers(plan([], 697), plan([], 940))]]));
  t.regex(firstTenLines(dangers), /\*\*costs more\*\*: prod: \$697 to \$940 per month \(metrics-service \+\$243\)/);
});

test('a narrower permission, an equal plan and a cheaper one are no danger', t => {
  const wide = policy({Action: ['aps:RemoteWrite', 'aps:QueryMetrics'], Resource: '*'});
  t.deepEqual(
    planDangers(plan([wide], 20), plan([policy({})], 10)).filter(({kind}) => kind !== 'allows more'),
    [],
  );
  t.deepEqual(planDangers(plan([wide]), plan([wide])), []);
});

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

/** A board with one panel; `panel` and `rest` replace or add fields. */
const board = (expr: string, panel: object = {}, rest: object = {}): string =>
  JSON.stringify({
    uid: 'analytics',
    title: 'Analytics',
    templating: {
      list: [
        {name: 'resolution', current: {value: '|raw'}},
        {name: 'server', current: {value: ['$__all']}, allValue: '.*'},
        {name: 'observer', current: {value: 'nginx'}},
      ],
    },
    annotations: {list: [{name: 'Restarts'}]},
    panels: [
      {
        title: 'Requests',
        type: 'timeseries',
        datasource: {type: 'prometheus', uid: 'prometheus'},
        links: [{title: 'Runbook: High', url: 'https://example.org/runbook#high'}],
        targets: [{expr, interval: '$step'}],
        fieldConfig: {
          defaults: {
            unit: 's',
            thresholds: {
              steps: [
                {value: null, color: 'green'},
                {value: 0.05, color: 'red'},
              ],
            },
          },
          overrides: [],
        },
        ...panel,
      },
    ],
    ...rest,
  });

const exposedLabels = ['method', 'server_name', 'service', 'success'];
const boardLines = (before: readonly string[], after: readonly string[]): string =>
  firstTenLines(boardDangers(before, after, label => exposedLabels.includes(label)));

const calls = 'sum(rate(calls_total[$__rate_interval]))';
const cloudWatch = {targets: [{namespace: 'AWS/ECS', metricName: 'CPUUtilization', statistic: 'Maximum'}]};
const thresholdAt = (value: number, color = 'red'): object => ({
  fieldConfig: {
    defaults: {
      unit: 's',
      thresholds: {
        steps: [
          {value: null, color: 'green'},
          {value, color},
        ],
      },
    },
  },
});

for (const [what, before, after, expected] of [
  [
    'a query that hides the folded values',
    [board('sum(calls_total)')],
    [board('sum(calls_total{method!="_other"})')],
    /\*\*shows less\*\*: panel Analytics \/ Requests: selects now method!="_other"/,
  ],
  [
    'a query of one reporter only',
    [board(calls)],
    [board('sum(rate(calls_total{service="$observer"}[$__rate_interval]))')],
    /panel Analytics \/ Requests: selects now service="\$observer"/,
  ],
  [
    'a matcher on a label that no series has',
    [board(calls)],
    [board('sum(rate(calls_total{region="eu"}[$__rate_interval]))')],
    /selects now region="eu"/,
  ],
  [
    'a variable that selects only records',
    [board(calls)],
    [
      board(
        'sum(rate(calls_total{resolution=~"$resolution"}[$__rate_interval]))',
        {},
        {templating: {list: [{name: 'resolution', current: {value: '5m'}}]}},
      ),
    ],
    /selects now resolution=~"\$resolution"/,
  ],
  [
    'a matcher beside the one of the records',
    [board(calls)],
    [
      board(
        'sum(rate(calls_total{success="true", resolution=~"$resolution"}[$__interval])) or sum(sum_over_time(all:calls:increase{success="true", resolution=~"$resolution"}[$__interval]))',
      ),
    ],
    /selects now success="true"/,
  ],
  [
    'a lost matcher',
    [board('sum(rate(calls_total{success="true"}[$__rate_interval]))')],
    [board(calls)],
    /selects no longer success="true"/,
  ],
  [
    'records that are no longer read',
    [board(`${calls} or sum(sum_over_time(all:calls:increase[$__interval]))`)],
    [board(calls)],
    /becomes nothing/,
  ],
  ['a shorter list', [board('topk(15, calls)')], [board('topk(3, calls)')], /15 becomes 3/],
  [
    'a removed panel',
    [board('a')],
    [board('a', {title: 'Other'})],
    /panel Analytics \/ Requests is removed or renamed/,
  ],
  [
    'a removed panel of CloudWatch',
    [board('', cloudWatch)],
    [board('', {title: 'Other'})],
    /panel Analytics \/ Requests is removed or renamed/,
  ],
  [
    'another statistic of CloudWatch',
    [board('', cloudWatch)],
    [board('', {targets: [{namespace: 'AWS/ECS', metricName: 'CPUUtilization', statistic: 'Average'}]})],
    /the query changes: "Maximum" becomes "Average"/,
  ],
  ['a hidden query', [board('a')], [board('', {targets: [{expr: 'a', hide: true}]})], /a becomes nothing/],
  ['a removed board', [board('a')], [], /board Analytics \(analytics\) is removed/],
  [
    'another uid of a board',
    [board('a')],
    [board('a', {}, {uid: 'other'})],
    /board Analytics: uid analytics becomes other: links and bookmarks end/,
  ],
  [
    'another data source of a panel',
    [board('a')],
    [board('a', {datasource: {uid: 'fixed'}})],
    /panel Analytics \/ Requests: reads fixed instead of prometheus/,
  ],
  [
    'a threshold that is five times as high',
    [board('a')],
    [board('a', thresholdAt(0.25))],
    /panel Analytics \/ Requests: threshold 0\.05 red to 0\.25 red/,
  ],
  ['a threshold of another colour', [board('a')], [board('a', thresholdAt(0.05, 'green'))], /0\.05 red to 0\.05 green/],
  ['another unit', [board('a')], [board('a', {fieldConfig: {defaults: {unit: 'ms'}}})], /unit s becomes ms/],
  [
    'rows that are filtered out',
    [board('a')],
    [board('a', {transformations: [{id: 'filterByValue'}]})],
    /panel Analytics \/ Requests: hides rows or columns: \{"id":"filterByValue"\}/,
  ],
  ['a lost link to the runbook', [board('a')], [board('a', {links: []})], /loses the link Runbook: High/],
  [
    'a lost variable',
    [board('a')],
    [board('a', {}, {templating: {list: []}})],
    /board Analytics: loses the variable \$server/,
  ],
  [
    'a lost annotation',
    [board('a')],
    [board('a', {}, {annotations: {list: []}})],
    /board Analytics: loses the annotation Restarts/,
  ],
] as const)
  test(`the first ten lines name ${what}`, t => {
    t.regex(boardLines(before, after), expected);
  });

for (const [what, after] of [
  ['a variable that is open at All', 'sum(rate(calls_total{server_name=~"$server"}[$__rate_interval]))'],
  ['a matcher of any value', 'sum(rate(calls_total{method=~".*"}[$__rate_interval]))'],
  ['a matcher that excludes what no series has', 'sum(rate(calls_total{region!="eu"}[$__rate_interval]))'],
  [
    'records beside the raw series',
    'sum(rate(calls_total{resolution=~"$resolution"}[$__interval])) or sum(sum_over_time(all:calls:increase{resolution=~"$resolution"}[$__interval])) / ($__interval_ms / 1000)',
  ],
] as const)
  test(`${what} does not count as a loss`, t => {
    t.deepEqual(
      boardDangers([board(calls)], [board(after)], label => exposedLabels.includes(label)),
      [],
    );
  });

test('records beside the raw series of several queries do not count as a loss', t => {
  const targets = (...expressions: readonly string[]): object => ({
    targets: expressions.map(expr => ({expr, interval: '$step'})),
  });
  const read = (name: string): string =>
    `(sum(rate(${name}[$__interval])) or sum(sum_over_time(all:${name}:increase[$__interval])))`;
  t.deepEqual(
    boardDangers(
      [board('', targets('sum(rate(a[$__interval])) or b', 'sum(rate(c[$__interval]))'))],
      [board('', targets(`${read('a')} or b`, read('c')))],
    ),
    [],
  );
});

test('a data source that all panels of a board change is one line', t => {
  const panels = (uid: string): object => ({
    panels: ['A', 'B'].map(title => ({title, datasource: {uid}, targets: [{expr: 'a'}]})),
  });
  t.deepEqual(
    boardDangers([board('a', {}, panels('prometheus'))], [board('a', {}, panels('fixed'))]).map(({text}) => text),
    ['board Analytics: 2 panels: each reads fixed instead of prometheus'],
  );
});

test('one line covers the same danger in several stacks, and the most dangerous come first', t => {
  const same = [danger('costs more', 'x'), danger('opens', 'y')];
  const lines = firstTenLines(
    mergeStacks(
      new Map([
        ['dev', same],
        ['prod', same],
      ]),
    ),
  ).split('\n');
  t.deepEqual(lines.slice(3, 5), ['- **opens**: dev, prod: y', '- **costs more**: dev, prod: x']);
});

test('what does not fit is counted, and listed in full below', t => {
  const many = Array.from({length: 40}, (_, index) => danger('allows more', `role-${index}: adds iam:PassRole`));
  const comment = toComment({
    base: 'main',
    commit: '0123456789abcdef',
    dangers: many,
    parts: [],
    stacks: {columns: [], rows: []},
  });
  t.regex(comment, /- and 33 more \(33 allows more\): see "All warnings" below/);
  t.true(comment.includes('role-39'));
});
