/** Which requests are admitted: those with an emitter's key, as long as the emitter's token bucket is not empty. */
import type {IncomingMessage} from 'node:http';
import {headers as names} from '../contract.ts';
import type {Keyring} from '../keyring.ts';
import type {RejectedRequest} from '../rejection-log.ts';
import {HttpError} from './errors.ts';

/** A request with the id that its response carries. */
export interface IdentifiedRequest {
  readonly request: IncomingMessage;
  readonly requestId: string;
}

export const originOf = ({request, requestId}: IdentifiedRequest): RejectedRequest => ({
  requestId,
  peer: request.socket.remoteAddress,
});

export interface AuthenticatorOptions {
  readonly keyring: Pick<Keyring, 'emitterOf'>;
  readonly onFailure: (reason: 'missing' | 'invalid', request: IdentifiedRequest) => void;
}

/** The emitter whose key the request carries. @throws HttpError with 401. */
export type Authenticate = (request: IdentifiedRequest) => string;

const header = names.apiKey.toLowerCase();

/** RFC 9110, section 15.5.2: a 401 says how to authenticate. */
const challenge = {[names.authenticate]: `ApiKey realm="metrics-service", header="${names.apiKey}"`};

export const createAuthenticator =
  ({keyring, onFailure}: AuthenticatorOptions): Authenticate =>
  identified => {
    const given = identified.request.headers[header];
    if (typeof given !== 'string' || given === '') {
      onFailure('missing', identified);
      throw new HttpError('ERR_KEY_MISSING', `API key required in ${names.apiKey} header`, {headers: challenge});
    }
    const emitter = keyring.emitterOf(given);
    if (emitter === undefined) {
      onFailure('invalid', identified);
      throw new HttpError('ERR_KEY_INVALID', 'Invalid API key', {headers: challenge});
    }
    return emitter;
  };

export interface LimiterOptions {
  /** The capacity of a bucket, and the tokens added to it per minute. */
  readonly rateLimit: number;
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
  /** Takes a token and returns how many whole ones are left. @throws HttpError with 429 if there is none. */
  take(emitter: string, request: IdentifiedRequest): number;
  /** Reads the state without taking a token. */
  peek(emitter: string): LimiterState;
}

export const createLimiter = ({rateLimit, now, onLimit}: LimiterOptions): Limiter => {
  const perMs = rateLimit / 60_000;
  /** One for each emitter that was seen: they are bounded, since each has a key. */
  const buckets = new Map<string, {tokens: number; at: number}>();
  const refill = (emitter: string) => {
    const time = now();
    let bucket = buckets.get(emitter);
    if (bucket === undefined) {
      bucket = {tokens: rateLimit, at: time};
      buckets.set(emitter, bucket);
    }
    bucket.tokens = Math.min(rateLimit, bucket.tokens + (time - bucket.at) * perMs);
    bucket.at = time;
    return bucket;
  };
  return {
    limit: rateLimit,
    take(emitter, request) {
      const bucket = refill(emitter);
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return Math.floor(bucket.tokens);
      }
      onLimit(emitter, request);
      throw new HttpError('ERR_RATE_LIMIT', `Rate limit exceeded. Limit: ${rateLimit} requests/minute`, {
        headers: {
          [names.retryAfter]: String(Math.ceil((1 - bucket.tokens) / perMs / 1000)),
          [names.rateLimit]: String(rateLimit),
          [names.rateLimitRemaining]: '0',
        },
      });
    },
    peek(emitter) {
      const {tokens} = refill(emitter);
      return {available: Math.floor(tokens), resetSeconds: Math.ceil((rateLimit - tokens) / perMs / 1000)};
    },
  };
};
