/** Boards from files of dashboard JSON. Each file is read separately, so that a broken one costs only its own board. */

import {readdir, readFile, stat} from 'node:fs/promises';
import {basename, join, relative, sep} from 'node:path';
import type {BoardSource} from './board-source.ts';
import {dashboardIn} from './page/board-file.ts';
import {PreviewError} from './preview-error.ts';
import type {Problem} from './routes.ts';

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const skipped = /(?:^|[\\/])(?:node_modules|\.[^\\/]*)(?:[\\/]|$)/;

/** Paths of the `.json` files under a folder, sorted; for a file, its path. */
const filesUnder = async (path: string): Promise<string[]> => {
  if (!(await stat(path)).isDirectory()) return [path];
  const entries = await readdir(path, {recursive: true, withFileTypes: true});
  const files = entries
    .filter(entry => entry.isFile() && entry.name.endsWith('.json'))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => !skipped.test(relative(path, file)));
  if (files.length === 0) throw new PreviewError('ERR_PREVIEW_BOARDS', 'folder: expected dashboard JSON, found none');
  return files.sort();
};

type Read = {readonly file: string; readonly name: string; readonly board?: unknown; readonly problem?: string};

const stemOf = (file: string): string => basename(file, '.json');

const uidOf = ({board, file}: Read): string => {
  const uid: unknown = typeof board === 'object' && board !== null ? Reflect.get(board, 'uid') : undefined;
  return typeof uid === 'string' && uid !== '' ? uid : stemOf(file);
};

/**
 * Stores a board under its uid; a second board with the same uid is stored under its uid and file name, and reported.
 */
export const byUid = (read: readonly Read[]): {boards: Record<string, unknown>; problems: Problem[]} => {
  const files = new Map<string, string>();
  const boards: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const one of read) {
    if (one.problem) problems.push({kind: 'files', file: one.name, message: one.problem});
    if (one.board === undefined) continue;
    const uid = uidOf(one);
    const other = files.get(uid);
    const key = other === undefined ? uid : `${uid} (${one.name.replace(/\.json$/, '').replaceAll(sep, ' ')})`;
    if (other !== undefined) {
      problems.push({
        kind: 'files',
        file: one.name,
        message: `uid: expected one board per uid, found ${uid} in ${other} as well. Grafana would keep one of them`,
      });
    }
    files.set(uid, other ?? one.name);
    boards[key] = one.board;
  }
  return {boards, problems};
};

/** Every `.json` of a folder and its subfolders, or one file. For a broken file, the last valid board is kept. */
export const fromFolder = (path: string): BoardSource => {
  const lastGood = new Map<string, unknown>();
  const read = async (file: string): Promise<Read> => {
    const name = relative(path, file) || file;
    try {
      const json: unknown = JSON.parse(await readFile(file, 'utf8'));
      try {
        lastGood.set(file, dashboardIn(json));
        return {file, name, board: lastGood.get(file)};
      } catch (error) {
        // It stays on the list, with the reason why it is not drawn.
        return {file, name, board: Array.isArray(json) ? undefined : json, problem: reasonOf(error)};
      }
    } catch (error) {
      return {file, name, board: lastGood.get(file), problem: reasonOf(error)};
    }
  };
  return {
    folders: [path],
    build: async () => {
      try {
        return byUid(await Promise.all((await filesUnder(path)).map(read)));
      } catch (error) {
        return {problems: [{kind: 'boards', message: reasonOf(error), file: path}]};
      }
    },
  };
};
