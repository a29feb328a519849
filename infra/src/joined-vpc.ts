/** Checks the VPC that the stack joins before anything is created: with a wrong VPC an update would fail half-way. */
import {getInternetGateway} from '@pulumi/aws/ec2/getInternetGateway.js';
import {getRouteTable} from '@pulumi/aws/ec2/getRouteTable.js';
import {getRouteTables} from '@pulumi/aws/ec2/getRouteTables.js';
import {getSecurityGroup} from '@pulumi/aws/ec2/getSecurityGroup.js';
import {getSubnet} from '@pulumi/aws/ec2/getSubnet.js';
import {getVpc} from '@pulumi/aws/ec2/getVpc.js';
import type * as pulumi from '@pulumi/pulumi';
import {withoutVpcOrigins} from './availability-zones.ts';
import {present, ValueError} from './defined.ts';
import {type JoinedVpc, SettingsError} from './settings.ts';

export type JoinedVpcArgs = {
  readonly vpc: JoinedVpc;
  readonly gatewaySecurityGroupIds: readonly string[];
  readonly provider: pulumi.ProviderResource;
};

/** The result, or a problem that starts with the setting's key. */
const orProblem = async <T>(problem: string, question: Promise<T>): Promise<T | string> => {
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
            `privateSubnetIds: expected one subnet in each zone, as load balancers accept no more, found ${other.id} and ${id} in ${availabilityZone}`,
          ]
        : []),
      ...(withoutVpcOrigins.includes(availabilityZoneId)
        ? [
            `privateSubnetIds: expected zones with CloudFront VPC origins, found ${id} in ${availabilityZone} (${availabilityZoneId}), which has none`,
          ]
        : []),
    ];
  });

type RouteTable = {
  readonly id: string;
  readonly associations: readonly {readonly main: boolean; readonly subnetId: string}[];
  readonly routes: readonly {readonly cidrBlock: string; readonly gatewayId: string}[];
};

/** Every route table of the VPC: a subnet without its own table uses the main one. */
const routeTablesOf = async (vpcId: string, options: pulumi.InvokeOptions): Promise<readonly RouteTable[]> => {
  const {ids} = await getRouteTables({vpcId}, options);
  return Promise.all(
    present('ids of getRouteTables', ids).map(async routeTableId => {
      const {associations, routes} = await getRouteTable({routeTableId}, options);
      for (const [key, list] of Object.entries({associations, routes})) // an empty list is one
        if (!Array.isArray(list)) throw new ValueError(`${key} of getRouteTable: expected a list, found ${list}`);
      return {id: routeTableId, associations, routes};
    }),
  );
};

/** Tasks have no public address: they reach AWS and the registries of images through what their default route leads to. */
const routeProblems = (subnets: readonly Subnet[], tables: readonly RouteTable[]): readonly string[] =>
  subnets.flatMap(({id}) => {
    const table =
      tables.find(({associations}) => associations.some(({subnetId}) => subnetId === id)) ??
      tables.find(({associations}) => associations.some(({main}) => main));
    const gateway = table?.routes.find(({cidrBlock}) => cidrBlock === '0.0.0.0/0');
    const expected = 'privateSubnetIds: expected a default route through NAT, as tasks have no public address, found';
    if (!gateway) return [`${expected} none in ${table?.id ?? 'any route table'}, which ${id} uses`];
    return gateway.gatewayId.startsWith('igw-')
      ? [`${expected} ${gateway.gatewayId} in ${table?.id}, which ${id} uses: a public subnet`]
      : [];
  });

/**
 * The VPC, once AWS has confirmed what the stack needs of it.
 * @throws {SettingsError} with every problem
 */
export const joinedVpc = async ({vpc, gatewaySecurityGroupIds, provider}: JoinedVpcArgs): Promise<JoinedVpc> => {
  const {vpcId, privateSubnetIds} = vpc;
  const options = {provider};
  const [facts, gateway, tables, subnets, groups] = await Promise.all([
    orProblem(`vpcId: expected a VPC of this account and region, found ${vpcId}`, getVpc({id: vpcId}, options)),
    orProblem(
      `vpcId: expected a VPC with an internet gateway, as CloudFront VPC origins need one, found none in ${vpcId}`,
      getInternetGateway({filters: [{name: 'attachment.vpc-id', values: [vpcId]}]}, options),
    ),
    orProblem(`vpcId: expected route tables, found none in ${vpcId}`, routeTablesOf(vpcId, options)),
    Promise.all(
      privateSubnetIds.map(id =>
        orProblem(
          `privateSubnetIds: expected subnets of ${vpcId}, found ${id}`,
          getSubnet({id, vpcId}, options).then(({availabilityZone, availabilityZoneId}) => ({
            id,
            availabilityZone: present('availabilityZone of getSubnet', availabilityZone),
            availabilityZoneId: present('availabilityZoneId of getSubnet', availabilityZoneId),
          })),
        ),
      ),
    ),
    Promise.all(
      gatewaySecurityGroupIds.map(id =>
        orProblem(
          `gatewaySecurityGroupIds: expected security groups of ${vpcId}, found ${id}`,
          getSecurityGroup({id, vpcId}, options),
        ),
      ),
    ),
  ]);
  const known = subnets.flatMap(one => (isProblem(one) ? [] : [one]));
  const problems = isProblem(facts)
    ? [facts] // without the VPC, all other checks fail too
    : [
        ...[gateway, tables, ...subnets, ...groups].filter(isProblem),
        ...dnsProblems(vpcId, facts),
        ...zoneProblems(known),
        ...(isProblem(tables) ? [] : routeProblems(known, tables)),
      ];
  if (problems.length > 0) throw new SettingsError(problems);
  return vpc;
};

const dnsProblems = (
  vpcId: string,
  {enableDnsSupport, enableDnsHostnames}: {enableDnsSupport: boolean; enableDnsHostnames: boolean},
): readonly string[] =>
  Object.entries({'DNS support': enableDnsSupport, 'DNS host names': enableDnsHostnames})
    .filter(([, isOn]) => !isOn)
    .map(([what]) => `vpcId: expected ${what} to be on, as tasks are found by name, found it off in ${vpcId}`);
