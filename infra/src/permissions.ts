/**
 * Every permission the program grants, as a pure function of ARNs. Its Sid names its purpose, the comment why it is
 * needed and, where the resource is `*`, why it can't be narrower.
 */
import {present, ValueError} from './defined.ts';

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

export type Statement = {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: {readonly Service: string} | '*';
  readonly Condition?: Condition;
};

/**
 * The statements as a policy document.
 * @throws {ValueError} when there is no statement, and for an empty value in one: omitting it would change what is allowed
 */
export const policy = (statements: readonly Statement[]): string => {
  if (statements.length === 0) throw new ValueError('policy: expected at least one statement, found none');
  return JSON.stringify({Version: '2012-10-17', Statement: statements.map(complete)});
};

const complete = (statement: Statement): Statement => {
  const check = (path: string, value: unknown): void => {
    if (typeof value !== 'object' || value === null) return void present(path, value);
    if (Object.keys(value).length === 0) throw new ValueError(`${path}: expected values, found none`);
    for (const [key, inner] of Object.entries(value)) check(`${path}.${key}`, inner);
  };
  check(`policy statement ${statement.Sid}`, statement);
  return statement;
};

/**
 * ECS assumes a role for tasks of this account and region; the conditions keep ECS from assuming it for anyone else's.
 */
export const assumedByTasks = ({accountId, region}: {accountId: string; region: string}): Statement => ({
  Sid: 'TasksOfThisAccount',
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: {Service: 'ecs-tasks.amazonaws.com'},
  Condition: {
    StringEquals: {'aws:SourceAccount': accountId},
    ArnLike: {'aws:SourceArn': `arn:aws:ecs:${region}:${accountId}:*`},
  },
});

/** EC2 assumes the role for flow logs of this account and region. */
export const assumedByFlowLogs = ({accountId, region}: {accountId: string; region: string}): Statement => ({
  Sid: 'FlowLogsOfThisAccount',
  Effect: 'Allow',
  Action: 'sts:AssumeRole',
  Principal: {Service: 'vpc-flow-logs.amazonaws.com'},
  Condition: {
    StringEquals: {'aws:SourceAccount': accountId},
    ArnLike: {'aws:SourceArn': `arn:aws:ec2:${region}:${accountId}:vpc-flow-log/*`},
  },
});

/** VPC flow logs write rejected connections to a log group; they describe the group and its streams first. */
export const writeFlowLogs = (logGroupArn: string): Statement => ({
  Sid: 'WriteFlowLogs',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogGroups', 'logs:DescribeLogStreams'],
  Resource: `${logGroupArn}:*`,
});

/** A registry login belongs to the account, not to a repository: the action has no resource-level permission. */
export const logInToRegistry = (): Statement => ({
  Sid: 'LogInToRegistry',
  Effect: 'Allow',
  Action: 'ecr:GetAuthorizationToken',
  Resource: '*',
});

/** ECS pulls the task's image, and no other. */
export const pullImage = (repositoryArn: string): Statement => ({
  Sid: 'PullImage',
  Effect: 'Allow',
  Action: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
  Resource: repositoryArn,
});

/** ECS writes what the container prints. Streams belong to the group, whose ARN must end in `:*` here. */
export const writeLogs = (logGroupArn: string): Statement => ({
  Sid: 'WriteLogs',
  Effect: 'Allow',
  Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
  Resource: `${logGroupArn}:*`,
});

/** ECS puts these secrets, and no others, into the container's environment. */
export const readSecrets = (secretArns: readonly string[]): Statement => ({
  Sid: 'ReadSecrets',
  Effect: 'Allow',
  Action: 'secretsmanager:GetSecretValue',
  Resource: secretArns,
});

/** The collector writes samples. It reads nothing. */
export const writeSamples = (workspaceArn: string): Statement => ({
  Sid: 'WriteSamples',
  Effect: 'Allow',
  Action: 'aps:RemoteWrite',
  Resource: workspaceArn,
});

/**
 * Limits what may pass a created VPC's endpoint to AMP: only callers of this account, to its workspaces. Each caller's own role allows
 * less; without this, a task that is broken into could send to a workspace of another account, with that account's credentials.
 */
export const passEndpoint = ({accountId, region}: {accountId: string; region: string}): Statement => ({
  Sid: 'WorkspacesOfThisAccount',
  Effect: 'Allow',
  Principal: '*',
  Action: ['aps:RemoteWrite', 'aps:QueryMetrics', 'aps:GetSeries', 'aps:GetLabels', 'aps:GetMetricMetadata'],
  Resource: `arn:aws:aps:${region}:${accountId}:workspace/*`,
  Condition: {StringEquals: {'aws:PrincipalAccount': accountId}},
});

/** Panels query; the editor and variables list series, labels and help texts. */
export const queryWorkspace = (workspaceArn: string): Statement => ({
  Sid: 'QueryWorkspace',
  Effect: 'Allow',
  Action: ['aps:QueryMetrics', 'aps:GetSeries', 'aps:GetLabels', 'aps:GetMetricMetadata'],
  Resource: workspaceArn,
});

/**
 * The infrastructure board reads metrics (GetMetricData) and fills its variables with the dimensions there are
 * (ListMetrics). Metrics of AWS's services have no ARN (GetMetricData has one only for OpenTelemetry data sets), so
 * neither action can name them; the regions, the stack's own and CloudFront's, are the narrowest bound there is.
 */
export const readCloudWatchMetrics = (regions: readonly string[]): Statement => ({
  Sid: 'ReadCloudWatchMetrics',
  Effect: 'Allow',
  Action: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
  Resource: '*',
  Condition: {StringEquals: {'aws:RequestedRegion': [...new Set(regions)]}},
});

/** Lets the workspace's Alertmanager publish firing alerts. No other workspace of any account may publish. */
export const publishAlerts = (at: {topicArn: string; workspaceArn: string; accountId: string}): Statement => ({
  Sid: 'PublishAlertsOfThisWorkspace',
  Effect: 'Allow',
  Action: ['sns:Publish', 'sns:GetTopicAttributes'],
  Resource: at.topicArn,
  Principal: {Service: 'aps.amazonaws.com'},
  Condition: {StringEquals: {'aws:SourceAccount': at.accountId}, ArnEquals: {'aws:SourceArn': at.workspaceArn}},
});

/** Lets CloudWatch alarms publish their state changes. A topic's policy can't name alarms that don't exist yet: the prefix does. */
export const publishAlarms = (at: {
  topicArn: string;
  accountId: string;
  region: string;
  alarmPrefix: string;
}): Statement => ({
  Sid: 'PublishAlarmsOfThisStack',
  Effect: 'Allow',
  Action: 'sns:Publish',
  Resource: at.topicArn,
  Principal: {Service: 'cloudwatch.amazonaws.com'},
  Condition: {
    StringEquals: {'aws:SourceAccount': at.accountId},
    ArnLike: {'aws:SourceArn': `arn:aws:cloudwatch:${at.region}:${at.accountId}:alarm:${at.alarmPrefix}-*`},
  },
});
