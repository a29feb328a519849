/** The service at default settings in the heap that Node 24 uses in 512 MB, with its event loop measured. */
import {readFileSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Client, type RunningProcess, runReady, type Scope, type Variables} from './running-service.ts';

export interface SmallHeap extends RunningProcess {
  /** Bytes of a body, as the service reports it. */
  readonly maxRequestSize: number;
  /** See `processorMsOf`. */
  readonly processorMs: () => number;
  /** Forgets what was measured so far. */
  measure(): void;
  /** Ends the service, and resolves with its exit code and the longest stall since `measure`, in milliseconds. */
  end(): Promise<{readonly code: number | null; readonly stallMs: number}>;
}

/** Bytes that a body may have, as the service reports it. */
export const maxRequestSizeOf = async (service: Client): Promise<number> => {
  const {text} = await service.request({path: '/openapi.json'});
  return Number(/at most (\d+) bytes/.exec(text)?.[1]);
};

/**
 * Milliseconds of processor time that the event loop of a process has used: what a request waits for on a machine without
 * other load. Where the system does not report it (Linux does), the time that has passed.
 */
export const processorMsOf = (pid: number) => (): number => {
  try {
    return Number(/^\d+/.exec(readFileSync(`/proc/${pid}/schedstat`, 'utf8'))?.[0]) / 1e6;
  } catch {
    return performance.now();
  }
};

export const runSmallHeap = async (t: Scope, variables: Variables = {}): Promise<SmallHeap> => {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-small-heap-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const file = join(folder, 'stall');
  const service = await runReady(
    t,
    {METRICS_RATE_LIMIT: '1000000', LOOP_PROBE: file, ...variables},
    {node: ['--max-heap-size=259', '--import', new URL('loop-probe.ts', import.meta.url).href]},
  );
  return {
    ...service,
    maxRequestSize: await maxRequestSizeOf(service),
    processorMs: processorMsOf(service.pid),
    measure: () => service.kill('SIGUSR2'),
    async end() {
      service.kill('SIGTERM');
      const {code} = await service.exited;
      return {code, stallMs: Number(await readFile(file, 'utf8').catch(() => 'NaN'))};
    },
  };
};
