/** A running preview: its server, its boards, and the way to stop both. */
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';
import {loadAssets} from './assets.ts';
import type {BoardSource} from './board-source.ts';
import {BoardStore} from './board-store.ts';
import type {CloudWatch} from './cloudwatch.ts';
import {type Checker, followSources} from './live-boards.ts';
import {createPreviewServer} from './server.ts';

export type Preview = {readonly url: string; readonly store: BoardStore; readonly stop: () => Promise<void>};

/** @throws Error with code EADDRINUSE if the port is in use. `port` 0 selects a free one. */
export const startPreview = async ({
  source,
  prometheus,
  prometheusPage = prometheus.href.replace(/\/$/, ''),
  port,
  checker,
  cloudWatch,
  scrapeIntervalMs,
}: {
  readonly source: BoardSource;
  readonly prometheus: URL;
  readonly prometheusPage?: string;
  readonly port: number;
  readonly checker?: Checker;
  readonly cloudWatch?: CloudWatch | undefined;
  /** How often Prometheus scrapes. @default 15 s */
  readonly scrapeIntervalMs?: number | undefined;
}): Promise<Preview> => {
  const store = new BoardStore();
  const [assets, unfollow] = await Promise.all([loadAssets(), followSources(source, store, checker)]);
  const server = createPreviewServer({
    assets,
    boards: store,
    prometheus,
    prometheusPage,
    cloudWatch,
    ...(scrapeIntervalMs !== undefined && {scrapeIntervalMs}),
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    unfollow();
    throw error;
  }
  const {port: taken} = server.address() as AddressInfo; // listens on TCP
  return {
    url: `http://127.0.0.1:${taken}`,
    store,
    stop: async () => {
      unfollow();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
