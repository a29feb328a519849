/** One container as an ECS service on Fargate: its roles, logs, task definition and deployment. */
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import * as ecs from '@pulumi/aws/ecs/index.js';
import * as iam from '@pulumi/aws/iam/index.js';
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import {defined, outputOf} from './defined.ts';
import type {FargateSize} from './environments.ts';
import type {Image} from './images.ts';
import type {Network} from './network.ts';
import {
  assumedByTasks,
  logInToRegistry,
  policy,
  pullImage,
  readSecrets,
  type Statement,
  writeLogs,
} from './permissions.ts';
import type {SecurityGroups} from './security-groups.ts';
import {proxyIdleTimeout} from './timing.ts';

/** A value that ECS reads from Secrets Manager when a task starts. */
export type SecretReference = {
  readonly secretArn: pulumi.Input<string>;
  /** `<arn>:<JSON key>::<version id>`: naming the version makes a new one start new tasks. */
  readonly valueFrom: pulumi.Input<string>;
};

export type Container = {
  readonly image: Image;
  readonly command?: readonly string[];
  /** Numeric, as the image's own user may be root. */
  readonly user: string;
  readonly ports: readonly {readonly name: string; readonly port: number; readonly http?: boolean}[];
  readonly environment: Readonly<Record<string, pulumi.Input<string>>>;
  readonly secrets?: Readonly<Record<string, SecretReference>>;
  /** The command that checks the container's health, run inside it without a shell; exit code 0 is healthy. */
  readonly healthCommand: readonly string[];
  /** Seconds before failing health checks count. */
  readonly startPeriod: number;
  /** Seconds from SIGTERM to SIGKILL. */
  readonly stopTimeout: number;
  /** Folders it may write to; all else is read-only. */
  readonly writable?: readonly string[];
};

export type FargateServiceArgs = {
  readonly cluster: Cluster;
  readonly container: Container;
  readonly size: FargateSize;
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
  /** The load balancer's target group for one of the ports. */
  readonly target?: {readonly targetGroupArn: pulumi.Input<string>; readonly port: number};
  readonly serviceRegistryArn?: pulumi.Input<string>;
  /** The name and port under which a Service Connect namespace knows one of the ports. */
  readonly serviceConnect?: {
    readonly namespace: string;
    readonly portName: string;
    readonly alias: {readonly dnsName: string; readonly port: number};
  };
  /** Whether autoscaling sets the number of tasks once the service runs. */
  readonly scaled?: boolean;
  /** What must exist before the first task starts, such as a listener, beyond what every task needs. */
  readonly dependsOn: readonly pulumi.Resource[];
};

export class FargateService extends pulumi.ComponentResource {
  readonly serviceName: pulumi.Output<string>;
  readonly taskDefinitionArn: pulumi.Output<string>;
  readonly logGroup: pulumi.Output<string>;

