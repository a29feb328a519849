/** The ECS cluster, and the facts that its services share. */
import * as ecs from '@pulumi/aws/ecs/index.js';
import {getCallerIdentityOutput} from '@pulumi/aws/getCallerIdentity.js';
import * as pulumi from '@pulumi/pulumi';
import {defined, outputOf} from './defined.ts';
import type {Architecture, Environment} from './environments.ts';

/** Properties that every role of the stack has in common. */
export type RoleSettings = {
  /** Names the project and the stack, so that the policy of a deployment role can be limited to one stack. */
  readonly path: string;
  /** ARN of the managed policy that limits every role. @default none */
  readonly permissionsBoundary?: string | undefined;
};

export type ClusterArgs = {
  /** `<project>-<stack>`, the prefix of the names of log groups and task definition families. */
  readonly prefix: string;
  readonly region: string;
  readonly roles: RoleSettings;
  readonly environment: Pick<Environment, 'architecture' | 'capacity' | 'containerInsights' | 'logRetentionDays'>;
};

/** The ECS cluster of the stack's services. */
export class Cluster extends pulumi.ComponentResource {
  readonly prefix: string;
  readonly region: string;
  readonly accountId: pulumi.Output<string>;
  readonly roles: RoleSettings;
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly logRetentionDays: number;
  readonly architecture: Architecture;
  /** The capacity provider of every service; undefined if tasks run on demand. Known once the cluster offers it. */
  readonly capacityProvider: pulumi.Output<'FARGATE_SPOT'> | undefined;
  /** Whether ECS reports the numbers of running and desired tasks. */
  readonly countsTasks: boolean;
  /** Prefix of the names of the stack's log groups. */
  readonly logPrefix: string;

  constructor(name: string, args: ClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Cluster', name, {}, opts);
    const cluster = new ecs.Cluster(
      name,
      {settings: [{name: 'containerInsights', value: args.environment.containerInsights}]},
      {parent: this},
    );
    const {architecture, capacity, containerInsights} = args.environment;
    if (capacity === 'spot') {
      const providers = new ecs.ClusterCapacityProviders(
        name,
        {clusterName: outputOf(cluster, 'name'), capacityProviders: ['FARGATE', 'FARGATE_SPOT']},
        {parent: this},
      );
      this.capacityProvider = providers.id.apply(() => 'FARGATE_SPOT' as const);
    }
    this.architecture = architecture;
    this.countsTasks = containerInsights !== 'disabled';
    this.prefix = args.prefix;
    this.region = args.region;
    this.roles = args.roles;
    this.accountId = defined('accountId of getCallerIdentity', getCallerIdentityOutput({}, {parent: this}).accountId);
    this.arn = outputOf(cluster, 'arn');
    this.name = outputOf(cluster, 'name');
    this.logRetentionDays = args.environment.logRetentionDays;
    this.logPrefix = `/${args.prefix}`;
    this.registerOutputs({name: this.name});
  }
}
