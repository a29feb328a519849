/**
 * Limits the number of requests without a response per connection. Browsers wait for a response before they send the
 * next request of a connection; a program that sends thousands without reading would make the server hold as many
 * responses in memory.
 */
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';

/** Requests of one connection without a response so far. */
const maxInFlight = 16;

/** @returns whether the request may be handled; if not, its connection is closed. */
export const createConnectionLimit = (): ((request: IncomingMessage, response: ServerResponse) => boolean) => {
  const inFlight = new WeakMap<Socket, number>();
  return ({socket}, response) => {
    if (socket.destroyed) return false;
    const count = (inFlight.get(socket) ?? 0) + 1;
    if (count > maxInFlight) {
      socket.destroy();
      return false;
    }
    inFlight.set(socket, count);
    response.once('close', () => inFlight.set(socket, (inFlight.get(socket) ?? 1) - 1));
    return true;
  };
};
