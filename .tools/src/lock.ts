/**
 * A lock that only one process at a time can hold: a file that names the process, and whose age shows that the process
 * is running. A process that was killed leaves the file, and the next one replaces it.
 */
import {randomUUID} from 'node:crypto';
import {linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {findProcess, ownIdentity, type ProcessIdentity} from './process-identity.ts';

const checkMs = 500;
const heartbeatMs = 2000;
/** A process that has not updated its lock for this long counts as ended, even if its process id exists. */
const deadAfterMs = 60_000;
const reportEveryMs = 10_000;

/** The process that holds a lock. */
export type Holder = ProcessIdentity & {
  /** When it got the lock, ISO 8601. */
  readonly since: string;
  readonly token: string;
};

/** Another process holds the lock. */
export class LockedError extends Error {
  override readonly name = 'LockedError';
  readonly code = 'ERR_LOCKED';
  readonly holder: Holder;

  constructor(message: string, holder: Holder) {
    super(message);
    this.holder = holder;
  }
}

const parseHolder = (text: string): Holder | undefined => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const field = (name: string): unknown => Reflect.get(parsed, name);
    const [pid, startedAt, since, token] = ['pid', 'startedAt', 'since', 'token'].map(field);
    if (typeof pid !== 'number' || typeof startedAt !== 'string' || typeof token !== 'string') return undefined;
    return {pid, startedAt, since: typeof since === 'string' ? since : '', token};
  } catch {
    return undefined;
  }
};

type Found = {readonly text: string; readonly holder: Holder | undefined; readonly ageMs: number};

/** Reads the lock; returns undefined if there is none. */
const readLock = (path: string): Found | undefined => {
  try {
    const text = readFileSync(path, 'utf8');
    return {text, holder: parseHolder(text), ageMs: Date.now() - statSync(path).mtimeMs};
  } catch {
    return undefined;
  }
};

/**
 * A lock is created in one step, so one that names no holder, or a process that has ended, is abandoned. If the kernel
 * reports when a process began, a stopped process (Ctrl-Z) keeps its lock; otherwise the age of the lock decides.
 */
const isAbandoned = ({holder, ageMs}: Found, isStoppable: boolean): boolean => {
  if (!holder) return true;
  const {isRunning, isCertain} = findProcess(holder);
  return !isRunning || (ageMs > deadAfterMs && !(isCertain && isStoppable));
};

/** Removes the file unless another process has replaced it since it was read. */
const removeAbandoned = (path: string, {text}: Found): void => {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch {
    // another process was faster; the next read shows it
  }
  rmSync(aside, {force: true});
};

const tryTake = (path: string, holder: Holder): boolean => {
  const prepared = `${path}.${holder.token}`;
  writeFileSync(prepared, JSON.stringify(holder));
  try {
    linkSync(prepared, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(prepared, {force: true});
  }
};

const createHolder = (): Holder => ({
  ...ownIdentity(),
  since: new Date().toISOString(),
  token: randomUUID(),
});

/** Updates the lock's time while the process runs. @returns a function that releases the lock */
const keep = (path: string, own: Holder): (() => void) => {
  const beat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // removed by hand: the work goes on, and nothing is released
    }
  }, heartbeatMs);
  beat.unref();
  return () => {
    clearInterval(beat);
    if (readLock(path)?.holder?.token === own.token) rmSync(path, {force: true});
  };
};

export type LockWait = {
  /** What the holder does, as in "is installing the same packages". */
  readonly activity: string;
  /** Receives a line every ten seconds while it waits. */
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Waits until no other process holds the lock, reports which process it waits for, and acquires the lock. A holder that
 * shows no sign of work for a minute loses it.
 *
 * @returns a function that releases the lock
 */
export const acquireLock = async (path: string, {activity, report, signal}: LockWait): Promise<() => void> => {
  const own = createHolder();
  let reported = Number.NEGATIVE_INFINITY;
  while (!tryTake(path, own)) {
    const found = readLock(path);
    if (found && isAbandoned(found, false)) {
      removeAbandoned(path, found);
      continue;
    }
    if (found && performance.now() - reported >= reportEveryMs) {
      reported = performance.now();
      const ageSeconds = Math.round(found.ageMs / 1000);
      report(`Waiting for process ${found.holder?.pid}, which ${activity} (last sign of it ${ageSeconds} s ago) …`);
    }
    await delay(checkMs, undefined, {signal});
  }
  return keep(path, own);
};

/**
 * Acquires the lock, or fails if another process holds it.
 *
 * @param describe the message for that failure
 * @returns a function that releases the lock
 * @throws {LockedError}
 */
export const requireLock = (path: string, describe: (holder: Holder) => string): (() => void) => {
  const own = createHolder();
  while (!tryTake(path, own)) {
    const found = readLock(path);
    if (found === undefined) continue; // just released
    if (found.holder && !isAbandoned(found, true)) throw new LockedError(describe(found.holder), found.holder);
    removeAbandoned(path, found);
  }
  return keep(path, own);
};
