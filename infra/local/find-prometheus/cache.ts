/**
 * The folder that keeps downloads. Several processes may use it at the same time: every entry is prepared in a
 * temporary folder and renamed into place, and only one process downloads.
 */
import {mkdir, mkdtemp, readdir, rename, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {acquireLock} from '@mcp-observability/tools/lock';
import {PrometheusError} from '../local-error.ts';
import {type Binaries, inspectFolder, reasonOf} from './binaries.ts';

/** The cache folder, following the XDG base directory specification. */
export const cacheFolder = (env: NodeJS.ProcessEnv): string =>
  join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'mcp-observability', 'prometheus');

/** Prefix of a folder that is being prepared; the id of the process follows. */
const unfinished = 'making-';

/** Returns the first folder of the cache with a working Prometheus. `preferred` names the one to try first. */
export const findCached = async (cache: string, preferred: string): Promise<Binaries> => {
  const names = await readdir(cache, {withFileTypes: true}).catch(() => []);
  const folders = names.filter(entry => entry.isDirectory() && !entry.name.startsWith(unfinished));
  const candidates = folders
    .map(entry => entry.name)
    .sort((a, b) => Number(b === preferred) - Number(a === preferred) || b.localeCompare(a));
  const failures: string[] = [];
  for (const name of candidates) {
    try {
      return await inspectFolder(join(cache, name));
    } catch (error) {
      failures.push(reasonOf(error));
    }
  }
  throw new PrometheusError(failures.length > 0 ? failures.join('; ') : `nothing in ${cache}`);
};

/**
 * Lets `fill` fill a folder, checks that it contains a working Prometheus and moves it into the cache under the name
 * that `fill` returns. If another process was faster, its folder is kept.
 */
export const addToCache = async (cache: string, fill: (folder: string) => Promise<string>): Promise<Binaries> => {
  await mkdir(cache, {recursive: true});
  const folder = await mkdtemp(join(cache, `${unfinished}${process.pid}-`));
  try {
    const name = await fill(folder);
    await inspectFolder(folder);
    const place = join(cache, name);
    try {
      await rename(folder, place);
    } catch (error) {
      const present = await inspectFolder(place).catch(() => undefined);
      if (present !== undefined) return present;
      await rm(place, {recursive: true, force: true}); // the existing one doesn't work
      await rename(folder, place).catch(() => {
        throw error;
      });
    }
    return await inspectFolder(place);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};

/** Runs `work` while no other process does: the second one finds what the first has downloaded. */
export const runExclusively = async <T>(
  cache: string,
  {log, signal}: {readonly log: (line: string) => void; readonly signal?: AbortSignal | undefined},
  work: () => Promise<T>,
): Promise<T> => {
  await mkdir(cache, {recursive: true});
  const release = await acquireLock(join(cache, 'lock'), {activity: 'is downloading Prometheus', report: log, signal});
  try {
    await removeUnfinished(cache);
    return await work();
  } finally {
    release();
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Removes incomplete folders that a killed process left behind. */
const removeUnfinished = async (cache: string): Promise<void> => {
  for (const name of await readdir(cache)) {
    const maker = name.startsWith(unfinished) ? Number.parseInt(name.slice(unfinished.length), 10) : Number.NaN;
    if (maker > 0 && !isAlive(maker)) await rm(join(cache, name), {recursive: true, force: true});
  }
};
