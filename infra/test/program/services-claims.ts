import {apiKeyVariable, ports, variables} from '@mcp-observability/metrics-service/contract';
import test from 'ava';
import {parse} from 'yaml';
import type {CollectorConfig} from '../../src/collector-config.ts';
import {grafanaSecrets, grafanaVariables} from '../../src/grafana-environment.ts';
import {deregistrationDelay, drainGrace, timing} from '../../src/timing.ts';
import {
  all,
  container,
  definition,
  dev,
  environmentOf,
  joinedSettings,
  ofType,
  one,
  plans,
  prod,
  service,
  sharded,
} from './plans.ts';

const names = ['metrics-service', 'collector', 'grafana'] as const;

/** MiB that Fargate offers with a CPU: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html */
const memories: Readonly<Record<string, readonly number[]>> = {
  '256': [512, 1024, 2048],
  '512': [1024, 2048, 3072, 4096],
  '1024': [2048, 3072, 4096, 5120, 6144, 7168, 8192],
};

for (const [stack, plan] of Object.entries(plans)) {
  test(`${stack}: the services are metrics-service, collector and grafana`, t => {
    t.deepEqual(
      ofType(plan, 'aws:ecs/service:Service')
        .map(({name}) => name)
        .sort(),
      ['collector-service', 'grafana-service', 'metrics-service-service'],
    );
  });

  for (const name of names) {
    test(`${stack}, ${name}: runs on Fargate in private subnets, in a size that Fargate has`, t => {
      const {cpu, memory, networkMode, requiresCompatibilities} = definition(plan, name);
      t.true(memories[String(cpu)]?.includes(Number(memory)), `${cpu}/${memory}`);
      t.is(networkMode, 'awsvpc');
      t.deepEqual(requiresCompatibilities, ['FARGATE']);
      const {networkConfiguration, launchType, enableExecuteCommand} = service(plan, name);
      const subnets =
        stack === 'joined'
          ? joinedSettings['privateSubnetIds']
          : one(plan, 'awsx:ec2:Vpc', 'vpc').outputs['privateSubnetIds'];
      const group = one(plan, 'aws:ec2/securityGroup:SecurityGroup', name).id;
      t.deepEqual(networkConfiguration, {assignPublicIp: false, securityGroups: [group], subnets: subnets ?? null});
      t.is(launchType, 'FARGATE');
      t.false(enableExecuteCommand);
    });

    test(`${stack}, ${name}: the container is read-only, unprivileged, reaped, logged and checked without curl`, t => {
      const {user, readonlyRootFilesystem, linuxParameters, healthCheck, ...rest} = container(plan, name);
      t.true(readonlyRootFilesystem);
      t.regex(user, /^[1-9]\d*:\d+$/);
      t.deepEqual(linuxParameters, {initProcessEnabled: true, capabilities: {drop: ['ALL']}});
      t.is(healthCheck.command[0], 'CMD');
      t.like(healthCheck, {interval: 10, timeout: 5, retries: 3}); // half a minute: one slow response replaces no task
      t.false(healthCheck.command.some(word => word.includes('curl')));
      t.regex(JSON.stringify(rest), new RegExp(`"awslogs-group":"/mcp-observability-${plan.stack}/${name}"`));
    });

    test(`${stack}, ${name}: a deployment that fails is rolled back and fails the update`, t => {
      const {deploymentCircuitBreaker, deploymentController, waitForSteadyState, propagateTags} = service(plan, name);
      t.deepEqual(deploymentCircuitBreaker, {enable: true, rollback: true});
      t.deepEqual(deploymentController, {type: 'ECS'});
      t.true(waitForSteadyState);
      t.is(propagateTags, 'SERVICE');
    });

    test(`${stack}, ${name}: starts after its role policies, secrets and ways through the network`, t => {
      const {dependencies} = one(plan, 'aws:ecs/service:Service', `${name}-service`);
      const ends = dependencies.map(urn => urn.split('$').at(-1) ?? '');
      t.true(ends.includes(`aws:iam/rolePolicy:RolePolicy::${name}-execution`));
      if (name !== 'metrics-service') t.true(ends.includes(`aws:iam/rolePolicy:RolePolicy::${name}-task`));
      t.true(ends.includes(`aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule::${name}-to-aws`));
      if (name === 'grafana') t.true(ends.includes('aws:lb/listenerRule:ListenerRule::grafana'));
      if (name === 'metrics-service') t.is(ends.includes('aws:lb/listener:Listener::intake'), stack !== 'joined');
      const secrets = one(plan, 'aws:ecs/taskDefinition:TaskDefinition', `${name}-definition`).dependencies.filter(
        urn => urn.includes('SecretVersion'),
      );
      t.is(secrets.length, {'metrics-service': 2, collector: 0, grafana: 1}[name]);
    });
  }

  test(`${stack}: secrets are read by valueFrom with their version, never in the environment`, t => {
    for (const name of names) {
      const {secrets, environment} = container(plan, name);
      for (const {valueFrom} of secrets)
        t.regex(
          valueFrom,
          /^arn:aws:secretsmanager:us-east-1:\d{12}:secret:\S+:(accepted|adminPassword|secretKey)::[0-9a-f-]{36}$/,
        );
      for (const {name: variable} of environment) t.notRegex(variable, /KEY|PASSWORD|SECRET|TOKEN/);
    }
  });

  test(`${stack}: metrics-service accepts every emitter's keys, keeps no history and drains`, t => {
    const {secrets, portMappings} = container(plan, 'metrics-service');
    t.deepEqual(
      secrets.map(({name}) => name),
      [apiKeyVariable('auth-server'), apiKeyVariable('registry')],
    );
    t.deepEqual(portMappings, [
      {name: 'api', containerPort: ports.api, protocol: 'tcp', appProtocol: 'http'}, // for Service Connect's retries
      {name: 'exposition', containerPort: ports.exposition, protocol: 'tcp'},
    ]);
    t.true(container(plan, 'metrics-service').healthCheck.command.at(-1)?.includes(`127.0.0.1:${ports.api}/health`));
    const environment = environmentOf(plan, 'metrics-service');
    t.deepEqual(environment, {
      [variables.host]: '0.0.0.0',
      [variables.rateLimit]: stack === 'dev' ? '5000' : '36000',
      [variables.maxSeries]: stack === 'dev' ? '20000' : '50000',
      [variables.drainGrace]: String(drainGrace),
      [variables.drainTimeout]: String(timing(15).drainTimeout),
      [variables.logLevel]: 'info',
    });
  });

  test(`${stack}: the collector's configuration writes this workspace's samples with its own credentials`, t => {
    const environment = environmentOf(plan, 'collector');
    const config: CollectorConfig = parse(environment['AOT_CONFIG_CONTENT'] ?? '');
    t.is(config.exporters.prometheus_remote_write.endpoint, String(plan.outputs['remoteWriteUrl']));
    t.deepEqual(config.extensions.sigv4auth, {region: 'us-east-1', service: 'aps'});
    const [scrape, own] = config.receivers.prometheus.config.scrape_configs;
    t.like(scrape, {
      job_name: 'mcp-metrics-service',
      dns_sd_configs: [{names: [`metrics-service.mcp-observability-${plan.stack}.internal`], type: 'A', port: 9465}],
    });
    t.like(own, {job_name: 'adot-collector', static_configs: [{targets: ['127.0.0.1:8888']}]});
    t.is(environment['GOMEMLIMIT'], stack === 'dev' ? '409MiB' : '1638MiB');
    t.deepEqual(container(plan, 'collector').command, [
      '--feature-gates=exporter.prometheusremotewritexporter.RetryOn429',
    ]);
  });
}

