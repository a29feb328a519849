/** The measured servers, each in a separate process, started the same way and stopped with the bench. */
import {type ChildProcess, fork, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {createInterface} from 'node:readline';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {apiKeyVariable, paths, variables} from '../src/contract.ts';
import {key} from './batch.ts';
import type {Job, Round} from './load.ts';

export interface Contestant {
  readonly port: number;
  readonly scrapePort: number;
  /** Whether its exposition says what it counted. */
  readonly counts: boolean;
  /** Seconds of processor time it has used, all threads together, to 10 ms; NaN where there is no /proc. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** Ticks a second in /proc: a constant of Linux's interface (USER_HZ). */
const ticks = 100;

const cpuSecondsOf = (pid: number | undefined): number => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The process's name may hold blanks; after it the twelfth and thirteenth are its own time and the kernel's.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / ticks;
  } catch {
    return Number.NaN;
  }
};

/** Node 22.18 and later run TypeScript as it is, which is how the image runs; older ones through tsx. */
const runsNatively = 'typescript' in process.features && Boolean(process.features.typescript);
export const how = `node ${process.version}, ${runsNatively ? 'TypeScript as it is' : 'through tsx'}`;
const loader = runsNatively ? [] : ['--import', 'tsx'];
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const children = new Set<ChildProcess>();
const keep = <Child extends ChildProcess>(child: Child): Child => {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
};
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

const stopping = (child: ChildProcess) => async (): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGINT');
  await exited;
};

const startScript = (script: string, environment: Readonly<Record<string, string>> = {}) =>
  keep(
    spawn(process.execPath, [...loader, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {PATH: process.env['PATH'], ...environment},
    }),
  );

/** Starts a script that prints a JSON line with its ports. */
const start = async (script: string, environment?: Readonly<Record<string, string>>): Promise<Contestant> => {
  const child = startScript(script, environment);
  const exited = once(child, 'exit').then(() => {
    throw new Error(`${script} ended before it listened`);
  });
  exited.catch(() => {});
  const line = once(createInterface({input: child.stdout}), 'line');
  const [text] = (await Promise.race([line, exited])) as [string]; // the event's only argument
  const {api_port: port, exposition_port: scrapePort = 0} = JSON.parse(text) as {
    api_port: number;
    exposition_port?: number;
  }; // the scripts are ours
  child.stdout.resume();
  return {port, scrapePort, counts: false, cpuSeconds: () => cpuSecondsOf(child.pid), stop: stopping(child)};
};

const serviceScript = file('../src/main.ts');
const serviceEnvironment = {
  [apiKeyVariable('auth-server')]: key,
  [variables.rateLimit]: '1000000000',
  [variables.host]: '127.0.0.1',
  [variables.apiPort]: '0',
  [variables.expositionPort]: '0',
};

export const startBaseline = (): Promise<Contestant> => start(file('baseline.ts'));
export const startNaive = (): Promise<Contestant> => start(file('naive.ts'));
export const startService = async (environment: Readonly<Record<string, string>> = {}): Promise<Contestant> => ({
  ...(await start(serviceScript, {...serviceEnvironment, ...environment})),
  counts: true,
});

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** Resolves when the response to `GET path` is 200; false after ten seconds without it, or when `signal` aborts. */
const healthy = async (port: number, path: string, signal?: AbortSignal): Promise<boolean> => {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && signal?.aborted !== true) {
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      await answer.arrayBuffer();
      if (answer.ok) return true;
    } catch {
      // Not there yet.
    }
    await pause(5);
  }
  return false;
};

/** Milliseconds from the start of the process to the first 200 of its health check. */
export const startToHealthy = async (): Promise<number> => {
  const port = await freePort();
  const begun = performance.now();
  const child = startScript(serviceScript, {...serviceEnvironment, [variables.apiPort]: String(port)});
  child.stdout.resume();
  const isHealthy = await healthy(port, paths.health);
  const took = performance.now() - begun;
  await stopping(child)();
  return isHealthy ? took : Number.POSITIVE_INFINITY;
};

/** Prometheus's pushgateway, from PUSHGATEWAY_BIN or PATH; undefined where it isn't installed. */
export const startPushgateway = async (): Promise<Contestant | undefined> => {
  const port = await freePort();
  const given = process.env['PUSHGATEWAY_BIN'];
  for (const name of given === undefined ? ['pushgateway', 'prometheus-pushgateway'] : [given]) {
    const child = keep(spawn(name, [`--web.listen-address=127.0.0.1:${port}`], {stdio: 'ignore'}));
    const missing = new AbortController();
    child.once('error', () => missing.abort());
    if (await healthy(port, '/-/healthy', missing.signal)) {
      const cpuSeconds = () => cpuSecondsOf(child.pid);
      return {port, scrapePort: port, counts: false, cpuSeconds, stop: stopping(child)};
    }
    child.kill('SIGKILL');
  }
  return undefined;
};

export interface Load {
  run(job: Job): Promise<Round>;
  stop(): void;
}

export const startLoad = (): Load => {
  const child = keep(fork(file('load.ts'), {execArgv: [...loader], serialization: 'advanced'}));
  return {
    async run(job) {
      const answer = once(child, 'message');
      child.send(job);
      const [round] = (await answer) as [Round]; // load.ts sends nothing else
      return round;
    },
    stop: () => child.disconnect(),
  };
};
