/** Content encodings of request bodies: gzip, inflated within the same limit as any other body. */
import type {IncomingMessage} from 'node:http';
import {gunzip} from 'node:zlib';
import {bodyTooLargeError, HttpError} from './errors.ts';
import type {TakeTurn} from './turns.ts';

export type Encoding = 'identity' | 'gzip';

/**
 * The encoding of a request's body.
 *
 * @throws HttpError with 415 for any but gzip (also as `x-gzip`) and identity.
 */
export const encodingOf = ({headers}: IncomingMessage): Encoding => {
  const given = headers['content-encoding'];
  if (given === undefined) return 'identity';
  const name = given.trim().toLowerCase();
  if (name === '' || name === 'identity') return 'identity';
  if (name === 'gzip' || name === 'x-gzip') return 'gzip';
  throw new HttpError(
    'ERR_CONTENT_ENCODING',
    `Expected Content-Encoding gzip or identity, found ${given.slice(0, 100)}`,
    {
      headers: {'Accept-Encoding': 'gzip, identity'}, // RFC 9110, section 12.5.3
    },
  );
};

/** Bodies that are inflated, or wait inflated, at a time: each may grow to the largest size that is accepted. */
const maxConcurrent = 2;

/** Gets the whole body, or the reason why there is none. */
export type BodyCallback = (...outcome: [error: HttpError, body: null] | [error: null, body: Buffer]) => void;

/** Inflates what `take` returns when there is room for it, and passes on the outcome in its turn. */
export type Inflate = (take: () => Buffer, done: BodyCallback) => void;

export interface InflaterOptions {
  /** Bytes of an inflated body. */
  readonly maxSize: number;
  readonly takeTurn: TakeTurn;
}

/**
 * Creates an inflater that stops as soon as a body grows past `maxSize`, whatever its ratio. It works in the thread
 * pool, so that inflating never holds up the event loop.
 */
export const createInflater = ({maxSize, takeTurn}: InflaterOptions): Inflate => {
  const waiting: Array<() => void> = [];
  let active = 0;
  const next = (): void => {
    if (active >= maxConcurrent) return;
    const start = waiting.shift();
    if (start === undefined) return;
    active += 1;
    start();
  };
  const toError = (cause: Error): HttpError =>
    'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
      ? bodyTooLargeError(maxSize)
      : new HttpError('ERR_BAD_REQUEST', 'Content-Encoding is gzip, but the request body is not valid gzip', {cause});
  return (take, done) => {
    waiting.push(() =>
      gunzip(take(), {maxOutputLength: maxSize}, (error, body) =>
        takeTurn(() => {
          active -= 1;
          next();
          if (error === null) done(null, body);
          else done(toError(error), null);
        }),
      ),
    );
    next();
  };
};
