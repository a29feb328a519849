/** The connections allowed between tasks. Every rule names a peer; none admits the whole internet. */

import {ports} from '@mcp-observability/metrics-service/contract';
import * as ec2 from '@pulumi/aws/ec2/index.js';
import * as vpc from '@pulumi/aws/vpc/index.js';
import * as pulumi from '@pulumi/pulumi';
import {defined, ValueError} from './defined.ts';
import {grafanaPort} from './grafana-environment.ts';

/** Port of Grafana's load balancer. */
export const edgePort = 80;
const https = 443;

export type SecurityGroupsArgs = {
  readonly vpcId: pulumi.Input<string>;
  /** Security groups of the gateway's tasks, which may send metrics. */
  readonly gatewaySecurityGroupIds: readonly string[];
  /** Whether emitters reach metrics-service through a load balancer; otherwise they use Service Connect. */
  readonly loadBalancer: boolean;
  /** Whether the VPC has an endpoint to the workspace. */
  readonly workspaceEndpoint: boolean;
};

const roles = {
  metricsService: 'Tasks of metrics-service',
  collector: 'Tasks of the collector',
  grafana: 'Task of Grafana',
  front: 'Internal load balancer before Grafana',
  intake: 'Internal load balancer before metrics-service',
  smoke: 'Single task that proves the pipeline',
  workspaceEndpoint: 'Interface endpoint of the Prometheus workspace',
} as const;
type Role = keyof typeof roles;

/** `metricsService` → `metrics-service`. */
const kebab = (role: Role): string => role.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);

/** The security groups of tasks and load balancers, with every rule between them. */
export class SecurityGroups extends pulumi.ComponentResource {
  readonly metricsService: ec2.SecurityGroup;
  readonly collector: ec2.SecurityGroup;
  readonly grafana: ec2.SecurityGroup;
  /** For the load balancer in front of Grafana, which only CloudFront can reach. */
  readonly front: ec2.SecurityGroup;
  /** For the load balancer in front of metrics-service; undefined with Service Connect. */
  readonly intake: ec2.SecurityGroup | undefined;
  /** For the single task that `npm run smoke -- aws` runs. */
  readonly smoke: ec2.SecurityGroup;
  /** Admits emitters: the group of the load balancer, or that of the tasks with Service Connect. */
  readonly receiver: ec2.SecurityGroup;
  readonly workspaceEndpoint: ec2.SecurityGroup | undefined;

  constructor(name: string, args: SecurityGroupsArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:SecurityGroups', name, {}, opts);
    const group = (role: Role): ec2.SecurityGroup =>
      new ec2.SecurityGroup(kebab(role), {vpcId: args.vpcId, description: roles[role]}, {parent: this});

    this.metricsService = group('metricsService');
    this.collector = group('collector');
    this.grafana = group('grafana');
    this.front = group('front');
    this.intake = args.loadBalancer ? group('intake') : undefined;
    this.smoke = group('smoke');
    this.receiver = this.intake ?? this.metricsService;
    this.workspaceEndpoint = args.workspaceEndpoint ? group('workspaceEndpoint') : undefined;

    for (const sender of args.gatewaySecurityGroupIds)
      new vpc.SecurityGroupIngressRule(
        `metrics-from-${sender}`,
        {
          securityGroupId: this.receiver.id,
          referencedSecurityGroupId: sender,
          ...tcp(ports.api),
          description: 'Metrics from the gateway',
        },
        {parent: this},
      );
    if (this.intake) this.#allow('intake', 'metricsService', ports.api, 'Metrics and health checks');
    this.#allow('smoke', this.intake ? 'intake' : 'metricsService', ports.api, 'Proof that the pipeline works');
    this.#allow('collector', 'metricsService', ports.exposition, 'Scrapes');
    this.#allow('front', 'grafana', grafanaPort, 'Visitors and health checks');
    new vpc.SecurityGroupIngressRule(
      'front-from-cloudfront',
      {
        securityGroupId: this.front.id,
        prefixListId: defined(
          'id of getManagedPrefixList',
          ec2.getManagedPrefixListOutput({name: 'com.amazonaws.global.cloudfront.origin-facing'}, {parent: this}).id,
        ),
        ...tcp(edgePort),
        description: 'CloudFront, which ends TLS',
      },
      {parent: this},
    );
    if (this.workspaceEndpoint)
      for (const user of ['collector', 'grafana'] as const)
        this.#allow(user, 'workspaceEndpoint', https, 'Prometheus workspace');
    for (const role of ['metricsService', 'collector', 'grafana', 'smoke'] as const)
      new vpc.SecurityGroupEgressRule(
        `${kebab(role)}-to-aws`,
        {
          securityGroupId: this[role].id,
          cidrIpv4: '0.0.0.0/0', // AWS's APIs have no prefix list: images, logs, secrets, Prometheus, CloudWatch
          ...tcp(https),
          description: 'AWS APIs over TLS',
        },
        {parent: this},
      );
    this.registerOutputs();
  }

  /** Creates the rules of both ends of a connection: groups that Pulumi creates allow no egress by default. */
  #allow(from: Role, to: Role, port: number, description: string): void {
    const [source, target] = [this[from], this[to]];
    if (!source || !target)
      throw new ValueError(`${from} to ${to}: expected both security groups, found none for ${source ? to : from}`);
    new vpc.SecurityGroupEgressRule(
      `${kebab(from)}-to-${kebab(to)}`,
      {securityGroupId: source.id, referencedSecurityGroupId: target.id, ...tcp(port), description},
      {parent: this},
    );
    new vpc.SecurityGroupIngressRule(
      `${kebab(to)}-from-${kebab(from)}`,
      {securityGroupId: target.id, referencedSecurityGroupId: source.id, ...tcp(port), description},
      {parent: this},
    );
  }
}

const tcp = (port: number): {ipProtocol: string; fromPort: number; toPort: number} => ({
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
});
