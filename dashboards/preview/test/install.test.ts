/** Installing the preview's packages while other processes do the same, or without a network. */
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ensureInstalled, isInstalled} from '../../src/preview/install.ts';
import {npmReason} from '../../src/preview/npm-install.ts';

const temporary = async (t: ExecutionContext): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'preview-install-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  return folder;
};

const quiet = (): void => {};

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

test('only the reason is shown from npm’s output', t => {
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
