/** Where boards come from: their TypeScript sources, or a folder of dashboard JSON. */
import {readdir, readFile, stat} from 'node:fs/promises';
import {join, relative, resolve} from 'node:path';
import type {Boards, Made} from './board-store.ts';
import {createRenderer} from './renderer.ts';
import type {Problem} from './routes.ts';

export type BoardSource = {
  /** What to watch; a change under any of them makes the boards again. */
  readonly folders: readonly string[];
  /** Never throws: what goes wrong is a problem. */
  readonly make: () => Promise<Made>;
  /** Ends what waits for the next save. */
  readonly stop?: () => void;
};

/** The first place in an error's text that is one of the sources. */
export const placeIn = (text: string, root: string): Pick<Problem, 'file' | 'line'> => {
  const places = text.matchAll(/(?:file:\/\/)?(\/[^\s:()'"]+\.[cm]?tsx?):(\d+)/g);
  for (const [, path = '', line] of places) {
    if (path.startsWith(resolve(root)) && !path.includes('node_modules'))
      return {file: relative(root, path), line: Number(line)};
  }
  return {};
};

const byUid = (texts: readonly (readonly [path: string, text: string])[]): Boards =>
  Object.fromEntries(
    texts.map(([path, text]) => {
      const board: unknown = JSON.parse(text);
      const uid = typeof board === 'object' && board !== null ? Reflect.get(board, 'uid') : undefined;
      return [typeof uid === 'string' && uid ? uid : path.replace(/^.*\/|\.json$/g, ''), board];
    }),
  );

/** Boards among the artefacts, by uid. */
const boardsIn = (artefacts: Readonly<Record<string, string>>): Boards =>
  byUid(Object.entries(artefacts).filter(([path]) => path.startsWith('dashboards/') && path.endsWith('.json')));

/** `dashboards/src` of the repository at `root`. `live`: it will be edited, so the next rendering is got ready. */
export const fromSources = (root: string, {live = false} = {}): BoardSource => {
  const renderer = createRenderer(root, {keepReady: live});
  return {
    folders: [join(root, 'dashboards/src'), join(root, 'metrics-service/src')],
    make: async () => {
      const rendered = await renderer.render();
      if ('artefacts' in rendered) return {boards: boardsIn(rendered.artefacts), problems: []};
      const {error, stack} = rendered;
      return {problems: [{kind: 'boards', message: error, ...placeIn(`${error}\n${stack}`, root)}]};
    },
    stop: renderer.stop,
  };
};

/** Every `.json` of a folder, or one file. */
export const fromFolder = (path: string): BoardSource => ({
  folders: [path],
  make: async () => {
    try {
      const names = (await stat(path)).isDirectory()
        ? (await readdir(path)).filter(name => name.endsWith('.json'))
        : [''];
      if (names.length === 0) throw new Error('expected dashboard JSON in it, found none');
      const texts = names.sort().map(async name => [name || path, await readFile(join(path, name), 'utf8')] as const);
      return {boards: byUid(await Promise.all(texts)), problems: []};
    } catch (error) {
      return {
        problems: [{kind: 'boards', message: error instanceof Error ? error.message : String(error), file: path}],
      };
    }
  },
});
