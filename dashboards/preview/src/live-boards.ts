/** Boards that follow their sources: built at the start, and again whenever a source is saved. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, type FSWatcher, watch} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {repository} from '../../src/preview/install.ts';
import type {BoardSource} from './board-source.ts';
import type {BoardStore} from './board-store.ts';
import type {Problem} from './routes.ts';

/** Editors save in several steps. */
const settleMs = 40;

export type Checker = {
  /** The compiler's problems with the current sources. */
  readonly check: () => Promise<readonly Problem[]>;
  readonly stop: () => void;
};

export const startChecker = (root: string): Checker => {
  const script = fileURLToPath(new URL('type-check.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', script, root], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const requestCheck = async (): Promise<readonly Problem[]> => {
    if (!child.connected) return [];
    child.send('check');
    const settled = new AbortController();
    const {signal} = settled;
    try {
      const [problems] = await Promise.race([
        once(child, 'message', {signal}),
        once(child, 'exit', {signal}).then(() => [[]]),
      ]);
      return problems;
    } finally {
      settled.abort(); // otherwise every request would leave a listener behind
    }
  };
  // One request at a time: a second one would receive the response to the first, for older sources.
  let last: Promise<unknown> = Promise.resolve();
  return {
    check: () => {
      const problems = last.then(requestCheck);
      last = problems.catch(() => {});
      return problems;
    },
    stop: () => child.kill(),
  };
};

/**
 * Publishes into `store` until stopped. The first boards don't wait for the compiler; later ones do, so that a board
 * with a type error is never shown.
 */
export const followSources = async (source: BoardSource, store: BoardStore, checker?: Checker): Promise<() => void> => {
  const first = await source.build();
  store.publish(first);
  if (first.problems.length === 0) {
    checker?.check().then(problems => {
      if (problems.length > 0) store.publish({...first, problems});
    });
  }

  let running = false;
  let again = false;
  const buildAgain = async (): Promise<void> => {
    if (running) {
      again = true;
      return;
    }
    running = true;
    do {
      again = false;
      const [built, types] = await Promise.all([source.build(), checker?.check() ?? []]);
      // A type error is often the cause of an exception, so the compiler's problems come first.
      store.publish({...built, problems: [...types, ...built.problems]});
    } while (again);
    running = false;
  };

  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(buildAgain, settleMs);
  };
  const watchers: FSWatcher[] = source.folders
    .filter(folder => existsSync(folder))
    .map(folder => watch(folder, {recursive: true}, changed));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    checker?.stop();
    source.stop?.();
  };
};
