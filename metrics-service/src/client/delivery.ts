/** One request of the client, and what becomes of the batch in it. */
import {headers, paths} from '../contract.ts';

/** What becomes of a batch. */
export type Verdict =
  | {readonly kind: 'taken'; readonly accepted: number; readonly errors: readonly string[]}
  | {readonly kind: 'refused'; readonly why: string}
  | {readonly kind: 'too large'}
  | {readonly kind: 'later'; readonly why: string; readonly afterMs: number};

/** Sends a batch: metrics, each as JSON. Never rejects. */
export type Deliver = (batch: readonly string[]) => Promise<Verdict>;

export interface DeliveryOptions {
  readonly url: string;
  readonly key: string;
  /** Who sends, as the fields of a batch. */
  readonly sender: Readonly<Record<string, string | undefined>>;
  /** Milliseconds a request may take. */
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
  /** Ends the request under way. */
  readonly signal: AbortSignal;
}

const longestRetryAfterMs = 120_000;

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? (error.cause instanceof Error ? error.cause.message : error.message) : String(error);

/** Milliseconds; the header holds seconds here, and a date elsewhere. */
const retryAfterMs = (response: Response): number => {
  const seconds = Number(response.headers.get(headers.retryAfter) ?? 0);
  return seconds > 0 ? Math.min(longestRetryAfterMs, seconds * 1000) : 0;
};

const judge = async (response: Response): Promise<Verdict> => {
  const text = await response.text();
  let answer: {readonly accepted?: unknown; readonly errors?: unknown; readonly detail?: unknown} = {};
  try {
    answer = Object(JSON.parse(text)); // what is no object has none of these
  } catch {
    // something between here and the service answered
  }
  const {status} = response;
  // A proxy's page with 200 is no word of the service: nothing says that the batch was counted.
  if (status === 200 && typeof answer.accepted === 'number') {
    const errors = Array.isArray(answer.errors) ? answer.errors.map(String) : [];
    return {kind: 'taken', accepted: answer.accepted, errors};
  }
  if (status === 413) return {kind: 'too large'};
  const why = `status ${status}${typeof answer.detail === 'string' ? `, ${answer.detail}` : ''}`;
  if (status === 400 || status === 415 || status === 422) return {kind: 'refused', why};
  // A key may be rotated, a task replaced: whatever else it is may pass.
  return {kind: 'later', why, afterMs: retryAfterMs(response)};
};

export const createDelivery = ({url, key, sender, timeoutMs, fetch, signal}: DeliveryOptions): Deliver => {
  const target = url.replace(/\/+$/, '') + paths.metrics;
  const envelope = JSON.stringify(sender).slice(0, -1);
  return async batch => {
    try {
      const response = await fetch(target, {
        method: 'POST',
        // The key is for this address and no other.
        redirect: 'manual',
        headers: {'Content-Type': 'application/json', [headers.apiKey]: key},
        body: `${envelope},"metrics":[${batch.join(',')}]}`,
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
      });
      return await judge(response);
    } catch (error) {
      return {kind: 'later', why: reasonOf(error), afterMs: 0};
    }
  };
};
