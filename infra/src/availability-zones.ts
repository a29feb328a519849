/** Selects the zones of a created VPC: those that support its load balancer and its endpoint. */
import {getVpcEndpointService} from '@pulumi/aws/ec2/getVpcEndpointService.js';
import {getAvailabilityZones} from '@pulumi/aws/getAvailabilityZones.js';
import type * as pulumi from '@pulumi/pulumi';
import {present, ValueError} from './defined.ts';
import type {Environment} from './environments.ts';

/**
 * Ids of the zones without VPC origins: CloudFront rejects a load balancer with a subnet in one. Zone names differ between
 * accounts: what works in one account would fail in the next.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html#vpc-origins-supported-regions
 */
export const withoutVpcOrigins: readonly string[] = ['use1-az3', 'usw1-az2', 'apne1-az3', 'apne2-az1', 'cac1-az3'];

export type AvailabilityZonesArgs = {
  readonly region: string;
  readonly provider: pulumi.ProviderResource;
  readonly environment: Environment['network'];
};

/** Name of the service behind the workspace's interface endpoint. Not every zone has it. */
export const workspaceService = (region: string): string => `com.amazonaws.${region}.aps-workspaces`;

/**
 * Returns the names of the region's first suitable zones in alphabetical order. They are queried at each run: if AWS
 * changes what a zone supports, a preview shows subnets that move; infra/upgrading.md describes what to do.
 * @throws {ValueError} when the region has fewer
 */
export const availabilityZones = async (args: AvailabilityZonesArgs): Promise<readonly string[]> => {
  const {region, provider, environment} = args;
  const found = await getAvailabilityZones(
    {
      region,
      excludeZoneIds: [...withoutVpcOrigins],
      filters: [{name: 'zone-type', values: ['availability-zone']}], // no local and no wavelength zones
    },
    {provider},
  );
  const names = present('names of getAvailabilityZones', found.names);
  const served = environment.workspaceEndpoint
    ? present(
        'availabilityZones of getVpcEndpointService',
        (await getVpcEndpointService({serviceName: workspaceService(region)}, {provider})).availabilityZones,
      )
    : names;
  const zones = names.filter(name => served.includes(name)).toSorted();
  const count = environment.availabilityZones;
  if (zones.length < count) {
    const services = environment.workspaceEndpoint
      ? `${workspaceService(region)} and CloudFront VPC origins`
      : 'CloudFront VPC origins';
    const found = zones.join(', ') || 'none';
    throw new ValueError(
      `aws:region: expected ${count} availability zones with ${services}, found ${found} in ${region}. ` +
        'Choose another region, or join a VPC: vpcId',
    );
  }
  return zones.slice(0, count);
};
