/** One task of the service's own image, in the stack's network, that sends the events and ends. */
import type {CloudWatchLogsClient} from '@aws-sdk/client-cloudwatch-logs';
import type {ECSClient, Task} from '@aws-sdk/client-ecs';
import {apiKeyVariable, headers, paths} from '@mcp-observability/metrics-service/contract';
import {waitFor} from '@mcp-observability/tools/wait';
import {InfraError} from '../../infra-error.ts';
import {service, type TracedEvent} from './smoke-events.ts';

/** The task could not start, or the service didn't accept its events. */
export class SmokeTaskError extends InfraError {
  override readonly name = 'SmokeTaskError';
  readonly code = 'ERR_SMOKE_TASK';
}

/** Of the stack's output `smokeTask`, with its subnets. */
export type SmokeTask = {
  readonly cluster: string;
  readonly taskDefinition: string;
  readonly securityGroup: string;
  readonly subnets: readonly string[];
  readonly logGroup: string;
  /** Of the service's API, as the task reaches it. */
  readonly url: string;
  /** Whose key the task sends. */
  readonly emitter: string;
};

export type SmokeClients = {
  readonly ecs: ECSClient;
  readonly logs: CloudWatchLogsClient;
  /** Between two questions for the task's state. @default 3000 */
  readonly intervalMs?: number;
  /** Until the task must have ended. @default 300000 */
  readonly timeoutMs?: number;
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

/** What AWS said, in one line. */
const reasonOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message.split('\n', 1)[0]}` : String(error);

/** @throws SmokeTaskError with the call that AWS rejects, such as one without a permission */
const called = async <Response>(call: string, response: Promise<Response>): Promise<Response> => {
  try {
    return await response;
  } catch (cause) {
    throw new SmokeTaskError(`${call}: expected a response, found ${reasonOf(cause)}`, {cause});
  }
};

const logOf = async (logs: CloudWatchLogsClient, logGroupName: string, id: string): Promise<readonly string[]> => {
  const {GetLogEventsCommand, ResourceNotFoundException} = await import('@aws-sdk/client-cloudwatch-logs');
  try {
    const logStreamName = `task/${container}/${id}`;
    const {events = []} = await logs.send(new GetLogEventsCommand({logGroupName, logStreamName, startFromHead: true}));
    return events.map(({message = ''}) => message.trimEnd());
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return ['no log: the task did not start'];
    return [`no log: logs:GetLogEvents failed with ${reasonOf(error)}`]; // how the task ended says more
  }
};

/**
 * Runs the task, waits for its end and prints its log.
 * @throws SmokeTaskError unless it ended with exit code 0
 * @throws TimeoutError when it does not end in time
 */
export const runSmokeTask = async (
  task: SmokeTask,
  events: readonly TracedEvent[],
  say: (line: string) => void,
  {ecs, logs, intervalMs = 3000, timeoutMs = 300_000}: SmokeClients,
): Promise<void> => {
  const {DescribeTasksCommand, RunTaskCommand} = await import('@aws-sdk/client-ecs');
  const {cluster} = task;
  const {tasks = [], failures = []} = await called(
    'ecs:RunTask',
    ecs.send(
      new RunTaskCommand({
        cluster,
        taskDefinition: task.taskDefinition,
        launchType: 'FARGATE',
        platformVersion: '1.4.0',
        startedBy: 'smoke',
        networkConfiguration: {
          awsvpcConfiguration: {
            subnets: [...task.subnets],
            securityGroups: [task.securityGroup],
            assignPublicIp: 'DISABLED',
          },
        },
        overrides: {containerOverrides: [smokeOverride(task, events)]},
      }),
    ),
  );
  const arn = tasks[0]?.taskArn;
  if (arn === undefined)
    throw new SmokeTaskError(
      `task: expected it to start, found ${failures.map(({reason}) => reason).join(', ') || 'no task'}`,
    );
  say(`task ${arn} sends one event of each of ${events.length} kinds to ${task.url}`);
  const ended: Task = await waitFor(
    'the task to end',
    async () => {
      const described = await called('ecs:DescribeTasks', ecs.send(new DescribeTasksCommand({cluster, tasks: [arn]})));
      return described.tasks?.find(({lastStatus}) => lastStatus === 'STOPPED');
    },
    {intervalMs, timeoutMs},
  );
  for (const line of await logOf(logs, task.logGroup, arn.split('/').at(-1) ?? '')) say(`  ${line}`);
  const exitCode = ended.containers?.find(({name}) => name === container)?.exitCode;
  if (exitCode !== 0)
    throw new SmokeTaskError(
      `task: expected exit code 0, found ${exitCode ?? 'none'} (${ended.stoppedReason ?? 'no reason'})`,
    );
};
