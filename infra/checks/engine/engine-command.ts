/** `npm run check -- engine`: the program of every stack on Pulumi's real engine, compared with the plan. */
import {fileURLToPath} from 'node:url';
import {createProgram, exitCodes, runProgram, UsageError} from '@mcp-observability/tools/command-line';
import {listenForInterruption} from '@mcp-observability/tools/interruption';
import {readProject} from '../../plan/project.ts';
import {findPulumi, NoPulumiError, type Pulumi} from './pulumi-cli.ts';
import {createStackCheck, type Finding} from './stack-check.ts';
import {type Stack, stacksOf} from './stacks.ts';
import {steps} from './steps.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Maximum number of lines printed for a failed claim; further ones are only counted. */
const shownProblems = 20;

const print = ({claim, problems}: Finding): void => {
  console.log(`${problems.length === 0 ? 'passed' : 'FAILED'}  ${claim}`);
  for (const problem of problems.slice(0, shownProblems)) console.log(`        ${problem}`);
  if (problems.length > shownProblems) console.log(`        and ${problems.length - shownProblems} more`);
};

const program = createProgram(
  'npm run check -- engine',
  `Runs the whole Pulumi program of every stack on Pulumi's real engine, without AWS, credentials or network: stand-ins serve the providers, and the state is kept in a temporary folder. Each stack is previewed, updated, updated again, changed (a key version, a board, a task size) and destroyed. After every update each resource is compared with the plan.

PULUMI_BIN   the CLI; else pulumi on PATH, else the npm package pulumi, which fetches it

Exit status: 0 if the engine and the plan agree, 1 if they differ, 3 if no CLI is available.`,
).argument('[stacks...]', 'names of the stacks to run (default: all)');

const selected = (all: readonly Stack[], names: readonly string[]): readonly Stack[] => {
  const unknown = names.filter(name => !all.some(stack => stack.name === name));
  if (unknown.length > 0)
    throw new UsageError(
      `stacks: expected some of ${all.map(({name}) => name).join(', ')}, found ${unknown.join(', ')}`,
    );
  return names.length === 0 ? all : all.filter(({name}) => names.includes(name));
};

/** @returns undefined if no CLI is installed; this is reported in one line */
const pulumiHere = async (): Promise<Pulumi | undefined> => {
  try {
    return await findPulumi();
  } catch (error) {
    if (!(error instanceof NoPulumiError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
};

program.action(async names => {
  const stacks = selected(stacksOf(readProject(root)), names);
  const pulumi = await pulumiHere();
  if (!pulumi) {
    process.exitCode = exitCodes.unavailable;
    return;
  }
  console.log(`pulumi ${pulumi.version}, ${pulumi.from} (${pulumi.program})`);
  const signal = listenForInterruption(() => process.exit(exitCodes.failure));
  const findings: Finding[] = [];
  const report = (finding: Finding): void => {
    findings.push(finding);
    print(finding);
  };
  for (const stack of stacks) {
    const check = await createStackCheck({pulumi, root, stack, report, signal});
    try {
      await check.start();
      for (const step of steps) await check.apply(step);
      await check.end();
      await check.adopt();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      await check.close();
    }
  }
  const failed = findings.filter(({problems}) => problems.length > 0);
  console.log(`${findings.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = exitCodes.failure;
});

await runProgram(program);
// The listener for a closed terminal would keep the process alive.
process.exit();
