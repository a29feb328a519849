/**
 * A lock that only one process at a time can hold: a file that names the process, and whose time shows that the process
 * is running. A process that was killed leaves the file, and the next one replaces it.
 */
import {randomUUID} from 'node:crypto';
import {linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import {findProcess, ownIdentity, type ProcessIdentity} from './process-identity.ts';
import {ToolsError} from './tools-error.ts';

const checkMs = 500;
const heartbeatMs = 2000;
/** A process that has not updated its lock for this long counts as ended, unless it is known to be running. */
const deadAfterMs = 60_000;
/** After the machine was suspended every lock is old; within this time, a process that runs has updated its own. */
const confirmMs = 3 * heartbeatMs;
const reportEveryMs = 10_000;

/** The process that holds a lock. */
export type Holder = ProcessIdentity & {
  /** When it got the lock, ISO 8601. */
  readonly since: string;
  readonly token: string;
};

/** Another process holds the lock. */
export class LockedError extends ToolsError {
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
    const string = (name: string): string | undefined => {
      const value = field(name);
      return typeof value === 'string' ? value : undefined;
    };
    const [pid, startedAt, token] = [field('pid'), string('startedAt'), string('token')];
    const [boot, namespace] = [string('boot'), string('namespace')];
    if (typeof pid !== 'number' || startedAt === undefined || token === undefined) return undefined;
    if (!/^[\w-]+$/.test(token)) return undefined; // it becomes part of a file's name
    return {
      ...{pid, startedAt, token, since: string('since') ?? ''},
      ...(boot !== undefined && {boot}),
      ...(namespace !== undefined && {namespace}),
    };
  } catch {
    return undefined;
  }
};

type Found = {
  readonly text: string;
  readonly holder: Holder | undefined;
  /** When the holder last updated it, by the clock of the file system. */
  readonly updatedMs: number;
};

/** Reads the lock; returns undefined if there is none. */
const readLock = (path: string): Found | undefined => {
  try {
    const text = readFileSync(path, 'utf8');
    return {text, holder: parseHolder(text), updatedMs: statSync(path).mtimeMs};
  } catch {
    return undefined;
  }
};

/**
 * Measures for how long a lock has stayed unchanged, by this process's own clock, which does not count the time for
 * which the machine was suspended, and is never set.
 */
const createObserver = (): ((found: Found) => number) => {
  let last: Found | undefined;
  let since = 0;
  return found => {
    const now = performance.now();
    if (last?.text !== found.text || last.updatedMs !== found.updatedMs) {
      last = found;
      since = now;
    }
    return now - since;
  };
};

type Verdict = 'held' | 'abandoned' | 'undecided';

/**
 * A lock is created in one step, so one that names no holder, or a process that has ended, is abandoned; one whose process
 * runs is held. Otherwise the lock's own time decides: for a stopped process (Ctrl-Z), and for one that can't be seen.
 */
const judge = ({holder, updatedMs}: Found, unchangedMs: number, keepsStopped: boolean): Verdict => {
  if (!holder) return 'abandoned';
  const state = findProcess(holder);
  if (state === 'ended') return 'abandoned';
  if (state === 'running' || (state === 'stopped' && keepsStopped)) return 'held';
  if (unchangedMs >= deadAfterMs) return 'abandoned'; // even if the clocks of two machines differ
  if (Date.now() - updatedMs <= deadAfterMs) return 'held';
  return unchangedMs >= confirmMs ? 'abandoned' : 'undecided';
};

/** Writes a complete file beside the lock. @returns its path */
const write = (path: string, holder: Holder): string => {
  const prepared = `${path}.${holder.token}`;
  writeFileSync(prepared, JSON.stringify(holder));
  return prepared;
};

/** Creates the file if there is none. @returns whether it did */
const create = (path: string, holder: Holder): boolean => {
  const prepared = write(path, holder);
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

/**
 * Changes a lock that exists. Only the process that holds the claim on a lock, a file named after the lock's token, may
 * change it: of two processes that find the same abandoned lock, only one replaces it, and never a newer one.
 *
 * @returns whether the lock was as found, and was changed
 */
const change = (path: string, found: Found, own: Holder, action: () => void): boolean => {
  const claim = `${path}.${found.holder?.token ?? 'unreadable'}`;
  if (!create(claim, own) && !takeAbandonedClaim(claim, own)) return false;
  try {
    if (readLock(path)?.text !== found.text) return false;
    action();
    return true;
  } finally {
    rmSync(claim, {force: true});
  }
};

/** A claim is held for a moment, so an old one was left by a killed process. It is replaced as a lock is. */
const takeAbandonedClaim = (claim: string, own: Holder): boolean => {
  const found = readLock(claim);
  return found !== undefined && judge(found, confirmMs, true) === 'abandoned' && replace(claim, found, own);
};

const replace = (path: string, found: Found, own: Holder): boolean =>
  change(path, found, own, () => renameSync(write(path, own), path));

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
    const found = readLock(path);
    if (found?.holder?.token === own.token) change(path, found, own, () => rmSync(path, {force: true}));
  };
};

export type LockWait = {
  /** The holder's activity, as in "is installing the same packages". */
  readonly activity: string;
  /** Receives a line every ten seconds while it waits. */
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Waits until no other process holds the lock, reports which process it waits for, and acquires the lock. A process that
 * is stopped, or that can't be seen, loses it after a minute without a sign of work.
 *
 * @returns a function that releases the lock
 */
export const acquireLock = async (path: string, {activity, report, signal}: LockWait): Promise<() => void> => {
  const own = createHolder();
  const observe = createObserver();
  let reported = Number.NEGATIVE_INFINITY;
  while (!create(path, own)) {
    const found = readLock(path);
    const isAbandoned = found !== undefined && judge(found, observe(found), false) === 'abandoned';
    if (isAbandoned && replace(path, found, own)) break;
    if (found && !isAbandoned && performance.now() - reported >= reportEveryMs) {
      reported = performance.now();
      const ageSeconds = Math.round((Date.now() - found.updatedMs) / 1000);
      report(`Waiting for process ${found.holder?.pid}, which ${activity} (last sign of it ${ageSeconds} s ago) …`);
    }
    await delay(checkMs, undefined, {signal});
  }
  return keep(path, own);
};

/**
 * Acquires the lock, or fails if another process holds it. Waits a few seconds where only an update of the lock shows
 * that its process is running.
 *
 * @param describe the message for that failure
 * @returns a function that releases the lock
 * @throws {LockedError}
 */
export const requireLock = async (path: string, describe: (holder: Holder) => string): Promise<() => void> => {
  const own = createHolder();
  const observe = createObserver();
  while (!create(path, own)) {
    const found = readLock(path);
    if (found === undefined) continue; // just released
    const verdict = judge(found, observe(found), true);
    if (verdict === 'abandoned' && replace(path, found, own)) break;
    if (verdict === 'held' && found.holder) throw new LockedError(describe(found.holder), found.holder);
    await delay(checkMs); // undecided, or another process is replacing it
  }
  return keep(path, own);
};
