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
 * Lets an interrupted verb end by `process.exit`, as a shell expects it: 128 and the signal's number. While a browser
 * runs, playwright-core listens as well and ends the browser first: after SIGINT the process follows, after SIGTERM
 * the verb fails for want of it.
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
