/** Reads bodies up to a limit, each and together, and not a byte of one that is refused. */
import type {IncomingMessage} from 'node:http';
import {Refused} from './errors.ts';

/** `application/json`, with or without parameters, and the types that are JSON by their ending (RFC 6839). */
const json = /^\s*(?:application|text)\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;

/** Throws Refused with 415 or 413 for what the headers alone give away. */
export const checkHeaders = ({headers}: IncomingMessage, maxSize: number): void => {
  const type = headers['content-type'];
  if (type !== undefined && type !== 'application/json' && type.trim() !== '' && !json.test(type)) {
    throw new Refused(415, `Expected Content-Type application/json, found ${type.slice(0, 100)}`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim() !== '' && encoding.trim().toLowerCase() !== 'identity') {
    throw new Refused(415, `Expected no Content-Encoding, found ${encoding.slice(0, 100)}`);
  }
  if (Number(headers['content-length'] ?? 0) > maxSize) throw tooLarge(maxSize);
};

const tooLarge = (maxSize: number): Refused => new Refused(413, `Request body is larger than ${maxSize} bytes`);

/**
 * Passes on the body as text, or Refused with 413 as soon as it is larger than the limit; neither, if the client goes
 * away. A callback and not a promise: this is the hot path.
 */
export type ReadBody = (request: IncomingMessage, done: (error: Refused | null, text: string) => void) => void;

export interface BodyReaderOptions {
  /** Bytes of one body. */
  readonly maxSize: number;
  /**
   * Bytes of all bodies that are under way at once, about; past them large ones wait for others to end. As many again
   * are for those that aren't large: a few uploads that stall must not hold up what honest clients send.
   */
  readonly maxHeld: number;
}

/** What a body may bring before it counts among those held, and can be told to wait: a few metrics always get through. */
const unheld = 64 * 1024;

/** Bytes past which a body waits for its turn: parsing takes 10 ms a megabyte, and more of a hostile one. */
const large = 2 ** 20;

interface Reading {
  readonly request: IncomingMessage;
  chunks: Buffer[];
  size: number;
  paused: boolean;
  /** Read whole, and waiting for its turn. */
  waiting: boolean;
  /** Passed on, refused or given up. */
  over: boolean;
}

/**
 * Bodies are bounded each and together: otherwise a thousand uploads of the largest size at once would be the end of
 * the process. One that has to wait is not read from, so that its sender waits as well; one always goes on.
 */
export const createBodyReader = ({maxSize, maxHeld}: BodyReaderOptions): ReadBody => {
  const readings = new Set<Reading>();
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

  /** Counts bytes of a body that is no small one, and makes its sender wait where all together hold too much. */
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
    reading.chunks = [];
    // Most bodies are small, and never were among those that share the bound.
    if (reading.size <= unheld || !readings.delete(reading)) return;
    held -= reading.size;
    if (reading.paused) paused -= 1;
    wakeNext();
  };

  const finish = (reading: Reading, done: (error: null, text: string) => void): void => {
    const {chunks, size} = reading;
    release(reading);
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size); // the length says so
    const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0; // a byte order mark is no JSON
    // Bytes that are no UTF-8 become U+FFFD: a name that an MCP client chose may hold them and must not cost the batch.
    done(null, body.toString('utf8', start));
  };

  const waiting: Array<() => void> = [];
  const finishNext = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) setImmediate(finishNext);
  };

  return (request, done) => {
    const reading: Reading = {request, chunks: [], size: 0, paused: false, waiting: false, over: false};
    request.on('data', (chunk: Buffer) => {
      if (reading.over) return;
      reading.size += chunk.length;
      if (reading.size > unheld) hold(reading, chunk.length);
      if (reading.size > maxSize) {
        release(reading);
        done(tooLarge(maxSize), '');
        return;
      }
      reading.chunks.push(chunk);
    });
    request.on('end', () => {
      if (reading.over) return;
      if (reading.size <= large) return finish(reading, done);
      // Parsing a large body holds up the event loop: others have their turn between two of them.
      reading.waiting = true;
      waiting.push(() => finish(reading, done));
      if (waiting.length === 1) setImmediate(finishNext);
    });
    request.on('close', () => {
      if (!reading.over && !reading.waiting) release(reading);
    });
  };
};
