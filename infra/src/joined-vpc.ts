/** Facts about a VPC that the stack joins, asked of AWS before anything is created: a wrong one would fail half-way. */
import {getInternetGateway} from '@pulumi/aws/ec2/getInternetGateway.js';
import {getSecurityGroup} from '@pulumi/aws/ec2/getSecurityGroup.js';
import {getSubnet} from '@pulumi/aws/ec2/getSubnet.js';
import {getVpc} from '@pulumi/aws/ec2/getVpc.js';
import type * as pulumi from '@pulumi/pulumi';
import {withoutVpcOrigins} from './availability-zones.ts';
import {type JoinedVpc, SettingsError} from './settings.ts';

export type JoinedVpcArgs = {
  readonly vpc: JoinedVpc;
  readonly gatewaySecurityGroupIds: readonly string[];
  readonly provider: pulumi.ProviderResource;
};

/** The result, or a problem that starts with the setting's key. */
const ask = async <T>(problem: string, question: Promise<T>): Promise<T | string> => {
  try {
    return await question;
  } catch (error) {
    const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    return `${problem} (${reason})`;
  }
};

const isProblem = <T>(found: T | string): found is string => typeof found === 'string';

type Subnet = {readonly id: string; readonly availabilityZone: string; readonly availabilityZoneId: string};

const zoneProblems = (subnets: readonly Subnet[]): readonly string[] =>
  subnets.flatMap(({id, availabilityZone, availabilityZoneId}, index) => {
    const other = subnets.slice(0, index).find(one => one.availabilityZone === availabilityZone);
    return [
      ...(other
        ? [
            `privateSubnetIds: expected one subnet in each zone, as load balancers take no more; found ${other.id} and ${id} in ${availabilityZone}`,
          ]
        : []),
      ...(withoutVpcOrigins.includes(availabilityZoneId)
        ? [
            `privateSubnetIds: expected zones with CloudFront VPC origins; found ${id} in ${availabilityZone} (${availabilityZoneId}), which has none`,
          ]
        : []),
    ];
  });

/**
 * The VPC, once AWS has confirmed what the stack needs of it.
 * @throws SettingsError with every problem
 */
export const joinedVpc = async ({vpc, gatewaySecurityGroupIds, provider}: JoinedVpcArgs): Promise<JoinedVpc> => {
  const {vpcId, privateSubnetIds} = vpc;
  const options = {provider};
  const [facts, gateway, subnets, groups] = await Promise.all([
    ask(`vpcId: expected a VPC of this account and region; found ${vpcId}`, getVpc({id: vpcId}, options)),
    ask(
      `vpcId: expected a VPC with an internet gateway, as CloudFront VPC origins need one; found none in ${vpcId}`,
      getInternetGateway({filters: [{name: 'attachment.vpc-id', values: [vpcId]}]}, options),
    ),
    Promise.all(
      privateSubnetIds.map(id =>
        ask(`privateSubnetIds: expected subnets of ${vpcId}; found ${id}`, getSubnet({id, vpcId}, options)),
      ),
    ),
    Promise.all(
      gatewaySecurityGroupIds.map(id =>
        ask(
          `gatewaySecurityGroupIds: expected security groups of ${vpcId}; found ${id}`,
          getSecurityGroup({id, vpcId}, options),
        ),
      ),
    ),
  ]);
  const problems = [
    ...[facts, gateway, ...subnets, ...groups].filter(isProblem),
    ...(!isProblem(facts) && !(facts.enableDnsSupport && facts.enableDnsHostnames)
      ? [
          `vpcId: expected DNS support and DNS host names to be on, as tasks are found by name; found one off in ${vpcId}`,
        ]
      : []),
    ...zoneProblems(subnets.flatMap(one => (isProblem(one) ? [] : [one]))),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return vpc;
};
