/** An IAM role that an AWS service assumes, with one inline policy. */
import * as iam from '@pulumi/aws/iam/index.js';
import * as pulumi from '@pulumi/pulumi';
import type {Cluster} from './cluster.ts';
import {outputOf} from './defined.ts';
import {policy, type Statement} from './permissions.ts';

export type ServiceRoleArgs = {
  readonly cluster: Pick<Cluster, 'accountId' | 'region' | 'roles'>;
  /** The purpose of the role, as IAM's console shows it. */
  readonly description: string;
  /** The statement of the trust policy: which service assumes the role. */
  readonly trust: (at: {readonly accountId: string; readonly region: string}) => Statement;
  /** A role without statements has no policy, because IAM rejects an empty one. */
  readonly statements: pulumi.Input<readonly Statement[]>;
};

export type ServiceRole = {
  readonly arn: pulumi.Output<string>;
  /** Must exist before the role is used, and until it is no longer used. */
  readonly policy: iam.RolePolicy | undefined;
};

/** Creates the role and its policy, both with the given name. */
export const createServiceRole = (
  name: string,
  {cluster, description, trust, statements}: ServiceRoleArgs,
  opts: pulumi.CustomResourceOptions,
): ServiceRole => {
  const {accountId, region, roles} = cluster;
  const role = new iam.Role(
    name,
    {
      description,
      path: roles.path,
      ...(roles.permissionsBoundary !== undefined && {permissionsBoundary: roles.permissionsBoundary}),
      assumeRolePolicy: accountId.apply(account => policy([trust({accountId: account, region})])),
    },
    opts,
  );
  const arn = outputOf(role, 'arn');
  if (Array.isArray(statements) && statements.length === 0) return {arn, policy: undefined};
  const document = pulumi.output(statements).apply(list => policy(list));
  return {arn, policy: new iam.RolePolicy(name, {role: outputOf(role, 'name'), policy: document}, opts)};
};
