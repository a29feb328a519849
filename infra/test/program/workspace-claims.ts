import test from 'ava';
import {parse} from 'yaml';
import {dev, ofType, one, plans, prod, sharded} from './plans.ts';

test('the workspace is named after its environment, protected and kept in prod', t => {
  for (const [plan, kept] of [
    [dev, false],
    [prod, true],
  ] as const) {
    const {inputs, protect, retainOnDelete} = one(plan, 'aws:amp/workspace:Workspace', 'workspace');
    t.is(inputs['alias'], `${plan.stack}-prometheus`);
    t.deepEqual([protect, retainOnDelete], [kept, kept]);
  }
});

test("once prod's protections are lifted, its workspace can be destroyed with the rest, and stays in AWS as it was", t => {
  for (const [type, name] of [
    ['aws:amp/workspace:Workspace', 'workspace'],
    ['aws:amp/workspaceConfiguration:WorkspaceConfiguration', 'workspace-configuration'],
  ] as const) {
    const {protect, retainOnDelete} = one(sharded, type, name);
    t.deepEqual([protect, retainOnDelete], [false, true], name);
  }
});

test('retention, a bound of series and the log of heavy queries', t => {
  t.like(one(prod, 'aws:amp/workspaceConfiguration:WorkspaceConfiguration', 'workspace-configuration').inputs, {
    retentionPeriodInDays: 365,
    limitsPerLabelSets: [{labelSet: {}, limits: {maxSeries: 1_000_000}}],
  });
  const logs = `${one(prod, 'aws:cloudwatch/logGroup:LogGroup', 'workspace-logs').outputs['arn']}:*`;
  t.like(one(prod, 'aws:amp/queryLoggingConfiguration:QueryLoggingConfiguration', 'workspace-query-logging').inputs, {
    destinations: [{cloudwatchLogs: {logGroupArn: logs}, filters: {qspThreshold: 10_000_000}}],
  });
  t.deepEqual(one(prod, 'aws:amp/workspace:Workspace', 'workspace').inputs['loggingConfiguration'], {
    logGroupArn: logs,
  });
});

for (const [stack, plan] of Object.entries(plans)) {
  test(`${stack}: the three best-known alerts are among the rules`, t => {
    const groups = ofType(plan, 'aws:amp/ruleGroupNamespace:RuleGroupNamespace').flatMap(
      ({inputs}) => parse(String(inputs['data'])).groups,
    );
    const alerts: readonly string[] = groups.flatMap((group: {rules: {alert?: string}[]}) =>
      group.rules.flatMap(({alert}) => alert ?? []),
    );
    for (const name of ['MCPHighErrorRate', 'MCPHighLatency', 'MCPRegistryDown']) t.true(alerts.includes(name), name);
  });

  test(`${stack}: the Alertmanager publishes to this stack's topic, whose policy allows it`, t => {
    const {inputs, dependencies} = one(plan, 'aws:amp/alertManagerDefinition:AlertManagerDefinition', 'alertmanager');
    const {alertmanager_config} = parse(String(inputs['definition']));
    const {receivers} = parse(alertmanager_config);
    const topic = one(plan, 'aws:sns/topic:Topic', 'alerts').id;
    t.true(receivers.length > 0);
    for (const {sns_configs} of receivers) t.like(sns_configs[0], {topic_arn: topic, sigv4: {region: 'us-east-1'}});
    t.true(dependencies.some(urn => urn.endsWith('TopicPolicy::alerts')));
  });
}
