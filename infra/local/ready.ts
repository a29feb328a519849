/** Waiting for something to answer, by asking it. */
import {setTimeout as delay} from 'node:timers/promises';

export interface Readiness {
  readonly name: string;
  /** Answers 2xx once it is ready. */
  readonly url: string;
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

const betweenMs = 50;

/** Resolves as soon as `url` answers well. Rejects with what was said last when that takes too long. */
export const untilReady = async ({name, url, signal, timeoutMs = 30_000}: Readiness): Promise<void> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let last: string;
    try {
      const {ok, status, body} = await fetch(url, {signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)])});
      await body?.cancel();
      if (ok) return;
      last = `status ${status}`;
    } catch (error) {
      signal.throwIfAborted();
      last = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    }
    if (Date.now() > deadline) throw new Error(`${name} is not ready after ${timeoutMs / 1000} s: ${url} said ${last}`);
    await delay(betweenMs, undefined, {signal});
  }
};
