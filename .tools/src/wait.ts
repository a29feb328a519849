/** Waiting for a condition instead of sleeping. */
import {setTimeout as delay} from 'node:timers/promises';
import {reasonOf} from './reason.ts';
import {ToolsError} from './tools-error.ts';

/** A condition did not become true in time. */
export class TimeoutError extends ToolsError {
  override readonly name = 'TimeoutError';
  readonly code = 'ERR_WAIT_TIMEOUT';
}

export type WaitOptions = {
  /** Milliseconds after which waiting fails. @default 30000 */
  readonly timeoutMs?: number;
  /** Milliseconds between two probes. @default 50 */
  readonly intervalMs?: number;
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal;
};

/**
 * Probes until the result is neither `undefined`, `null` nor `false`, and returns it. A probe that throws counts as "not
 * yet"; the last reason becomes part of the timeout's message.
 *
 * @param what the condition, as in "the service to be ready"
 * @throws {TimeoutError} when the condition does not hold within `timeoutMs`
 */
export const waitFor = async <Result>(
  what: string,
  probe: () => Promise<Result> | Result,
  {timeoutMs = 30_000, intervalMs = 50, signal}: WaitOptions = {},
): Promise<Exclude<Result, undefined | null | false>> => {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    let reason = '';
    try {
      const result = await probe();
      // What is left after the three values that mean "not yet".
      if (result !== undefined && result !== null && result !== false)
        return result as Exclude<Result, undefined | null | false>;
    } catch (error) {
      signal?.throwIfAborted();
      reason = ` (${reasonOf(error)})`;
    }
    if (performance.now() > deadline) throw new TimeoutError(`waited ${timeoutMs / 1000}s for ${what}${reason}`);
    await delay(intervalMs, undefined, signal && {signal});
  }
};

/** A program responded, but with another status than 2xx. */
class NotReadyError extends ToolsError {
  override readonly name = 'NotReadyError';
  readonly code = 'ERR_NOT_READY';
}

export type ReadinessOptions = WaitOptions & {
  /** The name a person knows the program by. */
  readonly name: string;
  /** Responds with a 2xx status when the program is ready. */
  readonly url: string;
};

/** Milliseconds that one request for readiness may take. */
const requestTimeoutMs = 2_000;

/** Resolves when `url` responds with a 2xx status. @throws {TimeoutError} with the last response when it does not in time */
export const waitUntilReady = async ({name, url, ...options}: ReadinessOptions): Promise<void> => {
  await waitFor(
    `${name} to be ready at ${url}`,
    async () => {
      const timeout = AbortSignal.timeout(requestTimeoutMs);
      const {ok, status, body} = await fetch(url, {
        signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
      });
      await body?.cancel();
      if (!ok) throw new NotReadyError(`status ${status}`);
      return true;
    },
    options,
  );
};
