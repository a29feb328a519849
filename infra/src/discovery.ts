/**
 * Two ways to reach metrics-service: each task separately for the collector, and one address that outlives tasks for
 * emitters, because some of them resolve it only once.
 */
import {paths, ports} from '@mcp-observability/metrics-service/contract';
import * as lb from '@pulumi/aws/lb/index.js';
import * as servicediscovery from '@pulumi/aws/servicediscovery/index.js';
import * as pulumi from '@pulumi/pulumi';
import {outputOf} from './defined.ts';
import type {Environment} from './environments.ts';
import type {FargateServiceArgs} from './fargate-service.ts';
import type {Network} from './network.ts';
import type {TargetDimensions} from './service-with-alarms.ts';
import {deregistrationDelay, discoveryTtl} from './timing.ts';

export type DiscoveryArgs = {
  /** Part of the address that emitters use, so that stacks can share a namespace. */
  readonly stack: string;
  readonly prefix: string;
  readonly network: Network;
  readonly environment: Pick<Environment, 'protected'>;
  /** The gateway's namespace; without it, an internal network load balancer is created. */
  readonly serviceConnectNamespace: string | undefined;
};

/** The settings that register metrics-service with the load balancer or with Service Connect. */
type Registration = Pick<FargateServiceArgs, 'target' | 'serviceConnect' | 'dependsOn'>;

/** Port mapping of the API in metrics-service's container. */
export const apiPortName = 'api';

/** The DNS name of the tasks, and the address of metrics-service for emitters. */
export class Discovery extends pulumi.ComponentResource {
  /** DNS name that resolves to the address of every task. */
  readonly tasksDnsName: pulumi.Output<string>;
  readonly serviceRegistryArn: pulumi.Output<string>;
  /** The value for METRICS_SERVICE_URL of the gateway. */
  readonly url: pulumi.Output<string>;
  /** URL that resolves to the tasks directly, only in the VPC. */
  readonly tasksUrl: pulumi.Output<string>;
  readonly registration: Registration;
  /** Security group that the egress rules of emitters must allow on the API port. */
  readonly securityGroupId: pulumi.Output<string>;
  /** ARN suffixes that CloudWatch uses as dimensions; undefined with Service Connect. */
  readonly metricDimensions: TargetDimensions | undefined;

  constructor(name: string, args: DiscoveryArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Discovery', name, {}, opts);
    const child = {parent: this};
    const namespace = new servicediscovery.PrivateDnsNamespace(
      'tasks',
      {name: `${args.prefix}.internal`, vpc: args.network.vpcId, description: 'Tasks to scrape'},
      {...child, deleteBeforeReplace: true}, // one zone of this name in a VPC
    );
    const registry = new servicediscovery.Service(
      'metrics-service-tasks',
      {
        name: 'metrics-service',
        // A DNS response lists up to eight healthy tasks.
        dnsConfig: {
          namespaceId: namespace.id,
          routingPolicy: 'MULTIVALUE',
          dnsRecords: [{type: 'A', ttl: discoveryTtl}],
        },
        // ECS reports each task's health. 1 is the only allowed value, and an empty block would not be sent.
        healthCheckCustomConfig: {failureThreshold: 1},
        forceDestroy: true, // tasks that are still registered would keep it from being deleted
      },
      {...child, deleteBeforeReplace: true}, // one service of this name in a namespace
    );
    this.tasksDnsName = pulumi.interpolate`${outputOf(registry, 'name')}.${outputOf(namespace, 'name')}`;
    this.tasksUrl = pulumi.interpolate`http://${this.tasksDnsName}:${ports.api}`;
    this.serviceRegistryArn = outputOf(registry, 'arn');

    const {securityGroups} = args.network;
    this.securityGroupId = securityGroups.receiver.id;
    if (args.serviceConnectNamespace !== undefined) {
      // Names are unique in a namespace, which may be shared with other stacks.
      const alias = {dnsName: `metrics-${args.stack}`, port: ports.api};
      this.url = pulumi.output(`http://${alias.dnsName}:${alias.port}`);
      this.registration = {
        serviceConnect: {namespace: args.serviceConnectNamespace, portName: apiPortName, alias},
        dependsOn: [],
      };
    } else {
      const intake = this.#intake(args);
      this.url = intake.url;
      this.registration = intake.registration;
      this.metricDimensions = intake.metricDimensions;
    }
    this.registerOutputs({url: this.url});
  }

  /** The network load balancer that gives emitters an address that stays. */
  #intake(args: DiscoveryArgs): {
    readonly url: pulumi.Output<string>;
    readonly registration: Registration;
    readonly metricDimensions: TargetDimensions;
  } {
    const child = {parent: this};
    const balancer = new lb.LoadBalancer(
      'intake',
      {
        loadBalancerType: 'network',
        internal: true,
        subnets: args.network.privateSubnetIds,
        securityGroups: [args.network.securityGroups.receiver.id],
        // A client that resolved the name once stays on one zone's address: it must reach the tasks of every zone.
        enableCrossZoneLoadBalancing: true,
        enableDeletionProtection: args.environment.protected,
      },
      child,
    );
    const targets = new lb.TargetGroup(
      'intake',
      {
        vpcId: args.network.vpcId,
        targetType: 'ip',
        protocol: 'TCP',
        port: ports.api,
        preserveClientIp: 'false', // so that tasks see the load balancer, the only peer they admit
        deregistrationDelay,
        healthCheck: {
          protocol: 'HTTP',
          path: paths.health,
          matcher: '200',
          interval: 10,
          timeout: 5,
          healthyThreshold: 2,
          unhealthyThreshold: 2,
        },
      },
      child,
    );
    const targetGroupArn = outputOf(targets, 'arn');
    const listener = new lb.Listener(
      'intake',
      {
        loadBalancerArn: outputOf(balancer, 'arn'),
        protocol: 'TCP',
        port: ports.api,
        defaultActions: [{type: 'forward', targetGroupArn}],
      },
      child,
    );
    return {
      url: pulumi.interpolate`http://${outputOf(balancer, 'dnsName')}:${ports.api}`,
      registration: {target: {targetGroupArn, port: ports.api}, dependsOn: [listener]},
      metricDimensions: {
        LoadBalancer: outputOf(balancer, 'arnSuffix'),
        TargetGroup: outputOf(targets, 'arnSuffix'),
      },
    };
  }
}
