/** The folder that `npm start -- --data` keeps: Prometheus's data, of one run at a time. */
import {mkdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {LockedError, requireLock} from '@mcp-observability/tools/lock';
import {reasonOf} from '@mcp-observability/tools/reason';
import {DataFolderError} from './local-error.ts';

/** Prometheus ignores files in its folder that it does not know. */
const lockName = 'npm-start.lock';

/**
 * Creates the folder if it does not exist, and claims it for this run.
 *
 * @returns what releases it; nothing to release for a temporary folder
 * @throws {DataFolderError} when another run uses it, or when it can't be written
 */
export const lockData = async (data: string | undefined): Promise<() => void> => {
  if (data === undefined) return () => {};
  const folder = resolve(data);
  try {
    mkdirSync(folder, {recursive: true});
    return await requireLock(
      join(folder, lockName),
      ({pid, since}) =>
        `--data: expected a folder that no other npm start uses, found ${folder}, used by process ${pid} since ${since}. ` +
        'Stop that, or choose another folder',
    );
  } catch (cause) {
    if (cause instanceof LockedError) throw new DataFolderError(cause.message, {cause});
    throw new DataFolderError(
      `--data: expected a folder that can be created or written to, found ${folder} (${reasonOf(cause)})`,
      {cause},
    );
  }
};
