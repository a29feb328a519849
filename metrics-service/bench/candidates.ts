/** The measured servers, each in a separate process, started the same way and stopped with the bench. */
import {readdirSync, readFileSync} from 'node:fs';
import {basename} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {freePort} from '@mcp-observability/tools/ports';
import {
  type ChildEndedError,
  type Command,
  createProcesses,
  type Processes,
  type Started,
} from '@mcp-observability/tools/processes';
import {ingested} from '../src/catalogue.ts';
import {apiKeyVariable, paths, variables} from '../src/contract.ts';
import {BenchError} from './bench-error.ts';
import {scrape} from './load-client.ts';
import {key} from './requests.ts';

export interface Candidate {
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
export const runtime = `node ${process.version}, ${runsNatively ? 'TypeScript as it is' : 'through tsx'}`;
export const loader = runsNatively ? [] : ['--import', 'tsx'];
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

let processes: Processes | undefined;
/** Created with the first server, so that `--help` starts nothing. */
const servers = (): Processes => {
  processes ??= createProcesses();
  return processes;
};
/** Stops all servers that are still running; also called after an error. */
export const stopAll = async (): Promise<void> => {
  await processes?.stop();
};
process.on('exit', () => processes?.kill());

const report = ({message}: ChildEndedError): void => {
  process.stderr.write(`${message}\n`);
};

type ScriptOptions = Pick<Command, 'env' | 'onOutput' | 'onEnd'>;

const startScript = (script: string, {env, ...listeners}: ScriptOptions): Started =>
  servers().start({
    name: basename(script),
    program: process.execPath,
    parameters: [...loader, script],
    env: {PATH: process.env['PATH'], ...env},
    stopSignal: 'SIGINT',
    // The rounds that follow count what gets no response.
    onEnd: report,
    ...listeners,
  });

const toCandidate = (
  {pid, end}: Started,
  candidate: Pick<Candidate, 'port' | 'scrapePort' | 'counted'>,
): Candidate => ({
  ...candidate,
  cpuSeconds: () => cpuSecondsOf(pid),
  async stop() {
    await end();
  },
});

/** Starts a script that prints a JSON line with its ports. @throws {BenchError} when it ends before */
const start = (script: string, env: Readonly<Record<string, string>> = {}): Promise<Candidate> =>
  new Promise((resolve, reject) => {
    let output = '';
    let isListening = false;
    const child = startScript(script, {
      env,
      onOutput(text) {
        if (isListening) return;
        output += text;
        const line = /^\{.*"api_port".*\}$/m.exec(output)?.[0];
        if (line === undefined) return;
        isListening = true;
        const {api_port: port, exposition_port: scrapePort = 0} = JSON.parse(line) as {
          api_port: number;
          exposition_port?: number;
        }; // the scripts are ours
        resolve(toCandidate(child, {port, scrapePort, counted: undefined}));
      },
      onEnd(cause) {
        if (isListening) report(cause);
        else reject(new BenchError('ERR_NOT_LISTENING', `expected a server to listen: ${cause.message}`, {cause}));
      },
    });
  });

const serviceScript = file('../src/main.ts');
const serviceEnvironment = {
  [apiKeyVariable('auth-server')]: key,
  [variables.rateLimit]: '1000000000',
  [variables.host]: '127.0.0.1',
  [variables.apiPort]: '0',
  [variables.expositionPort]: '0',
};

export const startBaseline = (): Promise<Candidate> => start(file('baseline.ts'));
export const startNaive = (): Promise<Candidate> => start(file('naive.ts'));
export const startService = async (environment: Readonly<Record<string, string>> = {}): Promise<Candidate> => {
  const service = await start(serviceScript, {...serviceEnvironment, ...environment});
  return {...service, counted: async () => (await scrape(service)).total(ingested.name)};
};

/** Resolves when the response to `GET path` is 200; false after ten seconds without it, or when `signal` aborts. */
const healthy = async (port: number, path: string, signal?: AbortSignal): Promise<boolean> => {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline && signal?.aborted !== true) {
    try {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      await response.arrayBuffer();
      if (response.ok) return true;
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
  const startedAt = performance.now();
  const {end} = startScript(serviceScript, {env: {...serviceEnvironment, [variables.apiPort]: String(port)}});
  const isHealthy = await healthy(port, paths.health);
  const took = performance.now() - startedAt;
  await end();
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
export const startProgram = async (program: Program): Promise<Candidate | undefined> => {
  const {path, parameters, environment, port, scrapePort, healthPath, counted} = program;
  const ended = new AbortController();
  let isReady = false;
  const child = servers().start({
    name: basename(path),
    program: path,
    parameters,
    env: {PATH: process.env['PATH'], ...environment},
    stopSignal: 'SIGINT',
    onEnd(error) {
      if (isReady) report(error);
      ended.abort();
    },
  });
  isReady = await healthy(scrapePort, healthPath, ended.signal);
  if (isReady) return toCandidate(child, {port, scrapePort, counted});
  await child.end();
  return undefined;
};
