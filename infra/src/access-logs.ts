/** Access logs of the CloudFront distribution, the only public entry point. */
import * as cloudwatch from '@pulumi/aws/cloudwatch/index.js';
import * as pulumi from '@pulumi/pulumi';
import {outputOf} from './defined.ts';
import type {Environment} from './environments.ts';

export type AccessLogsArgs = {
  readonly prefix: string;
  readonly distributionArn: pulumi.Input<string>;
  readonly environment: Pick<Environment, 'logRetentionDays'>;
};

/** CloudFront's standard logging (v2). CloudFront delivers from us-east-1 only: give the component a provider of that region. */
export class AccessLogs extends pulumi.ComponentResource {
  constructor(name: string, args: AccessLogsArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:AccessLogs', name, {}, opts);
    const options = {parent: this};
    // Groups whose names start with /aws/vendedlogs/ share one resource policy, which AWS keeps.
    const group = new cloudwatch.LogGroup(
      name,
      {name: `/aws/vendedlogs/${args.prefix}/cloudfront`, retentionInDays: args.environment.logRetentionDays},
      {...options, deleteBeforeReplace: true}, // its name is fixed
    );
    const source = new cloudwatch.LogDeliverySource(
      name,
      {logType: 'ACCESS_LOGS', resourceArn: args.distributionArn},
      // A distribution has one source of this type.
      {...options, deleteBeforeReplace: true},
    );
    const destination = new cloudwatch.LogDeliveryDestination(
      name,
      {
        outputFormat: 'json',
        deliveryDestinationConfiguration: {destinationResourceArn: outputOf(group, 'arn')},
      },
      options,
    );
    new cloudwatch.LogDelivery(
      name,
      {deliverySourceName: outputOf(source, 'name'), deliveryDestinationArn: outputOf(destination, 'arn')},
      {...options, deleteBeforeReplace: true}, // one delivery between a source and a destination
    );
    this.registerOutputs();
  }
}
