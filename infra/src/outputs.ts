/** What the gateway's operators need from this stack. */
import {ports} from '@mcp-observability/metrics-service/contract';
import type * as pulumi from '@pulumi/pulumi';
import type {Discovery} from './discovery.ts';
import type {EmitterKey} from './secrets.ts';

/** A part of a task definition, as ECS spells it. */
export type GatewayBlock = {
  readonly environment: readonly {readonly name: 'METRICS_SERVICE_URL'; readonly value: pulumi.Output<string>}[];
  /** By emitter: what its container reads, and the ARN that its execution role must be allowed to read. */
  readonly emitters: Readonly<
    Record<
      string,
      {
        readonly secrets: readonly {readonly name: 'METRICS_API_KEY'; readonly valueFrom: pulumi.Output<string>}[];
        readonly secretArn: pulumi.Output<string>;
      }
    >
  >;
  /** Where the sender's security group restricts egress: allow this one. */
  readonly allowEgressTo: {readonly securityGroupId: pulumi.Output<string>; readonly port: number};
};

export const gatewayBlock = (args: {
  discovery: Discovery;
  emitters: Readonly<Record<string, EmitterKey>>;
}): GatewayBlock => ({
  environment: [{name: 'METRICS_SERVICE_URL', value: args.discovery.url}],
  emitters: Object.fromEntries(
    Object.entries(args.emitters).map(([emitter, {arn, valueFrom}]) => [
      emitter,
      {secrets: [{name: 'METRICS_API_KEY', valueFrom}], secretArn: arn},
    ]),
  ),
  allowEgressTo: {securityGroupId: args.discovery.securityGroupId, port: ports.api},
});
