/** `npm run smoke -- aws`: checks a stack from inside its network, because its endpoint can't be reached from outside. */
import {fileURLToPath} from 'node:url';
import {createFetch} from '@mcp-observability/dashboards/verify/connection';
import {createProgram, exitCodes, integerOption, runProgram} from '@mcp-observability/tools/command-line';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {NoPulumiError} from '../engine/pulumi-cli.ts';
import {deliverAndWait} from './smoke.ts';
import {runSmokeTask} from './smoke-task.ts';
import {outputsOfFile, outputsOfStack, readOutputs} from './stack-outputs.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** @returns undefined if no CLI is installed; this is reported in one line */
const outputsOf = async (stack: string, file: string | undefined): Promise<unknown> => {
  if (file !== undefined) return outputsOfFile(file);
  try {
    return await outputsOfStack(stack, root);
  } catch (error) {
    if (!(error instanceof NoPulumiError)) throw error;
    process.stderr.write(`${error.message}; --outputs reads them from a file\n`);
    return undefined;
  }
};

const program = createProgram(
  'npm run smoke -- aws',
  `Runs one task of the service's image in the network of a stack. It sends one event of each type; the command prints the task's log and waits until each event has arrived in the workspace.

AWS credentials of the default chain need ecs:RunTask, ecs:DescribeTasks, ecs:StopTask, iam:PassRole, logs:GetLogEvents and aps:QueryMetrics: infra/policies has them in the deployment role.

PULUMI_BIN   the Pulumi CLI that reads the stack's outputs (default: pulumi on PATH, then the npm package pulumi)

Exit status: 0 if all have arrived, 1 if the task failed or an event did not arrive, 2 for wrong usage or a stack that is not deployed, 3 if no Pulumi CLI is available.`,
)
  .requiredOption('--stack <name>', 'a deployed stack, such as dev')
  .option('--outputs <file>', 'a file with the outputs of the stack as JSON, instead of running Pulumi')
  .option('--emitter <name>', 'the emitter whose key is used (default: the first of the stack)')
  .option('--timeout <seconds>', 'how long to wait for the events to arrive', integerOption({min: 1, max: 3600}), 300)
  .action(async ({stack, outputs, emitter, timeout}) => {
    const found = await outputsOf(stack, outputs);
    if (found === undefined) {
      process.exitCode = exitCodes.unavailable;
      return;
    }
    const {task, region, workspaceEndpoint} = readOutputs(found, emitter);
    const [{ECSClient}, {CloudWatchLogsClient}] = await Promise.all([
      import('@aws-sdk/client-ecs'),
      import('@aws-sdk/client-cloudwatch-logs'),
    ]);
    const clients = {ecs: new ECSClient({region}), logs: new CloudWatchLogsClient({region})};
    const log = (line: string): void => console.log(line);
    const signal = listenForInterruption(() => process.exit(130));
    const missing = await deliverAndWait({
      workspace: {url: workspaceEndpoint, fetch: await createFetch({region})},
      timeoutSeconds: timeout,
      log,
      signal,
      deliver: events => runSmokeTask(task, events, log, {...clients, signal}),
    }).catch((error: unknown) => {
      signal.throwIfAborted(); // a wait may reject with another error than the signal's reason
      throw error;
    });
    if (missing.length === 0) return log('All events arrived.');
    for (const {kind, expr} of missing) console.error(`✘ ${kind}: expected ${expr} to grow within ${timeout} s`);
    console.error('The service accepted them, so check what scrapes it and writes to the workspace: the alarms of the');
    console.error('collector, and "When something is wrong" in infra/operating.md.');
    process.exitCode = exitCodes.failure;
  });

await runProgram(program);
