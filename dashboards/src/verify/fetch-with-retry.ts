/** A `fetch` that retries throttled requests. */
import {setTimeout as delay} from 'node:timers/promises';

export type RetryOptions = {
  readonly fetch?: typeof globalThis.fetch;
  /** Maximum number of attempts per request. @default 6 */
  readonly attempts?: number;
  /** How long each attempt may take, in milliseconds, without the waits between attempts. @default 30000 */
  readonly timeoutMs?: number;
  /** Called before each wait. */
  readonly onWait?: (wait: {readonly status: number; readonly milliseconds: number}) => void;
  /** Waits between attempts; tests replace it. */
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** Returns a number from 0 to 1. @default Math.random */
  readonly random?: () => number;
};

const firstWaitMs = 500;
const maxWaitMs = 10_000;

/** AWS puts the name of an error in a header or in the body, and also throttles with status 400. */
const throttling = /Throttl(ing|ed)|TooManyRequests|RequestLimitExceeded/;

const isThrottled = async (response: Response): Promise<boolean> => {
  const {status, headers} = response;
  if (status === 429) return true;
  if (status !== 400 && status !== 503) return false;
  if (throttling.test(headers.get('x-amzn-errortype') ?? '')) return true;
  const text = await response.clone().text();
  // Prometheus responds with 503 to a query that timed out; a retry would time out again.
  return status === 503 ? !/"errorType":\s*"(timeout|canceled)"/.test(text) : throttling.test(text);
};

/** Exponential backoff with full jitter, in milliseconds, after the `retry-after` of the response. */
const waitBefore = (attempt: number, response: Response, random: () => number): number => {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
  const spread = random() * Math.min(maxWaitMs, firstWaitMs * 2 ** attempt);
  return retryAfter >= 0 ? Math.min(maxWaitMs, retryAfter) + spread : spread;
};

/**
 * A `fetch` that retries throttled requests (429, 503 and the throttling errors of AWS) as new requests. It returns the
 * response of the last attempt, whatever its status. Other errors are not retried.
 */
export const createRetryingFetch = ({
  fetch = globalThis.fetch,
  attempts = 6,
  timeoutMs = 30_000,
  onWait = () => {},
  wait = (milliseconds, signal) => delay(milliseconds, undefined, {signal}),
  random = Math.random,
}: RetryOptions = {}): typeof globalThis.fetch => {
  return async (input, init) => {
    for (let attempt = 0; ; attempt += 1) {
      const timeout = AbortSignal.timeout(timeoutMs);
      const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
      const response = await fetch(input, {...init, signal});
      if (attempt + 1 >= attempts || !(await isThrottled(response))) return response;
      const milliseconds = waitBefore(attempt, response, random);
      await response.body?.cancel();
      onWait({status: response.status, milliseconds});
      await wait(milliseconds, init?.signal ?? undefined);
    }
  };
};