test('a task behind a load balancer has time to start before its checks count', t => {
  for (const plan of [dev, prod])
    for (const name of ['metrics-service', 'grafana'] as const)
      t.true(
        Number(service(plan, name)['healthCheckGracePeriodSeconds']) >= {'metrics-service': 120, grafana: 300}[name],
        name,
      );
});

test('one collector and one Grafana: the old one ends before the new one starts', t => {
  for (const name of ['collector', 'grafana'])
    t.like(service(prod, name), {
      desiredCount: 1,
      deploymentMinimumHealthyPercent: 0,
      deploymentMaximumPercent: 100,
      availabilityZoneRebalancing: 'DISABLED',
    });
  t.is(container(prod, 'collector').stopTimeout, 120);
});

test('metrics-service never goes below capacity, has two tasks in prod and grows with its CPU', t => {
  for (const plan of [dev, prod])
    t.like(service(plan, 'metrics-service'), {
      deploymentMinimumHealthyPercent: 100,
      deploymentMaximumPercent: 200,
      availabilityZoneRebalancing: 'ENABLED',
    });
  t.is(service(prod, 'metrics-service')['desiredCount'], 2);
  t.deepEqual(one(prod, 'aws:ecs/service:Service', 'metrics-service-service').ignoreChanges, ['desiredCount']);
  t.like(one(prod, 'aws:appautoscaling/target:Target', 'metrics-service').inputs, {
    minCapacity: 2,
    maxCapacity: 4,
    scalableDimension: 'ecs:service:DesiredCount',
  });
  t.like(one(prod, 'aws:appautoscaling/policy:Policy', 'metrics-service-cpu').inputs, {
    policyType: 'TargetTrackingScaling',
    targetTrackingScalingPolicyConfiguration: {
      predefinedMetricSpecification: {predefinedMetricType: 'ECSServiceAverageCPUUtilization'},
      targetValue: 50,
      scaleOutCooldown: 60,
      scaleInCooldown: 300, // a pause of the gateway's users takes no task away
    },
  });
});

