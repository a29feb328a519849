/** `npm run plan`: reads the arguments and prints the plan. */
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import type {Environment} from '../src/environments.ts';
import {parseSettings} from '../src/settings.ts';
import {monthlyCost} from './cost.ts';
import {planMarkdown} from './markdown.ts';
import {type Plan, plan} from './plan.ts';
import {PlanError, readProject, readStack, stackNames} from './project.ts';
import {report, reportDifference} from './report.ts';
import {type CostedPlan, comparePlans} from './report-diff.ts';
import {difference} from './resource-diff.ts';

const usage = `Usage: npm run plan -- <stack> [--json | --markdown] [--against <stack or file>]

Runs the whole Pulumi program without Pulumi's CLI, AWS or credentials and lists what would exist.

  <stack>            a stack that has a file in infra/stacks, such as dev
  --json             {stack, resources, outputs, cost} as JSON (npm run -s, or npm prints two lines before it)
  --against <other>  only what differs from another stack, or from a plan saved with --json
  --markdown         with --against: what differs in resources, exposure, permissions and cost, as in a pull request
  --help             show this help
`;

const project = readProject(fileURLToPath(new URL('../..', import.meta.url)));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

const environmentOf = (stack: string): Environment =>
  parseSettings(readStack(project, stack), project.name, stack).environment;

const costed = (planned: Plan): CostedPlan => {
  const {dollars, lines} = monthlyCost(planned, environmentOf(planned.stack));
  return {...planned, cost: {dollars, lines}};
};

const planOf = async (stack: string): Promise<CostedPlan> =>
  costed(await plan({project, stack, config: readStack(project, stack), signal: interrupted.signal}));

const savedPlan = (path: string): CostedPlan => {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (typeof value === 'object' && value !== null && 'resources' in value && 'stack' in value) {
    const saved = value as Plan | CostedPlan; // written by --json
    return 'cost' in saved ? saved : costed(saved); // plans saved by older versions have no cost
  }
  throw new PlanError(`--against ${path}: expected a plan saved with --json; found other JSON`);
};

/** A stack's name takes precedence: a file with the same name can be given as ./name. */
const other = async (given: string): Promise<CostedPlan> => {
  if (stackNames(project).includes(given)) return planOf(given);
  try {
    return savedPlan(given);
  } catch (error) {
    if (error instanceof PlanError) throw error;
    throw new PlanError(
      `--against: expected a stack (${stackNames(project).join(', ')}) or a file saved with --json; found ${given} (${error instanceof Error ? error.message : error})`,
    );
  }
};

const run = async (): Promise<string> => {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {
      json: {type: 'boolean'},
      markdown: {type: 'boolean'},
      against: {type: 'string'},
      help: {type: 'boolean', short: 'h'},
    },
  });
  if (values.help) return usage;
  const [stack, ...rest] = positionals;
  if (stack === undefined || rest.length > 0)
    throw new PlanError(
      `expected one stack (${stackNames(project).join(', ')}); found ${positionals.join(' ') || 'none'}\n\n${usage}`,
    );
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  if (values.markdown && (values.json || values.against === undefined))
    throw new PlanError('--markdown: expected with --against and without --json');
  if (values.against !== undefined) {
    const before = await other(values.against);
    const after = await planOf(stack);
    if (values.markdown) return planMarkdown(comparePlans(before, after));
    const found = difference(before, after);
    return values.json ? json(found) : reportDifference(found, values.against, stack);
  }
  const planned = await planOf(stack);
  return values.json ? json(planned) : report(planned, environmentOf(stack));
};

// A reader such as `head` may close the pipe early.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.stdout.write(await run());
} catch (error) {
  if (interrupted.signal.aborted) process.exitCode = 130;
  else if (error instanceof PlanError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else throw error;
}
