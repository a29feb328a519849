/** A child in a separate process group: what it starts ends with it, and a terminal's Ctrl-C reaches only the parent. */
import {createInterface} from 'node:readline';
import {execa} from 'execa';

export type GroupOptions = {
  /** @default this process's */
  readonly cwd?: string;
  /** Called with each line that it writes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
};

export type ProcessGroup = {
  /** Resolves to the child's exit status, undefined if a signal ended it. @throws when it can't be started */
  readonly ended: Promise<number | undefined>;
  /** Sends a signal to the whole group. */
  readonly signal: (name: NodeJS.Signals) => void;
};

/** Starts a program in its own process group, without standard input. */
export const startGroup = (
  program: string,
  parameters: readonly string[],
  {cwd, onLine = () => {}}: GroupOptions = {},
): ProcessGroup => {
  const child = execa(program, parameters, {
    ...(cwd !== undefined && {cwd}),
    detached: true,
    stdin: 'ignore',
    buffer: false,
    reject: false,
    cleanup: false,
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // the group has ended
    }
  };
  for (const stream of ['stdout', 'stderr'] as const)
    createInterface({input: child[stream]}).on('line', line => onLine(line, stream));
  // Processes that it started keep its output open, so `child` would never resolve.
  child.once('exit', () => signal('SIGKILL'));
  const ended = child.then(({exitCode, code, cause}) => {
    if (code !== undefined) throw cause;
    return exitCode;
  });
  return {ended, signal};
};
