/** Sends responses that become ready in the same turn of the event loop together. */
import type {ServerResponse} from 'node:http';
import type {Lifecycle} from '../lifecycle.ts';

/** Calls `send`, which sends the response, now or at the end of this turn of the event loop. */
export type QueueResponse = (response: ServerResponse, send: () => void) => void;

/** Responses that wait for each other. The work of more connections would delay the first of them noticeably. */
const maxTogether = 16;

/**
 * Creates a queue of responses. The system call that sends a response takes several times as long if it has to wake the
 * client; a client or proxy with several connections is woken once for all responses of a turn.
 */
export const createResponseQueue = (lifecycle: Pick<Lifecycle, 'phase'>): QueueResponse => {
  let waiting: Array<() => void> = [];
  let scheduled = false;
  const sendAll = (): void => {
    const sends = waiting;
    waiting = [];
    for (const send of sends) send();
  };
  const endTurn = (): void => {
    scheduled = false;
    sendAll();
  };
  return (response, send) => {
    // After a response that ends the connection, no further request on it may be processed.
    if (!response.shouldKeepAlive || lifecycle.phase !== 'serving') {
      send();
      return;
    }
    if (waiting.push(send) >= maxTogether) sendAll();
    else if (!scheduled) {
      scheduled = true;
      setImmediate(endTurn);
    }
  };
};
