/** Flow logs of a VPC that the stack creates: the connections that its security groups reject. */
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import * as ec2 from '@pulumi/aws/ec2/index.js';
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import {outputOf} from './defined.ts';
import {assumedByFlowLogs, writeFlowLogs} from './permissions.ts';
import {createServiceRole} from './service-role.ts';

export type FlowLogsArgs = {
  readonly cluster: Pick<Cluster, 'accountId' | 'region' | 'roles' | 'logPrefix' | 'logRetentionDays'>;
  readonly vpcId: pulumi.Input<string>;
};

/** Flow logs of the VPC, with their log group and the role that writes to it. */
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
    const role = createServiceRole(
      name,
      {
        cluster,
        description: 'Writes flow logs',
        trust: assumedByFlowLogs,
        statements: outputOf(group, 'arn').apply(logGroupArn => [writeFlowLogs(logGroupArn)]),
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
        iamRoleArn: role.arn,
      },
      // EC2 allows one flow log of a VPC with the same destination. Most changes replace it, such as one of its role.
      {...options, deleteBeforeReplace: true, dependsOn: role.policy ? [role.policy] : []},
    );
    this.registerOutputs();
  }
}
