/**
 * `npm run release`: sets the version, moves the changelog's section, commits and tags. A dry run unless `--yes` is
 * given.
 */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {ChangelogError, released} from './changelog.ts';

const usage = `Usage: npm run release [-- <major|minor|patch|VERSION>] [--yes]

Default: the version in package.json if it has no tag yet, else a patch. Raises the version of every package, moves the changelog's Unreleased section under it, commits and tags.
Without --yes it prints what it would do and changes nothing. Nothing is pushed either way.
Exits 0 when it can be or was done, 1 when something is in the way, 2 when it was called wrongly.`;

/** A release is not possible. */
class ReleaseError extends Error {
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

/** @throws {TypeError} if it is neither a step nor a version. */
const nextOf = (step: string, [major, minor, patch]: Version, isReleased: boolean): Version => {
  if (step === '') return isReleased ? [major, minor, patch + 1] : [major, minor, patch];
  if (step === 'major') return [major + 1, 0, 0];
  if (step === 'minor') return [major, minor + 1, 0];
  if (step === 'patch') return [major, minor, patch + 1];
  const version = parse(step);
  if (version === undefined)
    throw new TypeError(`expected major, minor, patch or a version such as 1.2.3, found ${step}`);
  return version;
};

const root = process.cwd();
const git = (...parameters: string[]): string => execFileSync('git', parameters, {cwd: root, encoding: 'utf8'}).trim();
const readText = (file: string): string => readFileSync(join(root, file), 'utf8');

type Lockfile = {readonly packages: Record<string, {version?: string}>};

const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Every file that contains the version, with its new text. */
const raised = (current: string, version: string): ReadonlyMap<string, string> => {
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

const checkTree = (tag: string): void => {
  const changes = git('status', '--porcelain');
  if (changes !== '') throw new ReleaseError(`expected a clean tree, found changes:\n${changes}`);
  if (git('tag', '--list', tag) !== '') throw new ReleaseError(`expected no tag ${tag} yet, found one`);
};

const release = (step: string, really: boolean): void => {
  const {version: current = ''}: {version?: string} = JSON.parse(readText('package.json'));
  const before = parse(current);
  if (before === undefined) throw new ReleaseError(`package.json: expected a version such as 1.2.3, found ${current}`);
  const isReleased = git('tag', '--list', `v${current}`) !== '';
  const next = nextOf(step, before, isReleased);
  const version = next.join('.');
  // The first release uses the initial version of the packages.
  if (!isAfter(next, before) && (isReleased || version !== current))
    throw new ReleaseError(`expected a version after ${current}, found ${version}`);
  const tag = `v${version}`;
  checkTree(tag);
  const {changelog, notes} = released(readText('CHANGELOG.md'), version, new Date().toISOString().slice(0, 10));
  const files = new Map([...raised(current, version), ['CHANGELOG.md', changelog]]);

  console.log(`${current} → ${version}, tag ${tag}\n\n${notes}\n\n${[...files.keys()].join('\n')}`);
  if (!really) {
    console.log('\nNothing was changed. Use --yes to write, commit and tag this.');
    return;
  }
  for (const [file, text] of files) writeFileSync(join(root, file), text);
  git('add', '--', ...files.keys());
  git('commit', '--quiet', '--message', `Release ${version}`);
  git('tag', '--annotate', tag, '--cleanup=verbatim', '--message', `${version}\n\n${notes}`);
  console.log(`\nCommitted and tagged. To publish: git push origin HEAD ${tag}`);
};

const main = (): number => {
  try {
    const {values, positionals} = parseArgs({
      allowPositionals: true,
      options: {yes: {type: 'boolean', default: false}, help: {type: 'boolean', short: 'h', default: false}},
    });
    const [step = '', ...more] = positionals;
    if (values.help) {
      console.log(usage);
      return 0;
    }
    if (more.length > 0) throw new TypeError(`expected one step or version, found ${positionals.join(' ')}`);
    release(step, values.yes);
    return 0;
  } catch (error) {
    if (error instanceof ReleaseError || error instanceof ChangelogError) {
      console.error(error.message);
      return 1;
    }
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
};

process.exitCode = main();
