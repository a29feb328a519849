import {readFileSync} from 'node:fs';
import test from 'ava';
import {connections} from '../../plan/access.ts';
import {
  abroad,
  all,
  dev,
  joinedSettings,
  ofType,
  one,
  planOf,
  plans,
  prod,
  roleStatements,
  statements,
  toList,
} from './plans.ts';

const ingress = 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule';
const egress = 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule';

for (const [stack, plan] of Object.entries(plans)) {
  test(`${stack}: every inbound rule names a peer; none is open to a range of addresses`, t => {
    t.true(ofType(plan, ingress).length > 0);
    for (const {name, inputs} of ofType(plan, ingress)) {
      const peers = [inputs['referencedSecurityGroupId'], inputs['prefixListId']].filter(peer => peer !== undefined);
      t.is(peers.length, 1, name);
      t.is(inputs['cidrIpv4'], undefined, name);
      t.is(inputs['cidrIpv6'], undefined, name);
    }
    for (const {inputs} of ofType(plan, 'aws:ec2/securityGroup:SecurityGroup')) {
      t.is(inputs['ingress'], undefined); // rules inside a group would escape this test
      t.is(inputs['egress'], undefined);
    }
  });

  test(`${stack}: the only outbound connection to the Internet is TLS`, t => {
    for (const {inputs} of ofType(plan, egress))
      if (inputs['cidrIpv4'] !== undefined)
        t.like(inputs, {cidrIpv4: '0.0.0.0/0', ipProtocol: 'tcp', fromPort: 443, toPort: 443});
      else t.regex(String(inputs['referencedSecurityGroupId']), /^sg-/);
  });

  test(`${stack}: both ends of every connection inside allow it`, t => {
    const pair = (from: unknown, to: unknown, port: unknown): string => `${from} ${to} ${port}`;
    const out = ofType(plan, egress)
      .filter(({inputs}) => inputs['referencedSecurityGroupId'] !== undefined)
      .map(({inputs}) => pair(inputs['securityGroupId'], inputs['referencedSecurityGroupId'], inputs['toPort']));
    const groups = toList(joinedSettings['gatewaySecurityGroupIds']);
    const into = ofType(plan, ingress)
      .filter(
        ({inputs}) =>
          inputs['referencedSecurityGroupId'] !== undefined && !groups.includes(inputs['referencedSecurityGroupId']),
      )
      .map(({inputs}) => pair(inputs['referencedSecurityGroupId'], inputs['securityGroupId'], inputs['fromPort']));
    t.deepEqual(out.toSorted(), into.toSorted());
  });
}

const ways = (plan: typeof dev): readonly string[] =>
  connections(plan)
    .map(({from, to, port}) => `${from} → ${to}:${port}`)
    .sort();

test('the allowed connections in dev', t => {
  t.deepEqual(ways(dev), [
    'collector → metrics-service:9465',
    'front → grafana:3000',
    'intake → metrics-service:8890',
    'pl-3b927c52 → front:80',
    'smoke → intake:8890',
  ]);
});

test("the threat model's table has exactly prod's inbound connections", t => {
  const model = readFileSync(new URL('../../../.github/SECURITY.md', import.meta.url), 'utf8');
  const rows = model.slice(model.indexOf('| to | port | from | why |')).split('\n\n', 1)[0]?.split('\n').slice(2);
  t.deepEqual(
    rows?.toSorted(),
    connections(prod)
      .map(({to, port, from, why}) => `| ${to} | ${port} | ${from} | ${why} |`)
      .sort(),
  );
});

