/** `npm ci` with progress, and a time limit for a registry that cannot be reached. */

import {spawn} from 'node:child_process';
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {DashboardsError} from '../errors.ts';

/** Why packages could not be installed, in npm's words. */
export class InstallError extends DashboardsError {
  override readonly name = 'InstallError';
  readonly code = 'ERR_PREVIEW_INSTALL';
}

const reportEveryMs = 5000;
/** npm gives up on a request after this long, and tries once more. */
const requestTimeoutMs = 25_000;
/** If npm has fetched nothing by then, it cannot reach the registry. */
const silenceMs = 70_000;

const parameters = [
  'ci',
  '--no-audit',
  '--no-fund',
  // One line for each request, which is the progress.
  '--loglevel=http',
  '--progress=false',
  '--fetch-retries=1',
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
  `--fetch-timeout=${requestTimeoutMs}`,
];

/** npm makes every package's folder first; its manifest is there once it is unpacked. */
const unpackedIn = (modules: string): number => {
  if (!existsSync(modules)) return 0;
  const names = readdirSync(modules).filter(name => !name.startsWith('.'));
  return names.reduce((count, name) => {
    if (name.startsWith('@')) return count + unpackedIn(join(modules, name));
    return count + (existsSync(join(modules, name, 'package.json')) ? 1 : 0);
  }, 0);
};

const isFetched = (line: string): boolean => /http (?:fetch|cache) .*\.tgz/.test(line);

/** npm repeats its log's path and general advice after the reason. */
const advice = /A complete log|npm error network (?:This is|In most|If you are)|npm error network\s*$|npm error\s*$/;

/** npm's own reason, without the advice around it. */
export const npmReason = (lines: readonly string[]): string => {
  const errors = lines.filter(line => /^npm (?:error|ERR!)/.test(line) && !advice.test(line));
  const reasons = errors.map(line => line.replace(/^npm (?:error|ERR!)\s*/, '')).slice(0, 4);
  return reasons.join('; ') || lines.slice(-4).join('; ') || 'npm wrote nothing';
};

/**
 * @param wanted - how many packages the lockfile names
 * @throws InstallError with npm's reason, within about a minute where the registry does not respond
 */
export const npmInstall = async (
  folder: string,
  {
    wanted,
    report,
    signal,
  }: {readonly wanted: number; readonly report: (line: string) => void; readonly signal?: AbortSignal},
): Promise<void> => {
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 1000);
  const npm = spawn('npm', parameters, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
    ...(signal && {signal}),
  });
  const lines: string[] = [];
  let fetched = 0;
  const read = (chunk: unknown): void => {
    for (const line of String(chunk).split('\n').filter(Boolean)) {
      if (isFetched(line)) fetched += 1;
      else if (!line.startsWith('npm http')) lines.push(line);
    }
  };
  npm.stdout.on('data', read);
  npm.stderr.on('data', read);
  const state = (): string => {
    const unpacked = unpackedIn(join(folder, 'node_modules'));
    if (fetched === 0 && unpacked === 0) return 'waiting for the registry';
    return `of about ${wanted} packages ${fetched} fetched, ${unpacked} unpacked`;
  };
  const ticker = setInterval(() => report(`  ${state()}, ${seconds()} s`), reportEveryMs);
  let silent = false;
  const bound = setTimeout(() => {
    silent = fetched === 0;
    if (silent) npm.kill();
  }, silenceMs);
  const stop = () => npm.kill();
  process.once('exit', stop);
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      npm.once('error', reject);
      npm.once('close', resolve);
    });
    if (silent) {
      throw new InstallError(
        `npm ci: expected a response of the registry, found none within ${seconds()} s: is there a network?`,
      );
    }
    if (status !== 0) throw new InstallError(`npm ci in ${folder} failed: ${npmReason(lines)}`);
  } finally {
    clearInterval(ticker);
    clearTimeout(bound);
    process.off('exit', stop);
  }
};
