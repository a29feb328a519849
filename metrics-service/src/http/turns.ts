/** Shares the event loop between tasks that each hold it up for some time. */

/** Runs a task in its turn: never within the caller's own call. */
export type TakeTurn = (task: () => void) => void;

/** Milliseconds of work after which everything else in the event loop has its turn. */
const budgetMs = 10;

/** Creates a queue that runs its tasks in order, few enough at a time that the event loop is never held up for long. */
export const createTurns = (): TakeTurn => {
  const waiting: Array<() => void> = [];
  let scheduled = false;
  const schedule = (): void => {
    if (scheduled || waiting.length === 0) return;
    scheduled = true;
    setImmediate(run);
  };
  const run = (): void => {
    scheduled = false;
    const begun = performance.now();
    try {
      do waiting.shift()?.();
      while (waiting.length > 0 && performance.now() - begun < budgetMs);
    } finally {
      schedule();
    }
  };
  return task => {
    waiting.push(task);
    schedule();
  };
};
