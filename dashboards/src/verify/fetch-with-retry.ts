/** Asks again where an answer says "not now". */
import {setTimeout as delay} from 'node:timers/promises';

export type PatienceOptions = {
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request is sent at most. */
  readonly attempts?: number;
  /** How long an attempt may take, in milliseconds; waits between them don't count. */
  readonly timeoutMs?: number;
  /** Told of each wait. */
  readonly onWait?: (wait: {readonly status: number; readonly milliseconds: number}) => void;
  /** Waits; one that doesn't is a test's. */
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
  /** From 0 to 1. */
  readonly random?: () => number;
};

const firstWaitMs = 500;
const longestWaitMs = 10_000;

/** AWS names its errors in a header or in the body, and throttles with 400 as well. */
const throttling = /Throttl(ing|ed)|TooManyRequests|RequestLimitExceeded/;

const isThrottled = async (response: Response): Promise<boolean> => {
  const {status, headers} = response;
  if (status === 429) return true;
  if (status !== 400 && status !== 503) return false;
  if (throttling.test(headers.get('x-amzn-errortype') ?? '')) return true;
  const text = await response.clone().text();
  // Prometheus answers 503 to a query that ran out of time: it would again.
  return status === 503 ? !/"errorType":\s*"(timeout|canceled)"/.test(text) : throttling.test(text);
};

/** Doubled with each attempt and spread over its whole length, or as long as the answer asks for. */
const waitBefore = (attempt: number, response: Response, random: () => number): number => {
  const asked = Number(response.headers.get('retry-after') ?? Number.NaN) * 1000;
  const spread = random() * Math.min(longestWaitMs, firstWaitMs * 2 ** attempt);
  return asked >= 0 ? Math.min(longestWaitMs, asked) + spread : spread;
};

/**
 * A `fetch` that repeats what was throttled (429, 503, AWS's throttling errors), each attempt sent afresh; the last
 * answer is passed on whatever it says. What else goes wrong is the caller's.
 */
export const createPatientFetch = ({
  fetch = globalThis.fetch,
  attempts = 6,
  timeoutMs = 30_000,
  onWait = () => {},
  wait = (milliseconds, signal) => delay(milliseconds, undefined, {signal}),
  random = Math.random,
}: PatienceOptions = {}): typeof globalThis.fetch => {
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
