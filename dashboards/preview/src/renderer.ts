/** Renderings of a tree's sources, each in a process of its own, one of which may stand ready for the next. */
import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {repository} from '../../src/preview/install.ts';

export type Rendered =
  | {readonly artefacts: Readonly<Record<string, string>>}
  | {readonly error: string; readonly stack: string};

export type Renderer = {
  /** Never rejects: what the sources throw is an answer. */
  readonly render: () => Promise<Rendered>;
  readonly stop: () => void;
};

const script = fileURLToPath(new URL('render.ts', import.meta.url));

/** A process that loads packages and waits to be asked. */
const prepare = (root: string): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', script, join(root, 'dashboards/src/artefacts.ts')], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });

const ask = (child: ChildProcess): Promise<Rendered> =>
  new Promise(done => {
    let rendered: Rendered | undefined;
    let said = '';
    child.stderr?.on('data', chunk => {
      said += String(chunk);
    });
    child.once('message', message => {
      rendered = message as Rendered; // render.ts sends nothing else
    });
    child.once('error', error => done({error: error.message, stack: ''}));
    child.once('close', () => done(rendered ?? {error: said.trim() || 'ended without boards', stack: said}));
    child.send('render', error => error && child.kill());
  });

/** `keepReady`: for sources that are rendered again at every save. */
export const createRenderer = (root: string, {keepReady = false} = {}): Renderer => {
  let next: ChildProcess | undefined;
  let stopped = false;
  return {
    render: async () => {
      const child = next?.connected ? next : prepare(root);
      next = undefined;
      const rendered = await ask(child);
      if (keepReady && !stopped) {
        next = prepare(root);
        next.on('error', () => {}); // the one that is asked in its place says why
      }
      return rendered;
    },
    stop: () => {
      stopped = true;
      next?.kill();
    },
  };
};
