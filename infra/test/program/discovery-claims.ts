/** How emitters and the collector find the tasks. */
import {defaultTimeouts} from '@mcp-observability/metrics-service/testing';
import test from 'ava';
import {environments} from '../../src/environments.ts';
import {discoveryInterval, discoveryTtl, proxyIdleTimeout, timing} from '../../src/timing.ts';
import {all, dev, joinedSettings, ofType, one, planOf, prod, service, toList} from './plans.ts';

test('emitters reach tasks through a load balancer whose every address reaches every zone', t => {
  t.like(one(dev, 'aws:lb/loadBalancer:LoadBalancer', 'intake').inputs, {
    internal: true,
    loadBalancerType: 'network',
    enableCrossZoneLoadBalancing: true,
  });
  t.like(one(dev, 'aws:lb/targetGroup:TargetGroup', 'intake').inputs, {
    protocol: 'TCP',
    port: 8890,
    targetType: 'ip',
    preserveClientIp: 'false',
    healthCheck: {protocol: 'HTTP', path: '/health', interval: 10, unhealthyThreshold: 2},
  });
  t.like(one(dev, 'aws:lb/listener:Listener', 'intake').inputs, {
    loadBalancerArn: one(dev, 'aws:lb/loadBalancer:LoadBalancer', 'intake').id,
    protocol: 'TCP',
    port: 8890,
    defaultActions: [{type: 'forward', targetGroupArn: one(dev, 'aws:lb/targetGroup:TargetGroup', 'intake').id}],
  });
  t.deepEqual(one(dev, 'aws:lb/loadBalancer:LoadBalancer', 'intake').inputs['securityGroups'], [
    one(dev, 'aws:ec2/securityGroup:SecurityGroup', 'intake').id,
  ]);
  t.like(service(dev, 'metrics-service'), {loadBalancers: [{containerName: 'metrics-service', containerPort: 8890}]});
  t.regex(String(dev.outputs['metricsServiceUrl']), /^http:\/\/intake-\w+-\w+\.elb\.us-east-1\.amazonaws\.com:8890$/);
});

test("with the gateway's namespace they reach metrics-<stack>:8890 by Service Connect, and there is no load balancer", t => {
  t.is(all.outputs['metricsServiceUrl'], 'http://metrics-prod:8890');
  const {serviceConnectConfiguration, loadBalancers} = service(all, 'metrics-service');
  t.like(serviceConnectConfiguration, {
    enabled: true,
    namespace: 'mcp-gateway',
    services: [{portName: 'api', discoveryName: 'metrics-prod', clientAlias: [{dnsName: 'metrics-prod', port: 8890}]}],
  });
  t.is(loadBalancers, undefined);
  t.deepEqual(
    ofType(all, 'aws:lb/loadBalancer:LoadBalancer').map(({name}) => name),
    ['front'],
  );
});

test('the collector finds every task by an A record', t => {
  const {dnsConfig, healthCheckCustomConfig} = one(
    prod,
    'aws:servicediscovery/service:Service',
    'metrics-service-tasks',
  ).inputs;
  t.deepEqual(healthCheckCustomConfig, {failureThreshold: 1}); // or unhealthy tasks would be scraped, and never leave
  t.like(dnsConfig, {routingPolicy: 'MULTIVALUE', dnsRecords: [{type: 'A', ttl: 15}]});
  t.is(toList(service(prod, 'metrics-service')['serviceRegistries']).length, 1);
  t.true(Number(one(prod, 'aws:appautoscaling/target:Target', 'metrics-service').inputs['maxCapacity']) <= 8); // a DNS response has no more
});

test('even during a rolling deployment there are no more tasks than addresses in one DNS response, in every profile', t => {
  for (const {metricsService} of Object.values(environments)) t.true(metricsService.tasks.max * 2 <= 8);
  for (const plan of [dev, prod, all]) {
    const {maxCapacity} = one(plan, 'aws:appautoscaling/target:Target', 'metrics-service').inputs;
    const percent = Number(service(plan, 'metrics-service')['deploymentMaximumPercent']);
    t.true((Number(maxCapacity) * percent) / 100 <= 8);
    t.true(percent >= 200); // with less, a single task could not be replaced without an interruption
  }
});

test("the time to a new task's first scrape has Cloud Map's 30 seconds", t => {
  for (const {scrapeInterval} of Object.values(environments))
    t.is(timing(scrapeInterval).firstScrapeDelay, 30 + discoveryTtl + discoveryInterval + scrapeInterval);
});

test('stacks can share a Service Connect namespace: names and aliases differ', async t => {
  const [one, other] = [all, await planOf('dev', {...joinedSettings, anonymousAccess: 'off'})].map(plan => {
    const {serviceConnectConfiguration} = service(plan, 'metrics-service');
    return JSON.stringify(serviceConnectConfiguration).match(/metrics-(?!service)\w+/g);
  });
  t.deepEqual(new Set(one), new Set(['metrics-prod']));
  t.deepEqual(new Set(other), new Set(['metrics-dev']));
});

test('a proxy gives up an idle connection before the service does', t => {
  t.like(service(all, 'metrics-service')['serviceConnectConfiguration'], {
    services: [{timeout: {idleTimeoutSeconds: proxyIdleTimeout}}],
  });
  const seconds = defaultTimeouts.keepAliveTimeout / 1000;
  t.true(proxyIdleTimeout < seconds, `${proxyIdleTimeout} s of the proxy, ${seconds} s of the service`);
});

test('deleting the registry of tasks does not wait for tasks that are registered', t => {
  t.is(one(prod, 'aws:servicediscovery/service:Service', 'metrics-service-tasks').inputs['forceDestroy'], true);
});
