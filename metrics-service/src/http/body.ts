/** Reads the body of a request of any content: the size of each body is bounded, and the size of all bodies together. */
import type {IncomingMessage} from 'node:http';
import {BodyParts} from './body-parts.ts';
import {DirectRequest} from './direct-body.ts';
import {bodyTooLargeError} from './errors.ts';
import {type BodyCallback, createInflater, encodingOf} from './inflate.ts';
import {createTurns} from './turns.ts';

/**
 * Passes on the whole body, inflated if it was compressed, or an HttpError: 413 as soon as the body is larger than
 * the limit, 400 if it does not match its Content-Encoding. Does not call back if the client disconnects before
 * the end of its body. Call `checkSize` and `encodingOf` first: they reject by the headers only.
 *
 * A callback and not a promise: this is the hot path.
 */
export type ReadBody = (request: IncomingMessage, done: BodyCallback) => void;

export interface BodyLimits {
  /** Bytes of one body, as sent and as inflated. */
  readonly maxSize: number;
  /**
   * Bytes of all bodies in progress, approximately. Past them large bodies wait for others to end. Smaller bodies have
   * twice as many: a few uploads that stall must not delay other emitters.
   */
  readonly maxHeld: number;
}

/** @throws HttpError with 413 when the body is too large by its Content-Length. */
export const checkSize = ({headers}: IncomingMessage, maxSize: number): void => {
  if (Number(headers['content-length'] ?? 0) > maxSize) throw bodyTooLargeError(maxSize);
};

/** Bytes of a body that never counts among those held, nor waits: a few events always get through. */
const unheld = 64 * 1024;

/** Bytes past which a body yields its place to the others when memory is short. */
const large = 2 ** 20;

interface Reading {
  readonly request: IncomingMessage;
  readonly parts: BodyParts;
  size: number;
  paused: boolean;
  /** Read to its end, and waiting for its turn. */
  complete: boolean;
  /** Passed on, rejected or given up. */
  over: boolean;
}

/**
 * Creates a reader. All routes share one, since its limits hold for all bodies together: a thousand uploads of the
 * largest size at the same time would end the process. A body that has to wait is not read, so that its client waits as
 * well; at least one body is always read.
 */
export const createBodyReader = ({maxSize, maxHeld}: BodyLimits): ReadBody => {
  const readings = new Set<Reading>();
  const takeTurn = createTurns();
  const inflate = createInflater({maxSize, takeTurn});
  let held = 0;
  let paused = 0;

  const roomFor = ({size}: Reading): number => (size > large ? maxHeld : 2 * maxHeld);

  const wakeNext = (): void => {
    for (const reading of readings) {
      if (paused === 0) return;
      if (!reading.paused || (held > roomFor(reading) && paused < readings.size)) continue;
      reading.paused = false;
      paused -= 1;
      reading.request.resume();
    }
  };

  /** Counts bytes of a body that is not small, and makes its client wait where all together hold too much. */
  const hold = (reading: Reading, bytes: number): void => {
    held += readings.has(reading) ? bytes : reading.size;
    readings.add(reading);
    if (held <= roomFor(reading) || paused >= readings.size - 1 || reading.size > maxSize) return;
    reading.paused = true;
    paused += 1;
    reading.request.pause();
  };

  const release = (reading: Reading): void => {
    reading.over = true;
    reading.parts.clear();
    // Most bodies are small, and never were among those that share the limit.
    if (reading.size <= unheld || !readings.delete(reading)) return;
    held -= reading.size;
    if (reading.paused) paused -= 1;
    wakeNext();
  };

  const take = (reading: Reading): Buffer => {
    const body = reading.parts.take();
    release(reading);
    return body;
  };

  const finish = (reading: Reading, done: BodyCallback): void => {
    if (encodingOf(reading.request) === 'gzip') {
      reading.complete = true;
      inflate(() => take(reading), done);
    } else if (reading.size <= unheld) {
      done(null, take(reading));
    } else {
      // Processing a large body blocks the event loop for some time: other work runs between two of them.
      reading.complete = true;
      takeTurn(() => done(null, take(reading)));
    }
  };

  /** Most requests: nothing has to be counted, nor to wait. */
  const readSmall = (request: IncomingMessage, done: BodyCallback): boolean =>
    request instanceof DirectRequest &&
    Number(request.headers['content-length'] ?? Number.NaN) <= unheld &&
    request.readWhole(body => {
      if (encodingOf(request) === 'gzip') inflate(() => body, done);
      else done(null, body);
    });

  return (request, done) => {
    if (readSmall(request, done)) return;
    const reading: Reading = {request, parts: new BodyParts(), size: 0, paused: false, complete: false, over: false};
    request.on('data', (chunk: Buffer) => {
      if (reading.over) return;
      reading.size += chunk.length;
      if (reading.size > unheld) hold(reading, chunk.length);
      if (reading.size > maxSize) {
        release(reading);
        done(bodyTooLargeError(maxSize), null);
        return;
      }
      reading.parts.add(chunk);
    });
    request.on('end', () => {
      if (!reading.over) finish(reading, done);
    });
    request.on('close', () => {
      if (!reading.over && !reading.complete) release(reading);
    });
  };
};
