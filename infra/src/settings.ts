/**
 * The only reader of stack configuration: account facts in, typed settings out. Every problem of a stack file is reported
 * before anything is created, all together, by key, with what was expected, what was found, and the reason.
 */
import * as pulumi from '@pulumi/pulumi';
import type {InfraErrorCode} from '../infra-error.ts';
import {nearest} from './did-you-mean.ts';
import {type Environment, environments, type Profile} from './environments.ts';
import type {AnonymousAccess} from './grafana-environment.ts';
import {conflicts, nameProblems} from './setting-conflicts.ts';
import {type ParsedSettings, type Parser, type SettingKey, settingKeys, settingParsers} from './setting-parsers.ts';

export type JoinedVpc = {
  readonly vpcId: string;
  readonly privateSubnetIds: readonly string[];
};

export type Settings = {
  readonly region: string;
  readonly profile: Profile;
  /** The values of the profile, with the stack file's architecture and capacity. */
  readonly environment: Environment;
  /** The VPC to join. @default a VPC is created */
  readonly vpc?: JoinedVpc;
  /** Name or ARN of the Service Connect namespace that the gateway's services are in. @default a network load balancer */
  readonly serviceConnectNamespace?: string;
  /** Security groups of the gateway's tasks, which may send metrics. @default [] */
  readonly gatewaySecurityGroupIds: readonly string[];
  /** Logs of the connections that a created VPC rejects. @default the profile's */
  readonly flowLogs: boolean;
  /** A workspace that an earlier stack kept when it was destroyed: adopted instead of creating one. @default a new one */
  readonly workspaceId?: string;
  /** Emitters with the version of the key that each has now; raising a version rotates that key. @default version 1 of auth-server and registry */
  readonly emitters: Readonly<Record<string, number>>;
  /** Receive alerts and alarms. @default [] */
  readonly alarmEmails: readonly string[];
  /** Grafana's own host name, with its certificate in us-east-1. @default CloudFront's name */
  readonly domain?: {readonly name: string; readonly certificateArn: string};
  /** @default no web ACL */
  readonly webAclArn?: string;
  /** @default 'off' */
  readonly anonymousAccess: AnonymousAccess;
  /** Version of Grafana's admin password and secret key; raising it renews both. @default 1 */
  readonly grafanaCredentials: number;
  /** ARN of the managed policy that limits every role of the stack. @default none */
  readonly permissionsBoundaryArn?: string;
};

/** A stack file that the program rejects. The message lists every problem. */
export class SettingsError extends pulumi.RunError {
  readonly code = 'ERR_SETTINGS' satisfies InfraErrorCode;
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The stack's configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:
${problems.map(problem => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const required: readonly SettingKey[] = ['aws:region', 'profile'];

/** Keys as a stack file has them: ours start with the project's name, the region with the AWS provider's. */
const qualified = (project: string, key: string): string => (key.includes(':') ? key : `${project}:${key}`);

const shown = (text: string): string => (text.length > 80 ? `${text.slice(0, 77)}...` : text || 'nothing');

/** Keys that other programs read: Pulumi, and the providers that the program doesn't configure. */
const foreign = /^(pulumi|awsx|docker-build|random):/;

const unknownKeys = (config: Readonly<Record<string, string>>, project: string): readonly string[] => {
  const known = settingKeys.map(key => qualified(project, key));
  return Object.keys(config)
    .filter(key => !foreign.test(key) && !known.includes(key))
    .map(key => {
      const candidate = nearest(key, known);
      const question = candidate === undefined ? '' : `; did you mean ${candidate}?`;
      return `${key}: expected one of the keys that infra/README.md lists${question}`;
    });
};

/** The message for a value that doesn't have the expected form; the reason comes last. */
const mismatch = (key: string, {expects, reason}: Parser<unknown>, text: string): string => {
  const why = reason?.(text);
  return `${key}: expected ${expects}, found ${shown(text)}${why === undefined ? '' : `, ${why}`}`;
};

/**
 * A stack's configuration as settings.
 * @param config keys as in a stack file (`aws:region`, `<project>:profile`), lists and maps as JSON text, as Pulumi passes them
 * @param stack checked as part of names. @default not checked
 * @throws {SettingsError} with every problem
 */
export const parseSettings = (config: Readonly<Record<string, string>>, project: string, stack?: string): Settings => {
  const problems = [...(stack === undefined ? [] : nameProblems(project, stack)), ...unknownKeys(config, project)];
  const values: Record<string, unknown> = {};
  for (const key of settingKeys) {
    const parser: Parser<unknown> = settingParsers[key];
    const name = qualified(project, key);
    const text = config[name];
    const value = text === undefined ? undefined : parser.parse(text);
    if (value !== undefined) values[key] = value;
    else if (text !== undefined) problems.push(mismatch(name, parser, text));
    else if (required.includes(key)) problems.push(`${name}: expected ${parser.expects}, found nothing`);
  }
  const parsed = values as ParsedSettings; // each entry came out of the parser of its key
  const isGiven = (key: SettingKey): boolean => config[qualified(project, key)] !== undefined;
  problems.push(...conflicts(parsed, isGiven).map(problem => `${project}:${problem}`));
  const {'aws:region': region, profile} = parsed;
  if (problems.length > 0 || !region || !profile) throw new SettingsError(problems);
  return toSettings(parsed, region, profile);
};

const toSettings = (parsed: ParsedSettings, region: string, profile: Profile): Settings => {
  const {
    vpcId,
    privateSubnetIds = [],
    domain,
    certificateArn,
    serviceConnectNamespace,
    workspaceId,
    webAclArn,
    permissionsBoundaryArn,
  } = parsed;
  const profiled: Environment = environments[profile];
  const {architecture = profiled.architecture, capacity = profiled.capacity} = parsed;
  const environment: Environment = {...profiled, architecture, capacity};
  return {
    region,
    profile,
    environment,
    ...(vpcId !== undefined && {vpc: {vpcId, privateSubnetIds}}),
    ...(serviceConnectNamespace !== undefined && {serviceConnectNamespace}),
    gatewaySecurityGroupIds: parsed.gatewaySecurityGroupIds ?? [],
    flowLogs: vpcId === undefined && (parsed.flowLogs === undefined ? environment.flowLogs : parsed.flowLogs === 'on'),
    ...(workspaceId !== undefined && {workspaceId}),
    emitters: parsed.emitters ?? {'auth-server': 1, registry: 1},
    alarmEmails: parsed.alarmEmails ?? [],
    ...(domain !== undefined && certificateArn !== undefined && {domain: {name: domain, certificateArn}}),
    ...(webAclArn !== undefined && {webAclArn}),
    anonymousAccess: parsed.anonymousAccess ?? 'off',
    grafanaCredentials: parsed.grafanaCredentials ?? 1,
    ...(permissionsBoundaryArn !== undefined && {permissionsBoundaryArn}),
  };
};

/** The settings of the stack that runs. @throws {SettingsError} */
export const settings = (): Settings =>
  parseSettings(pulumi.runtime.allConfig(), pulumi.getProject(), pulumi.getStack());
