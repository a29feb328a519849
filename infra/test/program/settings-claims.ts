import {readFileSync} from 'node:fs';
import test from 'ava';
import {readStack, stackNames} from '../../plan/project.ts';
import {environments} from '../../src/environments.ts';
import {settingKeys} from '../../src/setting-parsers.ts';
import {parseSettings, SettingsError} from '../../src/settings.ts';
import {project as here} from './plans.ts';

const project = here.name;
const minimal = {'aws:region': 'eu-west-1', [`${project}:profile`]: 'dev'};

const parsing = (changed: Readonly<Record<string, string>>) => parseSettings({...minimal, ...changed}, project);
const ours = (settings: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      `${project}:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

/** The problems of a configuration; none when it is accepted. */
const problems = (config: Readonly<Record<string, string>>, stack = 'dev', name = project): readonly string[] => {
  try {
    parseSettings(config, name, stack);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

/** A test title of a bounded length. */
const brief = (text: string): string => (text.length > 160 ? `${text.slice(0, 60)} … ${text.slice(-99)}` : text);

const rejects = test.macro({
  exec: (t, changed: Readonly<Record<string, unknown>>, expected: RegExp) => {
    const found = problems({...minimal, ...ours(changed)});
    t.is(found.length, 1, found.join('\n'));
    t.regex(found[0] ?? '', expected);
  },
  title: (_, changed) => `rejects ${brief(JSON.stringify(changed))}`,
});

test('region and profile are enough; the rest has defaults', t => {
  t.deepEqual(parsing({}), {
    region: 'eu-west-1',
    profile: 'dev',
    environment: environments.dev,
    gatewaySecurityGroupIds: [],
    flowLogs: false,
    emitters: {'auth-server': 1, registry: 1},
    alarmEmails: [],
    anonymousAccess: 'off',
    grafanaCredentials: 1,
  });
});

test('every stack file is accepted', t => {
  t.true(stackNames(here).length > 0);
  for (const stack of stackNames(here))
    t.is<string, string>(parseSettings(readStack(here, stack), project).profile, stack);
});

test('README lists every key', t => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  for (const key of settingKeys) t.true(readme.includes(`\`${key}\``), key);
});

test('all problems are reported together, each with key, expectation and finding', t => {
  const config = {
    'aws:region': 'Frankfurt',
    ...ours({profil: 'dev', vpcId: 'vpc', emitters: ['registry'], grafanaCredentials: 0}),
  };
  const found = problems(config);
  t.deepEqual(
    found.map(problem => problem.split(' expected')[0]),
    [
      'mcp-observability:profil:',
      'aws:region:',
      'mcp-observability:profile:',
      'mcp-observability:vpcId:',
      'mcp-observability:emitters:',
      'mcp-observability:grafanaCredentials:',
    ],
  );
  for (const problem of found.slice(1)) t.regex(problem, /expected .+, found .+/);
});

test('a misspelt key is reported with the nearest one', t => {
  const near = (key: string): string | undefined =>
    /did you mean (\S+)\?/.exec(problems({...minimal, [key]: 'x'})[0] ?? '')?.[1];
  t.is(near(`${project}:alarmEmail`), `${project}:alarmEmails`);
  t.is(near(`${project}:vpcid`), `${project}:vpcId`);
  t.is(near(`${project}:region`), 'aws:region');
  t.is(near('aws:profile'), `${project}:profile`);
  t.is(near('mcp-observabilty:alarmEmails'), `${project}:alarmEmails`);
  t.is(near('alarmEmails'), `${project}:alarmEmails`);
});

