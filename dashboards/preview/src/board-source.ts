/** Where boards come from, and those of this repository: out of their TypeScript sources. */
import {basename, join, relative, resolve} from 'node:path';
import type {Boards, BuildResult} from './board-store.ts';
import {createRenderer} from './renderer.ts';
import type {Problem} from './routes.ts';

export type BoardSource = {
  /** What to watch; a change under any of them makes the boards again. */
  readonly folders: readonly string[];
  /** Never throws: what goes wrong is a problem. */
  readonly build: () => Promise<BuildResult>;
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

/** `dashboards/src` of the repository at `root`. `live`: it will be edited, so the next rendering is got ready. */
export const fromSources = (root: string, {live = false} = {}): BoardSource => {
  const renderer = createRenderer(root, {keepReady: live});
  return {
    folders: [join(root, 'dashboards/src'), join(root, 'metrics-service/src')],
    build: async () => {
      const rendered = await renderer.render();
      if ('artefacts' in rendered) return {boards: boardsIn(rendered.artefacts), problems: []};
      const {error, stack} = rendered;
      return {problems: [{kind: 'boards', message: error, ...placeIn(`${error}\n${stack}`, root)}]};
    },
    stop: renderer.stop,
  };
};
