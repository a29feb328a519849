/** Temporary folders that go with the process, also when it ends by `process.exit` before it came to remove them. */
import {rmSync} from 'node:fs';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export type TemporaryFolder = {readonly path: string; readonly remove: () => Promise<void>};

/** What still runs may be writing into it. */
const removal = {recursive: true, force: true, maxRetries: 5} as const;

export const createTemporaryFolder = async (prefix: string): Promise<TemporaryFolder> => {
  const path = await mkdtemp(join(tmpdir(), prefix));
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
