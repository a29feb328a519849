/** Writes files that users asked for. */
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';

/** Writes a file and the folders above it. The system's error about a full disk does not name the file; this one has its path. */
export const writeText = async (path: string, text: string): Promise<void> => {
  try {
    await mkdir(dirname(path), {recursive: true});
    await writeFile(path, text);
  } catch (error) {
    if (error instanceof Error && !('path' in error && error.path !== undefined)) Object.assign(error, {path});
    throw error;
  }
};
