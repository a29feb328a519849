/**
 * The only reader of stack configuration: account facts in, typed settings out. Every problem of a stack file is
 * reported at once, by key, with what was expected and what was found.
 */
import * as pulumi from '@pulumi/pulumi';
import {nearest} from './did-you-mean.ts';
import {type Environment, environments, type Profile, profiles} from './environments.ts';

/** Who may read Grafana's boards without a login. */
export const anonymousAccess = ['off', 'viewer', 'admin'] as const;
export type AnonymousAccess = (typeof anonymousAccess)[number];

export type JoinedVpc = {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
};

export type Settings = {
  readonly region: string;
  readonly profile: Profile;
  readonly environment: Environment;
  /** The VPC to join; left out, one is made. */
  readonly vpc?: JoinedVpc;
  /** Name or ARN of the Service Connect namespace that the gateway's services are in. */
  readonly serviceConnectNamespace?: string;
  /** Security groups of the gateway's tasks: who may send metrics. */
  readonly gatewaySecurityGroupIds: readonly string[];
  /** Who sends metrics, and the number of the key that each has now; raising a number rotates that key. */
  readonly emitters: Readonly<Record<string, number>>;
  readonly alarmEmails: readonly string[];
  /** Grafana's own host name, with its certificate in us-east-1. */
  readonly domain?: {readonly name: string; readonly certificateArn: string};
  readonly webAclArn?: string;
  readonly anonymousAccess: AnonymousAccess;
  /** Number of Grafana's admin password and secret key; raising it renews both. */
  readonly grafanaCredentials: number;
};

