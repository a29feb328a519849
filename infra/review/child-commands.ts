/** Runs the repository's programs in a tree, each in a separate process group that ends with this process. */
import {type ChildProcess, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';
import {InfraError} from '../infra-error.ts';

const running = new Set<ChildProcess>();
let ended = false;

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // the group has ended
  }
};

/** Ends the programs that still run; no other program starts after this. */
export const endPrograms = (): void => {
  ended = true;
  for (const child of running) signalGroup(child, 'SIGTERM');
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
  const child = spawn(process.execPath, ['--import', 'tsx', source, ...parameters], {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const printed: string[] = [];
  const last: string[] = [];
  createInterface({input: child.stdout}).on('line', line => {
    printed.push(line);
    onLine?.(line);
  });
  for (const stream of [child.stdout, child.stderr])
    createInterface({input: stream}).on('line', line => {
      last.push(line);
      if (last.length > keptLines) last.shift();
    });
  // Processes that it left behind keep its output open, and `close` would never come.
  child.once('exit', () => signalGroup(child, 'SIGKILL'));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => running.delete(child));
  if (status !== 0)
    throw new ChildProgramError(`${source} ${parameters.join(' ')} ended with status ${status}:\n${last.join('\n')}`);
  return printed.join('\n');
};
