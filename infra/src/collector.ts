/** The collector on Fargate: scrapes every task of metrics-service and itself, and writes to the workspace. */
import * as pulumi from '@pulumi/pulumi';
import {stringify} from 'yaml';
import type {Cluster} from './cluster.ts';
import {collectorArguments, collectorConfig} from './collector-config.ts';
import type {Environment} from './environments.ts';
import {FargateService} from './fargate-service.ts';
import type {Image} from './images.ts';
import type {Network} from './network.ts';
import {writeSamples} from './permissions.ts';
import type {ServiceWithAlarms} from './service-with-alarms.ts';
import {collectorStopTimeout} from './timing.ts';
import type {Workspace} from './workspace.ts';

export type CollectorArgs = {
  readonly cluster: Cluster;
  readonly network: Network;
  readonly workspace: Workspace;
  readonly image: Image;
  /** DNS name that resolves to every task of metrics-service. */
  readonly tasksDnsName: pulumi.Output<string>;
  readonly environment: Pick<Environment, 'collector' | 'scrapeInterval'>;
};

/** One service of the collector for each shard. */
export class Collector extends pulumi.ComponentResource {
  /** One service per shard. */
  readonly withAlarms: readonly ServiceWithAlarms[];

  constructor(name: string, args: CollectorArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Collector', name, {}, opts);
    const {
      scrapeInterval,
      collector: {shards, size},
    } = args.environment;
    this.withAlarms = Array.from({length: shards}, (_, index) => {
      // The first keeps its name when there are more, and so its task.
      const shard = index === 0 ? name : `${name}-${index}`;
      const config = pulumi
        .all([args.workspace.remoteWriteUrl, args.tasksDnsName])
        .apply(([remoteWriteUrl, tasksDnsName]) =>
          collectorConfig({
            region: args.cluster.region,
            remoteWriteUrl,
            tasksDnsName,
            shard: {index, count: shards},
            memory: size.memory,
            scrapeInterval,
          }),
        );
      const {serviceName} = new FargateService(
        shard,
        {
          cluster: args.cluster,
          size,
          tasks: 1,
          deployment: 'replacing', // two running tasks would send every sample twice
          network: args.network,
          securityGroup: 'collector',
          container: {
            image: args.image,
            command: collectorArguments,
            user: '4317:4317',
            ports: [],
            environment: {
              // A literal $ would be expanded.
              AOT_CONFIG_CONTENT: config.apply(value => stringify(value).replaceAll('$', '$$$$')),
              AWS_REGION: args.cluster.region,
              GOMEMLIMIT: `${Math.floor(size.memory * 0.8)}MiB`,
            },
            healthCommand: ['/healthcheck'],
            startPeriod: 120, // the first success ends it
            stopTimeout: collectorStopTimeout,
          },
          taskPermissions: args.workspace.arn.apply(arn => [writeSamples(arn)]),
          dependsOn: [],
        },
        {parent: this},
      );
      return {name: shard, serviceName};
    });
    this.registerOutputs();
  }
}
