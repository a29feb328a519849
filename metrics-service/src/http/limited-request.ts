/** Keeps Node from parsing hundreds of pipelined requests in one go. */
import type {IncomingMessage} from 'node:http';
import {Socket} from 'node:net';
import {DirectRequest} from './direct-body.ts';

/**
 * A class of requests, for `createServer`, that makes Node's parser stop where a connection has too many of them.
 *
 * A chunk of 64 KiB holds up to 3,000 requests, and Node makes an object of each before the connection can be paused or
 * destroyed: 40 such connections would hold up the event loop for a second. What Node's parser does heed is whether a
 * request leaves HTTP: so the first one too many says that it does. The server then emits `upgrade` with it, and nothing
 * behind it is parsed.
 *
 * @throws TypeError in a version of Node that does not write `upgrade` as those it is tested with
 */
export const limitRequests = (isFull: (socket: Socket) => boolean): typeof IncomingMessage => {
  class LimitedRequest extends DirectRequest {
    // Only declared: Node's constructor writes `upgrade` before a field of this class could be initialized.
    declare announced: boolean | null | undefined;
    declare tooMany: boolean | undefined;

    /** Node writes here whether the request asks for another protocol, and then reads it. */
    set upgrade(announced: boolean | null) {
      this.announced = announced;
    }

    get upgrade(): boolean {
      // Decided once, before the request itself is counted: Node asks again behind it.
      this.tooMany ??= isFull(this.socket);
      // A request for another protocol gets the same response as any other; a tunnel is rejected.
      return this.tooMany || (this.announced === true && this.method === 'CONNECT');
    }
  }
  // Noticed at the start, and not when a client writes more requests than the memory has room for.
  const probe = new LimitedRequest(new Socket());
  if (probe.announced === undefined || Object.hasOwn(probe, 'upgrade'))
    throw new TypeError(
      `IncomingMessage: expected a constructor that assigns upgrade, found another in Node ${process.version}`,
    );
  return LimitedRequest;
};
