/**
 * The preview's own packages, installed when they are first needed: Grafana's libraries are ten times the size of the
 * product's. This module imports none of them, because it runs before they are installed.
 */
import {createHash} from 'node:crypto';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {acquireLock} from '@mcp-observability/tools/lock';
import {npmInstall} from './npm-install.ts';

export const previewFolder = fileURLToPath(new URL('../../preview', import.meta.url));
export const repository = fileURLToPath(new URL('../../..', import.meta.url));

type Locked = {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly link?: boolean;
};
type Lockfile = {readonly packages: Readonly<Record<string, Locked>>};

const readLockfile = (path: string): Lockfile => JSON.parse(readFileSync(path, 'utf8'));

/** Whether npm's own record of an installation has what a lockfile names; optional packages are for other systems. */
export const satisfiesLockfile = (installed: Lockfile, wanted: Lockfile): boolean =>
  Object.entries(wanted.packages).every(([path, {version, integrity, optional, link, resolved}]) => {
    if (!path.startsWith('node_modules/')) return true;
    const found = installed.packages[path];
    if (!found) return optional === true;
    return link ? found.resolved === resolved : found.version === version && found.integrity === integrity;
  });

const pathsIn = (folder: string) => ({
  lockfile: join(folder, 'package-lock.json'),
  /** Written by npm when an installation is whole. */
  record: join(folder, 'node_modules/.package-lock.json'),
  /** Contains the hash of the lockfile of the installed packages, so that the two are compared only once. */
  stamp: join(folder, 'node_modules/.installed-from'),
  lock: join(folder, '.installing'),
});

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** Also after `npm ci` by hand. */
export const isInstalled = (folder: string = previewFolder): boolean => {
  const {lockfile, record, stamp} = pathsIn(folder);
  const hash = hashOf(lockfile);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  if (!existsSync(record) || !satisfiesLockfile(readLockfile(record), readLockfile(lockfile))) return false;
  writeFileSync(stamp, hash);
  return true;
};

/**
 * Installs what the lockfile names unless it is there already; waits while another process does.
 * @param folder @default dashboards/preview
 * @throws InstallError with npm's reason when it fails
 */
export const ensureInstalled = async (
  report: (line: string) => void,
  signal?: AbortSignal,
  folder: string = previewFolder,
): Promise<void> => {
  if (isInstalled(folder)) return;
  const {lockfile, lock, stamp} = pathsIn(folder);
  // Two npm processes in one folder break each other.
  const release = await acquireLock(lock, {activity: 'is installing the same packages', report, signal});
  try {
    if (isInstalled(folder)) return;
    const startedAt = performance.now();
    // Each package that npm fetches has an integrity; not all have the address, which a registry's mirror changes.
    const wanted = Object.values(readLockfile(lockfile).packages).filter(
      ({integrity}) => integrity !== undefined,
    ).length;
    report('Installing the packages that draw boards (once, about 360 MB) …');
    await npmInstall(folder, {wanted, report, ...(signal && {signal})});
    writeFileSync(stamp, hashOf(lockfile));
    report(`  installed in ${Math.round((performance.now() - startedAt) / 1000)} s`);
  } finally {
    release();
  }
};
