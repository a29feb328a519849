/** How a provider compares what a resource is with what it should be. */
import {unknownValue} from '../../plan/engine-protocol.ts';

/** Properties that AWS and the random provider can't change in place. `all` means all properties except those listed. */
const immutable: Readonly<Record<string, readonly string[] | {readonly allBut: readonly string[]}>> = {
  'aws:amp/ruleGroupNamespace:RuleGroupNamespace': ['name', 'workspaceId'],
  'aws:amp/alertManagerDefinition:AlertManagerDefinition': ['workspaceId'],
  'aws:amp/queryLoggingConfiguration:QueryLoggingConfiguration': ['workspaceId'],
  'aws:amp/workspace:Workspace': ['kmsKeyArn'],
  'aws:amp/workspaceConfiguration:WorkspaceConfiguration': ['workspaceId'],
  'aws:appautoscaling/policy:Policy': ['name', 'resourceId', 'scalableDimension', 'serviceNamespace'],
  'aws:appautoscaling/target:Target': ['resourceId', 'scalableDimension', 'serviceNamespace'],
  'aws:cloudfront/function:Function': ['name'],
  'aws:cloudwatch/logGroup:LogGroup': ['name', 'namePrefix', 'logGroupClass'],
  'aws:cloudwatch/metricAlarm:MetricAlarm': ['name'],
  'aws:ec2/securityGroup:SecurityGroup': ['name', 'namePrefix', 'description', 'vpcId'],
  'aws:ec2/vpcEndpoint:VpcEndpoint': ['serviceName', 'vpcEndpointType', 'vpcId'],
  'aws:ecs/cluster:Cluster': ['name'],
  'aws:ecs/service:Service': ['cluster', 'launchType', 'name', 'deploymentController', 'schedulingStrategy'],
  'aws:ecs/taskDefinition:TaskDefinition': {allBut: ['tags', 'skipDestroy', 'trackLatest']},
  'aws:iam/role:Role': ['name', 'namePrefix', 'path'],
  'aws:iam/rolePolicy:RolePolicy': ['name', 'namePrefix', 'role'],
  'aws:lb/listener:Listener': ['loadBalancerArn'],
  'aws:lb/listenerRule:ListenerRule': ['listenerArn'],
  'aws:lb/loadBalancer:LoadBalancer': ['internal', 'loadBalancerType', 'name', 'namePrefix'],
  'aws:lb/targetGroup:TargetGroup': ['name', 'namePrefix', 'port', 'protocol', 'targetType', 'vpcId'],
  'aws:secretsmanager/secret:Secret': ['name', 'namePrefix'],
  'aws:secretsmanager/secretVersion:SecretVersion': ['secretId'],
  'aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace': ['name', 'vpc'],
  'aws:servicediscovery/service:Service': ['name', 'namespaceId', 'healthCheckCustomConfig'],
  'aws:sns/topic:Topic': ['name', 'namePrefix', 'fifoTopic'],
  'aws:sns/topicSubscription:TopicSubscription': ['endpoint', 'protocol', 'topic'],
  'random:index/randomId:RandomId': {allBut: []},
  'random:index/randomPassword:RandomPassword': {allBut: []},
};

/** Write-only properties are sent to AWS and never compared. A new value needs a new version number. */
const writeOnly: Readonly<Record<string, readonly string[]>> = {
  'aws:secretsmanager/secretVersion:SecretVersion': ['secretStringWo'],
};

type Values = Readonly<Record<string, unknown>>;

export type ProviderDiff = {
  /** Names of the inputs that differ. */
  readonly changed: readonly string[];
  /** Those of them that only a replacement can change. */
  readonly replaces: readonly string[];
};

/** Maps compare by their keys, whatever the order. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
};

const text = (value: unknown): string => JSON.stringify(sorted(value)) ?? '';

/** A value that a preview doesn't know yet may be another one: it counts as a change. */
export const compareInputs = (type: string, before: Values, after: Values): ProviderDiff => {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changed = names.filter(
    name =>
      !writeOnly[type]?.includes(name) &&
      (text(before[name]) !== text(after[name]) || text(after[name]).includes(unknownValue)),
  );
  const fixed = immutable[type] ?? [];
  const replaces = changed.filter(name => ('allBut' in fixed ? !fixed.allBut.includes(name) : fixed.includes(name)));
  return {changed, replaces};
};

export const isWriteOnly = (type: string, name: string): boolean => writeOnly[type]?.includes(name) ?? false;
