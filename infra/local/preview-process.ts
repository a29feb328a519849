/** Runs the preview beside the pipeline: it redraws the boards while their sources are edited. */
import {fileURLToPath} from 'node:url';
import {ensureInstalled} from '@mcp-observability/dashboards/preview/install';
import type {Port} from '@mcp-observability/tools/ports';
import {type Processes, typescriptFlags} from '@mcp-observability/tools/processes';
import {reasonOf} from '@mcp-observability/tools/reason';
import {waitUntilReady} from '@mcp-observability/tools/wait';

const preview = fileURLToPath(import.meta.resolve('@mcp-observability/dashboards/preview/command'));

/** Bundling the page's script and building the boards takes at most this long on a slow machine. */
const buildMs = 180_000;

/** The stack that the preview runs beside. */
interface Surroundings {
  /** Scheme, host and port. */
  readonly prometheus: string;
  readonly processes: Processes;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Installs the preview's packages if they are missing. @returns whether they are there; the reason is logged if not */
export const installPreview = async ({log, signal}: Pick<Surroundings, 'log' | 'signal'>): Promise<boolean> => {
  try {
    await ensureInstalled(log, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    log(`Not drawing the boards: ${reasonOf(error)}`);
    return false;
  }
};

/** Starts the preview, and resolves once its page responds. If it ends, the reason is logged and all else continues. */
export const drawBoards = async (at: Port, {prometheus, processes, log, signal}: Surroundings): Promise<void> => {
  const url = `http://127.0.0.1:${at.port}`;
  const name = 'The preview of the boards';
  const ended = new AbortController();
  processes.start({
    name,
    program: process.execPath,
    parameters: [...typescriptFlags, preview, 'serve', '--port', String(at.port), '--prometheus', prometheus],
    // The pipeline continues without the preview, as it does when its packages cannot be installed.
    onEnd: error => {
      log(`Not drawing the boards: ${error.message}`);
      ended.abort(error);
    },
  });
  try {
    await waitUntilReady({name, url, timeoutMs: buildMs, signal: AbortSignal.any([signal, ended.signal])});
  } catch (error) {
    if (ended.signal.aborted && !signal.aborted) return;
    throw error;
  }
  log(`\nThe boards are ready: ${url}\n`);
};
