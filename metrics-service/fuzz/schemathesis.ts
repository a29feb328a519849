/** Finds schemathesis, the fuzzer for OpenAPI (https://schemathesis.readthedocs.io, MIT), or installs it aside. */
import {mkdir, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {UnavailableError} from '@mcp-observability/tools/command-line';
import {run} from '@mcp-observability/tools/run';

/** Updated by hand, because another version may find other problems. */
const release = '4.32.5';

export interface Schemathesis {
  readonly from: 'SCHEMATHESIS_BIN' | 'PATH' | 'uvx' | 'cache' | 'PyPI';
  readonly program: string;
  /** Before its own parameters. */
  readonly parameters: readonly string[];
}

/** Whether a program runs and prints its version; `parameters` come before. */
const runs = async (program: string, parameters: readonly string[] = []): Promise<boolean> => {
  try {
    await run(program, [...parameters, '--version'], {timeoutMs: 60_000});
    return true;
  } catch {
    return false;
  }
};

const cacheFolder = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mcp-observability', `schemathesis-${release}`);

/** A separate virtual environment: the machine's Python is not changed. */
const install = async (folder: string, log: (line: string) => void): Promise<void> => {
  log(`Installing schemathesis ${release} from PyPI into ${folder}`);
  await rm(folder, {recursive: true, force: true});
  await mkdir(folder, {recursive: true});
  await run('python3', ['-m', 'venv', folder]);
  await run(join(folder, 'bin', 'pip'), ['install', '--quiet', `schemathesis==${release}`], {timeoutMs: 180_000});
};

/**
 * Tries SCHEMATHESIS_BIN, PATH, uvx, the cache, and Python's own venv with PyPI. Rejects with UnavailableError, which
 * names these ways; a SCHEMATHESIS_BIN that doesn't run is an error immediately.
 */
export const findSchemathesis = async (env: NodeJS.ProcessEnv, log: (line: string) => void): Promise<Schemathesis> => {
  const chosen = env['SCHEMATHESIS_BIN'];
  if (chosen) {
    if (await runs(chosen)) return {from: 'SCHEMATHESIS_BIN', program: chosen, parameters: []};
    throw new UnavailableError(`SCHEMATHESIS_BIN: expected the path of schemathesis, found ${chosen}`);
  }
  if (await runs('schemathesis')) return {from: 'PATH', program: 'schemathesis', parameters: []};
  // uvx downloads what it runs: without a network that fails, which does not count as a finding.
  const byUvx = [`schemathesis@${release}`];
  if (await runs('uvx', byUvx)) return {from: 'uvx', program: 'uvx', parameters: byUvx};
  const folder = cacheFolder(env);
  const program = join(folder, 'bin', 'schemathesis');
  if (await runs(program)) return {from: 'cache', program, parameters: []};
  try {
    await install(folder, log);
    if (await runs(program)) return {from: 'PyPI', program, parameters: []};
  } catch (cause) {
    await rm(folder, {recursive: true, force: true});
    const reason = cause instanceof Error ? (cause.message.trim().split('\n').at(-1) ?? '') : String(cause);
    throw new UnavailableError(
      `schemathesis is not available: it is neither in SCHEMATHESIS_BIN nor on PATH, uvx can't run it, and Python's venv with PyPI failed (${reason})`,
      {cause},
    );
  }
  throw new UnavailableError(`schemathesis is not available: ${program} was installed but does not run`);
};
