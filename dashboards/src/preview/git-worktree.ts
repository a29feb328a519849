/** The repository as it was at a git reference, laid out beside this one so that its own sources can run. */
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {UsageError} from '@mcp-observability/tools/command-line';
import {run} from '@mcp-observability/tools/run';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {repository} from './install.ts';

export type Worktree = {readonly root: string; readonly commit: string; readonly remove: () => Promise<void>};

/** @returns the commit. @throws UsageError when git does not know the reference. */
export const requireReference = async (reference: string): Promise<string> => {
  const parameters = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`];
  const {stdout} = await run('git', parameters, {cwd: repository}).catch((cause: unknown) => {
    throw new UsageError(`reference: expected a git reference or a folder, found ${reference}`, {cause});
  });
  return stdout.trim();
};

/**
 * Its packages are this checkout's, except the repository's own, which are the tree's.
 * @throws UsageError when git does not know the reference.
 */
export const addWorktree = async (reference: string): Promise<Worktree> => {
  const commit = await requireReference(reference);
  const {path: root, remove} = await createTemporaryFolder('preview-then-');
  try {
    const archive = join(root, '.archive.tar');
    await run('git', ['archive', '--format=tar', `--output=${archive}`, commit], {cwd: repository});
    await run('tar', ['-xf', archive, '-C', root]);
    await rm(archive);
    await linkPackages(root);
    return {root, commit, remove};
  } catch (error) {
    await remove();
    throw error;
  }
};

/** Links the entries of a `node_modules` into a new folder: git ignores folders of that name, not links. */
const linkEntries = async (from: string, to: string, except?: string): Promise<void> => {
  await mkdir(to);
  for (const entry of await readdir(from)) if (entry !== except) await symlink(join(from, entry), join(to, entry));
};

/** Gives a copy of the repository this checkout's packages, and its own workspaces. */
export const linkPackages = async (root: string): Promise<void> => {
  const modules = join(root, 'node_modules');
  const {name, workspaces}: {name: string; workspaces: string[]} = JSON.parse(
    await readFile(join(root, 'package.json'), 'utf8'),
  );
  const scope = `@${name}`;
  await linkEntries(join(repository, 'node_modules'), modules, scope);
  await mkdir(join(modules, scope));
  for (const workspace of workspaces) {
    const manifest: {name: string} = JSON.parse(await readFile(join(root, workspace, 'package.json'), 'utf8'));
    await symlink(join(root, workspace), join(modules, manifest.name));
    // A workspace has its own copy of a package of which another one needs another version.
    const own = join(repository, workspace, 'node_modules');
    if (existsSync(own)) await linkEntries(own, join(root, workspace, 'node_modules'));
  }
};
