/** Tests the requirements for a VPC that a stack joins, and the message for each violation. */
import {Provider} from '@pulumi/aws/provider.js';
import test from 'ava';
import type {Properties} from '../../plan/engine-protocol.ts';
import {respond as respondAsAws} from '../../plan/fake-provider.ts';
import type {Respond} from '../../plan/provider-shape.ts';
import {joinedVpc} from '../../src/joined-vpc.ts';
import {SettingsError} from '../../src/settings.ts';
import {configOf, joinedSettings, project} from './plans.ts';
import {planHere} from './program.ts';

const vpc = 'vpc-0123456789abcdef0';
const [first, second] = ['subnet-0aaaaaaaaaaaaaaa1', 'subnet-0aaaaaaaaaaaaaaa2'] as const;
const groups = ['sg-0123456789abcdef0', 'sg-0123456789abcdef1'];

/**
 * The response of AWS for one function, of the stand-in for the others. `no matching …` is the text of AWS's provider.
 */
type Changed = Readonly<Record<string, (question: Properties) => Properties>>;

const withChanged =
  (changed: Changed): Respond =>
  (token, question) =>
    changed[token.split(':').at(-1) ?? '']?.(question) ?? respondAsAws(token, question);

const missing = (what: string) => () => {
  throw new Error(`no matching EC2 ${what} found`);
};

