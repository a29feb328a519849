/** Every dangerous change of AWS resources is within the first ten lines of the review's comment. */
import test from 'ava';
import type {CostedPlan} from '../plan/report-diff.ts';
import {toComment} from '../review/comment.ts';
import {danger, mergeStacks} from '../review/danger.ts';
import {planDangers} from '../review/plan-dangers.ts';
import {firstTenLines} from './first-ten-lines.ts';

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
