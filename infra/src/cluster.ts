/** The ECS cluster, and the facts that its services share. */

import * as ecs from '@pulumi/aws/ecs/index.js';
import {getCallerIdentityOutput} from '@pulumi/aws/getCallerIdentity.js';
import * as pulumi from '@pulumi/pulumi';
import {defined, outputOf} from './defined.ts';
import type {Environment} from './environments.ts';

export type ClusterArgs = {
  readonly prefix: string;
  readonly region: string;
  readonly environment: Pick<Environment, 'containerInsights' | 'logRetentionDays'>;
};

export class Cluster extends pulumi.ComponentResource {
  readonly prefix: string;
  readonly region: string;
  readonly accountId: pulumi.Output<string>;
  readonly arn: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
  readonly logRetentionDays: number;
  /** Log groups of this stack begin so. */
  readonly logPrefix: string;

  constructor(name: string, args: ClusterArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Cluster', name, {}, opts);
    const cluster = new ecs.Cluster(
      name,
      {settings: [{name: 'containerInsights', value: args.environment.containerInsights}]},
      {parent: this},
    );
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
