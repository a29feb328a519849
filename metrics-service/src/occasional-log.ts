/** Logs a line once per minute, however often it happens: an emitter's mistake repeats with every export. */

/** Milliseconds in which a line with the same key is not written again. */
const quietMs = 60_000;

/** Calls `write` unless something with the same key was written within the last minute. */
export type OccasionalLog = (key: string, write: () => void) => void;

/** Keys are of the caller's making: as many as it has emitters and reasons. */
export const createOccasionalLog = (now: () => number): OccasionalLog => {
  const writtenAt = new Map<string, number>();
  return (key, write) => {
    const time = now();
    const last = writtenAt.get(key);
    if (last !== undefined && time - last < quietMs) return;
    writtenAt.set(key, time);
    write();
  };
};
