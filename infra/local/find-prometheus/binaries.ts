/** The two programs of a Prometheus release, checked to run on this machine. */
import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {join} from 'node:path';
import {run} from '@mcp-observability/tools/run';
import {PrometheusError} from '../local-error.ts';

/** A Prometheus that ran with `--version`. */
export interface Binaries {
  /** Path of the server. */
  readonly prometheus: string;
  /** Path of the tool that checks configurations, rules and expositions. */
  readonly promtool: string;
  /** Version of the server, such as `3.13.5`; undefined when it was built without one, as `go build` does by default. */
  readonly version: string | undefined;
}

/** The options that every source of Prometheus has. */
export interface SourceOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Receives one line of progress at a time. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export const isExecutable = async (path: string): Promise<boolean> => {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/**
 * Runs both programs with `--version`: a file of the right name may be for another platform, or another program.
 * @throws {PrometheusError} that names the path and the output
 */
export const inspect = async ({prometheus, promtool}: Omit<Binaries, 'version'>): Promise<Binaries> => {
  const [version] = await Promise.all([versionOf(prometheus, 'prometheus'), versionOf(promtool, 'promtool')]);
  return {prometheus, promtool, version};
};

/** Does the same for a folder that contains both. */
export const inspectFolder = (folder: string): Promise<Binaries> =>
  inspect({prometheus: join(folder, 'prometheus'), promtool: join(folder, 'promtool')});

/** Requires the program's name but not its version; neither is available in another machine-readable form. */
const versionOf = async (path: string, program: string): Promise<string | undefined> => {
  const printed = async (): Promise<string> => {
    const {stdout, stderr} = await run(path, ['--version'], {timeoutMs: 30_000});
    return stdout + stderr; // promtool of 2.x writes to stderr
  };
  let text: string;
  try {
    // On a busy machine a run can end with 0 before its output has arrived; the second one prints it.
    text = (await printed()) || (await printed());
  } catch (cause) {
    throw new PrometheusError(`${path} --version failed: ${reasonOf(cause)}`, {cause});
  }
  // Without a version: `prometheus, version  (branch: , revision: unknown)`.
  const found = new RegExp(`^${program}, version *([^\\s(]*)`, 'm').exec(text);
  if (found === null) {
    throw new PrometheusError(`${path}: expected a version of ${program}, found ${JSON.stringify(text.slice(0, 60))}`);
  }
  return found[1] || undefined;
};

/** The first line of an error's message, or of its cause's message where that one is more specific. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error.message === 'fetch failed' && error.cause instanceof Error) return reasonOf(error.cause);
  const code =
    'code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_') ? error.code : undefined;
  const line = error.message.split('\n', 1)[0] || code || error.name;
  return code === undefined || line.includes(code) ? line : `${line} (${code})`;
};
