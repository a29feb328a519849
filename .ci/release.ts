/** Sets the version, moves the changelog's section, commits and tags. */
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {UsageError} from '@mcp-observability/tools/command-line';
import {run} from '@mcp-observability/tools/run';
import {releaseNotes} from './changelog.ts';
import {CiError} from './ci-error.ts';

/** A release is not possible. */
class ReleaseError extends CiError {
  override readonly name = 'ReleaseError';
  readonly code = 'ERR_RELEASE';
}

type Version = readonly [major: number, minor: number, patch: number];

const parse = (text: string): Version | undefined => {
  const [, ...parts] = /^(\d+)\.(\d+)\.(\d+)$/.exec(text) ?? [];
  const [major, minor, patch] = parts.map(Number);
  return major === undefined || minor === undefined || patch === undefined ? undefined : [major, minor, patch];
};

const isAfter = (a: Version, b: Version): boolean => {
  const at = a.findIndex((part, index) => part !== b[index]);
  return at !== -1 && (a[at] ?? 0) > (b[at] ?? 0);
};

/** @throws {UsageError} if it is neither a step nor a version */
const nextOf = (step: string, [major, minor, patch]: Version, isReleased: boolean): Version => {
  if (step === '') return isReleased ? [major, minor, patch + 1] : [major, minor, patch];
  if (step === 'major') return [major + 1, 0, 0];
  if (step === 'minor') return [major, minor + 1, 0];
  if (step === 'patch') return [major, minor, patch + 1];
  const version = parse(step);
  if (version === undefined)
    throw new UsageError(`expected major, minor, patch or a version such as 1.2.3, found ${step}`);
  return version;
};

type Git = (...parameters: string[]) => Promise<string>;

/** @throws {ReleaseError} with git's reason */
const createGit =
  (root: string): Git =>
  async (...parameters) => {
    try {
      return (await run('git', parameters, {cwd: root})).stdout.trim();
    } catch (cause) {
      throw new ReleaseError(cause instanceof Error ? cause.message : String(cause), {cause});
    }
  };

type Lockfile = {readonly packages: Record<string, {version?: string}>};

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every file that contains the version, with its new text. */
const raised = (root: string, current: string, version: string): ReadonlyMap<string, string> => {
  const readText = (file: string): string => readFileSync(join(root, file), 'utf8');
  const {workspaces = []}: {workspaces?: readonly string[]} = JSON.parse(readText('package.json'));
  const nested = ['dashboards/preview'].filter(folder => existsSync(join(root, folder, 'package.json')));
  const files = new Map<string, string>();
  for (const folder of ['', ...workspaces, ...nested]) {
    const file = join(folder, 'package.json');
    const text = readText(file);
    const {version: found} = JSON.parse(text);
    if (found !== current)
      throw new ReleaseError(`${file}: expected version ${current}, as in package.json, found ${found}`);
    files.set(file, text.replace(`"version": "${current}"`, `"version": "${version}"`));
  }
  for (const [folder, own] of [['', ['', ...workspaces]], ...nested.map(folder => [folder, ['']] as const)] as const) {
    const file = join(folder, 'package-lock.json');
    const lockfile: Lockfile & {version?: string} = JSON.parse(readText(file));
    for (const path of own) {
      const entry = lockfile.packages[path];
      if (entry !== undefined) entry.version = version;
    }
    files.set(file, asJson({...lockfile, version}));
  }
  return files;
};

const checkTree = async (git: Git, tag: string): Promise<void> => {
  const changes = await git('status', '--porcelain');
  if (changes !== '') throw new ReleaseError(`expected a clean tree, found changes:\n${changes}`);
  if ((await git('tag', '--list', tag)) !== '') throw new ReleaseError(`expected no tag ${tag} yet, found one`);
};

export type ReleaseOptions = {
  /** The folder of the repository. */
  readonly root: string;
  /** major, minor, patch or a version; empty for the current version while it has no tag, then a patch. */
  readonly step: string;
  /** Whether to write, commit and tag; otherwise the release is only reported. */
  readonly isWriting: boolean;
  readonly report: (line: string) => void;
};

/**
 * @throws {ReleaseError} when the repository is not in a state that allows a release
 * @throws {ChangelogError} when the changelog has nothing to release
 * @throws {UsageError} when `step` is neither a step nor a version
 */
export const release = async ({root, step, isWriting, report}: ReleaseOptions): Promise<void> => {
  const git = createGit(root);
  const readText = (file: string): string => readFileSync(join(root, file), 'utf8');
  const {version: current = ''}: {version?: string} = JSON.parse(readText('package.json'));
  const before = parse(current);
  if (before === undefined) throw new ReleaseError(`package.json: expected a version such as 1.2.3, found ${current}`);
  const isReleased = (await git('tag', '--list', `v${current}`)) !== '';
  const next = nextOf(step, before, isReleased);
  const version = next.join('.');
  // The first release uses the initial version of the packages.
  if (!isAfter(next, before) && (isReleased || version !== current))
    throw new ReleaseError(`expected a version after ${current}, found ${version}`);
  const tag = `v${version}`;
  await checkTree(git, tag);
  const {changelog, notes} = releaseNotes(readText('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10));
  const files = new Map([...raised(root, current, version), ['CHANGELOG.md', changelog]]);

  report(`${current} → ${version}, tag ${tag}\n\n${notes}\n\n${[...files.keys()].join('\n')}`);
  if (!isWriting) {
    report('\nNothing was changed. Use --yes to write, commit and tag this.');
    return;
  }
  for (const [file, text] of files) writeFileSync(join(root, file), text);
  await git('add', '--', ...files.keys());
  await git('commit', '--quiet', '--message', `Release ${version}`);
  await git('tag', '--annotate', tag, '--cleanup=verbatim', '--message', `${version}\n\n${notes}`);
  report(`\nCommitted and tagged. To publish: git push origin HEAD ${tag}`);
};
