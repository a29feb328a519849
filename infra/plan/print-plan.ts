/** The output of `npm run plan`: a plan, or the difference of two, for people or as JSON. */
import {readFileSync} from 'node:fs';
import {UsageError} from '@mcp-observability/tools/command-line';
import {reasonOf} from '@mcp-observability/tools/reason';
import type {Environment} from '../src/environments.ts';
import {parseSettings} from '../src/settings.ts';
import {monthlyCost} from './cost.ts';
import {planMarkdown} from './markdown.ts';
import {type Plan, plan} from './plan.ts';
import {type Project, readStack, stackNames} from './project.ts';
import {report, reportDifference} from './report.ts';
import {type CostedPlan, comparePlans} from './report-diff.ts';
import {difference} from './resource-diff.ts';

export type PlanRequest = {
  readonly project: Project;
  readonly stack: string;
  readonly json: boolean;
  /** As in a pull request; only with `against`. */
  readonly markdown: boolean;
  /** A stack, or a file with a saved plan. */
  readonly against: string | undefined;
  readonly signal: AbortSignal;
};

const environmentOf = (project: Project, stack: string): Environment =>
  parseSettings(readStack(project, stack), project.name, stack).environment;

const costed = (project: Project, planned: Plan): CostedPlan => {
  const {dollars, lines} = monthlyCost(planned, environmentOf(project, planned.stack));
  return {...planned, cost: {dollars, lines}};
};

const planOf = async ({project, signal}: PlanRequest, stack: string): Promise<CostedPlan> =>
  costed(project, await plan({project, stack, config: readStack(project, stack), signal}));

/** @throws {UsageError} when the file has no plan */
const savedPlan = ({project}: PlanRequest, path: string): CostedPlan => {
  const stacks = stackNames(project).join(', ');
  const expectation = `--against: expected a stack (${stacks}) or a file saved with --json`;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new UsageError(`${expectation}, found ${path} (${reasonOf(cause)})`, {cause});
  }
  if (typeof value === 'object' && value !== null && 'resources' in value && 'stack' in value) {
    const saved = value as Plan | CostedPlan; // written by --json
    return 'cost' in saved ? saved : costed(project, saved); // plans saved by older versions have no cost
  }
  throw new UsageError(`--against ${path}: expected a plan saved with --json, found other JSON`);
};

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * The text to print.
 *
 * @throws {PlanError} when the program fails
 * @throws {UsageError} when `against` is neither a stack nor a saved plan
 */
export const printPlan = async (request: PlanRequest): Promise<string> => {
  const {project, stack, json, markdown, against} = request;
  if (against === undefined) {
    const planned = await planOf(request, stack);
    return json ? asJson(planned) : report(planned, environmentOf(project, stack));
  }
  // A stack's name takes precedence: a file with the same name must be written as ./name.
  const before = stackNames(project).includes(against) ? await planOf(request, against) : savedPlan(request, against);
  const after = await planOf(request, stack);
  if (markdown) return planMarkdown(comparePlans(before, after));
  const found = difference(before, after);
  return json ? asJson(found) : reportDifference(found, against, stack);
};
