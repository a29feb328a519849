/** Runs programs from the lockfile in the repository. */
import {join} from 'node:path';
import {runToEnd} from '@mcp-observability/tools/run';
import type {Check} from './checks.ts';

export const root = join(import.meta.dirname, '..');

export const toolPath = (tool: string): string => join(root, 'node_modules', '.bin', tool);

/** Runs the checks one after the other and prints what they print. Returns whether all passed. */
export const runChecks = async (checks: readonly Check[]): Promise<boolean> => {
  const failed: string[] = [];
  for (const {title, tool, parameters} of checks) {
    const {status} = await runToEnd(toolPath(tool), parameters, {cwd: root, isShown: true});
    process.stdout.write(`${status === 0 ? '✔' : '✘'} ${title}\n`);
    if (status !== 0) failed.push(title);
  }
  return failed.length === 0;
};
