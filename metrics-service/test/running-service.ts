/** The service as its tests see it: started here or in a separate process, requested over HTTP, stopped with the test. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {pino} from 'pino';
import type {Timeouts} from '../src/http/timeouts.ts';
import {createService} from '../src/service.ts';
import {readSettings} from '../src/settings.ts';
import {parseSamples, type Sample, sampleValue} from './exposition-samples.ts';

export const registryKey = 'key-of-the-registry-0001';

/** The owner of started things, which are undone at its end: a test. */
export interface Scope {
  teardown(undo: () => unknown): void;
}

export type Variables = Readonly<Record<string, string>>;

const defaults: Variables = {
  METRICS_SERVICE_HOST: '127.0.0.1',
  METRICS_SERVICE_PORT: '0',
  OTEL_PROMETHEUS_PORT: '0',
  METRICS_API_KEY_REGISTRY: registryKey,
  // Unfinished work of a test must not keep it from ending.
  DRAIN_TIMEOUT_SECONDS: '0.2',
};

/** The fields of any response of the service. */
export interface ServiceResponseBody {
  readonly status?: string;
  readonly accepted?: number;
  readonly rejected?: number;
  readonly errors?: readonly string[];
  readonly detail?: string;
  readonly status_code?: number;
  readonly request_id?: string;
  readonly [field: string]: unknown;
}

export interface ServiceResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Empty when the response isn't JSON. */
  readonly body: ServiceResponseBody;
}

/** A request to the API port. */
export interface ServiceRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface Client {
  readonly apiPort: number;
  readonly expositionPort: number;
  /** Sends any request to the API port. */
  request(request: ServiceRequest): Promise<ServiceResponse>;
  /** `POST /metrics` with the registry's key; a string is sent as it is, anything else as JSON. */
  post(body: unknown, headers?: Readonly<Record<string, string>>): Promise<ServiceResponse>;
  /** The same for metrics sent by `service` "registry". */
  send(...metrics: readonly unknown[]): Promise<ServiceResponse>;
  /** By a reader that does not announce itself, as a person with curl. */
  scrape(): Promise<string>;
  /** As Prometheus does: with the header that announces a scraper. Those of one name are one scraper. */
  scrapeAs(name: string): Promise<string>;
  samples(): Promise<readonly Sample[]>;
  /** The value of the sample with exactly these labels; undefined when it isn't exposed. */
  read(name: string, labels?: Readonly<Record<string, string>>): Promise<number | undefined>;
}

const readResponse = async (response: Response): Promise<ServiceResponse> => {
  const text = await response.text();
  const json = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  return {status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : {}};
};

