/** The installation of the preview's packages where others install too, or there is no network. */
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ensureInstalled, isInstalled} from '../../src/preview/install.ts';
import {takeLock} from '../../src/preview/install-lock.ts';
import {npmReason} from '../../src/preview/npm-install.ts';

const temporary = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'preview-install-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
};

const quiet = (): void => {};

const abandoned = test.macro(async (t, content: string) => {
  const path = join(await temporary(t), 'lock');
  await writeFile(path, content);
  const giveBack = await takeLock(path, quiet, AbortSignal.timeout(60_000));
  t.is(JSON.parse(await readFile(path, 'utf8')).pid, process.pid);
  giveBack();
  t.false(existsSync(path));
});
test('an empty lock is replaced', abandoned, '');
test('a lock with only a process id is replaced', abandoned, '1');
test('a lock of a process that has ended is replaced', abandoned, '{"pid":4194304,"startedAt":"1","token":"a"}');
if (process.platform === 'linux')
  test(
    'a lock of an earlier process with the same id is replaced',
    abandoned,
    JSON.stringify({pid: process.pid, startedAt: '1', token: 'a'}),
  );

test('a lock without a known holder is replaced after a minute', async t => {
  const path = join(await temporary(t), 'lock');
  const giveBack = await takeLock(path, quiet);
  const content = await readFile(path, 'utf8');
  giveBack();
  await writeFile(path, content);
  await utimes(path, new Date(0), new Date(0));
  const again = await takeLock(path, quiet, AbortSignal.timeout(60_000));
  t.not(await readFile(path, 'utf8'), content);
  again();
});

test('a waiting process logs the holder, and continues when the lock is released', async t => {
  const path = join(await temporary(t), 'lock');
  const giveBack = await takeLock(path, quiet);
  const said: string[] = [];
  const waiting = takeLock(path, line => {
    said.push(line);
    giveBack();
  });
  (await waiting)();
  t.is(said.length, 1);
  t.regex(said[0] ?? '', new RegExp(`^Waiting for process ${process.pid}, which is installing`));
});

test('a lock is held by only one of many processes', async t => {
  const path = join(await temporary(t), 'lock');
  await writeFile(path, '');
  let holders = 0;
  let most = 0;
  const use = async () => {
    const giveBack = await takeLock(path, quiet);
    holders += 1;
    most = Math.max(most, holders);
    await new Promise(done => setImmediate(done));
    holders -= 1;
    giveBack();
  };
  await Promise.all(Array.from({length: 4}, use));
  t.is(most, 1);
});

const lockfile = (version: string, more: object = {}) =>
  JSON.stringify({
    name: 'x',
    version: '1.0.0',
    lockfileVersion: 3,
    requires: true,
    packages: {
      '': {name: 'x', version: '1.0.0', dependencies: {'is-odd': '3.0.1'}},
      'node_modules/is-odd': {
        version,
        resolved: 'http://127.0.0.1:1/is-odd/-/is-odd-3.0.1.tgz',
        integrity: 'sha512-CQpnWPrDwmP1+SMHXZhtLtJv90yiyVfluGsX5iNCVkrhQtU3TQHsUWPG9wkdk9Lgd5yNpAg9jQEo90CBaXgWMA==',
      },
      ...more,
    },
  });
const optional = {'node_modules/only-elsewhere': {version: '1.0.0', integrity: 'x', optional: true}};

test('npm ci by hand is recognised, an installation of another lockfile is not', async t => {
  const folder = await temporary(t);
  await mkdir(join(folder, 'node_modules'));
  await writeFile(join(folder, 'package-lock.json'), lockfile('3.0.1', optional));
  t.false(isInstalled(folder));
  await writeFile(join(folder, 'node_modules/.package-lock.json'), lockfile('3.0.0'));
  t.false(isInstalled(folder));
  await writeFile(join(folder, 'node_modules/.package-lock.json'), lockfile('3.0.1'));
  t.true(isInstalled(folder));
});

test('a registry that cannot be reached ends the installation with npm’s reason, and the lock is released', async t => {
  const folder = await temporary(t);
  await writeFile(join(folder, 'package.json'), '{"name":"x","version":"1.0.0","dependencies":{"is-odd":"3.0.1"}}');
  await writeFile(join(folder, 'package-lock.json'), lockfile('3.0.1'));
  await writeFile(join(folder, '.npmrc'), `registry=http://127.0.0.1:1\ncache=${join(folder, 'cache')}\n`);
  const error = await t.throwsAsync(ensureInstalled(quiet, undefined, folder));
  t.regex(error?.message ?? '', /^npm ci in .* failed: .*ECONNREFUSED.*127\.0\.0\.1:1/);
  t.false(existsSync(join(folder, '.installing')));
});

test('of npm’s output only the reason is shown', t => {
  const lines = [
    'npm warn deprecated x',
    'npm error code ENOTFOUND',
    'npm error network request to https://registry.example/a failed, reason: getaddrinfo ENOTFOUND registry.example',
    'npm error network This is a problem related to network connectivity.',
    'npm error A complete log of this run can be found in: /home/x/.npm/_logs/1.log',
  ];
  t.is(
    npmReason(lines),
    'code ENOTFOUND; network request to https://registry.example/a failed, reason: getaddrinfo ENOTFOUND registry.example',
  );
});
