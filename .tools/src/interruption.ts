/** Turns the signals and accidents that end a process into one AbortSignal. */
import {ToolsError} from './tools-error.ts';

/** The user or the system asked the process to stop. */
export class Interruption extends ToolsError {
  override readonly name = 'Interruption';
  readonly code = 'ERR_INTERRUPTED';
  readonly by: NodeJS.Signals;

  constructor(by: NodeJS.Signals) {
    super(`Stopped by ${by}`);
    this.by = by;
  }
}

const parentCheckMs = 500;

/** npm passes on the Ctrl-C that the terminal has already sent: one press arrives twice. */
const duplicateSignalMs = 500;

/**
 * Aborts with an Interruption on the first SIGINT, SIGTERM or SIGHUP, and with the error of an uncaught exception.
 * Calls `onSecond` when the user interrupts a second time.
 */
export const listenForInterruption = (onSecond: () => void): AbortSignal => {
  const controller = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        first = Date.now();
        controller.abort(new Interruption(name));
      } else if (Date.now() - first > duplicateSignalMs) onSecond();
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => controller.abort(new Interruption('SIGHUP')));
  process.on('uncaughtException', error => controller.abort(error));
  process.on('unhandledRejection', error => controller.abort(error));
  return controller.signal;
};

/** A process gets no signal when its parent npm is killed, but the user who killed npm wants this process to stop too. */
const watchParent = (onGone: () => void): void => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  timer.unref();
};