test('prod adds the endpoint of the workspace', t => {
  t.deepEqual(ways(prod), [
    'collector → metrics-service:9465',
    'collector → workspace-endpoint:443',
    'front → grafana:3000',
    'grafana → workspace-endpoint:443',
    'intake → metrics-service:8890',
    'pl-3b927c52 → front:80',
    'smoke → intake:8890',
  ]);
  t.like(one(prod, 'aws:ec2/vpcEndpoint:VpcEndpoint', 'workspace-endpoint').inputs, {
    serviceName: 'com.amazonaws.us-east-1.aps-workspaces',
    vpcEndpointType: 'Interface',
    privateDnsEnabled: true,
    securityGroupIds: [one(prod, 'aws:ec2/securityGroup:SecurityGroup', 'workspace-endpoint').id],
    subnetIds: one(prod, 'awsx:ec2:Vpc', 'vpc').outputs['privateSubnetIds'] ?? null,
  });
  const [statement, ...others] = statements(
    one(prod, 'aws:ec2/vpcEndpoint:VpcEndpoint', 'workspace-endpoint').inputs['policy'],
  );
  t.deepEqual(others, []);
  t.is(statement?.Resource, 'arn:aws:aps:us-east-1:111122223333:workspace/*');
  t.deepEqual(statement?.Condition, {StringEquals: {'aws:PrincipalAccount': '111122223333'}});
  // All that the roles of the collector and Grafana may do there, and no more.
  t.deepEqual(
    new Set(toList(statement?.Action)),
    new Set(
      ['collector-task', 'grafana-task']
        .flatMap(role => roleStatements(prod, role))
        .flatMap(({Action}) => toList(Action))
        .filter(action => action.startsWith('aps:')),
    ),
  );
  t.deepEqual(ofType(dev, 'aws:ec2/vpcEndpoint:VpcEndpoint'), []);
});

test("with Service Connect the gateway's groups reach the tasks themselves", t => {
  t.true(ways(all).includes('sg-0123456789abcdef0 → metrics-service:8890'));
  t.true(ways(all).includes('sg-0123456789abcdef1 → metrics-service:8890'));
  t.false(ways(all).some(way => way.includes('intake')));
});

test('an existing VPC is joined unchanged: neither a VPC nor an endpoint with private DNS for all its clients is created', t => {
  t.deepEqual(ofType(all, 'awsx:ec2:Vpc'), []);
  t.deepEqual(ofType(all, 'aws:ec2/vpcEndpoint:VpcEndpoint'), []);
  t.false(ways(all).some(way => way.includes('workspace-endpoint')));
  for (const {inputs} of ofType(all, 'aws:ec2/securityGroup:SecurityGroup'))
    t.is(inputs['vpcId'], joinedSettings['vpcId']);
  t.deepEqual(
    one(all, 'aws:lb/loadBalancer:LoadBalancer', 'front').inputs['subnets'],
    joinedSettings['privateSubnetIds'],
  );
});

test('a created VPC spans only zones in which CloudFront reaches a load balancer and that have the workspace endpoint', t => {
  // For the account of the plan us-east-1b is use1-az3, which has no VPC origins, and eu-west-1b has no endpoint.
  t.deepEqual(one(prod, 'awsx:ec2:Vpc', 'vpc').inputs['availabilityZoneNames'], [
    'us-east-1a',
    'us-east-1c',
    'us-east-1d',
  ]);
  t.deepEqual(one(abroad, 'awsx:ec2:Vpc', 'vpc').inputs['availabilityZoneNames'], [
    'eu-west-1a',
    'eu-west-1c',
    'eu-west-1d',
  ]);
});

test('a created VPC has one NAT gateway in dev and one per zone in prod', t => {
  t.like(one(dev, 'awsx:ec2:Vpc', 'vpc').inputs, {
    availabilityZoneNames: ['us-east-1a', 'us-east-1c'],
    natGateways: {strategy: 'Single'},
    enableDnsHostnames: true, // private zones and endpoints answer only with it
  });
  t.like(one(prod, 'awsx:ec2:Vpc', 'vpc').inputs, {
    availabilityZoneNames: ['us-east-1a', 'us-east-1c', 'us-east-1d'],
    natGateways: {strategy: 'OnePerAz'},
  });
});

