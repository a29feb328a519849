/** Settings that conflict with each other, and names that AWS would reject once most of the stack exists. */
import type {ParsedSettings, SettingKey} from './setting-parsers.ts';

type Problems = readonly string[];

/** Whether the stack file has a key, even with a value that was rejected: that problem is reported already. */
type IsGiven = (key: SettingKey) => boolean;

const joinedVpc = (given: ParsedSettings, isGiven: IsGiven): Problems => {
  const subnets = given.privateSubnetIds ?? [];
  if (!isGiven('vpcId'))
    return (['privateSubnetIds', 'publicSubnetIds', 'serviceConnectNamespace'] as const)
      .filter(key => given[key]?.length)
      .map(key => `${key}: expected only together with vpcId, as it belongs to that VPC, found no vpcId`);
  return [
    ...(given.vpcId && subnets.length < 2 && (given.privateSubnetIds || !isGiven('privateSubnetIds'))
      ? [`privateSubnetIds: with vpcId, expected at least two subnets in different zones, found ${subnets.length}`]
      : []),
    ...(given.publicSubnetIds ?? [])
      .filter(subnet => subnets.includes(subnet))
      .map(subnet => `publicSubnetIds: expected subnets that are not in privateSubnetIds, found ${subnet}`),
    ...(given.flowLogs
      ? [
          `flowLogs: expected only without vpcId, as the owner of a joined VPC configures its flow logs, found ${given.flowLogs}`,
        ]
      : []),
  ];
};

const serviceConnect = ({serviceConnectNamespace = '', 'aws:region': region}: ParsedSettings): Problems => {
  const [, , , namespaceRegion] = serviceConnectNamespace.split(':');
  return namespaceRegion !== undefined && region !== undefined && namespaceRegion !== region
    ? [
        `serviceConnectNamespace: expected a namespace in ${region}, the stack's region, as ECS joins no other, found one in ${namespaceRegion}`,
      ]
    : [];
};

const accountOf = (arn: string): string | undefined => arn.split(':')[4];

const customDomain = ({domain, certificateArn}: ParsedSettings, isGiven: IsGiven): Problems => [
  ...(domain && !isGiven('certificateArn')
    ? ['certificateArn: expected an ARN, as domain is given, found nothing']
    : []),
  ...(certificateArn && !isGiven('domain')
    ? ['domain: expected a host name, as certificateArn is given, found nothing']
    : []),
];

/** Resources of an account can only be used in that account; AWS's own managed policies can be used in every one. */
const accounts = ({certificateArn, webAclArn, permissionsBoundaryArn}: ParsedSettings): Problems => {
  const given = Object.entries({certificateArn, webAclArn, permissionsBoundaryArn}).flatMap(([key, arn]) => {
    const account = arn && accountOf(arn);
    return account && account !== 'aws' ? [{key, account}] : [];
  });
  const [first, ...others] = given;
  return others
    .filter(({account}) => account !== first?.account)
    .map(
      ({key, account}) =>
        `${key}: expected one of account ${first?.account}, as ${first?.key} is, because the stack is in one account, found one of ${account}`,
    );
};

const anonymousAccess = (given: ParsedSettings): Problems =>
  given.profile === 'prod' && given.anonymousAccess === 'admin'
    ? ['anonymousAccess: expected off or viewer in prod, found admin, which lets anyone on the Internet change Grafana']
    : [];

/** Every conflict between settings that are each valid, starting with the key. */
export const conflicts = (given: ParsedSettings, isGiven: IsGiven): Problems =>
  [joinedVpc, serviceConnect, customDomain, accounts, anonymousAccess].flatMap(find => find(given, isGiven));

/** `<project>-<stack>` is a DNS label, in the name of the private zone. */
const prefixMax = 63;

/**
 * Problems of the names that the stack's resources derive from project and stack. They end up in a private DNS zone, a
 * Service Connect alias and task definition families, which together allow a-z, 0-9 and single hyphens.
 */
export const nameProblems = (project: string, stack: string): Problems => {
  const pattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
  const problems = Object.entries({project, stack})
    .filter(([, name]) => !pattern.test(name))
    .map(
      ([what, name]) =>
        `${what}: expected a name of a-z, 0-9 and single hyphens, as it becomes part of DNS names, found ${name || 'nothing'}`,
    );
  const prefix = `${project}-${stack}`;
  if (prefix.length > prefixMax)
    problems.push(`stack: expected at most ${prefixMax} characters in ${prefix}, a DNS label, found ${prefix.length}`);
  return problems;
};
