/** `npm run preview -- serve`: the preview in front of any Prometheus, until it is interrupted. */
import {once} from 'node:events';
import {reasonOf} from '@mcp-observability/tools/reason';
import {ensureInstalled, repository} from '../../src/preview/install.ts';
import {report} from './command-options.ts';
import {PreviewError} from './preview-error.ts';

export type ServeOptions = {
  readonly prometheus: URL;
  /** Milliseconds. */
  readonly scrapeInterval: number;
  readonly port: number;
  /** A folder of dashboard JSON, or one file. @default the boards of this repository */
  readonly boards?: string | undefined;
};

const interrupted = (): Promise<unknown> => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

/** @throws PreviewError when the port is in use or the packages cannot be installed. */
export const serve = async ({prometheus, scrapeInterval, port, boards}: ServeOptions): Promise<void> => {
  await ensureInstalled(report);
  // Imported here because these need the packages that were just installed.
  const [{startPreview}, {fromSources}, {fromFolder}, {startChecker}, {createCloudWatch}] = await Promise.all([
    import('./preview.ts'),
    import('./board-source.ts'),
    import('./board-folder.ts'),
    import('./live-boards.ts'),
    import('./cloudwatch.ts'),
  ]);
  const source = boards
    ? {source: fromFolder(boards)}
    : {source: fromSources(repository, {live: true}), checker: startChecker(repository)};
  const cloudWatch = await createCloudWatch(process.env);
  const preview = await startPreview({prometheus, port, cloudWatch, scrapeIntervalMs: scrapeInterval, ...source}).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'EADDRINUSE'
        ? new PreviewError('ERR_PREVIEW_SERVER', `--port: expected a free port, found ${port} in use`, {cause: error})
        : new PreviewError('ERR_PREVIEW_SERVER', reasonOf(error), {cause: error});
    },
  );
  for (const {message, file} of preview.store.current().problems) {
    process.stderr.write(`${[file, message].filter(Boolean).join(': ')}\n`);
  }
  report(`boards  ${preview.url}`);
  await interrupted();
  await preview.stop();
};
