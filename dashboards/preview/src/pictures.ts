/** `npm run preview -- pictures`: a PNG of each board. */
import {join} from 'node:path';
import {UsageError} from '@mcp-observability/tools/command-line';
import {exitWhenInterrupted} from '@mcp-observability/tools/temporary-folder';
import {ensureInstalled, repository} from '../../src/preview/install.ts';
import {report} from './command-options.ts';
import {requireBoards} from './require-boards.ts';
import type {Screenshots, Shot} from './screenshot.ts';

export type PicturesOptions = {
  readonly out: string;
  /** Uids. @default every board */
  readonly board?: readonly string[] | undefined;
  readonly panels?: true | undefined;
  readonly unfold?: true | undefined;
  readonly theme: 'dark' | 'light';
  /** Pixels. */
  readonly width: number;
  /** A folder of dashboard JSON, or one file. @default the boards of this repository */
  readonly boards?: string | undefined;
  /** @default one hour of simulated traffic */
  readonly prometheus?: URL | undefined;
  /** Milliseconds. */
  readonly scrapeInterval: number;
};

/** A title as part of a file name. */
const slug = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');

const take = async (
  screenshots: Screenshots,
  shot: Shot,
  {out, panels}: Pick<PicturesOptions, 'out' | 'panels'>,
): Promise<void> => {
  const {uid} = shot;
  const name = uid.replaceAll(/[\\/]/g, '-');
  const file = join(out, `${name}.png`);
  await screenshots.board(shot, file);
  report(file);
  if (!panels) return;
  await screenshots.panels({...shot, unfold: true}, ({id, title}) => join(out, name, `${id}-${slug(title)}.png`));
  report(join(out, name));
};

/**
 * @throws UsageError naming a board that does not exist
 * @throws PreviewError with the reason why the boards or the data are not available
 */
export const takePictures = async (options: PicturesOptions): Promise<void> => {
  exitWhenInterrupted();
  const {board: uids = [], unfold = false, theme, width, boards, prometheus, scrapeInterval} = options;
  await ensureInstalled(report);
  // Imported here because these need the packages that were just installed.
  const [{startPreview}, {fromSources}, {fromFolder}, {createScreenshots}, {startPictureData}] = await Promise.all([
    import('./preview.ts'),
    import('./board-source.ts'),
    import('./board-folder.ts'),
    import('./screenshot.ts'),
    import('./picture-data.ts'),
  ]);
  const startedAt = Date.now();
  const data = await startPictureData(prometheus);
  const source = boards ? fromFolder(boards) : fromSources(repository);
  const preview = await startPreview({
    source,
    prometheus: data.prometheus,
    port: 0,
    scrapeIntervalMs: scrapeInterval,
  });
  try {
    const known = requireBoards(preview.store.current(), report);
    const unknown = uids.find(uid => !(uid in known));
    if (unknown) throw new UsageError(`--board: expected one of ${Object.keys(known).join(', ')}, found ${unknown}`);
    const screenshots = await createScreenshots({width, report});
    try {
      for (const uid of uids.length > 0 ? uids : Object.keys(known)) {
        await take(screenshots, {url: preview.url, uid, now: data.now, theme, unfold}, options);
      }
    } finally {
      await screenshots.close();
    }
  } finally {
    await Promise.all([preview.stop(), data.stop()]);
  }
  report(`Done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
};
