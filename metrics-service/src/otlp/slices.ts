/** Does the work of an export a few milliseconds at a time, so that a large one does not delay other requests. */
import {performance} from 'node:perf_hooks';

/** Milliseconds of work after which other requests have their turn. */
const turnMs = 5;

/** Work that can be done in parts: `run` does one, and returns whether that was the last. */
export interface Work {
  run(): boolean;
}

/** Does all of the work; calls back within the caller's own call where it is short. Errors are passed on. */
export const doInSlices = (work: Work, done: (error: unknown) => void): void => {
  try {
    // Most work is done in one run, or two.
    const begun = performance.now();
    while (!work.run())
      if (performance.now() - begun > turnMs) {
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

/** Two works, one after the other; the second is begun in the run that ends the first. */
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

/** What yields between its parts. */
export const stepwise = (steps: Iterator<void, void, undefined>): Work => ({run: () => steps.next().done === true});

export interface WorkQueue {
  /**
   * Does the work after all that was added before it. `create` is called when its turn has come, so that waiting costs
   * no more than what the caller holds.
   * @returns false, and does nothing, when too much waits already.
   */
  add(create: () => Work, done: (error: unknown) => void): boolean;
}

/** One after the other; at most `most` wait. */
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
