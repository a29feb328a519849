/** Tests the logs: requests to CloudFront, and connections that a created VPC rejects. */
import test from 'ava';
import {all, dev, ofType, one, planOf, plans, prod, roleStatements, statements} from './plans.ts';

for (const [stack, plan] of Object.entries(plans))
  test(`${stack}: CloudFront delivers its access logs from us-east-1 to a log group that forgets`, t => {
    const distribution = one(plan, 'aws:cloudfront/distribution:Distribution', 'grafana');
    const source = one(plan, 'aws:cloudwatch/logDeliverySource:LogDeliverySource', 'access-logs');
    const destination = one(plan, 'aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination', 'access-logs');
    const group = one(plan, 'aws:cloudwatch/logGroup:LogGroup', 'access-logs');
    const delivery = one(plan, 'aws:cloudwatch/logDelivery:LogDelivery', 'access-logs');
    t.like(source.inputs, {logType: 'ACCESS_LOGS', resourceArn: String(distribution.outputs['arn'])});
    t.like(destination.inputs, {
      outputFormat: 'json',
      deliveryDestinationConfiguration: {destinationResourceArn: String(group.outputs['arn'])},
    });
    t.like(delivery.inputs, {
      deliverySourceName: String(source.outputs['name']),
      deliveryDestinationArn: String(destination.outputs['arn']),
    });
    t.true(String(group.inputs['name']).startsWith('/aws/vendedlogs/'));
    for (const {region} of [source, destination, group, delivery]) t.is(region, 'us-east-1');
  });

test('another region keeps the access logs in us-east-1, the only one that CloudFront delivers from', async t => {
  const plan = await planOf('dev', {'aws:region': 'eu-central-1'});
  t.is(one(plan, 'aws:cloudwatch/logGroup:LogGroup', 'access-logs').region, 'us-east-1');
});

test('in a VPC that prod creates, rejected connections are logged by a role that can do nothing else', t => {
  const group = one(prod, 'aws:cloudwatch/logGroup:LogGroup', 'flow-logs');
  t.like(one(prod, 'aws:ec2/flowLog:FlowLog', 'flow-logs').inputs, {
    trafficType: 'REJECT',
    logDestinationType: 'cloud-watch-logs',
    logDestination: String(group.outputs['arn']),
    iamRoleArn: String(one(prod, 'aws:iam/role:Role', 'flow-logs').outputs['arn']),
  });
  t.deepEqual(
    roleStatements(prod, 'flow-logs').map(({Action, Resource}) => [Action, Resource]),
    [
      [
        ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogGroups', 'logs:DescribeLogStreams'],
        `${group.outputs['arn']}:*`,
      ],
    ],
  );
  t.deepEqual(
    statements(one(prod, 'aws:iam/role:Role', 'flow-logs').inputs['assumeRolePolicy']).map(
      ({Principal, Condition}) => ({
        Principal,
        Condition,
      }),
    ),
    [
      {
        Principal: {Service: 'vpc-flow-logs.amazonaws.com'},
        Condition: {
          StringEquals: {'aws:SourceAccount': '111122223333'},
          ArnLike: {'aws:SourceArn': 'arn:aws:ec2:us-east-1:111122223333:vpc-flow-log/*'},
        },
      },
    ],
  );
});

test('flow logs follow the setting, and stay off in dev and in a joined VPC', async t => {
  for (const plan of [dev, all]) t.deepEqual(ofType(plan, 'aws:ec2/flowLog:FlowLog'), []);
  t.is(ofType(await planOf('dev', {flowLogs: 'on'}), 'aws:ec2/flowLog:FlowLog').length, 1);
});

test('the default security group of a created VPC has no rule; that of a joined VPC is not changed', t => {
  for (const plan of [dev, prod]) {
    const {inputs} = one(plan, 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup', 'default');
    t.deepEqual([inputs['ingress'], inputs['egress']], [undefined, undefined]);
  }
  t.deepEqual(ofType(all, 'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup'), []);
});
