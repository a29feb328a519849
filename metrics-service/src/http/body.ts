/** Reads a request's body up to a limit, and not a byte of one that is refused. */
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
 * Passes on the body as text, or Refused with 413 as soon as it is larger than `maxSize`; neither, if the client goes
 * away. A callback and not a promise: this is the hot path. Bytes that are no UTF-8 become U+FFFD, since a name that
 * an MCP client chose may hold them and must not cost the batch.
 */
export const readBody = (
  request: IncomingMessage,
  maxSize: number,
  done: (error: Refused | null, text: string) => void,
): void => {
  const chunks: Buffer[] = [];
  let size = 0;
  let over = false;
  request.on('data', (chunk: Buffer) => {
    if (over) return;
    size += chunk.length;
    if (size > maxSize) {
      over = true;
      chunks.length = 0;
      done(tooLarge(maxSize), '');
    } else chunks.push(chunk);
  });
  request.on('end', () => {
    if (over) return;
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size); // the length says so
    const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0; // a byte order mark is no JSON
    done(null, body.toString('utf8', start));
  });
};
