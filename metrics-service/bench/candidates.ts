/** The measured servers, each in a separate process, started the same way and stopped with the bench. */
import {type ChildProcess, fork, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {freePort} from '@mcp-observability/tools/ports';
import {ingested} from '../src/catalogue.ts';
import {apiKeyVariable, paths, variables} from '../src/contract.ts';
import type {Job, Round} from './load.ts';
import {scrape} from './load-client.ts';
import {key} from './requests.ts';

export interface Contestant {
  readonly port: number;
  readonly scrapePort: number;
  /** Events counted since the start; undefined if the server does not report them. */
  readonly counted: (() => Promise<number>) | undefined;
  /** Seconds of processor time used so far, user and system, by all threads; NaN on systems without /proc. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/**
 * Linux counts the nanoseconds that each thread has run. `/proc/<pid>/stat` has the same in steps of 10 ms, too coarse for
 * a short round on a busy machine.
 */
const cpuSecondsOf = (pid: number | undefined): number => {
  try {
    const folder = `/proc/${pid}/task`;
    const nanoseconds = readdirSync(folder).map(thread =>
      Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e9;
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
/** Stops all processes that are still running; also called after an error. */
export const killAll = (): void => {
  for (const child of children) child.kill('SIGKILL');
};
process.on('exit', killAll);
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
  return {port, scrapePort, counted: undefined, cpuSeconds: () => cpuSecondsOf(child.pid), stop: stopping(child)};
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
export const startService = async (environment: Readonly<Record<string, string>> = {}): Promise<Contestant> => {
  const service = await start(serviceScript, {...serviceEnvironment, ...environment});
  return {...service, counted: async () => (await scrape(service)).total(ingested.name)};
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

/** A server that is not part of this repository. */
export interface Program {
  /** A path, or a name in PATH. */
  readonly path: string;
  readonly parameters: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly port: number;
  readonly scrapePort: number;
  /** Responds with 200 on the port for scrapes as soon as the program is ready. */
  readonly healthPath: string;
  readonly counted?: () => Promise<number>;
}

/** Undefined where the program cannot be run, or does not get ready. */
export const startProgram = async (program: Program): Promise<Contestant | undefined> => {
  const {path, parameters, environment, port, scrapePort, healthPath, counted} = program;
  const child = keep(
    spawn(path, parameters, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {PATH: process.env['PATH'], ...environment},
    }),
  );
  const ended = new AbortController();
  for (const event of ['error', 'exit']) child.once(event, () => ended.abort());
  if (await healthy(scrapePort, healthPath, ended.signal))
    return {port, scrapePort, counted, cpuSeconds: () => cpuSecondsOf(child.pid), stop: stopping(child)};
  child.kill('SIGKILL');
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
