/** The argument `<stack>` of several commands. */
import {UsageError} from '@mcp-observability/tools/command-line';
import {didYouMean} from '../src/did-you-mean.ts';
import {type Project, stackNames} from './project.ts';

/** @throws {UsageError} unless the stack has a file; the message names the nearest one */
export const requireStack = (project: Project, stack: string): void => {
  const stacks = stackNames(project);
  if (stacks.includes(stack)) return;
  throw new UsageError(
    `stack: expected one of ${stacks.join(', ')}, found ${stack}.${didYouMean(stack, stacks)} Stacks are files in ${project.stackFolder}.`,
  );
};
