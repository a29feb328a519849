/** The boards drawn beside the pipeline, as they are while their sources are edited. */
import {fileURLToPath} from 'node:url';
import {ensureInstalled} from '@mcp-observability/dashboards/preview/install';
import type {Port} from '@mcp-observability/tools/ports';
import {type Processes, typescriptFlags} from '@mcp-observability/tools/processes';
import {waitUntilReady} from '@mcp-observability/tools/wait';

const preview = fileURLToPath(import.meta.resolve('@mcp-observability/dashboards/preview/command'));

/** The page's script is bundled and the boards are built first, which takes a slow machine this long at most. */
const buildMs = 180_000;

interface Surroundings {
  /** Scheme, host and port. */
  readonly prometheus: string;
  readonly processes: Processes;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Installs the preview's packages where they are missing, and starts it; does nothing without a port. Resolves once
 * its page answers; without boards, and with a line that says why, where the packages can't be had.
 */
export const drawBoards = async (
  at: Port | undefined,
  {prometheus, processes, log, signal}: Surroundings,
): Promise<void> => {
  if (at === undefined) return;
  try {
    await ensureInstalled(log, signal);
  } catch (error) {
    signal.throwIfAborted();
    log(`The boards are left out: ${error instanceof Error ? error.message : error}`);
    return;
  }
  const url = `http://127.0.0.1:${at.port}`;
  const name = 'The preview of the boards';
  const ended = new AbortController();
  processes.start({
    name,
    program: process.execPath,
    parameters: [...typescriptFlags, preview, 'serve', '--port', String(at.port), '--prometheus', prometheus],
    // The pipeline goes on without it, as it does where its packages cannot be installed.
    onEnd: error => {
      log(`The boards are left out: ${error.message}`);
      ended.abort(error);
    },
  });
  try {
    await waitUntilReady({name, url, timeoutMs: buildMs, signal: AbortSignal.any([signal, ended.signal])});
  } catch (error) {
    if (ended.signal.aborted && !signal.aborted) return;
    throw error;
  }
  log(`\n  Boards      ${url}\n`);
};
