/** A copy of the project that a check may change: stack files, boards, profiles. Packages are shared with the original. */
import {cpSync} from 'node:fs';
import {basename} from 'node:path';
import {linkPackages} from '@mcp-observability/dashboards/preview/git-worktree';

/** Folders that are not copied: installed, generated, or not part of the program. */
const left = new Set(['node_modules', '.git', '.github', '.contexts', 'dist']);

/** @param target a folder that doesn't exist yet */
export const copyProject = async (root: string, target: string): Promise<void> => {
  cpSync(root, target, {recursive: true, filter: source => source === root || !left.has(basename(source))});
  await linkPackages(target);
};
