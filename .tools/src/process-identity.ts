/** Distinguishes a process from a later one with the same id. */
import {readFileSync, readlinkSync} from 'node:fs';

export type ProcessIdentity = {
  readonly pid: number;
  /** When the process began, in the kernel's unit; empty where it is not known. */
  readonly startedAt: string;
};

const startOf = (pid: number): string => {
  try {
    // proc(5): the command in brackets may hold spaces; the start is the 20th field after it.
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

export const ownIdentity = (): ProcessIdentity => ({pid: process.pid, startedAt: startOf(process.pid)});

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
  const start = startOf(pid);
  const isCertain = start !== '' && startedAt !== '';
  return {isRunning: !isCertain || start === startedAt, isCertain};
};

/** The kernel's number for the processes that this one can see; another container has another one. */
export const processNamespace = (): string => {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
};
