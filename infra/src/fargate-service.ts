/** One container as an ECS service on Fargate: its roles, logs, task definition and deployment. */
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import * as ecs from '@pulumi/aws/ecs/index.js';
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import {type Container, containerDefinitions, type LogTarget, logConfiguration, taskVolumes} from './container.ts';
import {defined, outputOf} from './defined.ts';
import type {FargateSize} from './environments.ts';
import type {Network} from './network.ts';
import {assumedByTasks, logInToRegistry, pullImage, readSecrets, type Statement, writeLogs} from './permissions.ts';
import type {SecurityGroups} from './security-groups.ts';
import {createServiceRole, type ServiceRole} from './service-role.ts';
import {proxyIdleTimeout} from './timing.ts';

/** The name and port under which a Service Connect namespace knows a port of the container. */
export type ServiceConnectAlias = {
  readonly namespace: string;
  readonly portName: string;
  readonly alias: {readonly dnsName: string; readonly port: number};
};

export type FargateServiceArgs = {
  readonly cluster: Cluster;
  readonly container: Container;
  readonly size: FargateSize;
  /** Desired number of tasks. */
  readonly tasks: number;
  /**
   * `rolling`: new tasks are healthy before old ones stop, so capacity never falls. `replacing`: the old task stops
   * first, where two running tasks would cause errors.
   */
  readonly deployment: 'rolling' | 'replacing';
  readonly network: Network;
  /** The security group of the tasks. */
  readonly securityGroup: Extract<keyof SecurityGroups, 'metricsService' | 'collector' | 'grafana'>;
  /** IAM permissions of the program in the container. */
  readonly taskPermissions: pulumi.Input<readonly Statement[]>;
  /** The load balancer's target group for one of the ports. @default no load balancer */
  readonly target?: {readonly targetGroupArn: pulumi.Input<string>; readonly port: number};
  /** The Cloud Map service in which tasks are registered. @default none */
  readonly serviceRegistryArn?: pulumi.Input<string>;
  /** @default tasks are in no Service Connect namespace */
  readonly serviceConnect?: ServiceConnectAlias;
  /** Whether autoscaling sets the number of tasks once the service runs. @default false */
  readonly scaled?: boolean;
  /** Resources that must exist before the first task starts, such as a listener, beyond those that every task needs. */
  readonly dependsOn: readonly pulumi.Resource[];
};

/** An ECS service whose tasks run one container, with the permissions, logs and network access that it needs. */
export class FargateService extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly logGroup: pulumi.Output<string>;

  constructor(name: string, args: FargateServiceArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:FargateService', name, {}, opts);
    const {cluster, container, network} = args;
    const logs = new cloudwatch.LogGroup(
      `${name}-logs`,
      {name: `${cluster.logPrefix}/${name}`, retentionInDays: cluster.logRetentionDays},
      {parent: this, deleteBeforeReplace: true}, // its name is fixed
    );
    this.logGroup = outputOf(logs, 'name');

    const execution = this.#role(`${name}-execution`, cluster, {
      description: 'Starts tasks',
      statements: startStatements(name, container, outputOf(logs, 'arn')),
    });
    const task = this.#role(`${name}-task`, cluster, {
      description: 'The program in the task',
      statements: args.taskPermissions,
    });
    const logTarget: LogTarget = {group: this.logGroup, region: cluster.region};
    const definition = new ecs.TaskDefinition(
      `${name}-definition`,
      {
        family: `${cluster.prefix}-${name}`,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: String(args.size.cpu),
        memory: String(args.size.memory),
        runtimePlatform: {cpuArchitecture: cluster.architecture, operatingSystemFamily: 'LINUX'},
        executionRoleArn: execution.arn,
        taskRoleArn: task.arn,
        volumes: taskVolumes(container),
        containerDefinitions: containerDefinitions(name, container, logTarget),
      },
      {parent: this},
    );
    this.taskDefinitionArn = outputOf(definition, 'arn');
    const service = new ecs.Service(
      `${name}-service`,
      {
        ...deploymentOf(args),
        taskDefinition: this.taskDefinitionArn,
        ...connectionsOf(name, args),
        ...(args.serviceConnect && {serviceConnectConfiguration: serviceConnectOf(args.serviceConnect, logTarget)}),
      },
      {
        parent: this,
        // Without the policies and security group rules, the first task can't start or its requests are rejected. They
        // must also outlive the tasks, which log, are scraped and write while the service is deleted.
        dependsOn: [execution.policy, task.policy, network.securityGroups, ...args.dependsOn].filter(
          one => one !== undefined,
        ),
        ...(args.scaled && {ignoreChanges: ['desiredCount']}),
      },
    );
    this.serviceName = outputOf(service, 'name');
    this.registerOutputs({serviceName: this.serviceName});
  }

  #role(
    name: string,
    cluster: Cluster,
    args: {readonly description: string; readonly statements: pulumi.Input<readonly Statement[]>},
  ): ServiceRole {
    return createServiceRole(name, {cluster, trust: assumedByTasks, ...args}, {parent: this});
  }
}

