/** The regions that have every service the program uses, and why others are rejected. */

/**
 * Regions with CloudFront VPC origins, from
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html#vpc-origins-supported-regions
 * as of November 2026.
 */
const vpcOriginRegions = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-1',
  'ap-northeast-2',
  'ap-northeast-3',
  'ap-south-1',
  'ap-south-2',
  'ap-southeast-1',
  'ap-southeast-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-7',
  'ca-central-1',
  'ca-west-1',
  'eu-central-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'eu-west-1',
  'eu-west-2',
  'eu-west-3',
  'il-central-1',
  'me-central-1',
  'me-south-1',
  'mx-central-1',
  'sa-east-1',
  'us-east-1',
  'us-east-2',
  'us-west-1',
  'us-west-2',
] as const;

/**
 * Regions with Amazon Managed Service for Prometheus, from the endpoints of botocore 1.44.8 (November 2026): those above,
 * and these, which have no VPC origins.
 */
const withoutVpcOrigins = ['ap-southeast-6'];

const regionPattern = /^[a-z]{2,4}(-[a-z]+)+-\d$/;

/**
 * Why the program can't run in a region; undefined where it can.
 * @param region such as `eu-west-1`
 */
export const regionProblem = (region: string): string | undefined => {
  const supported: readonly string[] = vpcOriginRegions;
  if (supported.includes(region)) return undefined;
  if (!regionPattern.test(region)) return "which isn't the name of a region";
  if (region.startsWith('cn-')) return 'as China has neither Amazon Managed Service for Prometheus nor VPC origins';
  if (region.startsWith('us-gov-')) return 'as GovCloud has no CloudFront';
  if (region.startsWith('eusc-')) return 'as the European Sovereign Cloud has no CloudFront VPC origins';
  if (region.startsWith('us-iso') || region.startsWith('eu-iso')) return 'as isolated partitions have no VPC origins';
  if (withoutVpcOrigins.includes(region)) return 'which has no CloudFront VPC origins';
  return 'which AWS listed neither for CloudFront VPC origins nor for Prometheus in November 2026; see src/regions.ts';
};