export const clientOf = (apiPort: number, expositionPort: number): Client => {
  const client: Client = {
    apiPort,
    expositionPort,
    async request({method = 'GET', path = '/', headers = {}, body}) {
      const init = body === undefined ? {} : {body};
      return readResponse(await fetch(`http://127.0.0.1:${apiPort}${path}`, {method, headers, ...init}));
    },
    post: (body, headers = {}) =>
      client.request({
        method: 'POST',
        path: '/metrics',
        headers: {'X-API-Key': registryKey, 'Content-Type': 'application/json', ...headers},
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    send: (...metrics) => client.post({service: 'registry', metrics}),
    async scrape() {
      const response = await fetch(`http://127.0.0.1:${expositionPort}/metrics`);
      return response.text();
    },
    async scrapeAs(name) {
      const headers = {'User-Agent': name, 'X-Prometheus-Scrape-Timeout-Seconds': '10'};
      const response = await fetch(`http://127.0.0.1:${expositionPort}/metrics`, {headers});
      return response.text();
    },
    samples: async () => parseSamples(await client.scrape()),
    read: async (name, labels = {}) => sampleValue(await client.samples(), name, labels),
  };
  return client;
};

export interface Running extends Client {
  drain(options: {readonly awaitScrape: boolean}): Promise<void>;
}

/** Starts the service in this process on free ports; drained at the test's end, if the test doesn't. */
export const start = async (
  t: Scope,
  {variables = {}, timeouts}: {readonly variables?: Variables; readonly timeouts?: Timeouts} = {},
): Promise<Running> => {
  const settings = readSettings({...defaults, ...variables});
  const log = pino({level: 'silent'});
  const service = await createService({settings, log, ...(timeouts === undefined ? {} : {timeouts})});
  const {apiPort, expositionPort} = await service.listen();
  let drained: Promise<void> | undefined;
  const drain: Running['drain'] = options => {
    drained ??= service.drain(options);
    return drained;
  };
  t.teardown(() => drain({awaitScrape: false}));
  return {...clientOf(apiPort, expositionPort ?? 0), drain};
};

export interface Process {
  readonly pid: number;
  /** Its output so far. */
  readonly output: {readonly stdout: string; readonly stderr: string};
  readonly exited: Promise<{readonly code: number | null; readonly signal: NodeJS.Signals | null}>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the pipe its log goes to. */
  stopReading(): void;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface RunOptions {
  /** Options of Node itself. */
  readonly node?: readonly string[];
  readonly parameters?: readonly string[];
  /** As on a disk that is full, writing fails where a file would become larger. */
  readonly largestFileKiB?: number;
  /** Files and connections that it can have open at a time. */
  readonly openFiles?: number;
  /** In a separate process group, which a Ctrl-C in the terminal doesn't reach. */
  readonly detached?: boolean;
}

/** Runs `main.ts` with this environment and no other, killed at the test's end. */
export const run = (
  t: Scope,
  variables: Variables,
  {node = [], parameters = [], largestFileKiB, openFiles, detached = false}: RunOptions = {},
): Process => {
  const command = [process.execPath, '--import', 'tsx', ...node, 'metrics-service/src/main.ts', ...parameters] as const;
  // POSIX counts in blocks of 512 bytes.
  const limits = [
    ...(largestFileKiB === undefined ? [] : [`ulimit -f ${2 * largestFileKiB}`]),
    ...(openFiles === undefined ? [] : [`ulimit -n ${openFiles}`]),
  ];
  const limit = limits.length === 0 ? [] : ['sh', '-c', `${limits.join(' && ')} && exec "$@"`, 'sh'];
  const [program = process.execPath, ...rest] = [...limit, ...command];
  const child = spawn(program, rest, {
    cwd: root,
    detached,
    env: {PATH: process.env['PATH'] ?? '', ...variables},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = {stdout: '', stderr: ''};
  child.stdout.setEncoding('utf8').on('data', text => {
    output.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', text => {
    output.stderr += text;
  });
  // `close` comes after the last output.
  const exited = once(child, 'close').then(([code, signal]) => ({code, signal}));
  t.teardown(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return {
    pid: child.pid ?? 0,
    output,
    exited,
    kill: signal => child.kill(signal),
    stopReading: () => child.stdout.destroy(),
  };
};

export interface RunningProcess extends Client, Process {}

/** Runs `main.ts` on free ports and resolves once it listens. */
export const runReady = async (
  t: Scope,
  variables: Variables = {},
  options: RunOptions = {},
): Promise<RunningProcess> => {
  const process = run(t, {...defaults, ...variables}, options);
  const {api_port: apiPort, exposition_port: expositionPort} = await until(
    () => logLines(process).find(({msg}) => msg === 'listening'),
    process,
  );
  return {...clientOf(Number(apiPort), Number(expositionPort ?? 0)), ...process};
};

/** The lines that were logged so far. */
export const logLines = ({output}: Process): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  output.stdout
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line));

/** Resolves with the first value of `look` that is neither undefined nor false; rejects if `process` ends before. */
export const until = async <Value>(
  look: () => Value | undefined | Promise<Value | undefined>,
  process?: Process,
): Promise<Value> => {
  let ended = false;
  process?.exited.then(() => {
    ended = true;
  });
  for (;;) {
    const over = ended;
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (over) throw new Error(`the process ended before: ${process?.output.stdout}${process?.output.stderr}`);
    await pause(10);
  }
};
