/** Commands of a release: version and changelog in a temporary repository, licences, and the bill of materials. */
import {execFile, execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {dependenciesOf, isAllowed, lockfiles} from '../licences.ts';
import {billOfMaterials} from '../sbom.ts';

const program = fileURLToPath(new URL('../release-command.ts', import.meta.url));
const tsx = import.meta.resolve('tsx');

const changelog = `# Changelog

## [Unreleased]

### Added

- Something.

## [0.1.0] - 2026-01-01

- The first.
`;

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** A repository with two packages at 0.1.0. */
const repository = (t: ExecutionContext) => {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const git = (...parameters: string[]): string =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.example', ...parameters], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const write = (file: string, content: string): void => {
    mkdirSync(dirname(join(folder, file)), {recursive: true});
    writeFileSync(join(folder, file), content);
  };
  const remove = (file: string): void => rmSync(join(folder, file), {recursive: true});
  write('package.json', text({name: 'all', version: '0.1.0', workspaces: ['part']}));
  write('part/package.json', text({name: 'part', version: '0.1.0'}));
  write(
    'package-lock.json',
    text({
      name: 'all',
      version: '0.1.0',
      packages: {'': {version: '0.1.0'}, part: {version: '0.1.0'}, x: {version: '0.1.0'}},
    }),
  );
  write('CHANGELOG.md', changelog);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '--message', 'first');
  const release = (...parameters: string[]) =>
    new Promise<{code: number; stdout: string; stderr: string}>(resolve => {
      const env = {...process.env, GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@b.example'};
      execFile(
        process.execPath,
        ['--import', tsx, program, 'version', ...parameters],
        {cwd: folder, env: {...env, GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@b.example'}},
        (error, stdout, stderr) => resolve({code: error === null ? 0 : Number(error.code), stdout, stderr}),
      );
    });
  return {git, read, write, remove, release};
};

test('a dry run prints what it would do and changes nothing', async t => {
  const {git, release} = repository(t);
  const before = git('rev-parse', 'HEAD');
  const {code, stdout} = await release('minor');
  t.is(code, 0);
  t.regex(stdout, /^0\.1\.0 → 0\.2\.0, tag v0\.2\.0\n\n### Added\n\n- Something\.\n.*Nothing was changed\./s);
  t.is(git('rev-parse', 'HEAD') + git('status', '--porcelain') + git('tag'), before);
});

test('the default is the current version while it has no tag, then a patch', async t => {
  const {git, read, release, write} = repository(t);
  git('tag', 'v0.1.0');
  t.regex((await release()).stdout, /^0\.1\.0 → 0\.1\.1, tag v0\.1\.1\n.*Nothing was changed\./s);
  t.regex((await release('0.1.0')).stderr, /^expected a version after 0\.1\.0, found 0\.1\.0/);
  git('tag', '--delete', 'v0.1.0');
  write('CHANGELOG.md', changelog.replace(/\n## \[0\.1\.0\].*/s, ''));
  git('commit', '--quiet', '--all', '--message', 'nothing released yet');
  const {code, stdout, stderr} = await release('--yes');
  t.is(code, 0, stderr);
  t.regex(stdout, /^0\.1\.0 → 0\.1\.0, tag v0\.1\.0\n/);
  t.is(git('describe', '--exact-match'), 'v0.1.0');
  t.regex(read('CHANGELOG.md'), /^## \[0\.1\.0\] - /m);
});

test('with --yes every package gets the version, the changelog a section, and the commit a tag', async t => {
  const {git, read, release} = repository(t);
  const {code, stderr} = await release('1.0.0', '--yes');
  t.is(code, 0, stderr);
  t.is(git('status', '--porcelain'), '');
  t.is(git('describe', '--exact-match'), 'v1.0.0');
  t.regex(git('tag', '--list', '--format=%(contents)', 'v1.0.0'), /^1\.0\.0\n\n### Added\n\n- Something\.$/);
  for (const file of ['package.json', 'part/package.json', 'package-lock.json'])
    t.is(JSON.parse(read(file)).version, '1.0.0');
  t.deepEqual(JSON.parse(read('package-lock.json')).packages, {
    '': {version: '1.0.0'},
    part: {version: '1.0.0'},
    x: {version: '0.1.0'},
  });
  const date = /^## \[1\.0\.0\] - (\d{4}-\d\d-\d\d)$/m.exec(read('CHANGELOG.md'))?.[1] ?? '';
  t.is(read('CHANGELOG.md'), changelog.replace('## [Unreleased]\n', `## [Unreleased]\n\n## [1.0.0] - ${date}\n`));
});

type Repository = ReturnType<typeof repository>;
const stopped = test.macro(
  async (
    t,
    parameters: readonly string[],
    prepare: (repository: Repository) => void,
    code: number,
    message: RegExp,
  ) => {
    const repo = repository(t);
    prepare(repo);
    const result = await repo.release(...parameters);
    t.is(result.code, code);
    t.regex(result.stderr, message);
  },
);
const nothing = (): void => {};
test(
  'uncommitted changes stop a release',
  stopped,
  ['patch'],
  ({write}) => write('x', ''),
  1,
  /^expected a clean tree, found changes:\n\?\? x\n/,
);
test(
  'an existing tag stops a release',
  stopped,
  ['patch'],
  ({git}) => git('tag', 'v0.1.1'),
  1,
  /^expected no tag v0\.1\.1 yet/,
);
test('two versions are rejected', stopped, ['minor', 'major'], nothing, 2, /^expected at most 1 argument, found 2/);
test(
  'outside a git repository the release stops with the reason of git',
  stopped,
  ['patch'],
  ({remove}) => remove('.git'),
  1,
  /^git tag: fatal: not a git repository[^\n]*\n$/,
);
test(
  'an older version stops a release',
  stopped,
  ['0.0.9'],
  nothing,
  1,
  /^expected a version after 0\.1\.0, found 0\.0\.9/,
);
test(
  'an invalid version is rejected',
  stopped,
  ['next'],
  nothing,
  2,
  /^expected major, minor, patch .* found next\nUsage/,
);
test(
  'an empty Unreleased section stops a release',
  stopped,
  ['patch'],
  ({git, write}) => {
    write('CHANGELOG.md', changelog.replace('- Something.', ''));
    git('commit', '--quiet', '--all', '--message', 'x');
  },
  1,
  /expected something under Unreleased/,
);

test('GPL and AGPL are rejected in any spelling; the LGPL and expressions with an alternative are not', t => {
  for (const licence of ['GPL-3.0', 'AGPL-3.0-only', 'GPL-2.0-or-later', 'MIT AND AGPL-3.0', 'gpl', 'unknown'])
    t.false(isAllowed(licence), licence);
  for (const licence of ['(MIT OR GPL-3.0) AND AGPL-3.0', 'AGPL-3.0 AND (MIT OR ISC)', 'UNLICENSED'])
    t.false(isAllowed(licence), licence);
  for (const licence of ['(MIT OR GPL-3.0) AND ISC', 'GPL-3.0 OR ((MIT))']) t.true(isAllowed(licence), licence);
  for (const licence of ['MIT', 'LGPL-3.0-or-later', '(MIT OR GPL-3.0)', 'Apache-2.0 AND LGPL-3.0-or-later'])
    t.true(isAllowed(licence), licence);
});

test('the licence of a package that declares none is unknown until it is reviewed; own packages are skipped', t => {
  const lockfile = text({
    packages: {
      '': {version: '1.0.0'},
      own: {version: '1.0.0'},
      'node_modules/own': {link: true, resolved: 'own'},
      'node_modules/a': {version: '1.0.0', integrity: 'sha512-a'},
      'node_modules/a/node_modules/@s/b': {
        version: '2.0.0',
        integrity: 'sha512-b',
        license: 'SEE LICENSE IN FILE',
      },
    },
  });
  t.deepEqual(dependenciesOf(lockfile, {'@s/b': 'MIT'}), [
    {name: 'a', version: '1.0.0', licence: 'unknown'},
    {name: '@s/b', version: '2.0.0', licence: 'MIT'},
  ]);
});

const root = fileURLToPath(new URL('../..', import.meta.url));

for (const lockfile of lockfiles)
  test(`everything in ${lockfile} has an allowed licence`, t => {
    const dependencies = dependenciesOf(readFileSync(join(root, lockfile), 'utf8'));
    t.true(dependencies.length > 100);
    t.deepEqual(
      dependencies.filter(({licence}) => !isAllowed(licence)),
      [],
    );
  });

test('the bill of materials has the name of the project, in whatever folder the checkout is', async t => {
  const {metadata, components} = JSON.parse(await billOfMaterials());
  t.is(metadata.component.name, 'mcp-observability');
  t.true(components.length > 100);
});
