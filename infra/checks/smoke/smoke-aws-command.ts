/** `npm run smoke:aws`: checks a stack from inside its network, because its endpoint can't be reached from outside. */
import {execFile} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import {createFetch} from '@mcp-observability/dashboards/verify/connection';
import {createProgram, exitCodes, integerOption, runProgram, UsageError} from '@mcp-observability/tools/command-line';
import {prove} from './smoke.ts';
import {runSmokeTask, type SmokeTask} from './smoke-task.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

type Outputs = {
  readonly task: SmokeTask;
  readonly region: string;
  readonly workspaceEndpoint: string;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the command needs of the stack's outputs. @throws UsageError naming what is missing */
const readOutputs = (text: string, emitter?: string): Outputs => {
  const outputs: unknown = JSON.parse(text);
  const at = (path: string): unknown =>
    path.split('.').reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), outputs);
  const string = (path: string): string => {
    const value = at(path);
    if (typeof value === 'string') return value;
    throw new UsageError(
      `output ${path}: expected a string, found ${JSON.stringify(value) ?? 'nothing'}; run pulumi up first`,
    );
  };
  const subnets = at('privateSubnetIds');
  if (!Array.isArray(subnets) || !subnets.every(subnet => typeof subnet === 'string'))
    throw new UsageError('output privateSubnetIds: expected a list of ids; run pulumi up first');
  const emitters = Object.keys(isRecord(at('gateway.emitters')) ? Object(at('gateway.emitters')) : {});
  const chosen = emitter ?? emitters[0];
  if (chosen === undefined || !emitters.includes(chosen))
    throw new UsageError(
      `--emitter: expected one of ${emitters.join(', ') || "the stack's emitters"}, found ${chosen ?? 'none'}`,
    );
  const cluster = string('smokeTask.cluster');
  return {
    region: cluster.split(':')[3] ?? '',
    workspaceEndpoint: string('workspaceEndpoint'),
    task: {
      cluster,
      taskDefinition: string('smokeTask.taskDefinition'),
      securityGroup: string('smokeTask.securityGroup'),
      logGroup: string('smokeTask.logGroup'),
      url: string('smokeTask.url'),
      subnets,
      emitter: chosen,
    },
  };
};

const stackOutputs = async (stack: string): Promise<string> =>
  (await promisify(execFile)('npx', ['pulumi', 'stack', 'output', '--json', '--stack', stack], {cwd: root})).stdout;

const program = createProgram(
  'npm run smoke:aws --',
  "Runs one task of the service's image in the network of a stack. It sends one event of each kind; the command waits until each has arrived in the workspace.",
)
  .requiredOption('--stack <name>', 'a deployed stack, such as dev')
  .option('--outputs <file>', 'its outputs as JSON, instead of asking Pulumi for them')
  .option('--emitter <name>', 'whose key is used; the first of the stack by default')
  .option('--timeout <seconds>', 'for the events to arrive', integerOption({min: 1, max: 3600}), 300)
  .addHelpText(
    'after',
    '\nAWS credentials need ecs:RunTask, ecs:DescribeTasks, iam:PassRole, logs:GetLogEvents and aps:QueryMetrics.',
  )
  .action(async ({stack, outputs, emitter, timeout}) => {
    const text = outputs === undefined ? await stackOutputs(stack) : readFileSync(outputs, 'utf8');
    const {task, region, workspaceEndpoint} = readOutputs(text, emitter);
    const [{ECSClient}, {CloudWatchLogsClient}] = await Promise.all([
      import('@aws-sdk/client-ecs'),
      import('@aws-sdk/client-cloudwatch-logs'),
    ]);
    const clients = {ecs: new ECSClient({region}), logs: new CloudWatchLogsClient({region})};
    const say = (line: string): void => console.log(line);
    const missing = await prove({
      workspace: {url: workspaceEndpoint, fetch: await createFetch({region})},
      timeoutSeconds: timeout,
      say,
      deliver: events => runSmokeTask(task, events, say, clients),
    });
    for (const {kind, expr} of missing) console.error(`✘ ${kind}: expected ${expr} to grow within ${timeout} s`);
    if (missing.length > 0) process.exitCode = exitCodes.failure;
    else say('Every kind arrived.');
  });

await runProgram(program);
