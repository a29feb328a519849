/** A token bucket for each emitter: its capacity is both the burst size and the number of requests per minute. */
import {headers as names} from '../contract.ts';
import type {IdentifiedRequest} from './authenticate.ts';
import {HttpError} from './errors.ts';

export interface LimiterOptions {
  /** Capacity of a bucket and what flows into it in a minute. */
  readonly perMinute: number;
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number;
  readonly onLimit: (emitter: string, request: IdentifiedRequest) => void;
}

export interface LimiterState {
  /** Whole tokens left. */
  readonly available: number;
  /** Whole seconds until the bucket is full. */
  readonly resetSeconds: number;
}

export interface Limiter {
  readonly limit: number;
  /** Takes a token and says how many whole ones are left. Throws HttpError with 429 when there is none. */
  take(emitter: string, request: IdentifiedRequest): number;
  /** Looks without taking. */
  peek(emitter: string): LimiterState;
}

export const createLimiter = ({perMinute, now, onLimit}: LimiterOptions): Limiter => {
  const perMs = perMinute / 60_000;
  /** One for each emitter that was seen: they are bounded, since each has a key. */
  const buckets = new Map<string, {tokens: number; at: number}>();
  const refill = (emitter: string) => {
    const time = now();
    let bucket = buckets.get(emitter);
    if (bucket === undefined) {
      bucket = {tokens: perMinute, at: time};
      buckets.set(emitter, bucket);
    }
    bucket.tokens = Math.min(perMinute, bucket.tokens + (time - bucket.at) * perMs);
    bucket.at = time;
    return bucket;
  };
  return {
    limit: perMinute,
    take(emitter, request) {
      const bucket = refill(emitter);
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return Math.floor(bucket.tokens);
      }
      onLimit(emitter, request);
      throw new HttpError('ERR_RATE_LIMIT', `Rate limit exceeded. Limit: ${perMinute} requests/minute`, {
        headers: {
          [names.retryAfter]: String(Math.ceil((1 - bucket.tokens) / perMs / 1000)),
          [names.rateLimit]: String(perMinute),
          [names.rateLimitRemaining]: '0',
        },
      });
    },
    peek(emitter) {
      const {tokens} = refill(emitter);
      return {available: Math.floor(tokens), resetSeconds: Math.ceil((perMinute - tokens) / perMs / 1000)};
    },
  };
};