/** A stack file that can't be used. The message lists every problem. */
export class SettingsError extends pulumi.RunError {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The stack's configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:
${problems.map(problem => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

type Parser<T> = {readonly expects: string; readonly parse: (text: string) => T | undefined};

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const matching = (expects: string, pattern: RegExp): Parser<string> => ({
  expects,
  parse: text => (pattern.test(text) ? text : undefined),
});

const listOf = (item: Parser<string>): Parser<readonly string[]> => ({
  expects: `a list, each ${item.expects}, each once`,
  parse: text => {
    const value = json(text);
    if (!Array.isArray(value)) return undefined;
    const items = value.map(one => (typeof one === 'string' ? item.parse(one) : undefined));
    return items.every(one => one !== undefined) && new Set(items).size === items.length ? items : undefined;
  },
});

const oneOf = <const Value extends string>(values: readonly Value[]): Parser<Value> => ({
  expects: `one of ${values.join(', ')}`,
  parse: text => values.find(value => value === text),
});

const keyNumber: Parser<number> = {
  expects: 'a whole number from 1',
  parse: text => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined),
};

const emitterName = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const emitterNumbers: Parser<Readonly<Record<string, number>>> = {
  expects: 'emitters with the numbers of their keys, such as {registry: 1, auth-server: 1}; names of a-z, 0-9 and -',
  parse: text => {
    const value = json(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([name, number]) => [name, keyNumber.parse(String(number))] as const);
    const good = entries.flatMap(([name, number]) =>
      emitterName.test(name) && number !== undefined ? [[name, number] as const] : [],
    );
    if (good.length < entries.length || good.length === 0) return undefined;
    // In one order, whoever wrote the file: Pulumi's CLI sorts, people don't, and tasks would be replaced for it.
    return Object.fromEntries(good.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  },
};

const parsers = {
  // China and GovCloud have no CloudFront VPC origins.
  'aws:region': matching('a region such as eu-west-1', /^(?!cn-|us-gov-)[a-z]{2}-[a-z]+-\d$/),
  profile: oneOf(profiles),
  vpcId: matching('an id such as vpc-0123456789abcdef0', /^vpc-[0-9a-f]{8,17}$/),
  privateSubnetIds: listOf(matching('an id such as subnet-0123456789abcdef0', /^subnet-[0-9a-f]{8,17}$/)),
  publicSubnetIds: listOf(matching('an id such as subnet-0123456789abcdef0', /^subnet-[0-9a-f]{8,17}$/)),
  serviceConnectNamespace: matching(
    "the namespace's name or ARN",
    /^(arn:aws:servicediscovery:[a-z0-9-]+:\d{12}:namespace\/ns-[a-z0-9]+|[A-Za-z0-9][A-Za-z0-9._-]{0,252})$/,
  ),
  gatewaySecurityGroupIds: listOf(matching('an id such as sg-0123456789abcdef0', /^sg-[0-9a-f]{8,17}$/)),
  emitters: emitterNumbers,
  alarmEmails: listOf(matching('an address such as team@example.org', /^[^\s@]+@[^\s@]+\.[^\s@]+$/)),
  domain: matching('a host name such as metrics.example.org', /^(?=.{4,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/),
  certificateArn: matching(
    'the ARN of a certificate in us-east-1, the only region CloudFront takes one from',
    /^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/,
  ),
  webAclArn: matching(
    'the ARN of a global web ACL (scope CLOUDFRONT)',
    /^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\/[^/\s]+\/[0-9a-f-]{36}$/,
  ),
  // Unquoted, `off` is false to readers of YAML 1.1.
  anonymousAccess: {
    expects: oneOf(anonymousAccess).expects,
    parse: (text: string) => oneOf(anonymousAccess).parse(text === 'false' ? 'off' : text),
  },
  grafanaCredentials: keyNumber,
} as const;

type Key = keyof typeof parsers;
type Parsed = {[K in Key]?: NonNullable<ReturnType<(typeof parsers)[K]['parse']>>};

/** Every key of a stack file, without the project's name. */
export const settingKeys = Object.keys(parsers) as [Key, ...Key[]]; // Object.keys forgets the keys' type

const required: readonly Key[] = ['aws:region', 'profile'];

/** Keys as they stand in a stack file: ours carry the project's name, the region AWS's. */
const qualified = (project: string, key: string): string => (key.includes(':') ? key : `${project}:${key}`);

const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text || 'nothing');

/** Whose keys are none of ours: Pulumi's own, and those of providers that the program doesn't configure itself. */
const foreign = /^(pulumi|awsx|docker-build|random):/;

/** Keys that only make sense with others, and values that don't go together. Public subnets are asked for this alone. */
const contradictions = (given: Parsed): string[] => {
  const problems: string[] = [];
  const subnets = given.privateSubnetIds ?? [];
  if (given.vpcId && subnets.length < 2)
    problems.push(
      `privateSubnetIds: with vpcId, expected at least two subnets in different zones; found ${subnets.length}`,
    );
  if (!given.vpcId)
    for (const key of [
      'privateSubnetIds',
      'publicSubnetIds',
      'gatewaySecurityGroupIds',
      'serviceConnectNamespace',
    ] as const)
      if (given[key]?.length)
        problems.push(`${key}: expected only together with vpcId, as it belongs to that VPC; found no vpcId`);
  for (const subnet of given.publicSubnetIds ?? [])
    if (subnets.includes(subnet)) problems.push(`publicSubnetIds: expected none of privateSubnetIds; found ${subnet}`);
  if (given.domain && !given.certificateArn)
    problems.push(`certificateArn: expected, as domain is given; found nothing`);
  if (given.certificateArn && !given.domain)
    problems.push(`domain: expected, as certificateArn is given; found nothing`);
  if (given.profile === 'prod' && given.anonymousAccess === 'admin')
    problems.push(
      'anonymousAccess: expected off or viewer in prod; found admin, which lets anyone on the Internet change Grafana',
    );
  return problems;
};

/**
 * A stack's configuration as settings.
 * @param config keys as in a stack file (`aws:region`, `<project>:profile`), lists and maps as JSON text, as Pulumi hands them over
 * @throws SettingsError with every problem
 */
export const parseSettings = (config: Readonly<Record<string, string>>, project: string): Settings => {
  const known = Object.keys(parsers).map(key => qualified(project, key));
  const problems = Object.keys(config)
    .filter(key => !foreign.test(key) && !known.includes(key))
    .map(key => `${key}: expected one of the keys that infra/README.md lists; did you mean ${nearest(key, known)}?`);
  const given: Record<string, unknown> = {};
  for (const [key, {expects, parse}] of Object.entries<Parser<unknown>>(parsers)) {
    const text = config[qualified(project, key)];
    const value = text === undefined ? undefined : parse(text);
    if (value !== undefined) given[key] = value;
    else if (text !== undefined) problems.push(`${qualified(project, key)}: expected ${expects}; found ${shown(text)}`);
    else if (required.some(one => one === key))
      problems.push(`${qualified(project, key)}: expected ${expects}; found nothing`);
  }
  const parsed = given as Parsed; // each entry came out of the parser of its key
  problems.push(...contradictions(parsed).map(problem => `${project}:${problem}`));
  const {'aws:region': region, profile} = parsed;
  if (problems.length > 0 || !region || !profile) throw new SettingsError(problems);
  return {
    region,
    profile,
    environment: environments[profile],
    ...(parsed.vpcId && {
      vpc: {
        vpcId: parsed.vpcId,
        privateSubnetIds: parsed.privateSubnetIds ?? [],
      },
    }),
    ...(parsed.serviceConnectNamespace && {serviceConnectNamespace: parsed.serviceConnectNamespace}),
    gatewaySecurityGroupIds: parsed.gatewaySecurityGroupIds ?? [],
    emitters: parsed.emitters ?? {'auth-server': 1, registry: 1},
    alarmEmails: parsed.alarmEmails ?? [],
    ...(parsed.domain &&
      parsed.certificateArn && {domain: {name: parsed.domain, certificateArn: parsed.certificateArn}}),
    ...(parsed.webAclArn && {webAclArn: parsed.webAclArn}),
    anonymousAccess: parsed.anonymousAccess ?? 'off',
    grafanaCredentials: parsed.grafanaCredentials ?? 1,
  };
};

/** The settings of the stack that runs. */
export const settings = (): Settings => parseSettings(pulumi.runtime.allConfig(), pulumi.getProject());
