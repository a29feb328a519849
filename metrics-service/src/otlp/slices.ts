/** Does the work of an export a few milliseconds at a time, so that a large one does not delay other requests. */
import {performance} from 'node:perf_hooks';

/** Milliseconds of work after which other requests have their turn. */
const turnMs = 5;

/** Work that can be done in parts: `run` does the next part and returns whether it was the last. */
export interface Work {
  run(): boolean;
}

/** Does all of the work, then calls `done` with the error or null; if the work is short, before it returns. */
export const doInSlices = (work: Work, done: (error: unknown) => void): void => {
  try {
    // Most work is done in one run, or two.
    const startedAt = performance.now();
    while (!work.run())
      if (performance.now() - startedAt > turnMs) {
        setImmediate(doInSlices, work, done);
        return;
      }
  } catch (error) {
    done(error);
    return;
  }
  done(null);
};

/** Does work that is known to be short. Errors are thrown. */
export const doNow = (work: Work): void => {
  while (!work.run());
};

/** Runs two pieces of work in order; the call of `run` that ends the first also starts the second. */
class Sequence implements Work {
  readonly #first: Work;
  readonly #second: Work;
  #isFirstDone = false;

  constructor(first: Work, second: Work) {
    this.#first = first;
    this.#second = second;
  }

  run(): boolean {
    this.#isFirstDone ||= this.#first.run();
    return this.#isFirstDone && this.#second.run();
  }
}

export const sequence = (first: Work, second: Work): Work => new Sequence(first, second);

/** Turns an iterator that yields between its parts into work. */
export const stepwise = (steps: Iterator<void, void, undefined>): Work => ({run: () => steps.next().done === true});

export interface WorkQueue {
  /**
   * Queues work behind the work that was added before. `create` is called only when its turn comes, so waiting work
   * needs no memory besides the caller's.
   * @returns false if the queue is full; the work is then not done.
   */
  add(create: () => Work, done: (error: unknown) => void): boolean;
}

/** Does one piece of work at a time; at most `most` wait. */
export const createWorkQueue = (most: number): WorkQueue => {
  const waiting: Array<() => void> = [];
  let active = false;
  const next = (): void => {
    const start = waiting.shift();
    active = start !== undefined;
    if (start !== undefined) setImmediate(start);
  };
  return {
    add(create, done) {
      if (waiting.length >= most) return false;
      waiting.push(() => {
        const finish = (error: unknown): void => {
          next();
          done(error);
        };
        let work: Work;
        try {
          work = create();
        } catch (error) {
          finish(error);
          return;
        }
        doInSlices(work, finish);
      });
      if (!active) next();
      return true;
    },
  };
};
