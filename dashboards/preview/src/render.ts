/**
 * A process for one build, since a changed module can't be imported a second time: it loads packages and, on a message,
 * imports the artefacts named by its argument and sends them, or the error, to its parent.
 */

import {readdirSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {PreviewError} from './preview-error.ts';

const path = process.argv[2] ?? '';

const send = (message: unknown): void => {
  process.send?.(message, () => process.exit(0));
};

/** Packages that the sources name; the repository's own are sources too. */
const packagesNamed = (folder: string): Set<string> =>
  new Set(
    readdirSync(folder, {recursive: true, withFileTypes: true})
      .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
      .flatMap(entry => [
        ...readFileSync(join(entry.parentPath, entry.name), 'utf8').matchAll(/ from '([^.'][^']*)';/g),
      ])
      .map(([, name = '']) => name)
      .filter(name => !name.startsWith('node:') && !name.startsWith('@mcp-observability/')),
  );

/** Half of a rendering's time is the loading of packages, which a save doesn't change. */
const getReady = async (): Promise<void> => {
  try {
    await Promise.allSettled([...packagesNamed(dirname(path))].map(name => import(name)));
  } catch {
    // what is wrong with the sources is reported when they are rendered
  }
};

const render = async (): Promise<void> => {
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(path).href);
    const artefacts: unknown = typeof module['artefacts'] === 'function' ? module['artefacts']() : undefined;
    if (!(artefacts instanceof Map)) {
      throw new PreviewError(
        'ERR_PREVIEW_BOARDS',
        `${path}: expected a function artefacts() that returns a Map of text by path, found ${Object.keys(module).join(', ') || 'no exports'}`,
      );
    }
    send({artefacts: Object.fromEntries(artefacts)});
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new PreviewError('ERR_PREVIEW_BOARDS', String(thrown));
    send({error: error.message, stack: error.stack ?? ''});
  }
};

process.once('disconnect', () => process.exit(0));
const ready = getReady();
process.once('message', () => ready.then(render));
