/**
 * Prometheus from the distribution's package on Debian and its derivatives. The package is only unpacked: nothing is
 * installed, so this needs no root and starts no daemon. apt checks its signature.
 */
import {mkdir, readdir, rename, rm} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {ProgramError, run} from '@mcp-observability/tools/run';
import {PrometheusError} from '../local-error.ts';
import {type Binaries, isExecutable, reasonOf, type SourceOptions} from './binaries.ts';
import {addToCache} from './cache.ts';

const packageName = 'prometheus';
const downloadMs = 120_000;

/** apt's own timeouts are minutes long. */
const aptTimeoutOptions = ['Acquire::Retries=0', 'Acquire::http::Timeout=5', 'Acquire::https::Timeout=5'];
/** Translations and app-store data would double the size of an update. */
const onlyPackages = ['Acquire::Languages=none', 'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false'];

export interface DebianPackageOptions extends SourceOptions {
  readonly cache: string;
}

/** Downloads the distribution's package and unpacks its programs into the cache. */
export const getDebianPackage = async ({cache, env, log, signal}: DebianPackageOptions): Promise<Binaries> => {
  for (const program of ['apt-get', 'dpkg-deb']) {
    if ((await findOnPath(program, env)) === undefined) throw new PrometheusError(`no ${program} on PATH`);
  }
  return addToCache(cache, async folder => {
    const execute = async (program: string, parameters: readonly string[]) => {
      try {
        return await run(program, parameters, {
          cwd: folder,
          env: {...env, LC_ALL: 'C'},
          signal,
          timeoutMs: downloadMs,
        });
      } catch (cause) {
        signal?.throwIfAborted();
        throw new PrometheusError(`${program} ${verbOf(parameters)}: ${whatWentWrong(cause)}`, {cause});
      }
    };
    const apt = (parameters: readonly string[], settings: readonly string[] = []) =>
      execute('apt-get', [
        '-q',
        ...[...aptTimeoutOptions, ...asRoot(), ...settings].flatMap(setting => ['-o', setting]),
        ...parameters,
      ]);

    log("Downloading the distribution's package of Prometheus …");
    try {
      await apt(['download', packageName]);
    } catch {
      signal?.throwIfAborted();
      log('No usable package lists on this machine; downloading separate ones …');
      const settings = await ownLists(join(folder, 'apt'));
      const {stderr} = await apt(['update'], settings);
      await apt(['download', packageName], settings).catch((error: Error) => {
        const warnings = stderr.split('\n').filter(line => line.startsWith('W: ')); // a failed update has status 0
        throw warnings[0] === undefined
          ? error
          : new PrometheusError(`${error.message}; ${warnings[0].slice(3)}`, {cause: error});
      });
    }
    const archive = (await readdir(folder)).find(file => file.endsWith('.deb'));
    if (archive === undefined) throw new PrometheusError('apt-get download: expected a .deb, found none');
    const version = (await execute('dpkg-deb', ['-f', archive, 'Version'])).stdout.trim();
    const tree = join(folder, 'tree');
    await execute('dpkg-deb', ['-x', archive, tree]);
    for (const program of ['prometheus', 'promtool']) {
      await rename(join(tree, 'usr', 'bin', program), join(folder, program));
    }
    for (const leftover of [archive, 'tree', 'apt']) await rm(join(folder, leftover), {recursive: true, force: true});
    return `debian-${version.replaceAll(/[^\w.+~-]/g, '_')}`;
  });
};

/** The path of the program that the shell would run, or undefined. */
export const findOnPath = async (program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (folder !== '' && (await isExecutable(path))) return path;
  }
  return undefined;
};

/** Separate state and lists: those of the system belong to root, and are empty in most container images. */
const ownLists = async (folder: string): Promise<readonly string[]> => {
  const lists = join(folder, 'lists');
  const cache = join(folder, 'cache');
  await mkdir(join(lists, 'partial'), {recursive: true});
  await mkdir(join(cache, 'archives', 'partial'), {recursive: true});
  return [`Dir::State::Lists=${lists}`, `Dir::Cache=${cache}`, ...onlyPackages];
};

/** As root, apt switches to a user who can't write to the cache in a home folder, and warns about it. */
const asRoot = (): readonly string[] => (process.getuid?.() === 0 ? ['APT::Sandbox::User=root'] : []);

const verbOf = (parameters: readonly string[]): string =>
  parameters.find((parameter, index) => !parameter.startsWith('-') && parameters[index - 1] !== '-o') ?? '';

/** apt's error lines, which are more specific than its status. */
const whatWentWrong = (error: unknown): string => {
  if (!(error instanceof ProgramError)) return reasonOf(error);
  if (error.timedOut) return `not done within ${downloadMs / 1000} s`;
  const stderr = error.stderr;
  const lines = stderr.split('\n').filter(line => line.startsWith('E: '));
  return lines.map(line => line.slice(3)).join('; ') || stderr.trim().split('\n').at(-1) || error.message;
};
