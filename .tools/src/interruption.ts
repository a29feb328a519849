/** Turns the signals and accidents that end a process into one AbortSignal. */

/** Somebody asked for the end. */
export class Interruption extends Error {
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
const echoMs = 500;

/**
 * Aborts with an Interruption at the first SIGINT, SIGTERM or SIGHUP, and with the error when something is thrown
 * that nobody catches. Calls `onSecond` when a person insists.
 */
export const listenForInterruption = (onSecond: () => void): AbortSignal => {
  const controller = new AbortController();
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        first = Date.now();
        controller.abort(new Interruption(name));
      } else if (Date.now() - first > echoMs) onSecond();
    });
  }
  if (process.env['npm_lifecycle_event'] !== undefined) watchParent(() => controller.abort(new Interruption('SIGHUP')));
  process.on('uncaughtException', error => controller.abort(error));
  process.on('unhandledRejection', error => controller.abort(error));
  return controller.signal;
};

/** Nobody is told when npm is killed; whoever started npm means this process as well. */
const watchParent = (onGone: () => void): void => {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, parentCheckMs);
  timer.unref();
};
