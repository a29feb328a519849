/** Finds or installs a Chromium, and starts it so that it connects to the page only. */

import {execFile} from 'node:child_process';
import {constants} from 'node:fs';
import {access} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {promisify} from 'node:util';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {type BrowserContext, chromium} from 'playwright-core';
import {previewFolder} from '../../src/preview/install.ts';
import {PreviewError} from './preview-error.ts';

const run = promisify(execFile);

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge'];
const playwrightHost = 'https://cdn.playwright.dev';
/** Another process may be installing at the same time. */
const install = ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', 'chromium'];
const reachableMs = 4000;
const downloadMs = 180_000;

const isRunnable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

const onPath = async (): Promise<string | undefined> => {
  for (const name of names) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      if (folder && (await isRunnable(join(folder, name)))) return join(folder, name);
    }
  }
  return undefined;
};

/** Playwright's download folder, which may not exist. */
const playwrightPath = (): string => chromium.executablePath();

const download = async (report: (line: string) => void): Promise<void> => {
  // Playwright's installer retries for minutes if there is no network.
  await fetch(playwrightHost, {method: 'HEAD', signal: AbortSignal.timeout(reachableMs)});
  report('Downloading Chromium (once, about 170 MB) …');
  const cli = join(previewFolder, 'node_modules/playwright-core/cli.js');
  await run(process.execPath, [cli, 'install', 'chromium'], {timeout: downloadMs});
};

const installPackage = async (report: (line: string) => void): Promise<void> => {
  if (process.getuid?.() !== 0) throw new PreviewError('ERR_PREVIEW_CHROMIUM', 'user: expected root, found another');
  report("Installing the distribution's Chromium …");
  const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
  await run('apt-get', install, {env, timeout: downloadMs}).catch(async () => {
    await run('apt-get', ['update'], {env, timeout: downloadMs});
    await run('apt-get', install, {env, timeout: downloadMs});
  });
};

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/**
 * Tries CHROME_BIN, PATH, what Playwright has downloaded or can download, and as root the distribution's package.
 * @throws PreviewError that names every attempt and why it failed
 */
export const findChromium = async (report: (line: string) => void): Promise<string> => {
  const chosen = process.env['CHROME_BIN'];
  if (chosen) {
    if (await isRunnable(chosen)) return chosen;
    throw new PreviewError('ERR_PREVIEW_CHROMIUM', `CHROME_BIN: expected the path of a Chromium, found ${chosen}`);
  }
  const here = (await onPath()) ?? ((await isRunnable(playwrightPath())) ? playwrightPath() : undefined);
  if (here) return here;
  const failures = ['CHROME_BIN: not set', `PATH: none of ${names.join(', ')}`];
  try {
    await download(report);
    return playwrightPath();
  } catch (error) {
    failures.push(`Playwright's download: ${reasonOf(error)}`);
  }
  try {
    await installPackage(report);
    const installed = await onPath();
    if (installed) return installed;
    failures.push('apt-get install chromium: succeeded, but chromium is not on PATH');
  } catch (error) {
    failures.push(`apt-get install chromium: ${reasonOf(error)}`);
  }
  throw new PreviewError(
    'ERR_PREVIEW_CHROMIUM',
    [
      'Chromium is required, but could not be found or installed:',
      ...failures,
      'Install one, or set CHROME_BIN to its path.',
    ].join('\n  '),
  );
};

export type Browser = {readonly context: BrowserContext; readonly close: () => Promise<void>};

/** Headless, with a temporary profile. Sizes in pixels. */
export const startChromium = async ({
  executablePath,
  width,
  height,
}: {
  readonly executablePath: string;
  readonly width: number;
  readonly height: number;
}): Promise<Browser> => {
  const {path: profile, remove: removeProfile} = await createTemporaryFolder('preview-chromium-');
  const launching = chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: {width, height},
    deviceScaleFactor: 1,
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    args: [
      // Chromium's sandbox doesn't start for root; only the preview's pages are opened, and they reach only this
      // machine.
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--font-render-hinting=none',
    ],
  });
  const context = await launching.catch(async (error: unknown) => {
    await removeProfile();
    throw error;
  });
  return {
    context,
    close: async () => {
      await context.close();
      await removeProfile();
    },
  };
};