/** The problems that are reported, with the provider's own words shortened. */
const problemsOf = async (changed: Changed): Promise<readonly string[]> => {
  const {outputs} = await planHere(
    {project, stack: 'prod', config: configOf('prod', joinedSettings), respond: withChanged(changed)},
    async () => {
      const provider = new Provider('aws', {region: 'us-east-1'});
      const asked = {vpcId: vpc, privateSubnetIds: [first, second]};
      try {
        await joinedVpc({vpc: asked, gatewaySecurityGroupIds: groups, provider});
        return {problems: []};
      } catch (error) {
        if (error instanceof SettingsError) return {problems: [...error.problems]};
        throw error;
      }
    },
  );
  const {problems} = outputs;
  return Array.isArray(problems)
    ? problems.map(one => String(one).replace(/ \([^(]*no matching (EC2 \w+( \w+)?) found.*\)$/, ' (no matching $1)'))
    : [];
};

const subnet = (question: Properties, zone: string, zoneId = zone): Properties => ({
  ...question,
  availabilityZone: zone,
  availabilityZoneId: zoneId,
});

const routes = (gatewayId: string): Changed => ({
  getRouteTable: ({routeTableId = ''}) => ({
    id: routeTableId,
    associations: [{main: true, subnetId: ''}],
    routes: [{cidrBlock: '0.0.0.0/0', natGatewayId: '', gatewayId}],
  }),
});

const rejects = test.macro({
  exec: async (t, changed: Changed, expected: readonly string[]) => {
    t.deepEqual(await problemsOf(changed), expected);
  },
  title: (title = '') => `joining a VPC is rejected: ${title}`,
});

test('joining a VPC is accepted when AWS confirms all of it', async t => {
  t.deepEqual(await problemsOf({}), []);
});

test('a VPC that does not exist', rejects, {getVpc: missing('VPC'), getSubnet: missing('Subnet')}, [
  `vpcId: expected a VPC of this account and region, found ${vpc} (no matching EC2 VPC)`,
]);

test(
  'a subnet that does not exist or belongs to another VPC',
  rejects,
  {
    getSubnet: question => (question['id'] === second ? missing('Subnet')() : subnet(question, 'us-east-1a')),
  },
  [`privateSubnetIds: expected subnets of ${vpc}, found ${second} (no matching EC2 Subnet)`],
);

test('both subnets in one zone', rejects, {getSubnet: question => subnet(question, 'us-east-1a', 'use1-az1')}, [
  `privateSubnetIds: expected one subnet in each zone, as load balancers accept no more, found ${first} and ${second} in us-east-1a`,
]);

test(
  'a zone without VPC origins',
  rejects,
  {
    getSubnet: question =>
      question['id'] === first
        ? subnet(question, 'us-east-1b', 'use1-az3')
        : subnet(question, 'us-east-1a', 'use1-az1'),
  },
  [
    `privateSubnetIds: expected zones with CloudFront VPC origins, found ${first} in us-east-1b (use1-az3), which has none`,
  ],
);

test('no internet gateway', rejects, {getInternetGateway: missing('Internet Gateway')}, [
  `vpcId: expected a VPC with an internet gateway, as CloudFront VPC origins need one, found none in ${vpc} (no matching EC2 Internet Gateway)`,
]);

test(
  'DNS host names off',
  rejects,
  {getVpc: question => ({...question, enableDnsSupport: true, enableDnsHostnames: false})},
  [`vpcId: expected DNS host names to be on, as tasks are found by name, found it off in ${vpc}`],
);

test(
  'a security group of another VPC',
  rejects,
  {
    getSecurityGroup: question =>
      question['id'] === 'sg-0123456789abcdef1' ? missing('Security Group')() : {...question},
  },
  [
    `gatewaySecurityGroupIds: expected security groups of ${vpc}, found sg-0123456789abcdef1 (no matching EC2 Security Group)`,
  ],
);

const noRoute = 'privateSubnetIds: expected a default route through NAT, as tasks have no public address, found';

test('public subnets', rejects, routes('igw-0123456789abcdef0'), [
  `${noRoute} igw-0123456789abcdef0 in rtb-0123456789abcdef0, which ${first} uses: a public subnet`,
  `${noRoute} igw-0123456789abcdef0 in rtb-0123456789abcdef0, which ${second} uses: a public subnet`,
]);

test(
  'a subnet whose own route table leads nowhere',
  rejects,
  {
    getRouteTables: () => ({id: vpc, ids: ['rtb-main', 'rtb-own']}),
    getRouteTable: ({routeTableId = ''}) =>
      routeTableId === 'rtb-own'
        ? {
            id: routeTableId,
            associations: [{main: false, subnetId: second}],
            routes: [{cidrBlock: '10.0.0.0/8', gatewayId: 'local'}],
          }
        : {
            id: routeTableId,
            associations: [{main: true, subnetId: ''}],
            routes: [{cidrBlock: '0.0.0.0/0', gatewayId: '', transitGatewayId: 'tgw-0123456789abcdef0'}],
          },
  },
  [`${noRoute} none in rtb-own, which ${second} uses`],
);

test(
  'all problems are reported together',
  rejects,
  {
    getInternetGateway: missing('Internet Gateway'),
    getVpc: question => ({...question, enableDnsSupport: false, enableDnsHostnames: true}),
    getSubnet: question => (question['id'] === second ? missing('Subnet')() : subnet(question, 'us-east-1a')),
  },
  [
    `vpcId: expected a VPC with an internet gateway, as CloudFront VPC origins need one, found none in ${vpc} (no matching EC2 Internet Gateway)`,
    `privateSubnetIds: expected subnets of ${vpc}, found ${second} (no matching EC2 Subnet)`,
    `vpcId: expected DNS support to be on, as tasks are found by name, found it off in ${vpc}`,
  ],
);

const value = (problem: string, reason: string): string => `${problem} (${reason})`;
const noSubnet = (id: string) => `privateSubnetIds: expected subnets of ${vpc}, found ${id}`;
const noTables = `vpcId: expected route tables, found none in ${vpc}`;

test(
  'subnets whose zone AWS leaves out',
  rejects,
  {getSubnet: question => ({...question, availabilityZone: `zone of ${question['id']}`})},
  [first, second].map(id => value(noSubnet(id), 'availabilityZoneId of getSubnet: expected a value, found undefined')),
);
test('route tables that AWS leaves out', rejects, {getRouteTables: () => ({id: 'us-east-1'})}, [
  value(noTables, 'ids of getRouteTables: expected a value, found undefined'),
]);
test(
  'routes that AWS leaves out',
  rejects,
  {getRouteTable: ({routeTableId = ''}) => ({id: routeTableId, associations: []})},
  [value(noTables, 'routes of getRouteTable: expected a list, found undefined')],
);
