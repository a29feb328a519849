/** Distinguishes a process from a later one with the same id. */
import {readFileSync, readlinkSync} from 'node:fs';

export type ProcessIdentity = {
  readonly pid: number;
  /** When the process began, in the kernel's unit; empty where it is not known. */
  readonly startedAt: string;
};

/** What the kernel says of a process; both empty where it says nothing. */
const statOf = (pid: number): {readonly state: string; readonly startedAt: string} => {
  try {
    // proc(5): the command in brackets may hold spaces; the state follows it, and the start is the 20th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return {state: fields[0] ?? '', startedAt: fields[19] ?? ''};
  } catch {
    return {state: '', startedAt: ''};
  }
};

/** Of processes that have ended, and whose parent has not asked how: in a container without an init they stay. */
const endedStates = ['Z', 'X'];

export const ownIdentity = (): ProcessIdentity => ({pid: process.pid, startedAt: statOf(process.pid).startedAt});

/** Whether the process is running, and whether that is certain: without its start time, another may have its id. */
export const findProcess = ({
  pid,
  startedAt,
}: ProcessIdentity): {readonly isRunning: boolean; readonly isCertain: boolean} => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    const isOthers = error instanceof Error && 'code' in error && error.code === 'EPERM'; // another user's
    if (!isOthers) return {isRunning: false, isCertain: true};
  }
  const found = statOf(pid);
  if (endedStates.includes(found.state)) return {isRunning: false, isCertain: true};
  const isCertain = found.startedAt !== '' && startedAt !== '';
  return {isRunning: !isCertain || found.startedAt === startedAt, isCertain};
};

/** The kernel's number for the processes that this one can see; another container has another one. */
export const processNamespace = (): string => {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
};
