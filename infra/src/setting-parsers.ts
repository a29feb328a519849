/** How the text of each kind of setting becomes a value: the form that AWS accepts where the value ends up. */
import {architectures, capacities, profiles} from './environments.ts';
import {anonymousAccess} from './grafana-environment.ts';
import {regionProblem} from './regions.ts';

export type Parser<T> = {
  /** Completes "expected ...". */
  readonly expects: string;
  /** The value, or undefined where the text doesn't have the form. */
  readonly parse: (text: string) => T | undefined;
  /** Returns why the value was rejected, where `expects` doesn't explain it. */
  readonly reason?: (text: string) => string | undefined;
};

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

/** A list whose items are distinct, at most `max` of them. */
const listOf = (item: Parser<string>, max: number, limit: string): Parser<readonly string[]> => ({
  expects: `a list without duplicates, each item ${item.expects}, at most ${max} items, as ${limit}`,
  parse: text => {
    const value = json(text);
    if (!Array.isArray(value) || value.length > max) return undefined;
    const items = value.map(one => (typeof one === 'string' ? item.parse(one) : undefined));
    return items.every(one => one !== undefined) && new Set(items).size === items.length ? items : undefined;
  },
});

const oneOf = <const Value extends string>(values: readonly Value[]): Parser<Value> => ({
  expects: `one of ${values.join(', ')}`,
  parse: text => values.find(value => value === text),
});

/** The version of a generated key or password. */
const version: Parser<number> = {
  expects: 'an integer from 1 to 999999',
  parse: text => (/^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined),
};

const region: Parser<string> = {
  expects: 'a region such as eu-west-1',
  parse: text => (regionProblem(text) === undefined ? text : undefined),
  reason: regionProblem,
};

/** Part of the names of a secret, an environment variable and a label value. */
const emitterName = /^(?=.{1,40}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** ECS may read every emitter's secret by its ARN, and IAM accepts 10,240 characters of inline policies on a role. */
const emittersMax = 40;

const emitterVersions: Parser<Readonly<Record<string, number>>> = {
  expects: `1 to ${emittersMax} emitters with the versions of their keys, such as {registry: 1, auth-server: 1}; names of a-z, 0-9 and - with at most 40 characters`,
  parse: text => {
    const value = json(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value).map(([name, given]) => [name, version.parse(String(given))] as const);
    const good = entries.flatMap(([name, given]) =>
      emitterName.test(name) && given !== undefined ? [[name, given] as const] : [],
    );
    if (good.length < entries.length || good.length === 0 || good.length > emittersMax) return undefined;
    // Sorted, so that the order in the file replaces no tasks: Pulumi's CLI sorts keys, people don't.
    return Object.fromEntries(good.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  },
};

const dnsLabel = '(?!-)[a-z0-9-]{1,63}(?<!-)';
/** Lower case, as DNS records, certificates and CloudFront's aliases compare that way. */
const hostName = matching(
  'a host name in lower case such as metrics.example.org, of at most 253 characters',
  new RegExp(`^(?=.{4,253}$)(${dnsLabel}\\.)+[a-z]{2,63}$`),
);

/** Matches the endpoints that SNS accepts: ASCII, the lengths of RFC 5321. */
const email = matching(
  'an address such as team@example.org',
  /^(?=.{3,254}$)(?=[^@]{1,64}@)[\w.!#$%&'*+/=?^`{|}~-]+@((?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+[A-Za-z]{2,63}$/,
);

const id = (prefix: string): Parser<string> =>
  matching(`an id such as ${prefix}-0123456789abcdef0`, new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`));

const workspaceId = matching(
  'the id of a workspace, such as ws-01234567-89ab-cdef-0123-456789abcdef',
  /^ws-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
);

const certificate = matching(
  'the ARN of a certificate in us-east-1, the only region from which CloudFront accepts one',
  /^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/,
);

const webAcl = matching(
  'the ARN of a global web ACL (scope CLOUDFRONT), as a regional one protects no distribution',
  /^arn:aws:wafv2:us-east-1:\d{12}:global\/webacl\/[\w-]{1,128}\/[0-9a-f-]{36}$/,
);

const managedPolicy = matching(
  'the ARN of a managed policy, such as arn:aws:iam::111122223333:policy/boundary',
  /^arn:aws:iam::(\d{12}|aws):policy(\/[\w+=,.@-]+)+$/,
);

const namespace = matching(
  "the namespace's name or ARN",
  /^(arn:aws:servicediscovery:[a-z0-9-]+:\d{12}:namespace\/ns-[a-z0-9]+|[A-Za-z0-9][A-Za-z0-9._-]{0,252})$/,
);

/** Unquoted, `on` and `off` are booleans to readers of YAML 1.1. */
const onOrOff = <Value extends string>({expects, parse}: Parser<Value>): Parser<Value> => ({
  expects,
  parse: text => parse({true: 'on', false: 'off'}[text] ?? text),
});

const subnets = listOf(id('subnet'), 16, 'an ECS service accepts up to 16 subnets');

/** One parser per key of a stack file. */
export const settingParsers = {
  'aws:region': region,
  profile: oneOf(profiles),
  vpcId: id('vpc'),
  privateSubnetIds: subnets,
  publicSubnetIds: subnets,
  serviceConnectNamespace: namespace,
  // A security group has 60 rules, of which the stack uses two.
  gatewaySecurityGroupIds: listOf(id('sg'), 58, 'a security group has up to 60 rules'),
  architecture: oneOf(architectures),
  capacity: oneOf(capacities),
  flowLogs: onOrOff(oneOf(['on', 'off'])),
  workspaceId,
  emitters: emitterVersions,
  alarmEmails: listOf(email, 100, 'each address has to confirm two subscriptions'),
  domain: hostName,
  certificateArn: certificate,
  webAclArn: webAcl,
  anonymousAccess: onOrOff(oneOf(anonymousAccess)),
  grafanaCredentials: version,
  permissionsBoundaryArn: managedPolicy,
} as const;

export type SettingKey = keyof typeof settingParsers;
export type ParsedSettings = {[K in SettingKey]?: NonNullable<ReturnType<(typeof settingParsers)[K]['parse']>>};

/** Every key of a stack file, without the project's name. */
export const settingKeys = Object.keys(settingParsers) as [SettingKey, ...SettingKey[]]; // Object.keys forgets the keys' type