  constructor(name: string, args: FargateServiceArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:FargateService', name, {}, opts);
    const {cluster, container, deployment, network} = args;
    const child = {parent: this};
    const logs = new cloudwatch.LogGroup(
      `${name}-logs`,
      {name: `${cluster.logPrefix}/${name}`, retentionInDays: cluster.logRetentionDays},
      {...child, deleteBeforeReplace: true}, // its name is fixed
    );

    const secrets = Object.entries(container.secrets ?? {});
    const logGroup = outputOf(logs, 'name');
    const {registry} = container.image;
    const pulled = registry.kind === 'public' ? [] : [defined(`${name}, ARN of the image's repository`, registry.arn)];
    const startStatements = pulumi
      .all([outputOf(logs, 'arn'), pulumi.all(pulled), pulumi.all(secrets.map(([, {secretArn}]) => secretArn))])
      .apply(([logGroupArn, repositoryArns, secretArns]) => [
        writeLogs(logGroupArn),
        ...(secretArns.length > 0 ? [readSecrets([...new Set(secretArns)])] : []),
        ...repositoryArns.flatMap(arn => [logInToRegistry(), pullImage(arn)]),
      ]);
    const execution = this.#role(`${name}-execution`, cluster, 'Starts tasks', startStatements);
    const task = this.#role(`${name}-task`, cluster, 'The program in the task', args.taskPermissions);

    const volumes = (container.writable ?? []).map(path => ({name: path.slice(1).replaceAll('/', '-'), path}));
    const definition = new ecs.TaskDefinition(
      `${name}-definition`,
      {
        family: `${cluster.prefix}-${name}`,
        requiresCompatibilities: ['FARGATE'],
        networkMode: 'awsvpc',
        cpu: String(args.size.cpu),
        memory: String(args.size.memory),
        runtimePlatform: {cpuArchitecture: cluster.architecture, operatingSystemFamily: 'LINUX'},
        executionRoleArn: outputOf(execution.role, 'arn'),
        taskRoleArn: outputOf(task.role, 'arn'),
        volumes: volumes.map(volume => ({name: volume.name})),
        containerDefinitions: pulumi.jsonStringify([
          {
            name,
            image: defined(`${name}, image`, container.image.uri),
            essential: true,
            ...(container.command && {command: container.command}),
            user: container.user,
            readonlyRootFilesystem: true,
            linuxParameters: {initProcessEnabled: true, capabilities: {drop: ['ALL']}},
            portMappings: container.ports.map(({name: portName, port, http}) => ({
              name: portName,
              containerPort: port,
              protocol: 'tcp',
              ...(http && {appProtocol: 'http'}),
            })),
            environment: Object.entries(container.environment).map(([key, value]) => ({
              name: key,
              value: defined(`${name}, environment variable ${key}`, value),
            })),
            secrets: secrets.map(([key, {valueFrom}]) => ({
              name: key,
              valueFrom: defined(`${name}, secret ${key}`, valueFrom),
            })),
            mountPoints: volumes.map(volume => ({sourceVolume: volume.name, containerPath: volume.path})),
            healthCheck: {
              command: ['CMD', ...container.healthCommand],
              interval: 10,
              timeout: 5,
              retries: 3,
              startPeriod: container.startPeriod,
            },
            stopTimeout: container.stopTimeout,
            logConfiguration: this.#logConfiguration(logGroup, cluster.region),
          },
        ]),
      },
      child,
    );

    const service = new ecs.Service(
      `${name}-service`,
      {
        cluster: cluster.arn,
        taskDefinition: outputOf(definition, 'arn'),
        desiredCount: args.tasks,
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
        networkConfiguration: {
          subnets: network.privateSubnetIds,
          securityGroups: [network.securityGroups[args.securityGroup].id],
          assignPublicIp: false,
        },
        ...(args.target && {
          loadBalancers: [
            {targetGroupArn: args.target.targetGroupArn, containerName: name, containerPort: args.target.port},
          ],
          healthCheckGracePeriodSeconds: container.startPeriod,
        }),
        ...(args.serviceRegistryArn !== undefined && {serviceRegistries: {registryArn: args.serviceRegistryArn}}),
        ...(args.serviceConnect && {
          serviceConnectConfiguration: {
            enabled: true,
            namespace: args.serviceConnect.namespace,
            services: [
              {
                portName: args.serviceConnect.portName,
                discoveryName: args.serviceConnect.alias.dnsName,
                clientAlias: [args.serviceConnect.alias],
                timeout: {idleTimeoutSeconds: proxyIdleTimeout},
              },
            ],
            logConfiguration: {
              logDriver: 'awslogs',
              options: this.#logConfiguration(logGroup, cluster.region, 'proxy').options,
            },
          },
        }),
      },
      {
        ...child,
        // Without the policies and security group rules, the first task can't start or its requests are rejected. They
        // must also outlive the tasks, which log, are scraped and write while the service is deleted.
        dependsOn: [execution.policy, task.policy, network.securityGroups, ...args.dependsOn].filter(
          one => one !== undefined,
        ),
        ...(args.scaled && {ignoreChanges: ['desiredCount']}),
      },
    );
    this.serviceName = outputOf(service, 'name');
    this.taskDefinitionArn = outputOf(definition, 'arn');
    this.logGroup = logGroup;
    this.registerOutputs({serviceName: this.serviceName});
  }

  #role(
    name: string,
    cluster: Cluster,
    description: string,
    statements: pulumi.Input<readonly Statement[]>,
  ): {role: iam.Role; policy: iam.RolePolicy | undefined} {
    const role = new iam.Role(
      name,
      {
        description,
        assumeRolePolicy: cluster.accountId.apply(accountId =>
          policy([assumedByTasks({accountId, region: cluster.region})]),
        ),
      },
      {parent: this},
    );
    // A program that calls no AWS API has a role without a policy: IAM rejects an empty one.
    if (Array.isArray(statements) && statements.length === 0) return {role, policy: undefined};
    return {
      role,
      policy: new iam.RolePolicy(
        name,
        {role: outputOf(role, 'name'), policy: pulumi.output(statements).apply(list => policy(list))},
        {parent: this},
      ),
    };
  }

  #logConfiguration(group: pulumi.Input<string>, region: string, prefix = 'task') {
    return {
      logDriver: 'awslogs' as const, // kept narrow for the literal types of the provider
      options: {'awslogs-group': group, 'awslogs-region': region, 'awslogs-stream-prefix': prefix},
    };
  }
}
