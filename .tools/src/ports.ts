/** Checks whether ports are free, and which processes use them. */
import {readdir, readFile, readlink} from 'node:fs/promises';
import {createServer} from 'node:net';
import getPort, {portNumbers} from 'get-port';
import {run} from './run.ts';
import {ToolsError} from './tools-error.ts';

/** A port that something is going to listen on. */
export interface Port {
  /** The environment variable that changes it. */
  readonly variable: string;
  readonly port: number;
  /** The program that will listen there, as named in messages. */
  readonly purpose: string;
}

/** A program can't listen where it should. */
export class PortError extends ToolsError {
  override readonly name = 'PortError';
  readonly code = 'ERR_PORT';
}

/** @throws {PortError} that lists every port in use, the process that uses it and the variable that changes it. */
export const requireFree = async (ports: readonly Port[], host: string): Promise<void> => {
  const problems: string[] = [];
  for (const [index, {variable, port, purpose}] of ports.entries()) {
    const twin = ports.slice(0, index).find(other => other.port === port);
    if (twin !== undefined) {
      problems.push(`${variable}: expected another port than ${twin.variable}'s, found ${port}`);
      continue;
    }
    const code = await tryListening(port, host);
    if (code === undefined) continue;
    if (code !== 'EADDRINUSE') {
      problems.push(`${variable}: can't listen on ${host}:${port} (${code})`);
      continue;
    }
    const holder = await holderOf(port).catch(() => undefined);
    problems.push(
      `${variable}: port ${port}, where ${purpose} listens, is in use${holder === undefined ? '' : ` by ${holder}`}. ` +
        `Stop that, or choose another port: ${variable}=${port + 10_000 > 65_535 ? port - 10_000 : port + 10_000}`,
    );
  }
  if (problems.length > 0) throw new PortError(problems.join('\n'));
};

/**
 * A port of the loopback address that is free now and that no other call in this process gets for a while. Each process
 * has its own hundred ports, below the range of ephemeral ports, so that parallel tests do not conflict.
 */
export const freePort = (): Promise<number> => {
  const from = 10_000 + (process.pid % 200) * 100;
  // The search occupies each port for a moment, so concurrent calls try other ports.
  handedOut = (handedOut + 1) % 90;
  return getPort({host: '127.0.0.1', port: portNumbers(from + handedOut, from + 99)});
};

let handedOut = 0;

const tryListening = (port: number, host: string): Promise<string | undefined> =>
  new Promise(resolve => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({port, host, exclusive: true}, () => server.close(() => resolve(undefined)));
  });

/** `name (process id)` of the process that listens on a port; undefined where the system doesn't report it. */
export const holderOf = async (port: number): Promise<string | undefined> =>
  process.platform === 'linux' ? holderByProc(port) : holderByLsof(port);

const holderByLsof = async (port: number): Promise<string | undefined> => {
  const {stdout} = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {timeoutMs: 2_000});
  const pid = /^p(\d+)$/m.exec(stdout)?.[1];
  const name = /^c(.+)$/m.exec(stdout)?.[1];
  return pid === undefined ? undefined : `${name ?? 'a process'} (${pid})`;
};

/** The kernel lists sockets by inode, and every process its own files: proc(5). */
const holderByProc = async (port: number): Promise<string | undefined> => {
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map(file => readFile(file, 'utf8').catch(() => '')),
  );
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = '0A';
  const sockets = new Set(
    tables
      .flatMap(table => table.split('\n').slice(1))
      .map(line => line.trim().split(/\s+/))
      .filter(fields => fields[1]?.endsWith(`:${wanted}`) && fields[3] === listening)
      .map(fields => `socket:[${fields[9]}]`),
  );
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []); // other users' are closed to us
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (sockets.has(target)) return `${(await readFile(`/proc/${pid}/comm`, 'utf8')).trim()} (${pid})`;
    }
  }
  return undefined;
};
