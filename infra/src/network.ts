/** The VPC, joined or created, its private subnets, and the connections allowed in it. */
import * as ec2 from '@pulumi/aws/ec2/index.js';
import {getCallerIdentityOutput} from '@pulumi/aws/getCallerIdentity.js';
import {Vpc} from '@pulumi/awsx/ec2/vpc.js';
import * as pulumi from '@pulumi/pulumi';
import {workspaceService} from './availability-zones.ts';
import {defined, outputOf} from './defined.ts';
import type {Environment} from './environments.ts';
import {passEndpoint, policy} from './permissions.ts';
import {SecurityGroups} from './security-groups.ts';
import type {JoinedVpc} from './settings.ts';

export type NetworkArgs = {
  readonly region: string;
  readonly provider: pulumi.ProviderResource;
  readonly environment: Environment['network'];
  /** The VPC to join, or the names of the zones for a new one. */
  readonly vpc: JoinedVpc | {readonly availabilityZones: readonly string[]};
  readonly gatewaySecurityGroupIds: readonly string[];
  /** Whether emitters reach metrics-service through a load balancer, not by Service Connect. */
  readonly loadBalancer: boolean;
};

/** The VPC of the tasks, with their security groups and, in prod, an endpoint for the workspace. */
export class Network extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** Where tasks and load balancers are; they reach AWS through NAT. */
  readonly privateSubnetIds: pulumi.Output<string[]>;
  /** The public subnets of a created VPC; undefined for a joined one. */
  readonly publicSubnetIds: pulumi.Output<string[]> | undefined;
  readonly securityGroups: SecurityGroups;

  constructor(name: string, args: NetworkArgs, opts: pulumi.ComponentResourceOptions) {
    super('mcp-observability:aws:Network', name, {}, opts);
    const {environment} = args;
    const joins = 'vpcId' in args.vpc;
    if ('vpcId' in args.vpc) {
      this.vpcId = pulumi.output(args.vpc.vpcId);
      this.privateSubnetIds = pulumi.output([...args.vpc.privateSubnetIds]);
    } else {
      const vpc = new Vpc(
        'vpc',
        {
          availabilityZoneNames: [...args.vpc.availabilityZones],
          natGateways: {strategy: environment.natGateways},
          subnetStrategy: 'Auto',
          subnetSpecs: [
            {type: 'Private', cidrMask: 20},
            {type: 'Public', cidrMask: 24},
          ],
          enableDnsHostnames: true, // private zones and endpoints answer only with it
        },
        {parent: this, providers: [args.provider]}, // remote components inherit no provider
      );
      this.vpcId = outputOf(vpc, 'vpcId');
      // AWS creates it with rules that admit its members; nothing is in it, and nothing should work by accident.
      new ec2.DefaultSecurityGroup('default', {vpcId: this.vpcId}, {parent: this});
      this.privateSubnetIds = outputOf(vpc, 'privateSubnetIds');
      this.publicSubnetIds = outputOf(vpc, 'publicSubnetIds');
    }
    this.securityGroups = new SecurityGroups(
      'security-groups',
      {
        vpcId: this.vpcId,
        gatewaySecurityGroupIds: args.gatewaySecurityGroupIds,
        loadBalancer: args.loadBalancer,
        // An endpoint's private DNS applies to the whole VPC: in a joined VPC, every other client of AMP would be sent to
        // this endpoint, which admits only our tasks.
        workspaceEndpoint: environment.workspaceEndpoint && !joins,
      },
      {parent: this},
    );
    const endpointGroup = this.securityGroups.workspaceEndpoint;
    if (endpointGroup)
      new ec2.VpcEndpoint(
        'workspace-endpoint',
        {
          vpcId: this.vpcId,
          serviceName: workspaceService(args.region),
          vpcEndpointType: 'Interface',
          subnetIds: this.privateSubnetIds,
          securityGroupIds: [endpointGroup.id],
          privateDnsEnabled: true,
          policy: defined(
            'accountId of getCallerIdentity',
            getCallerIdentityOutput({}, {parent: this}).accountId,
          ).apply(accountId => policy([passEndpoint({accountId, region: args.region})])),
        },
        {parent: this, deleteBeforeReplace: true}, // a VPC has one endpoint with this private name
      );
    this.registerOutputs({vpcId: this.vpcId, privateSubnetIds: this.privateSubnetIds});
  }
}
