/** Runs another program to its end; for one that runs beside this process, see processes.ts. */
import type {Readable} from 'node:stream';
import {execa} from 'execa';
import {ToolsError} from './tools-error.ts';

export type RunOptions = {
  readonly cwd?: string;
  /** The program's whole environment. @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to its standard input; it may close it before all of a stream is read. @default empty */
  readonly input?: string | Readable;
  /** Milliseconds after which it is killed. @default no limit */
  readonly timeoutMs?: number;
  /** Ends it; the result is then an error with the signal's reason as cause. */
  readonly signal?: AbortSignal | undefined;
  /** Whether its output appears on this terminal as well. @default false */
  readonly isShown?: boolean;
};

/** How a program ended. */
export type Finished = {
  /** Its exit status; undefined if a signal or the time limit ended it. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the time limit ended it. */
  readonly timedOut: boolean;
};

/** A program could not be started, was ended, or failed. */
export class ProgramError extends ToolsError {
  override readonly name = 'ProgramError';
  readonly code = 'ERR_PROGRAM';
  /** Its exit status; undefined if it did not start or was ended. */
  readonly status: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the time limit ended it. */
  readonly timedOut: boolean;

  constructor(message: string, {status, stdout, stderr, timedOut}: Finished, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
    this.timedOut = timedOut;
  }
}

/**
 * Resolves when the program has ended, with whatever status. It has no standard input but `input`, and what it started
 * ends with this process.
 *
 * @throws {ProgramError} when it cannot be started, and when `signal` ends it
 */
export const runToEnd = async (
  program: string,
  parameters: readonly string[],
  {cwd, env, input = '', timeoutMs, signal, isShown = false}: RunOptions = {},
): Promise<Finished> => {
  const shown = isShown ? (['pipe', 'inherit'] as const) : 'pipe';
  const child = execa(program, parameters, {
    ...(cwd !== undefined && {cwd}),
    ...(env !== undefined && {env, extendEnv: false}),
    ...(timeoutMs !== undefined && {timeout: timeoutMs}),
    ...(signal !== undefined && {cancelSignal: signal}),
    input,
    stdout: shown,
    stderr: shown,
    reject: false,
    maxBuffer: 2 ** 28,
  });
  // A child of the program may keep its output open, and outlive it: the time limit and the signal still apply.
  child.once('exit', () => {
    if (child.killed) for (const stream of [child.stdout, child.stderr]) stream?.destroy();
  });
  const result = await child;
  const finished: Finished = {
    status: result.exitCode,
    stdout: result.stdout,
    stderr: result.stderr,
    timedOut: result.timedOut,
  };
  if (result.exitCode === undefined && (result.isCanceled || result.signal === undefined))
    throw new ProgramError(result.originalMessage ?? result.shortMessage ?? `${program}: did not start`, finished, {
      cause: result.cause,
    });
  return finished;
};

/**
 * Resolves to what the program printed when its status is 0.
 *
 * @throws {ProgramError} otherwise; the message is the last line of its standard error
 */
export const run = async (
  program: string,
  parameters: readonly string[],
  options?: RunOptions,
): Promise<Finished & {readonly status: 0}> => {
  const finished = await runToEnd(program, parameters, options);
  const {status, stderr, timedOut} = finished;
  if (status === 0) return {...finished, status};
  const reason = timedOut
    ? `not done within ${(options?.timeoutMs ?? 0) / 1000} s`
    : stderr.trim().split('\n').at(-1) || `ended with ${status === undefined ? 'a signal' : `status ${status}`}`;
  throw new ProgramError(`${[program, ...parameters.slice(0, 1)].join(' ')}: ${reason}`, finished);
};
