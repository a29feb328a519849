/** Keeps Node from parsing hundreds of pipelined requests in one go. */
import type {Socket} from 'node:net';

/** The end of a request's headers, at least: blank lines in a body count as well, which only makes its pieces smaller. */
const blankLine = '\n\r\n';

/** Where the piece of a chunk that begins at `start` and holds at most `max` blank lines ends. */
const pieceEnd = (chunk: Buffer, start: number, max: number): number => {
  let at = start;
  for (let count = 0; count < max; count += 1) {
    at = chunk.indexOf(blankLine, at, 'latin1');
    if (at < 0) return chunk.length;
    at += blankLine.length;
  }
  return at;
};

/**
 * Makes node:http parse what a connection brings in pieces of at most `max` requests, and only while `isOpen` says so.
 * A chunk of 64 KiB holds up to 3,000 requests, and Node's parser makes an object of each of them before anything can
 * be done about it: 40 such connections would hold up the event loop for seconds.
 *
 * Call it from a `connection` listener, when node:http has attached its own listener of `data`.
 */
export const parseInPieces = (socket: Socket, {max, isOpen}: {max: number; isOpen: () => boolean}): void => {
  const parsers = socket.listeners('data');
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    for (let start = 0; start < chunk.length && isOpen(); ) {
      // Node paused it since its client does not read: the rest comes again when the socket is resumed.
      if (start > 0 && socket.isPaused()) {
        socket.unshift(chunk.subarray(start));
        return;
      }
      const end = pieceEnd(chunk, start, max);
      const piece = start === 0 && end === chunk.length ? chunk : chunk.subarray(start, end);
      for (const parse of parsers) parse.call(socket, piece);
      start = end;
    }
  });
};
