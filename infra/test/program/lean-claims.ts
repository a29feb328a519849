/** The profile `lean`, and its settings that any profile can use. */
import test from 'ava';
import {parse} from 'yaml';
import {monthlyCost} from '../../plan/cost.ts';
import type {CollectorConfig} from '../../src/collector-config.ts';
import {type Environment, environments, objectiveBounds} from '../../src/environments.ts';
import {timing} from '../../src/timing.ts';
import {
  all,
  armDev,
  container,
  definition,
  dev,
  environmentOf,
  lean,
  ofType,
  one,
  service,
  leanOnSpot as spot,
} from './plans.ts';

const names = ['metrics-service', 'collector', 'grafana'] as const;
const profile: Environment = environments.lean;

test('lean costs at most $60 per month in a joined VPC, and less on spot', t => {
  const {dollars, lines} = monthlyCost(lean, profile);
  t.true(dollars <= 60, `${dollars}`);
  t.true(dollars > 30, `${dollars}`); // a part without a price would be missing
  const onSpot = monthlyCost(spot, {...profile, capacity: 'spot'});
  t.true(onSpot.dollars < dollars - 10, `${onSpot.dollars}`);
  t.false(lines.some(({item}) => item.includes('Container Insights') || item.includes('x86')));
});

test("lean has one load balancer, which is Grafana's", t => {
  t.deepEqual(
    ofType(lean, 'aws:lb/loadBalancer:LoadBalancer').map(({name}) => name),
    ['front'],
  );
});

test("every part of lean follows the profile's scrape interval", t => {
  const config: CollectorConfig = parse(environmentOf(lean, 'collector')['AOT_CONFIG_CONTENT'] ?? '');
  t.is(config.receivers.prometheus.config.global.scrape_interval, '60s');
  t.is(environmentOf(lean, 'grafana')['SCRAPE_INTERVAL'], '60s');
  t.is(environmentOf(dev, 'grafana')['SCRAPE_INTERVAL'], '15s');
  const rules = String(one(lean, 'aws:amp/ruleGroupNamespace:RuleGroupNamespace', 'rules-recordings').inputs['data']);
  t.true(rules.includes('[360s] offset 30s'));
  t.false(rules.includes('[315s]'));
  const {drainTimeout, stopTimeout} = timing(60);
  t.is(environmentOf(lean, 'metrics-service')['DRAIN_TIMEOUT_SECONDS'], String(drainTimeout));
  t.is(container(lean, 'metrics-service').stopTimeout, stopTimeout);
});

test("lean's eight bucket boundaries ascend and include the objectives' bounds", t => {
  const boundaries =
    environmentOf(lean, 'metrics-service')['HISTOGRAM_BUCKET_BOUNDARIES']?.split(',').map(Number) ?? [];
  t.is(boundaries.length, 8);
  t.deepEqual(
    boundaries,
    boundaries.toSorted((a, b) => a - b),
  );
  for (const bound of objectiveBounds) t.true(boundaries.includes(bound), `${bound}`);
  t.is(environmentOf(dev, 'metrics-service')['HISTOGRAM_BUCKET_BOUNDARIES'], undefined);
});

test('tasks and images have the architecture of the profile, or the one that the stack file chooses', t => {
  for (const [plan, architecture, platform] of [
    [lean, 'ARM64', 'linux/arm64'],
    [armDev, 'ARM64', 'linux/arm64'],
    [dev, 'X86_64', 'linux/amd64'],
  ] as const) {
    for (const name of names)
      t.deepEqual(definition(plan, name)['runtimePlatform'], {
        cpuArchitecture: architecture,
        operatingSystemFamily: 'LINUX',
      });
    const images = ofType(plan, 'awsx:ecr:Image');
    t.is(images.length, 2);
    for (const {inputs} of images) t.is(inputs['platform'], platform);
  }
});

test('on spot every service uses FARGATE_SPOT, which the cluster offers', t => {
  const providers = one(spot, 'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders', 'cluster');
  t.deepEqual(providers.inputs['capacityProviders'], ['FARGATE', 'FARGATE_SPOT']);
  for (const name of names) {
    t.like(service(spot, name), {capacityProviderStrategies: [{capacityProvider: 'FARGATE_SPOT', weight: 1}]});
    t.is(service(spot, name)['launchType'], undefined);
    t.true(one(spot, 'aws:ecs/service:Service', `${name}-service`).dependencies.includes(providers.urn), name);
    t.is(service(lean, name)['launchType'], 'FARGATE');
  }
  t.is(ofType(all, 'aws:ecs/clusterCapacityProviders:ClusterCapacityProviders').length, 0);
});

test('without Container Insights a service without a task alarms by its missing metrics', t => {
  t.deepEqual(one(lean, 'aws:ecs/cluster:Cluster', 'cluster').inputs['settings'], [
    {name: 'containerInsights', value: 'disabled'},
  ]);
  const alarms = ofType(lean, 'aws:cloudwatch/metricAlarm:MetricAlarm');
  t.false(alarms.some(({inputs}) => JSON.stringify(inputs).includes('ContainerInsights')));
  for (const name of names) {
    const {inputs} = one(lean, 'aws:cloudwatch/metricAlarm:MetricAlarm', `${name}-cpu`);
    t.is(inputs['treatMissingData'], 'breaching');
    t.regex(String(inputs['alarmDescription']), /no task is running/);
  }
});
