import test from 'ava';
import {parse} from 'yaml';
import type {CollectorConfig} from '../../src/collector-config.ts';
import {abroad, container, environmentOf, ofType, one, roleStatements, toList} from './plans.ts';

test('all but what belongs to CloudFront is in the region of the stack file', t => {
  const elsewhere = abroad.resources.filter(({kind, region}) => kind === 'resource' && region !== 'eu-west-1');
  t.deepEqual(
    elsewhere.map(({type, name}) => `${type.split(':').at(-1)} ${name}`).filter(name => !/^(aws|Random)/.test(name)),
    [
      'LogDelivery access-logs',
      'LogDeliveryDestination access-logs',
      'LogDeliverySource access-logs',
      'LogGroup access-logs',
      'MetricAlarm grafana-5xx',
      'Topic cloudfront-alerts',
      'TopicPolicy cloudfront-alerts',
      'TopicSubscription cloudfront-alerts-team@example.org',
    ],
  );
  t.deepEqual(
    ofType(abroad, 'aws:cloudwatch/metricAlarm:MetricAlarm')
      .filter(({inputs, region}) => String(toList(inputs['alarmActions'])[0]).split(':')[3] !== region)
      .map(({name}) => name),
    [],
  );
});

test("the collector signs for the stack's region; Grafana reads CloudWatch there and where CloudFront reports", t => {
  const environment = environmentOf(abroad, 'collector');
  const {extensions, exporters}: CollectorConfig = parse(environment['AOT_CONFIG_CONTENT'] ?? '');
  t.deepEqual(extensions.sigv4auth, {region: 'eu-west-1', service: 'aps'});
  t.true(
    exporters.prometheus_remote_write.endpoint.startsWith('https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/'),
  );
  t.is(environment['AWS_REGION'], 'eu-west-1');
  t.deepEqual(roleStatements(abroad, 'grafana-task').find(({Sid}) => Sid === 'ReadCloudWatchMetrics')?.Condition, {
    StringEquals: {'aws:RequestedRegion': ['eu-west-1', 'us-east-1']},
  });
  t.like(environmentOf(abroad, 'grafana'), {AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1'});
  t.is(
    one(abroad, 'aws:ec2/vpcEndpoint:VpcEndpoint', 'workspace-endpoint').inputs['serviceName'],
    'com.amazonaws.eu-west-1.aps-workspaces',
  );
  for (const name of ['metrics-service', 'collector', 'grafana'])
    t.true(JSON.stringify(container(abroad, name)).includes('"awslogs-region":"eu-west-1"'), name);
});
