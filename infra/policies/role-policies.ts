/**
 * IAM policies for the roles that preview and deploy the stacks, derived from the calls that the program's resources cause.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: a managed policy has up to 6,144 characters
 * without spaces, so the deployment's are several.
 */
import {fileURLToPath} from 'node:url';
import {readProject} from '../plan/project.ts';
import {invokeCalls, passedTo, proofCalls, resourceCalls, serviceLinkedRoles} from './provider-calls.ts';

export type RoleStatement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};
export type PolicyDocument = {readonly Version: '2012-10-17'; readonly Statement: readonly RoleStatement[]};

const root = fileURLToPath(new URL('../..', import.meta.url));

const sorted = (actions: Iterable<string>): readonly string[] => [...new Set(actions)].toSorted();
const document = (statements: readonly RoleStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

/**
 * Roles of the program have a path that names the project and the stack. The deployment role's tag `stack` is the only
 * stack whose roles it may change; without the tag it may change none.
 */
const roles = `arn:aws:iam::*:role/${readProject(root).name}/\${aws:PrincipalTag/stack}/*`;

const deployActions = sorted([...Object.values(resourceCalls), ...Object.values(invokeCalls), proofCalls].flat());

/** Actions by service, each group small enough for a policy together with others. */
const byService = (actions: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const groups = new Map<string, string[]>();
  for (const action of actions) {
    const [service = ''] = action.split(':');
    groups.set(service, [...(groups.get(service) ?? []), action]);
  }
  return groups;
};

const iamStatements: readonly RoleStatement[] = [
  {
    Sid: 'RolesOfTheProgram',
    Effect: 'Allow',
    Action: deployActions.filter(action => action.startsWith('iam:') && action !== 'iam:PassRole'),
    Resource: roles,
  },
  {
    Sid: 'RolesForTasksAndFlowLogs',
    Effect: 'Allow',
    Action: ['iam:PassRole'],
    Resource: roles,
    Condition: {StringEquals: {'iam:PassedToService': passedTo}},
  },
  {
    Sid: 'RolesOfServicesOnFirstUse',
    Effect: 'Allow',
    Action: ['iam:CreateServiceLinkedRole'],
    Resource: 'arn:aws:iam::*:role/aws-service-role/*',
    Condition: {StringEquals: {'iam:AWSServiceName': serviceLinkedRoles}},
  },
];

/** `*`: ids are AWS's, and many of these actions know no resource. The trust policy of the role limits it. */
const statementOf = (service: string, actions: readonly string[]): RoleStatement => ({
  Sid: service.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase()),
  Effect: 'Allow',
  Action: actions,
  Resource: '*',
});

const ec2 = ['ec2', 'elasticloadbalancing'];

/** The content of each policy file of this folder, by file name. */
export const rolePolicies = (): Readonly<Record<string, PolicyDocument>> => {
  const services = [...byService(deployActions.filter(action => !action.startsWith('iam:')))];
  const of = (select: (service: string) => boolean): readonly RoleStatement[] =>
    services.filter(([service]) => select(service)).map(([service, actions]) => statementOf(service, actions));
  return {
    'preview.json': document([
      {Sid: 'Preview', Effect: 'Allow', Action: sorted(Object.values(invokeCalls).flat()), Resource: '*'},
    ]),
    'deploy-network.json': document(of(service => ec2.includes(service))),
    'deploy-services.json': document([...iamStatements, ...of(service => !ec2.includes(service) && service < 'e')]),
    'deploy-storage.json': document(of(service => !ec2.includes(service) && service >= 'e')),
  };
};
