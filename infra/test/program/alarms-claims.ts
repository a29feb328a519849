import test from 'ava';
import {all, dev, ofType, one, plans, toList} from './plans.ts';

const alarm = (plan: typeof dev, name: string) => one(plan, 'aws:cloudwatch/metricAlarm:MetricAlarm', name);
const clusterAnd = (plan: typeof dev, name: string) => ({
  ClusterName: String(one(plan, 'aws:ecs/cluster:Cluster', 'cluster').outputs['name']),
  ServiceName: String(one(plan, 'aws:ecs/service:Service', `${name}-service`).outputs['name']),
});

for (const [stack, plan] of Object.entries(plans)) {
  test(`${stack}: every alarm notifies the topic of its region, when it starts and when it ends`, t => {
    for (const {name, inputs, region} of ofType(plan, 'aws:cloudwatch/metricAlarm:MetricAlarm')) {
      const topic = one(plan, 'aws:sns/topic:Topic', name === 'grafana-5xx' ? 'cloudfront-alerts' : 'alerts').id;
      t.deepEqual([inputs['alarmActions'], inputs['okActions']], [[topic], [topic]], name);
      t.is(inputs['comparisonOperator'], 'GreaterThanThreshold', name);
      t.true(Number(inputs['evaluationPeriods']) <= 10, name); // minutes until a notification
      t.regex(String(inputs['name']), new RegExp(`^mcp-observability-${plan.stack}-`)); // the topic's policy admits no other
      t.is(topic.split(':')[3], region);
    }
  });

  for (const name of ['metrics-service', 'collector', 'grafana']) {
    test(`${stack}, ${name}: fewer tasks than desired, CPU and memory`, t => {
      const tasks = JSON.parse(JSON.stringify(alarm(plan, `${name}-tasks`).inputs));
      t.is(tasks.treatMissingData, 'breaching');
      t.is(tasks.threshold, 0);
      t.like(tasks.metricQueries[0], {expression: 'desired - running', returnData: true});
      for (const [index, metricName] of [
        [1, 'DesiredTaskCount'],
        [2, 'RunningTaskCount'],
      ] as const)
        t.deepEqual(tasks.metricQueries[index].metric, {
          namespace: 'ECS/ContainerInsights',
          metricName,
          dimensions: clusterAnd(plan, name),
          period: 60,
          stat: 'Average',
        });
      for (const [resource, metricName] of [
        ['cpu', 'CPUUtilization'],
        ['memory', 'MemoryUtilization'],
      ] as const)
        t.like(alarm(plan, `${name}-${resource}`).inputs, {
          namespace: 'AWS/ECS',
          metricName,
          dimensions: clusterAnd(plan, name),
          threshold: 85,
        });
    });
  }

  test(`${stack}: samples that the workspace rejects, evaluations and notifications that fail`, t => {
    const id = String(plan.outputs['workspaceId']);
    for (const [name, metric] of [
      ['discarded-samples', 'DiscardedSamples'],
      ['rule-failures', 'RuleEvaluationFailures'],
    ] as const)
      t.like(toList(alarm(plan, name).inputs['metricQueries'])[0], {
        expression: `SELECT SUM(${metric}) FROM "AWS/Prometheus" WHERE Workspace = '${id}'`,
        period: 60,
      });
    for (const name of ['discarded-samples', 'rule-failures', 'notification-failures'])
      t.like(alarm(plan, name).inputs, {threshold: 0, treatMissingData: 'notBreaching'});
    t.like(alarm(plan, 'notification-failures').inputs, {
      namespace: 'AWS/Prometheus',
      metricName: 'AlertManagerNotificationsFailed',
      dimensions: {Workspace: id},
    });
  });

  test(`${stack}: CloudFront's server errors, where CloudFront reports them`, t => {
    t.is(alarm(plan, 'grafana-5xx').region, 'us-east-1');
    t.like(alarm(plan, 'grafana-5xx').inputs, {
      namespace: 'AWS/CloudFront',
      metricName: '5xxErrorRate',
      threshold: 5, // percent
      dimensions: {
        DistributionId: one(plan, 'aws:cloudfront/distribution:Distribution', 'grafana').id,
        Region: 'Global',
      },
    });
  });
}

test('unhealthy targets by the ARN suffixes of load balancer and target group', t => {
  for (const [name, group, balancer, namespace] of [
    ['metrics-service-unhealthy', 'intake', 'intake', 'AWS/NetworkELB'],
    ['grafana-unhealthy', 'grafana', 'front', 'AWS/ApplicationELB'],
  ] as const)
    t.like(alarm(dev, name).inputs, {
      namespace,
      metricName: 'UnHealthyHostCount',
      statistic: 'Maximum',
      threshold: 0,
      dimensions: {
        LoadBalancer: String(one(dev, 'aws:lb/loadBalancer:LoadBalancer', balancer).outputs['arnSuffix']),
        TargetGroup: String(one(dev, 'aws:lb/targetGroup:TargetGroup', group).outputs['arnSuffix']),
      },
    });
  t.false(ofType(all, 'aws:cloudwatch/metricAlarm:MetricAlarm').some(({name}) => name === 'metrics-service-unhealthy'));
});

test('each address is subscribed to both topics', t => {
  t.deepEqual(
    ofType(all, 'aws:sns/topicSubscription:TopicSubscription').map(({inputs}) => [
      inputs['protocol'],
      inputs['endpoint'],
    ]),
    [
      ['email', 'team@example.org'],
      ['email', 'team@example.org'],
    ],
  );
});
