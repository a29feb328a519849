import {readFileSync} from 'node:fs';
import test from 'ava';
import {readStack, stackNames} from '../../plan/project.ts';
import {environments} from '../../src/environments.ts';
import {parseSettings, SettingsError, settingKeys} from '../../src/settings.ts';
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

/** The problems of a configuration; none when it is taken. */
const problems = (config: Readonly<Record<string, string>>): readonly string[] => {
  try {
    parseSettings(config, project);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
};

const refuses = test.macro({
  exec: (t, changed: Readonly<Record<string, unknown>>, expected: RegExp) => {
    const found = problems({...minimal, ...ours(changed)});
    t.is(found.length, 1, found.join('\n'));
    t.regex(found[0] ?? '', expected);
  },
  title: (_, changed) => `refuses ${JSON.stringify(changed)}`,
});

test('region and profile are enough; the rest has defaults', t => {
  t.deepEqual(parsing({}), {
    region: 'eu-west-1',
    profile: 'dev',
    environment: environments.dev,
    gatewaySecurityGroupIds: [],
    emitters: {'auth-server': 1, registry: 1},
    alarmEmails: [],
    anonymousAccess: 'off',
    grafanaCredentials: 1,
  });
});

test('every stack file is taken', t => {
  t.true(stackNames(here).length > 0);
  for (const stack of stackNames(here))
    t.is(parseSettings(readStack(here, stack), project).profile, stack === 'prod' ? 'prod' : 'dev');
});

test('README lists every key', t => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  for (const key of settingKeys) t.true(readme.includes(`\`${key}\``), key);
});

test('every problem is told at once, by key, expectation and finding', t => {
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
  for (const problem of found.slice(1)) t.regex(problem, /expected .+; found .+/);
});

test('a misspelt key is answered with the nearest one', t => {
  const near = (key: string): string | undefined =>
    /did you mean (\S+)\?/.exec(problems({...minimal, [key]: 'x'})[0] ?? '')?.[1];
  t.is(near(`${project}:alarmEmail`), `${project}:alarmEmails`);
  t.is(near(`${project}:vpcid`), `${project}:vpcId`);
  t.is(near(`${project}:region`), 'aws:region');
  t.is(near('aws:profile'), `${project}:profile`);
  t.is(near('mcp-observabilty:alarmEmails'), `${project}:alarmEmails`);
  t.is(near('alarmEmails'), `${project}:alarmEmails`);
});

test(refuses, {profile: 'staging'}, /profile: expected one of dev, prod; found staging/);
test(
  refuses,
  {privateSubnetIds: 'subnet-0123456789abcdef0'},
  /privateSubnetIds: expected a list.*; found subnet-0123456789abcdef0/,
);
test(refuses, {alarmEmails: ['nobody']}, /alarmEmails: expected a list, each an address.*; found \["nobody"\]/);
test(refuses, {alarmEmails: ['a@example.org', 'a@example.org']}, /alarmEmails/);
test(refuses, {emitters: {Registry: 1}}, /emitters: expected .*names of a-z/);
test(refuses, {emitters: {registry: '1.5'}}, /emitters: expected/);
test(refuses, {vpcId: ''}, /vpcId: expected an id.*; found nothing/);
test(refuses, {emitters: {}}, /emitters: expected/);
test(refuses, {domain: 'metrics.example.org'}, /certificateArn: expected, as domain is given; found nothing/);
test(
  refuses,
  {certificateArn: 'arn:aws:acm:eu-west-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef'},
  /us-east-1/,
);
test(
  refuses,
  {gatewaySecurityGroupIds: ['sg-0123456789abcdef0']},
  /gatewaySecurityGroupIds: expected only together with vpcId/,
);
test(refuses, {serviceConnectNamespace: 'gateway'}, /serviceConnectNamespace: expected only together with vpcId/);
test(
  refuses,
  {vpcId: 'vpc-0123456789abcdef0', privateSubnetIds: ['subnet-0123456789abcdef0']},
  /at least two subnets.*found 1/,
);
test(
  refuses,
  {profile: 'prod', anonymousAccess: 'admin'},
  /anonymousAccess: expected off or viewer in prod; found admin/,
);
test(
  refuses,
  {webAclArn: 'arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/a/01234567-89ab-cdef-0123-456789abcdef'},
  /scope CLOUDFRONT/,
);

test('emitters have one order, whoever wrote the file, so that tasks are not replaced for another', t => {
  const written = parsing(ours({emitters: {registry: 2, billing: 1, 'auth-server': 1}})).emitters;
  const sorted = parsing(ours({emitters: {'auth-server': 1, billing: 1, registry: 2}})).emitters;
  t.is(JSON.stringify(written), JSON.stringify(sorted));
  t.deepEqual(Object.keys(parsing({}).emitters), Object.keys(parsing({}).emitters).toSorted());
});

test('a subnet is not both private and public', t => {
  const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
  const config = ours({vpcId: 'vpc-0123456789abcdef0', privateSubnetIds: subnets, publicSubnetIds: subnets.slice(1)});
  t.deepEqual(problems({...minimal, ...config}), [
    'mcp-observability:publicSubnetIds: expected none of privateSubnetIds; found subnet-0123456789abcdef1',
  ]);
});

test('anonymous administrators are for dev; off is off however YAML reads it', t => {
  t.is(parsing(ours({anonymousAccess: 'admin'})).anonymousAccess, 'admin');
  t.is(parsing(ours({anonymousAccess: 'false'})).anonymousAccess, 'off');
});

test('China and GovCloud, which have no VPC origins, are refused', t => {
  for (const region of ['cn-north-1', 'us-gov-west-1'])
    t.regex(problems({...minimal, 'aws:region': region})[0] ?? '', /aws:region: expected a region/);
});

test("a long value is shortened, and other programs' keys are left alone", t => {
  t.true((problems({...minimal, [`${project}:vpcId`]: 'x'.repeat(500)})[0] ?? '').length < 250);
  t.deepEqual(problems({...minimal, 'pulumi:tags': '{}', 'docker-build:host': 'x'}), []);
});
