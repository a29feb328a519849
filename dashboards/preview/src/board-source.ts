/** Where boards come from; the boards of this repository come from their TypeScript sources. */
import {basename, join, relative, resolve} from 'node:path';
import type {Boards, BuildResult} from './board-store.ts';
import {createRenderer} from './renderer.ts';
import type {Problem} from './routes.ts';

export type BoardSource = {
  /** Paths to watch; a change under any of them rebuilds the boards. */
  readonly folders: readonly string[];
  /** Never throws: errors are returned as problems. */
  readonly build: () => Promise<BuildResult>;
  /** Stops the processes that wait for the next save. */
  readonly stop?: () => void;
};

/** The first location in an error's text that is in the sources. */
export const locationIn = (text: string, root: string): Pick<Problem, 'file' | 'line'> => {
  const places = text.matchAll(/(?:file:\/\/)?(\/[^\s:()'"]+\.[cm]?tsx?):(\d+)/g);
  for (const [, path = '', line] of places) {
    if (path.startsWith(resolve(root)) && !path.includes('node_modules'))
      return {file: relative(root, path), line: Number(line)};
  }
  return {};
};

/** Boards among the artefacts, by uid. */
const boardsIn = (artefacts: Readonly<Record<string, string>>): Boards =>
  Object.fromEntries(
    Object.entries(artefacts)
      .filter(([path]) => path.startsWith('dashboards/') && path.endsWith('.json'))
      .map(([path, text]) => {
        const board: unknown = JSON.parse(text);
        const uid: unknown = typeof board === 'object' && board !== null ? Reflect.get(board, 'uid') : undefined;
        return [typeof uid === 'string' && uid ? uid : basename(path, '.json'), board];
      }),
  );

/** `dashboards/src` of the repository at `root`. `live`: the sources will be edited, so the next build is prepared. */
export const fromSources = (root: string, {live = false} = {}): BoardSource => {
  const renderer = createRenderer(root, {keepReady: live});
  return {
    folders: [join(root, 'dashboards/src'), join(root, 'metrics-service/src')],
    build: async () => {
      const rendered = await renderer.render();
      if ('artefacts' in rendered) return {boards: boardsIn(rendered.artefacts), problems: []};
      const {error, stack} = rendered;
      return {problems: [{kind: 'boards', message: error, ...locationIn(`${error}\n${stack}`, root)}]};
    },
    stop: renderer.stop,
  };
};
