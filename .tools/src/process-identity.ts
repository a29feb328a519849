/** Distinguishes a process from a later one with the same id, and from one of another container. */
import {readFileSync, readlinkSync} from 'node:fs';

export type ProcessIdentity = {
  readonly pid: number;
  /** Start time of the process, in the kernel's unit; empty where it is not known. */
  readonly startedAt: string;
  /** The kernel's boot id; empty where it is not known. @default this machine's */
  readonly boot?: string;
  /** The inode of the process's PID namespace. @default this process's */
  readonly namespace?: string;
};

/**
 * `unknown`: a process with this id is running, but it may be another one; or the process belongs to another container or
 * machine, whose processes this one can't see.
 */
export type ProcessState = 'running' | 'stopped' | 'ended' | 'unknown';

/** The kernel's record of a process; both fields are empty where there is none. */
const statOf = (pid: number): {readonly state: string; readonly startedAt: string} => {
  try {
    // proc(5): the command in brackets may contain spaces; the state follows it, and the start is the 20th field after
    // it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return {state: fields[0] ?? '', startedAt: fields[19] ?? ''};
  } catch {
    return {state: '', startedAt: ''};
  }
};

/** States of zombies: processes that have ended and whose parent has not waited for them. Without an init they remain. */
const endedStates = ['Z', 'X'];
/** States of processes that a signal (Ctrl-Z) or a debugger has stopped. */
const stoppedStates = ['T', 't'];

/** The inode of this process's PID namespace, which differs between containers. */
export const processNamespace = (): string => {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  } catch {
    return '0';
  }
};

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};

export const ownIdentity = (): Required<ProcessIdentity> => ({
  pid: process.pid,
  startedAt: statOf(process.pid).startedAt,
  boot: bootId(),
  namespace: processNamespace(),
});

export const findProcess = ({pid, startedAt, boot, namespace}: ProcessIdentity): ProcessState => {
  if ((boot ?? bootId()) !== bootId() || (namespace ?? processNamespace()) !== processNamespace()) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    const isOthers = error instanceof Error && 'code' in error && error.code === 'EPERM'; // another user's
    if (!isOthers) return 'ended';
  }
  const found = statOf(pid);
  if (endedStates.includes(found.state)) return 'ended';
  if (found.startedAt === '' || startedAt === '') return 'unknown';
  if (found.startedAt !== startedAt) return 'ended';
  return stoppedStates.includes(found.state) ? 'stopped' : 'running';
};
