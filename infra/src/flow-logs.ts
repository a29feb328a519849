/** Flow logs of a VPC that the stack creates: the connections that its security groups reject. */
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import * as ec2 from '@pulumi/aws/ec2/index.js';
import * as iam from '@pulumi/aws/iam/index.js';
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import {outputOf} from './defined.ts';
import {assumedByFlowLogs, policy, writeFlowLogs} from './permissions.ts';

export type FlowLogsArgs = {
  readonly cluster: Pick<Cluster, 'accountId' | 'region' | 'logPrefix' | 'logRetentionDays'>;
  readonly vpcId: pulumi.Input<string>;
};

export class FlowLogs extends pulumi.ComponentResource {
  constructor(name: string, args: FlowLogsArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:FlowLogs', name, {}, opts);
    const {cluster} = args;
    const options = {parent: this};
    const group = new cloudwatch.LogGroup(
      name,
      {name: `${cluster.logPrefix}/${name}`, retentionInDays: cluster.logRetentionDays},
      {...options, deleteBeforeReplace: true}, // its name is fixed
    );
    const role = new iam.Role(
      name,
      {
        description: 'Writes flow logs',
        assumeRolePolicy: cluster.accountId.apply(accountId =>
          policy([assumedByFlowLogs({accountId, region: cluster.region})]),
        ),
      },
      options,
    );
    const rolePolicy = new iam.RolePolicy(
      name,
      {
        role: outputOf(role, 'name'),
        policy: outputOf(group, 'arn').apply(logGroupArn => policy([writeFlowLogs(logGroupArn)])),
      },
      options,
    );
    new ec2.FlowLog(
      name,
      {
        vpcId: args.vpcId,
        trafficType: 'REJECT',
        logDestinationType: 'cloud-watch-logs',
        logDestination: outputOf(group, 'arn'),
        iamRoleArn: outputOf(role, 'arn'),
      },
      {...options, dependsOn: [rolePolicy]},
    );
    this.registerOutputs();
  }
}
