/** Child processes that never outlive their parent, however it ends. */
import {mkdtempSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {execa} from 'execa';
import {ToolsError} from './tools-error.ts';
import type {Instruction} from './watchdog.ts';

export interface Command {
  /** The name of the child in messages. */
  readonly name: string;
  readonly program: string;
  readonly parameters: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** The signal that asks the child to end. @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals;
  /** Called when the child ends unexpectedly, if the others can continue without it. @default `failure` is aborted */
  readonly onEnd?: (error: ChildEndedError) => void;
  /** Called with each chunk of its standard output and standard error. */
  readonly onOutput?: (text: string) => void;
}

/** How a child ended. */
export interface Ending {
  readonly name: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines of its standard output and standard error. */
  readonly lastLines: readonly string[];
}

/** A child ended unexpectedly. */
export class ChildEndedError extends ToolsError {
  override readonly name = 'ChildEndedError';
  readonly code = 'ERR_CHILD_ENDED';
  readonly ending: Ending;

  constructor(ending: Ending) {
    const how = ending.signal === null ? `with status ${ending.code}` : `by ${ending.signal}`;
    const output =
      ending.lastLines.length === 0 ? '' : ` Its last lines:\n${ending.lastLines.map(line => `  ${line}`).join('\n')}`;
    super(`${ending.name} ended ${how}.${output}`);
    this.ending = ending;
  }
}

/** A child or a folder was requested after `stop`. */
class StoppingError extends ToolsError {
  override readonly name = 'StoppingError';
  readonly code = 'ERR_STOPPING';
}

/** A child that was started. */
export interface Started {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Stops only this child, without reporting a failure. Resolves to how it ended. */
  readonly end: () => Promise<Ending>;
}

export interface Processes {
  /** Starts a child in a separate process group, so that a terminal's Ctrl-C reaches only the parent. Throws after `stop`. */
  readonly start: (command: Command) => Started;
  /** A new temporary folder, removed in the end. Throws after `stop`. */
  readonly temporaryFolder: (prefix: string) => string;
  /** Aborted with a ChildEndedError when a child ends unexpectedly. */
  readonly failure: AbortSignal;
  /** Signals every child to end, kills those that don't within `graceMs`, removes the folders. May be called again. */
  readonly stop: (graceMs?: number) => Promise<void>;
  /** Kills every child immediately; `stop` must still be called afterwards. */
  readonly kill: () => void;
}

const keptLines = 15;

/** Node's own flags that run a TypeScript source on every supported release. */
export const typescriptFlags: readonly string[] = ['--import', import.meta.resolve('tsx')];

const startChild = (program: string, parameters: readonly string[], env: NodeJS.ProcessEnv) =>
  execa(program, parameters, {
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdin: 'ignore',
    env,
    extendEnv: false,
  });
type Child = ReturnType<typeof startChild>;

/** Creates a group of children. If this process is killed, a watchdog process ends them. */
export const createProcesses = (): Processes => {
  const failure = new AbortController();
  const running = new Map<Child, {readonly command: Command; readonly ended: Promise<Ending>}>();
  const folders: string[] = [];
  let stopping = false;

  const watchdog = execa(process.execPath, [...typescriptFlags, fileURLToPath(import.meta.resolve('./watchdog.ts'))], {
    detached: true,
    cleanup: false,
    reject: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  watchdog.stdin.on('error', () => {}); // it was killed: children then outlive only a killed parent
  const notifyWatchdog = (instruction: Instruction) => watchdog.stdin.write(`${JSON.stringify(instruction)}\n`);

  const fail = (ending: Ending, {onEnd = error => failure.abort(error)}: Command) => {
    if (!stopping) onEnd(new ChildEndedError(ending));
  };

  /** A child started while the others are being stopped would never be stopped. */
  const rejectWhenStopping = () => {
    if (stopping) throw new StoppingError('no program can be started: all programs are being stopped');
  };

  const start = (command: Command) => {
    rejectWhenStopping();
    const {name, program, parameters, env = process.env, stopSignal = 'SIGTERM'} = command;
    let isEnding = false;
    const child = startChild(program, parameters, env);
    const lastLines = collectLines(child, command.onOutput);
    // Kill the processes that it started: while they keep its output open, `child` would not resolve.
    child.once('exit', () => child.pid !== undefined && killGroup(child.pid, 'SIGKILL'));
    const ended = child.then(({exitCode, signal, code, originalMessage}): Ending => {
      running.delete(child);
      if (child.pid !== undefined) notifyWatchdog({kind: 'group-ended', group: child.pid});
      const lines = code === undefined ? lastLines() : [originalMessage ?? code];
      const ending = {name, code: exitCode ?? null, signal: signal ?? null, lastLines: lines};
      if (!isEnding) fail(ending, command);
      return ending;
    });
    const {pid} = child;
    const end = (): Promise<Ending> => {
      isEnding = true;
      if (pid !== undefined && running.has(child)) killGroup(pid, stopSignal);
      return ended;
    };
    if (pid === undefined) return {pid, end};
    notifyWatchdog({kind: 'group-started', group: pid});
    running.set(child, {command, ended});
    return {pid, end};
  };

  const temporaryFolder = (prefix: string) => {
    rejectWhenStopping();
    const folder = mkdtempSync(join(tmpdir(), prefix));
    notifyWatchdog({kind: 'folder-made', folder});
    folders.push(folder);
    return folder;
  };

  const kill = () => {
    stopping = true;
    for (const {pid} of running.keys()) if (pid !== undefined) killGroup(pid, 'SIGKILL');
  };

  const stop = async (graceMs = 5_000) => {
    stopping = true;
    const ending = [...running.values()].map(({ended}) => ended);
    for (const [{pid}, {command}] of running) if (pid !== undefined) killGroup(pid, command.stopSignal ?? 'SIGTERM');
    const timeout = new AbortController();
    await Promise.race([Promise.all(ending), delay(graceMs, undefined, {signal: timeout.signal}).catch(() => {})]);
    timeout.abort();
    kill();
    await Promise.all(ending);
    for (const folder of folders.splice(0)) await rm(folder, {recursive: true, force: true, maxRetries: 5});
    watchdog.stdin.end();
    // The watchdog has nothing left to do. Its status is ignored, because its source file may have been deleted.
    const overdue = setTimeout(() => watchdog.kill('SIGKILL'), graceMs);
    await watchdog;
    clearTimeout(overdue);
  };

  return {start, temporaryFolder, failure: failure.signal, stop, kill};
};

const killGroup = (group: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-group, signal);
  } catch {
    // the group has no process left
  }
};

/** Reads both streams, so that the child never blocks, and remembers their last lines. */
const collectLines = (child: Child, onOutput = (_: string): void => {}): (() => readonly string[]) => {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (chunk: string) => {
      onOutput(chunk);
      const parts = (rest + chunk).split('\n');
      rest = (parts.pop() ?? '').slice(-2_000);
      lines.push(...parts);
      lines.splice(0, lines.length - keptLines);
    });
    stream?.on('end', () => rest !== '' && lines.push(rest));
  }
  return () => lines.slice(-keptLines);
};
