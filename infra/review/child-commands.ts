/** Runs the package's verbs in a tree, each in a process group of its own that ends with this process. */
import {type ChildProcess, spawn} from 'node:child_process';
import {createInterface} from 'node:readline';

const running = new Set<ChildProcess>();
let ended = false;

const signalGroup = (child: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // nobody is left in it
  }
};

/** Ends what still runs; from now on nothing more starts. */
export const endVerbs = (): void => {
  ended = true;
  for (const child of running) signalGroup(child, 'SIGTERM');
};

export type Run = {
  /** The tree in whose root it runs. */
  readonly root: string;
  /** Path of the verb's source, as in package.json. */
  readonly source: string;
  readonly parameters: readonly string[];
  readonly onLine?: (line: string) => void;
};

const keptLines = 15;

/**
 * Resolves to what the verb printed to its standard output.
 * @throws Error with its last lines when it ends otherwise, and without having started after `endVerbs`
 */
export const runVerb = async ({root, source, parameters, onLine}: Run): Promise<string> => {
  if (ended) throw new Error(`${source} was not started: everything is being ended`);
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
  // What it left behind; with that alive and its output open, `close` would never come.
  child.once('exit', () => signalGroup(child, 'SIGKILL'));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => running.delete(child));
  if (status !== 0) throw new Error(`${source} ${parameters.join(' ')} ended with ${status}:\n${last.join('\n')}`);
  return printed.join('\n');
};
