/** The Prometheus that pictures are taken from: the given one as it is now, or one of the repository's own that always holds the same. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {repository} from '../../src/preview/install.ts';
import {PreviewError} from './preview-error.ts';
import {parseEndpoint} from './prometheus-proxy.ts';

export type PictureData = {
  readonly prometheus: URL;
  /** Milliseconds since 1970 that count as now. */
  readonly now: number;
  readonly stop: () => Promise<void>;
};

const script = 'infra/local/fixed-data.ts';

/** Milliseconds: a minute that has begun is not all there. */
const minute = 60_000;

/** @throws PreviewError when the data cannot be made. */
export const startPictureData = async (prometheus: URL | undefined, root: string = repository): Promise<PictureData> =>
  prometheus ? {prometheus, now: Math.floor(Date.now() / minute) * minute, stop: async () => {}} : startFixedData(root);

/** Made by the tree at `root`, whose metrics may have other names, or by this one where that tree can't. */
const startFixedData = async (root: string): Promise<PictureData> => {
  const tree = existsSync(join(root, script)) ? root : repository;
  const child = spawn(process.execPath, ['--import', 'tsx', join(tree, script)], {
    cwd: tree,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const ready = await Promise.race([once(child, 'message'), ended.then(() => undefined)]);
  if (!ready) throw new PreviewError('the data for pictures could not be made; the reason is above');
  const {url, now}: {url: string; now: number} = ready[0];
  return {
    prometheus: parseEndpoint(url),
    now,
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
};
