/** The boards that are shown, and the problems of their sources. */
import type {Problem} from './routes.ts';

/** Dashboard JSON by uid. */
export type Boards = Readonly<Record<string, unknown>>;
export type BuildResult = {readonly boards?: Boards; readonly problems: readonly Problem[]};
export type Current = {readonly revision: number; readonly boards: Boards; readonly problems: readonly Problem[]};

export class BoardStore {
  #current: Current = {revision: 0, boards: {}, problems: []};
  readonly #listeners = new Set<() => void>();

  current(): Current {
    return this.#current;
  }

  /**
   * With problems, or without boards, the last valid boards stay. Problems of single files don't affect other boards.
   */
  publish({boards, problems}: BuildResult): void {
    const first = Object.keys(this.#current.boards).length === 0;
    const kept = boards && (first || problems.every(({kind}) => kind === 'files')) ? boards : this.#current.boards;
    this.#current = {revision: this.#current.revision + 1, boards: kept, problems};
    for (const listener of this.#listeners) listener();
  }

  /** @returns a function that stops the calls. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
