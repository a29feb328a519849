/** How the connections of rejected clients end: each client can still read its response. */
import type {Duplex, Readable} from 'node:stream';

/**
 * Milliseconds that a rejected client may go on sending: long enough for a busy one to read the response, as long as
 * headers may take.
 */
export const lingerMs = 10_000;

/** Destroys the connection, or request, of a rejected client that does not leave. */
export const cutOff = (stream: Readable): void => {
  const timer = setTimeout(() => stream.destroy(), lingerMs).unref();
  stream.once('close', () => clearTimeout(timer));
};

/**
 * Ends our side of a connection, and discards what its client still sends until the client ends its side as well.
 * Closed entirely while data is on its way, the connection would be reset, and its client could lose the response.
 */
export const linger = (socket: Duplex): void => {
  socket.end();
  // Node's parser is one of the listeners: nothing that follows is a request.
  socket.removeAllListeners('data').on('data', () => {});
  socket.resume();
  // The parser may have stopped reading behind the stream's back, and would have been the one to start again.
  socket._read(0);
  cutOff(socket);
};
