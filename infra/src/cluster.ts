/** The ECS cluster, and the facts that its services share. */

import * as ecs from '@pulumi/aws/ecs/index.js';
import {getCallerIdentityOutput} from '@pulumi/aws/getCallerIdentity.js';
import * as pulumi from '@pulumi/pulumi';
import {defined, outputOf} from './defined.ts';
import type {Architecture, Environment} from './environments.ts';

export type ClusterArgs = {
  readonly prefix: string;
  readonly region: string;
  readonly environment: Pick<Environment, 'architecture' | 'capacity' | 'containerInsights' | 'logRetentionDays'>;
};

export class Cluster extends pulumi.ComponentResource {
  readonly prefix: string;
  readonly region: string;
  readonly accountId: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly logRetentionDays: number;
  readonly architecture: Architecture;
  /** A service's strategy where it doesn't run on demand; it exists once the cluster offers the capacity. */
  readonly capacityProvider: pulumi.Output<'FARGATE_SPOT'> | undefined;
  /** ECS reports the tasks that run and should. */
  readonly countsTasks: boolean;
  /** Log groups of this stack begin so. */
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
    this.accountId = defined('accountId of getCallerIdentity', getCallerIdentityOutput({}, {parent: this}).accountId);
    this.arn = outputOf(cluster, 'arn');
    this.name = outputOf(cluster, 'name');
    this.logRetentionDays = args.environment.logRetentionDays;
    this.logPrefix = `/${args.prefix}`;
    this.registerOutputs({name: this.name});
  }
}
