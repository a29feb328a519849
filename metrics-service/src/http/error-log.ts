/** The log of what clients can provoke: bounded, so that a flood of requests is not a flood of lines. */
import type {Logger} from 'pino';

export interface ErrorLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Lines per second; the others are counted. */
const maxPerSecond = 10;

/** Passes on the first lines of each second, and at its end says how many were suppressed. */
export const createErrorLog = (log: Logger): ErrorLog => {
  let written = 0;
  let suppressed = 0;
  let counting = false;
  const endSecond = (): void => {
    if (suppressed > 0) log.error({suppressed}, 'errors of the last second that were not logged');
    written = 0;
    suppressed = 0;
    counting = false;
  };
  const write = (level: 'error' | 'warn', fields: object, message: string): void => {
    if (!counting) setTimeout(endSecond, 1000).unref();
    counting = true;
    if (written >= maxPerSecond) {
      suppressed += 1;
      return;
    }
    written += 1;
    log[level](fields, message);
  };
  return {
    error: (fields, message) => write('error', fields, message),
    warn: (fields, message) => write('warn', fields, message),
  };
};
