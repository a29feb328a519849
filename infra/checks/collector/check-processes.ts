/** Child processes and ports of one run; `stop` ends and removes everything. */
import {type ChildProcess, spawn} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {holderOf} from '@mcp-observability/tools/ports';

export type Started = {readonly child: ChildProcess; readonly output: () => string};

export class Processes {
  /** A temporary folder, removed by `stop`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'verify-collector-'));
  readonly #children: {readonly child: ChildProcess; readonly clear: () => void}[] = [];
  readonly #cwd: string;

  /** @param cwd where the processes run */
  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** @param clear called by `stop`, to clean up what the child leaves behind when it is killed */
  start(program: string, parameters: readonly string[], env: NodeJS.ProcessEnv, clear = (): void => {}): Started {
    const child = spawn(program, parameters, {env, cwd: this.#cwd, stdio: ['ignore', 'pipe', 'pipe']});
    this.#children.push({child, clear});
    let text = '';
    const keep = (chunk: Buffer | string): void => {
      text = (text + chunk.toString()).slice(-1_000_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', error => keep(`${program}: ${error.message}\n`));
    return {child, output: () => text};
  }

  stop(): void {
    for (const {child, clear} of this.#children.splice(0)) {
      child.kill('SIGKILL');
      clear();
    }
    rmSync(this.folder, {recursive: true, force: true, maxRetries: 5}); // a killed process may still be writing
  }
}

/** @throws Error if a process listens on the port */
export const demandFree = async ({host, port}: {host: string; port: number}, what: string): Promise<void> => {
  const free = await new Promise<boolean>(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
  if (free) return;
  const holder = await holderOf(port).catch(() => undefined);
  throw new Error(
    `port ${port}, ${what}, is in use${holder === undefined ? '' : ` by ${holder}`}: stop the process that listens there`,
  );
};

/**
 * Waits for a condition. @throws Error with the name of the condition and the process's output if it isn't met in time
 */
export const until = async (
  what: string,
  seconds: number,
  test: () => Promise<boolean> | boolean,
  started?: Started,
): Promise<void> => {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(250)) {
    if (started && started.child.exitCode !== null)
      throw new Error(`${what}: the process exited.\n${started.output().slice(-2000)}`);
    if (await Promise.resolve(test()).catch(() => false)) return;
  }
  throw new Error(
    `${what}: expected within ${seconds} s, did not happen.${started ? `\n${started.output().slice(-2000)}` : ''}`,
  );
};
