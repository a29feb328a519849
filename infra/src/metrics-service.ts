/** metrics-service on Fargate: accepts the gateway's metrics, keeps only counters, and is scraped task by task. */
import {apiKeyVariable, paths, ports, variables} from '@mcp-observability/metrics-service/contract';
import * as appautoscaling from '@pulumi/aws/appautoscaling/index.js';
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import {outputOf} from './defined.ts';
import {apiPortName, type Discovery} from './discovery.ts';
import type {Environment} from './environments.ts';
import {FargateService} from './fargate-service.ts';
import type {Image} from './images.ts';
import type {Network} from './network.ts';
import type {EmitterKey} from './secrets.ts';
import type {ServiceWithAlarms} from './service-with-alarms.ts';
import {drainGrace, timing} from './timing.ts';

export type MetricsServiceArgs = {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly discovery: Discovery;
  readonly image: Image;
  readonly emitters: Readonly<Record<string, EmitterKey>>;
  readonly environment: Pick<Environment, 'metricsService' | 'scrapeInterval'>;
};

/** Average CPU utilization, in percent, at which autoscaling adds a task: half is left for the minutes until it has started. */
const cpuTarget = 50;

/** metrics-service as a Fargate service with autoscaling. */
export class MetricsService extends pulumi.ComponentResource {
  readonly withAlarms: ServiceWithAlarms;
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly logGroup: pulumi.Output<string>;

  constructor(name: string, args: MetricsServiceArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:MetricsService', name, {}, opts);
    const {cluster} = args;
    const environment = args.environment.metricsService;
    const {drainTimeout, stopTimeout} = timing(args.environment.scrapeInterval);
    const {bucketBoundaries} = environment;
    const fargate = new FargateService(
      name,
      {
        cluster,
        size: environment.size,
        tasks: environment.tasks.min,
        scaled: true,
        deployment: 'rolling',
        network: args.network,
        securityGroup: 'metricsService',
        container: {
          image: args.image,
          user: '1000:1000',
          ports: [
            {name: apiPortName, port: ports.api, http: true},
            {name: 'exposition', port: ports.exposition},
          ],
          // No SQLITE_DB_PATH: streaming only, so that tasks share nothing.
          environment: {
            [variables.host]: '0.0.0.0',
            [variables.rateLimit]: String(environment.rateLimit),
            [variables.maxSeries]: String(environment.maxSeries),
            [variables.drainGrace]: String(drainGrace),
            [variables.drainTimeout]: String(drainTimeout),
            [variables.logLevel]: 'info',
            ...(bucketBoundaries && {[variables.bucketBoundaries]: bucketBoundaries.join(',')}),
          },
          secrets: Object.fromEntries(
            Object.entries(args.emitters).map(([emitter, {accepted}]) => [apiKeyVariable(emitter), accepted]),
          ),
          healthCommand: [
            'node',
            '-e',
            `fetch('http://127.0.0.1:${ports.api}${paths.health}').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))`,
          ],
          startPeriod: 120, // the first success ends it
          stopTimeout,
        },
        taskPermissions: [], // it calls no AWS API
        serviceRegistryArn: args.discovery.serviceRegistryArn,
        ...args.discovery.registration,
      },
      {parent: this},
    );
    const targets = args.discovery.metricDimensions;
    this.taskDefinitionArn = fargate.taskDefinitionArn;
    this.logGroup = fargate.logGroup;
    this.withAlarms = {
      name,
      serviceName: fargate.serviceName,
      ...(targets && {targets: {namespace: 'AWS/NetworkELB', dimensions: targets}}),
    };
    this.#scale(name, args, fargate.serviceName);
    this.registerOutputs({serviceName: fargate.serviceName});
  }

  /** Autoscaling by processor use, within the limits of the profile. */
  #scale(name: string, {cluster, environment}: MetricsServiceArgs, serviceName: pulumi.Input<string>): void {
    const {tasks} = environment.metricsService;
    const target = new appautoscaling.Target(
      name,
      {
        serviceNamespace: 'ecs',
        scalableDimension: 'ecs:service:DesiredCount',
        resourceId: pulumi.interpolate`service/${cluster.name}/${serviceName}`,
        minCapacity: tasks.min,
        maxCapacity: tasks.max,
      },
      {parent: this},
    );
    new appautoscaling.Policy(
      `${name}-cpu`,
      {
        policyType: 'TargetTrackingScaling',
        serviceNamespace: outputOf(target, 'serviceNamespace'),
        scalableDimension: outputOf(target, 'scalableDimension'),
        resourceId: outputOf(target, 'resourceId'),
        targetTrackingScalingPolicyConfiguration: {
          targetValue: cpuTarget,
          predefinedMetricSpecification: {predefinedMetricType: 'ECSServiceAverageCPUUtilization'},
          scaleOutCooldown: 60,
          scaleInCooldown: 300,
        },
      },
      {parent: this},
    );
  }
}
