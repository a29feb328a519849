/**
 * Builds the boards of a tree's sources, each time in a new process; one process may be prepared for the next build.
 */
import {type ChildProcess, spawn} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {repository} from '../../src/preview/install.ts';

export type Rendered =
  | {readonly artefacts: Readonly<Record<string, string>>}
  | {readonly error: string; readonly stack: string};

export type Renderer = {
  /** Never rejects: what the sources throw is part of the result. */
  readonly render: () => Promise<Rendered>;
  readonly stop: () => void;
};

const script = fileURLToPath(new URL('render.ts', import.meta.url));

/** A process that loads packages and waits for a message. */
const prepare = (root: string): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', script, join(root, 'dashboards/src/artefacts.ts')], {
    cwd: repository,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });

const renderIn = (child: ChildProcess): Promise<Rendered> =>
  new Promise(done => {
    let rendered: Rendered | undefined;
    let output = '';
    child.stderr?.on('data', chunk => {
      output += String(chunk);
    });
    child.once('message', message => {
      rendered = message as Rendered; // render.ts sends nothing else
    });
    child.once('error', error => done({error: error.message, stack: ''}));
    child.once('close', () => done(rendered ?? {error: output.trim() || 'ended without boards', stack: output}));
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
      const rendered = await renderIn(child);
      if (keepReady && !stopped) {
        next = prepare(root);
        next.on('error', () => {}); // the process that replaces it reports the reason
      }
      return rendered;
    },
    stop: () => {
      stopped = true;
      next?.kill();
    },
  };
};
