/** Reads the outputs of a stack that `npm run smoke -- aws` needs. */
import {readFileSync} from 'node:fs';
import {UsageError} from '@mcp-observability/tools/command-line';
import {ProgramError, run} from '@mcp-observability/tools/run';
import {findPulumi} from '../engine/pulumi-cli.ts';
import type {SmokeTask} from './smoke-task.ts';

export type StackOutputs = {
  readonly task: SmokeTask;
  readonly region: string;
  readonly workspaceEndpoint: string;
};

/** Milliseconds that Pulumi may take to read the state, most often from a bucket. */
const outputsTimeoutMs = 120_000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string, from: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${from}: expected the outputs as JSON, found ${JSON.stringify(text.slice(0, 40))}`);
  }
};

/** The outputs in a file, as `pulumi stack output --json` prints them. @throws {UsageError} */
export const outputsOfFile = (file: string): unknown => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--outputs: expected a file, found ${file} (${error instanceof Error ? error.message : error})`,
    );
  }
  return parsed(text, `--outputs ${file}`);
};

/**
 * The outputs that Pulumi has of a stack.
 * @throws {UsageError} with Pulumi's message
 * @throws {ProgramError} when Pulumi does not respond in time
 * @throws {NoPulumiError} where there is no CLI
 */
export const outputsOfStack = async (stack: string, root: string): Promise<unknown> => {
  const {program, leading} = await findPulumi();
  const parameters = ['stack', 'output', '--json', '--non-interactive', '--stack', stack];
  try {
    const {stdout} = await run(program, [...leading, ...parameters], {cwd: root, timeoutMs: outputsTimeoutMs});
    return parsed(stdout, `pulumi ${parameters.join(' ')}`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if (!(error instanceof ProgramError) || error.timedOut) throw error;
    const reason = error.stderr.trim().split('\n').at(-1) || 'Pulumi failed';
    throw new UsageError(`--stack: expected a deployed stack, found ${stack} (${reason})`, {cause: error});
  }
};

/** @throws {UsageError} naming what is missing */
export const readOutputs = (outputs: unknown, emitter?: string): StackOutputs => {
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
  if (!Array.isArray(subnets) || subnets.length === 0 || !subnets.every(subnet => typeof subnet === 'string'))
    throw new UsageError(
      `output privateSubnetIds: expected a list of ids, found ${JSON.stringify(subnets) ?? 'nothing'}; run pulumi up first`,
    );
  const known = at('gateway.emitters');
  const emitters = isRecord(known) ? Object.keys(known) : [];
  const chosen = emitter ?? emitters[0];
  if (chosen === undefined || !emitters.includes(chosen))
    throw new UsageError(
      `--emitter: expected one of ${emitters.join(', ') || "the stack's emitters"}, found ${chosen ?? 'none'}`,
    );
  const cluster = string('smokeTask.cluster');
  const [, , , region = ''] = cluster.split(':');
  if (region === '')
    throw new UsageError(
      `output smokeTask.cluster: expected an ARN with a region, found ${cluster}; run pulumi up first`,
    );
  return {
    region,
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
