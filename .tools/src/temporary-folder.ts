/** Temporary folders that are removed at the end of the process, even if it ends by `process.exit`. */
import {rmSync} from 'node:fs';
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findProcess, ownIdentity, processNamespace} from './process-identity.ts';

export type TemporaryFolder = {readonly path: string; readonly remove: () => Promise<void>};

/** Retries, because a running child may still write into the folder. */
const removal = {recursive: true, force: true, maxRetries: 5} as const;

const ownedName = /^(\d+)\.(\d+)\.(\d*)-/;

/** Removes the folders with this prefix whose process was killed before it could remove them. */
const removeAbandoned = async (prefix: string): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const [, namespace, pid, startedAt = ''] = name.startsWith(prefix)
      ? (ownedName.exec(name.slice(prefix.length)) ?? [])
      : [];
    if (namespace !== processNamespace() || findProcess({pid: Number(pid), startedAt}) !== 'ended') continue;
    // Another user's folder stays.
    await rm(join(tmpdir(), name), removal).catch(() => {});
  }
};

/**
 * A new folder below the system's folder for temporary files, named after the prefix and this process. Folders of the same
 * prefix that killed processes left behind are removed.
 */
export const createTemporaryFolder = async (prefix: string): Promise<TemporaryFolder> => {
  await removeAbandoned(prefix);
  const {pid, startedAt} = ownIdentity();
  const path = await mkdtemp(join(tmpdir(), `${prefix}${processNamespace()}.${pid}.${startedAt}-`));
  const removeAtExit = (): void => rmSync(path, removal);
  process.once('exit', removeAtExit);
  return {
    path,
    remove: async () => {
      process.off('exit', removeAtExit);
      await rm(path, removal);
    },
  };
};

/**
 * Makes an interrupted command exit with the status that a shell expects: 128 plus the signal's number. While a browser
 * runs, playwright-core handles the signal too and closes the browser first: after SIGINT the process exits, after
 * SIGTERM the command fails because its browser is gone.
 */
export const exitWhenInterrupted = (): void => {
  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => {
      if (process.listenerCount(signal) === 0) process.exit(status);
    });
};
