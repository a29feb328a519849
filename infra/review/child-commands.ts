/** Runs the repository's programs in a tree, each in a separate process group that ends with this process. */
import {type ProcessGroup, startGroup} from '@mcp-observability/tools/process-group';
import {InfraError} from '../infra-error.ts';

const running = new Set<ProcessGroup>();
let ended = false;

/** Ends the programs that still run; no other program starts after this. */
export const endPrograms = (): void => {
  ended = true;
  for (const group of running) group.signal('SIGTERM');
};

export type Run = {
  /** The tree in whose root it runs. */
  readonly root: string;
  /** Path of the program's source, as in package.json. */
  readonly source: string;
  readonly parameters: readonly string[];
  readonly onLine?: (line: string) => void;
};

const keptLines = 15;

/** A program of the repository did not end well. */
export class ChildProgramError extends InfraError {
  override readonly name = 'ChildProgramError';
  readonly code = 'ERR_CHILD_PROGRAM';
}

/**
 * Resolves to what the program printed to its standard output.
 * @throws {ChildProgramError} with the program's last lines when its status is not 0, or when it would start after
 * `endPrograms`
 */
export const runProgramIn = async ({root, source, parameters, onLine}: Run): Promise<string> => {
  if (ended) throw new ChildProgramError(`${source} was not started: the review is ending`);
  const printed: string[] = [];
  const last: string[] = [];
  const group = startGroup(process.execPath, ['--import', 'tsx', source, ...parameters], {
    cwd: root,
    onLine: (line, stream) => {
      last.push(line);
      if (last.length > keptLines) last.shift();
      if (stream !== 'stdout') return;
      printed.push(line);
      onLine?.(line);
    },
  });
  running.add(group);
  const status = await group.ended.finally(() => running.delete(group));
  if (status === 0) return printed.join('\n');
  const how = status === undefined ? 'was ended by a signal' : `ended with status ${status}`;
  throw new ChildProgramError(`${source} ${parameters.join(' ')} ${how}:\n${last.join('\n')}`);
};
