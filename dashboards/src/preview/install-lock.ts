/**
 * A lock that one process at a time holds: a file that names the process, and whose age shows that it is still running.
 * Tests and a user may start the same installation at the same time, and two npm processes in one folder break each other.
 */
import {randomUUID} from 'node:crypto';
import {linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';

const checkMs = 500;
const heartbeatMs = 2000;
/** A holder that has not touched its lock for this long does not work any more, whatever its process id says. */
const deadAfterMs = 60_000;
const reportEveryMs = 10_000;

type Holder = {readonly pid: number; readonly startedAt: string; readonly token: string};

/** When a process began, in the kernel's own unit: tells it from a later one of the same id. Empty where it is not known. */
const startOf = (pid: number): string => {
  try {
    // proc(5): the command in brackets may hold spaces; the start is the 20th field after it.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'; // another user's
  }
};

const parseHolder = (text: string): Holder | undefined => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const field = (name: string): unknown => Reflect.get(parsed, name);
    const [pid, startedAt, token] = [field('pid'), field('startedAt'), field('token')];
    return typeof pid === 'number' && typeof startedAt === 'string' && typeof token === 'string'
      ? {pid, startedAt, token}
      : undefined;
  } catch {
    return undefined;
  }
};

type Found = {readonly text: string; readonly holder: Holder | undefined; readonly ageMs: number};

/** The lock as it stands; undefined where there is none. */
const look = (path: string): Found | undefined => {
  try {
    const text = readFileSync(path, 'utf8');
    return {text, holder: parseHolder(text), ageMs: Date.now() - statSync(path).mtimeMs};
  } catch {
    return undefined;
  }
};

/** A lock is written in one step: one that names no holder, or a process that has ended, is abandoned. */
const isAbandoned = ({holder, ageMs}: Found): boolean => {
  if (!holder || ageMs > deadAfterMs || !isAlive(holder.pid)) return true;
  const start = startOf(holder.pid);
  return start !== '' && holder.startedAt !== '' && start !== holder.startedAt;
};

/** Takes the file away unless another process has replaced it since it was looked at. */
const removeAbandoned = (path: string, {text}: Found): void => {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== text) linkSync(aside, path);
  } catch {
    // another process was faster; the next look tells
  }
  rmSync(aside, {force: true});
};

const tryTake = (path: string, holder: Holder): boolean => {
  const whole = `${path}.${holder.token}`;
  writeFileSync(whole, JSON.stringify(holder));
  try {
    linkSync(whole, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(whole, {force: true});
  }
};

const waitingFor = ({holder, ageMs}: Found): string =>
  `Waiting for process ${holder?.pid}, which is installing the same packages (last sign of it ${Math.round(ageMs / 1000)} s ago) …`;

/**
 * Waits until no other process holds the lock, reports which process it waits for, and takes the lock.
 * @returns what gives the lock back
 */
export const takeLock = async (
  path: string,
  report: (line: string) => void,
  signal?: AbortSignal,
): Promise<() => void> => {
  const own: Holder = {pid: process.pid, startedAt: startOf(process.pid), token: randomUUID()};
  let reported = Number.NEGATIVE_INFINITY;
  while (!tryTake(path, own)) {
    const found = look(path);
    if (found && isAbandoned(found)) {
      removeAbandoned(path, found);
      continue;
    }
    if (found && performance.now() - reported >= reportEveryMs) {
      reported = performance.now();
      report(waitingFor(found));
    }
    await delay(checkMs, undefined, {signal});
  }
  const beat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(path, now, now);
    } catch {
      // taken away by hand: the work goes on, and nothing is given back
    }
  }, heartbeatMs);
  beat.unref();
  return () => {
    clearInterval(beat);
    if (look(path)?.holder?.token === own.token) rmSync(path, {force: true});
  };
};