/** The permissions that ECS needs to start tasks: to write their log, read their secrets and pull their image. */
const startStatements = (
  name: string,
  {image: {registry}, secrets = {}}: Container,
  logGroupArn: pulumi.Input<string>,
): pulumi.Output<readonly Statement[]> => {
  const repositories =
    registry.kind === 'public' ? [] : [defined(`${name}, ARN of the image's repository`, registry.arn)];
  return pulumi
    .all([logGroupArn, pulumi.all(repositories), pulumi.all(Object.values(secrets).map(({secretArn}) => secretArn))])
    .apply(([group, repositoryArns, secretArns]) => [
      writeLogs(group),
      ...(secretArns.length > 0 ? [readSecrets([...new Set(secretArns)])] : []),
      ...repositoryArns.flatMap(arn => [logInToRegistry(), pullImage(arn)]),
    ]);
};

/** Where tasks run, how many, and how a deployment replaces them. */
const deploymentOf = ({cluster, tasks, deployment}: FargateServiceArgs) =>
  ({
    cluster: cluster.arn,
    desiredCount: tasks,
    ...(cluster.capacityProvider
      ? {capacityProviderStrategies: [{capacityProvider: cluster.capacityProvider, weight: 1}]}
      : {launchType: 'FARGATE'}),
    platformVersion: '1.4.0',
    enableExecuteCommand: false,
    propagateTags: 'SERVICE',
    waitForSteadyState: true, // `pulumi up` fails when the deployment does
    deploymentMinimumHealthyPercent: deployment === 'rolling' ? 100 : 0,
    deploymentMaximumPercent: deployment === 'rolling' ? 200 : 100,
    deploymentCircuitBreaker: {enable: true, rollback: true},
    // The default, but it must be explicit: otherwise the provider does not check how a deployment ended, and the
    // steady state after a rollback counts as a success.
    deploymentController: {type: 'ECS'},
    // Moving a task to another zone needs room for a second one.
    availabilityZoneRebalancing: deployment === 'rolling' ? 'ENABLED' : 'DISABLED',
  }) satisfies ecs.ServiceArgs;

/** The network of the tasks, and how others reach them. */
const connectionsOf = (
  name: string,
  {container, network, securityGroup, target, serviceRegistryArn}: FargateServiceArgs,
): ecs.ServiceArgs => ({
  networkConfiguration: {
    subnets: network.privateSubnetIds,
    securityGroups: [network.securityGroups[securityGroup].id],
    assignPublicIp: false,
  },
  ...(target && {
    loadBalancers: [{targetGroupArn: target.targetGroupArn, containerName: name, containerPort: target.port}],
    healthCheckGracePeriodSeconds: container.startPeriod,
  }),
  ...(serviceRegistryArn !== undefined && {serviceRegistries: {registryArn: serviceRegistryArn}}),
});

const serviceConnectOf = (
  {namespace, portName, alias}: ServiceConnectAlias,
  logs: LogTarget,
): NonNullable<ecs.ServiceArgs['serviceConnectConfiguration']> => ({
  enabled: true,
  namespace,
  services: [
    {
      portName,
      discoveryName: alias.dnsName,
      clientAlias: [alias],
      timeout: {idleTimeoutSeconds: proxyIdleTimeout},
    },
  ],
  logConfiguration: {logDriver: 'awslogs', options: logConfiguration(logs, 'proxy').options},
});