test('every log group has a retention', t => {
  for (const plan of [dev, prod, all]) {
    const groups = ofType(plan, 'aws:cloudwatch/logGroup:LogGroup');
    t.true(groups.length >= names.length);
    for (const {name, inputs} of groups) t.is(inputs['retentionInDays'], plan === dev ? 14 : 90, name);
  }
});

test('a task that stops is out of the routing, drained and scraped before it is killed', t => {
  for (const [scrapeInterval, scrapes] of [
    [15, 2],
    [30, 2],
    [60, 1], // Fargate's 120 s have no room for a second
  ] as const) {
    const {drainTimeout, stopTimeout} = timing(scrapeInterval);
    t.true(drainGrace + scrapes * scrapeInterval < drainTimeout, `${scrapeInterval}`);
    t.true(drainTimeout < stopTimeout && stopTimeout <= 120, `${scrapeInterval}`);
  }
  t.is(container(prod, 'metrics-service').stopTimeout, timing(15).stopTimeout);
  t.is(one(prod, 'aws:lb/targetGroup:TargetGroup', 'intake').inputs['deregistrationDelay'], deregistrationDelay);
  t.true(deregistrationDelay >= 120); // a network load balancer goes on choosing the task for two minutes
  t.true(drainGrace >= 15); // proxies of Service Connect learn of it after SIGTERM
});

test('Grafana is served under its path, signs with its task role and keeps nothing', t => {
  const environment = environmentOf(prod, 'grafana');
  t.like(environment, {
    AMP_ENDPOINT: String(prod.outputs['workspaceEndpoint']),
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    GF_PATHS_PROVISIONING: '/etc/grafana/provisioning/aws',
    GF_SECURITY_COOKIE_SECURE: 'true',
    GF_AUTH_SIGV4_AUTH_ENABLED: 'true',
    GF_AWS_ALLOWED_AUTH_PROVIDERS: 'default',
    GF_SERVER_ROOT_URL: String(prod.outputs['grafanaUrl']),
    GF_SERVER_SERVE_FROM_SUB_PATH: 'true',
    GF_AUTH_ANONYMOUS_ENABLED: 'false',
    GF_PLUGINS_PREINSTALL_AUTO_UPDATE: 'false',
  });
  t.like(environmentOf(all, 'grafana'), {
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_SERVER_ROOT_URL: 'https://metrics.example.org/grafana/',
  });
  t.deepEqual(
    container(prod, 'grafana').mountPoints.map(({containerPath}) => containerPath),
    ['/var/lib/grafana', '/tmp'],
  );
  for (const name of grafanaVariables.aws) t.true(name in environment, `${name}, which the image requires`);
  t.deepEqual(
    container(prod, 'grafana')
      .secrets.map(({name}) => name)
      .sort(),
    [...grafanaSecrets].sort(),
  );
});

test('two shards are two services, each with one task, that divide the tasks by address and report their own metrics separately', t => {
  t.deepEqual(sharded.outputs['withAlarms'], ['collector', 'collector-1']);
  for (const [index, name] of ['collector', 'collector-1'].entries()) {
    t.like(service(sharded, name), {desiredCount: 1, deploymentMaximumPercent: 100});
    const config: CollectorConfig = parse(environmentOf(sharded, name)['AOT_CONFIG_CONTENT'] ?? '');
    t.deepEqual(JSON.parse(JSON.stringify(config.receivers.prometheus.config.scrape_configs[0])).relabel_configs, [
      {source_labels: ['__address__'], action: 'hashmod', modulus: 2, target_label: '__tmp_shard'},
      {source_labels: ['__tmp_shard'], action: 'keep', regex: String(index)},
    ]);
    t.is(config.service.telemetry.resource.attributes[1]?.value, `adot-collector-${index}`);
  }
});
