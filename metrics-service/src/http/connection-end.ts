/** Which responses of a service that drains end their connections. */
import type {ServerResponse} from 'node:http';
import type {Lifecycle} from '../lifecycle.ts';

const followed = new WeakSet<ServerResponse>();

/** Another request began on the connection while this response was not sent yet. */
export const noteFollowed = (response: ServerResponse): void => {
  followed.add(response);
  // Koa sends a response after the requests behind it were read; the header was set before.
  if (!response.headersSent) response.removeHeader('Connection');
};

/**
 * Call this before the headers of a response are sent. Once the service drains, the response ends the connection, unless
 * it has the responses to pipelined requests behind it: those may have been counted already, and would be lost.
 */
export const endConnection = (response: ServerResponse, {phase}: Pick<Lifecycle, 'phase'>): void => {
  if (phase !== 'serving' && !followed.has(response)) response.setHeader('Connection', 'close');
};
