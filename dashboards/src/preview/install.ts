/**
 * The preview's own packages, got when they are first needed: Grafana's libraries are ten times the size of the
 * product's. Imports nothing but Node, for it runs before they are there.
 */
import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

export const previewFolder = fileURLToPath(new URL('../../preview', import.meta.url));
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

const modules = join(previewFolder, 'node_modules');
const lockFile = join(previewFolder, 'package-lock.json');
/** Says which lockfile the installed packages came from. */
const stamp = join(modules, '.installed-from');

const lockHash = (): string => createHash('sha256').update(readFileSync(lockFile)).digest('hex');

export const isInstalled = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash();

const packagesIn = (folder: string): number =>
  existsSync(folder)
    ? readdirSync(folder).reduce((count, name) => {
        if (name.startsWith('.')) return count;
        return count + (name.startsWith('@') ? packagesIn(join(folder, name)) : 1);
      }, 0)
    : 0;

const reportEveryMs = 5000;

/** Held by whoever installs: tests and a person may want it at once, and npm would trip over itself. */
const lock = join(previewFolder, '.installing');
const lockCheckMs = 500;

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // another user's
  }
};

/** Who holds the lock; undefined where it was just given back. */
const holder = (): string | undefined => {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
};

const takeLock = (): boolean => {
  try {
    writeFileSync(lock, String(process.pid), {flag: 'wx'});
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const pid = holder();
    if (pid && !isAlive(Number(pid))) rmSync(lock, {force: true});
    return false;
  }
};

/**
 * Installs what the lockfile names unless it is there already; waits where another process does.
 * @throws Error with npm's own last words when it can't.
 */
export const ensureInstalled = async (report: (line: string) => void, signal?: AbortSignal): Promise<void> => {
  if (isInstalled()) return;
  while (!takeLock()) await delay(lockCheckMs, undefined, {signal});
  try {
    if (!isInstalled()) await install(report, signal);
  } finally {
    rmSync(lock, {force: true});
  }
};

const install = async (report: (line: string) => void, signal?: AbortSignal): Promise<void> => {
  const wanted = Object.keys(JSON.parse(readFileSync(lockFile, 'utf8')).packages).length;
  report('Installing the packages that draw boards (once, about 360 MB) …');
  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: previewFolder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    ...(signal && {signal}),
  });
  const said: string[] = [];
  npm.stdout.on('data', chunk => said.push(String(chunk)));
  npm.stderr.on('data', chunk => said.push(String(chunk)));
  const ticker = setInterval(
    () => report(`  ${packagesIn(modules)} of about ${wanted} packages, ${seconds()} s`),
    reportEveryMs,
  );
  const stop = () => npm.kill();
  process.once('exit', stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      npm.once('error', reject);
      npm.once('close', resolve);
    });
    if (code !== 0) throw new Error(`npm ci in dashboards/preview ended with ${code}:\n${said.join('').trim()}`);
  } finally {
    clearInterval(ticker);
    process.off('exit', stop);
  }
  writeFileSync(stamp, lockHash());
  report(`  installed in ${seconds()} s`);
};