test(rejects, {profile: 'staging'}, /profile: expected one of dev, prod, lean, found staging/);
test(
  rejects,
  {privateSubnetIds: 'subnet-0123456789abcdef0'},
  /privateSubnetIds: expected a list.*, found subnet-0123456789abcdef0/,
);
test(
  rejects,
  {alarmEmails: ['nobody']},
  /alarmEmails: expected a list without duplicates, each item an address.*, found \["nobody"\]/,
);
test(rejects, {alarmEmails: ['a@example.org', 'a@example.org']}, /alarmEmails/);
test(rejects, {emitters: {Registry: 1}}, /emitters: expected .*names of a-z/);
test(rejects, {emitters: {registry: '1.5'}}, /emitters: expected/);
test(rejects, {vpcId: ''}, /vpcId: expected an id.*, found nothing/);
test(rejects, {emitters: {}}, /emitters: expected/);
test(rejects, {domain: 'metrics.example.org'}, /certificateArn: expected an ARN, as domain is given, found nothing/);
test(
  rejects,
  {certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef'},
  /us-east-1/,
);
test(rejects, {serviceConnectNamespace: 'gateway'}, /serviceConnectNamespace: expected only together with vpcId/);
test(
  rejects,
  {vpcId: 'vpc-0123456789abcdef0', privateSubnetIds: ['subnet-0123456789abcdef0']},
  /at least two subnets.*found 1/,
);
test(
  rejects,
  {profile: 'prod', anonymousAccess: 'admin'},
  /anonymousAccess: expected off or viewer in prod, found admin/,
);
test(
  rejects,
  {webAclArn: 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/01234567-89ab-cdef-0123-456789abcdef'},
  /scope CLOUDFRONT/,
);

test(
  rejects,
  {permissionsBoundaryArn: 'arn:aws:iam::111122223333:role/boundary'},
  /permissionsBoundaryArn: expected the ARN of a managed policy/,
);

test('emitters have one order, independent of the file, so that reordering replaces no task', t => {
  const written = parsing(ours({emitters: {registry: 2, billing: 1, 'auth-server': 1}})).emitters;
  const sorted = parsing(ours({emitters: {'auth-server': 1, billing: 1, registry: 2}})).emitters;
  t.is(JSON.stringify(written), JSON.stringify(sorted));
  t.deepEqual(Object.keys(parsing({}).emitters), Object.keys(parsing({}).emitters).toSorted());
});

test('a subnet is not both private and public', t => {
  const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
  const config = ours({vpcId: 'vpc-0123456789abcdef0', privateSubnetIds: subnets, publicSubnetIds: subnets.slice(1)});
  t.deepEqual(problems({...minimal, ...config}), [
    'mcp-observability:publicSubnetIds: expected subnets that are not in privateSubnetIds, found subnet-0123456789abcdef1',
  ]);
});

test('anonymous administrators are for dev; off is off however YAML reads it', t => {
  t.is(parsing(ours({anonymousAccess: 'admin'})).anonymousAccess, 'admin');
  t.is(parsing(ours({anonymousAccess: 'false'})).anonymousAccess, 'off');
});

for (const [region, reason] of [
  ['cn-north-1', /China has neither Amazon Managed Service for Prometheus nor VPC origins$/],
  ['us-gov-west-1', /GovCloud has no CloudFront$/],
  ['eusc-de-east-1', /European Sovereign Cloud has no CloudFront VPC origins$/],
  ['us-iso-east-1', /isolated partitions/],
  ['ap-southeast-6', /has no CloudFront VPC origins$/],
  ['eu-west-9', /AWS listed neither/],
  ['Frankfurt', /isn't the name of a region$/],
] as const)
  test(`${region} is rejected with the reason`, t => {
    const [found = '', ...others] = problems({...minimal, 'aws:region': region});
    t.deepEqual(others, []);
    t.regex(found, /^aws:region: expected a region such as eu-west-1, found /);
    t.regex(found, reason);
  });

test('regions with Prometheus and VPC origins are accepted', t => {
  for (const region of ['us-east-1', 'il-central-1', 'mx-central-1', 'ap-southeast-7', 'eu-south-1'])
    t.deepEqual(problems({...minimal, 'aws:region': region}), [], region);
});

const namespaceArn = (region: string): string =>
  `arn:aws:servicediscovery:${region}:111122223333:namespace/ns-0123456789abcdef`;
const vpc = {
  vpcId: 'vpc-0123456789abcdef0',
  privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
};

test(
  rejects,
  {...vpc, serviceConnectNamespace: namespaceArn('us-east-1')},
  /serviceConnectNamespace: expected a namespace in eu-west-1, the stack's region, as ECS joins no other, found one in us-east-1/,
);
test("a namespace is given by name, or by an ARN of the stack's region", t => {
  for (const serviceConnectNamespace of ['mcp-gateway', namespaceArn('eu-west-1')])
    t.deepEqual(problems({...minimal, ...ours({...vpc, serviceConnectNamespace})}), []);
});

const id = (prefix: string, index: number): string => `${prefix}-${index.toString(16).padStart(17, '0')}`;
const many = (prefix: string, count: number): readonly string[] =>
  Array.from({length: count}, (_, index) => id(prefix, index));

test(
  rejects,
  {...vpc, gatewaySecurityGroupIds: many('sg', 59)},
  /gatewaySecurityGroupIds: .*at most 58 items, as a security group has up to 60 rules/,
);
test(
  rejects,
  {...vpc, privateSubnetIds: many('subnet', 17)},
  /privateSubnetIds: .*at most 16 items, as an ECS service/,
);
test(rejects, {vpcId: 'vpc-0123456789'}, /vpcId: expected an id/);
test(rejects, {alarmEmails: [`${'a'.repeat(65)}@example.org`]}, /alarmEmails/);
test(rejects, {alarmEmails: ['a b@example.org']}, /alarmEmails/);
test(rejects, {alarmEmails: ['tëam@example.org']}, /alarmEmails/);
test(rejects, {alarmEmails: ['team@-example.org']}, /alarmEmails/);
test(rejects, {emitters: {['a'.repeat(41)]: 1}}, /emitters: .*at most 40 characters/);
test(
  rejects,
  {emitters: Object.fromEntries(many('e', 41).map(name => [name, 1]))},
  /emitters: expected 1 to 40 emitters/,
);
test(rejects, {workspaceId: 'ws-1'}, /workspaceId: expected the id of a workspace/);
test(rejects, {flowLogs: 'all'}, /flowLogs: expected one of on, off, found all/);
test(rejects, {...vpc, flowLogs: 'on'}, /flowLogs: expected only without vpcId, as the owner of a joined VPC/);

const certificateArn = 'arn:aws:acm:us-east-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef';
for (const domain of ['-a.example.org', 'a-.example.org', 'Metrics.example.org', 'metrics', `${'a'.repeat(64)}.org`])
  test(rejects, {domain, certificateArn}, /domain: expected a host name in lower case/);
test(
  rejects,
  {
    domain: 'metrics.example.org',
    certificateArn,
    webAclArn: 'arn:aws:wafv2:us-east-1:444455556666:global/webacl/a/01234567-89ab-cdef-0123-456789abcdef',
  },
  /webAclArn: expected one of account 111122223333, as certificateArn is, .*, found one of 444455556666/,
);
test(
  rejects,
  {
    domain: 'metrics.example.org',
    certificateArn,
    permissionsBoundaryArn: 'arn:aws:iam::444455556666:policy/boundary',
  },
  /permissionsBoundaryArn: expected one of account 111122223333, as certificateArn is, .*, found one of 444455556666/,
);
test("one of AWS's own policies can be a boundary in every account", t => {
  const permissionsBoundaryArn = 'arn:aws:iam::aws:policy/PowerUserAccess';
  const config = ours({domain: 'metrics.example.org', certificateArn, permissionsBoundaryArn});
  t.is(parsing(config).permissionsBoundaryArn, permissionsBoundaryArn);
});

for (const [stack, expected] of [
  ['Dev', /^stack: expected a name of a-z, 0-9 and single hyphens, as it becomes part of DNS names, found Dev$/],
  ['dev_1', /found dev_1$/],
  ['dev.1', /found dev\.1$/],
  ['dev-', /found dev-$/],
  ['x'.repeat(46), /^stack: expected at most 63 characters in mcp-observability-x+, a DNS label, found 64$/],
] as const)
  test(`a stack named ${stack} is rejected before anything is created`, t => {
    const [found = '', ...others] = problems(minimal, stack);
    t.deepEqual(others, []);
    t.regex(found, expected);
  });

test('a stack name of 45 characters is accepted', t => {
  t.deepEqual(problems(minimal, 'x'.repeat(45)), []);
});

test("flow logs are the profile's choice unless the stack file overrides it, and belong to a VPC that is created", t => {
  t.true(parsing(ours({profile: 'prod'})).flowLogs);
  t.false(parsing(ours({profile: 'prod', flowLogs: 'off'})).flowLogs);
  t.true(parsing(ours({flowLogs: 'true'})).flowLogs); // as YAML 1.1 reads an unquoted on
  t.false(parsing(ours({profile: 'prod', ...vpc})).flowLogs);
});

test("a long value is shortened, and other programs' keys are ignored", t => {
  t.true((problems({...minimal, [`${project}:vpcId`]: 'x'.repeat(500)})[0] ?? '').length < 250);
  t.deepEqual(problems({...minimal, 'pulumi:tags': '{}', 'docker-build:host': 'x'}), []);
});
