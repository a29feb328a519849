/** One task of the service's own image, in the stack's network, that sends the events and ends. */
import type {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs';
import type {ECSClient, Task} from '@aws-sdk/client-ecs';
import {apiKeyVariable, headers, paths} from '@mcp-observability/metrics-service/contract';
import {waitFor} from '@mcp-observability/tools/wait';
import {InfraError} from '../../infra-error.ts';
import {AwsCallError, awsReasonOf, callAws} from './aws-call.ts';
import {service, type TracedEvent} from './smoke-events.ts';

/** The task could not start, or the service didn't accept its events. */
export class SmokeTaskError extends InfraError {
  override readonly name = 'SmokeTaskError';
  readonly code = 'ERR_SMOKE_TASK';
}

/** Where and how the task runs: the stack's output `smokeTask`, and its subnets. */
export type SmokeTask = {
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly securityGroup: string;
  readonly subnets: readonly string[];
  readonly logGroup: string;
  /** URL of the service's API, as the task reaches it. */
  readonly url: string;
  /** The task sends the key of this emitter. */
  readonly emitter: string;
};

export type SmokeClients = {
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
  /** Milliseconds between two calls of ecs:DescribeTasks. @default 3000 */
  readonly intervalMs?: number;
  /** Milliseconds after which a task that still runs is a failure. @default 300000 */
  readonly timeoutMs?: number;
  /** Stops the task, and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
};

/** The only container of the task definition. */
const container = 'metrics-service';

/**
 * Runs in the image, where there is Node and nothing else; the key is a secret of the task definition. The first of the
 * accepted keys is the newest.
 */
const script = `
const [key] = process.env[process.env.SMOKE_KEY_VARIABLE].split(',');
const response = await fetch(process.env.SMOKE_URL + '${paths.metrics}', {
  method: 'POST',
  headers: {'Content-Type': 'application/json', '${headers.apiKey}': key},
  body: process.env.SMOKE_BODY,
  signal: AbortSignal.timeout(30000),
});
const text = await response.text();
console.log(response.status + ' ' + text);
process.exitCode = response.status === 200 && JSON.parse(text).accepted === Number(process.env.SMOKE_EVENTS) ? 0 : 1;
`;

/** The override of the task definition's container. */
export const smokeOverride = ({url, emitter}: Pick<SmokeTask, 'url' | 'emitter'>, events: readonly TracedEvent[]) => ({
  name: container,
  command: ['--input-type=module', '--eval', script],
  environment: Object.entries({
    SMOKE_URL: url,
    SMOKE_KEY_VARIABLE: apiKeyVariable(emitter),
    SMOKE_EVENTS: String(events.length),
    SMOKE_BODY: JSON.stringify({service, metrics: events.map(({metric}) => metric)}),
  }).map(([name, value]) => ({name, value})),
});

const logOf = async (logs: CloudWatchLogsClient, logGroupName: string, id: string): Promise<readonly string[]> => {
  const {GetLogEventsCommand, ResourceNotFoundException} = await import('@aws-sdk/client-cloudwatch-logs');
  try {
    const logStreamName = `task/${container}/${id}`;
    const {events = []} = await logs.send(new GetLogEventsCommand({logGroupName, logStreamName, startFromHead: true}));
    return events.map(({message = ''}) => message.trimEnd());
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return ['no log: the task did not start'];
    return [`no log: logs:GetLogEvents failed with ${awsReasonOf(error)}`]; // the exit of the task is more informative
  }
};

/** Starts the task. It isn't aborted, because a task whose ARN is lost could not be stopped. @returns the task's ARN */
const startTask = async (
  {cluster, taskDefinition, subnets, securityGroup, ...target}: SmokeTask,
  events: readonly TracedEvent[],
  ecs: ECSClient,
): Promise<string> => {
  const {RunTaskCommand} = await import('@aws-sdk/client-ecs');
  const {tasks = [], failures = []} = await callAws(
    'ecs:RunTask',
    ecs.send(
      new RunTaskCommand({
        cluster,
        taskDefinition,
        launchType: 'FARGATE',
        platformVersion: '1.4.0',
        startedBy: 'smoke',
        networkConfiguration: {
          awsvpcConfiguration: {subnets: [...subnets], securityGroups: [securityGroup], assignPublicIp: 'DISABLED'},
        },
        overrides: {containerOverrides: [smokeOverride(target, events)]},
      }),
    ),
  );
  const arn = tasks[0]?.taskArn;
  if (arn !== undefined) return arn;
  const reasons = failures.map(({reason}) => reason).join(', ') || 'no task';
  throw new SmokeTaskError(`task: expected it to start, found ${reasons}`);
};

/** Waits for the task's end. AWS being away or throttling is waited out; any other rejection is thrown immediately. */
const waitForEnd = async (
  cluster: string,
  arn: string,
  {ecs, intervalMs = 3000, timeoutMs = 300_000, signal}: SmokeClients,
): Promise<Task> => {
  const {DescribeTasksCommand} = await import('@aws-sdk/client-ecs');
  const probe = async (): Promise<Task | AwsCallError | undefined> => {
    try {
      const described = await callAws(
        'ecs:DescribeTasks',
        ecs.send(new DescribeTasksCommand({cluster, tasks: [arn]}), signal && {abortSignal: signal}),
      );
      return described.tasks?.find(({lastStatus}) => lastStatus === 'STOPPED');
    } catch (error) {
      if (error instanceof AwsCallError && !error.isTransient) return error;
      throw error; // waitFor tries again
    }
  };
  const ended = await waitFor('the task to end', probe, {intervalMs, timeoutMs, ...(signal && {signal})});
  if (ended instanceof AwsCallError) throw ended;
  return ended;
};

const stopTask = async (cluster: string, arn: string, ecs: ECSClient, log: (line: string) => void): Promise<void> => {
  const {StopTaskCommand} = await import('@aws-sdk/client-ecs');
  try {
    await callAws('ecs:StopTask', ecs.send(new StopTaskCommand({cluster, task: arn, reason: 'smoke has ended'})));
    log(`stopped task ${arn}`);
  } catch (error) {
    log(`task ${arn} may still run: ${error instanceof Error ? error.message : error}`); // the first error is more informative
  }
};

/**
 * Runs the task, waits for its end and prints its log. A task that has not ended when this rejects is stopped.
 * @throws {SmokeTaskError} unless it ended with exit code 0
 * @throws {AwsCallError} when AWS rejects a call
 * @throws {TimeoutError} when it does not end in time
 */
export const runSmokeTask = async (
  task: SmokeTask,
  events: readonly TracedEvent[],
  log: (line: string) => void,
  clients: SmokeClients,
): Promise<void> => {
  const {ecs, logs, signal} = clients;
  const {cluster} = task;
  signal?.throwIfAborted();
  const arn = await startTask(task, events, ecs);
  log(`task ${arn} sends one event of each of ${events.length} types to ${task.url}`);
  let ended: Task;
  try {
    ended = await waitForEnd(cluster, arn, clients);
  } catch (error) {
    await stopTask(cluster, arn, ecs, log);
    signal?.throwIfAborted(); // the wait may reject with another error than the signal's reason
    throw error;
  }
  for (const line of await logOf(logs, task.logGroup, arn.split('/').at(-1) ?? '')) log(`  ${line}`);
  const exitCode = ended.containers?.find(({name}) => name === container)?.exitCode;
  if (exitCode !== 0)
    throw new SmokeTaskError(
      `task: expected exit code 0, found ${exitCode ?? 'none'} (${ended.stoppedReason ?? 'no reason'})`,
    );
};