test('the outputs give the gateway the address, the secrets and the security group', t => {
  const found = JSON.parse(JSON.stringify(all.outputs['gateway']));
  t.deepEqual(found.json.environment, [
    {name: 'METRICS_SERVICE_URL', value: 'http://metrics-prod:8890'},
    {name: 'METRICS_LEGACY_HTTP_POST', value: 'true'},
  ]);
  t.deepEqual(
    Object.fromEntries(found.otlp.environment.map(({name, value}: {name: string; value: string}) => [name, value])),
    {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://metrics-prod:8890',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRIC_EXPORT_INTERVAL: '15000',
      OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '30',
      METRICS_LEGACY_HTTP_POST: 'false',
    },
  );
  t.deepEqual(Object.keys(found.emitters), ['auth-server', 'registry']);
  const secret = one(all, 'aws:secretsmanager/secret:Secret', 'metrics-key-registry').id;
  t.deepEqual(found.emitters.registry, {
    secretArn: secret,
    json: {secrets: [{name: 'METRICS_API_KEY', valueFrom: `${secret}:key::`}]},
    otlp: {secrets: [{name: 'OTEL_EXPORTER_OTLP_HEADERS', valueFrom: `${secret}:otlpHeaders::`}]},
  });
  t.deepEqual(found.allowEgressTo, {
    port: 8890,
    securityGroupId: one(all, 'aws:ec2/securityGroup:SecurityGroup', 'metrics-service').id,
  });
  const {allowEgressTo} = JSON.parse(JSON.stringify(dev.outputs['gateway']));
  t.is(allowEgressTo.securityGroupId, one(dev, 'aws:ec2/securityGroup:SecurityGroup', 'intake').id);
});

test('in the VPC that a stack creates, security groups of the gateway are admitted as well', async t => {
  const plan = await planOf('dev', {gatewaySecurityGroupIds: ['sg-0123456789abcdef0']});
  const rule = one(
    plan,
    'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule',
    'metrics-from-sg-0123456789abcdef0',
  );
  t.is(rule.inputs['securityGroupId'], one(plan, 'aws:ec2/securityGroup:SecurityGroup', 'intake').id);
  const vpc = one(plan, 'awsx:ec2:Vpc', 'vpc').outputs;
  for (const name of ['vpcId', 'privateSubnetIds', 'publicSubnetIds']) t.deepEqual(plan.outputs[name], vpc[name]);
});

test('a smoke task reaches metrics-service in every kind of network, and AWS', t => {
  for (const [plan, receiver, url] of [
    [dev, 'intake', String(dev.outputs['metricsServiceUrl'])],
    [all, 'metrics-service', 'http://metrics-service.mcp-observability-prod.internal:8890'], // no proxy in a single task
  ] as const) {
    const group = one(plan, 'aws:ec2/securityGroup:SecurityGroup', 'smoke').id;
    t.like(one(plan, 'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule', `${receiver}-from-smoke`).inputs, {
      referencedSecurityGroupId: group,
      fromPort: 8890,
    });
    t.truthy(one(plan, 'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule', 'smoke-to-aws'));
    t.like(JSON.parse(JSON.stringify(plan.outputs['smokeTask'])), {
      securityGroup: group,
      url,
      logGroup: `/mcp-observability-${plan.stack}/metrics-service`,
    });
  }
});

test('the other outputs: Grafana, the network, the workspace and its addresses', t => {
  t.deepEqual(Object.keys(dev.outputs), [
    'gateway',
    'grafanaAdminPasswordSecret',
    'grafanaDomainTarget',
    'grafanaUrl',
    'metricsServiceUrl',
    'privateSubnetIds',
    'publicSubnetIds',
    'remoteWriteUrl',
    'smokeTask',
    'vpcId',
    'workspaceEndpoint',
    'workspaceId',
  ]);
  t.regex(String(dev.outputs['grafanaUrl']), /^https:\/\/d\w+\.cloudfront\.net\/grafana\/$/);
  t.regex(
    String(dev.outputs['remoteWriteUrl']),
    /^https:\/\/aps-workspaces\.us-east-1\.amazonaws\.com\/workspaces\/ws-[0-9a-f-]{36}\/api\/v1\/remote_write$/,
  );
});
