/** Sends responses that become ready in the same turn of the event loop together. */
import type {ServerResponse} from 'node:http';
import type {Lifecycle} from '../lifecycle.ts';

export interface ResponseQueue {
  /**
   * Calls `send`, which sends the response, now or at the end of this turn of the event loop. What `send` throws is
   * passed to `onError`: it must not cost the other responses.
   */
  add(response: ServerResponse, send: () => void, onError: (error: unknown) => void): void;
  /** Sends what waits, unless the work that is about to be done is too short to delay it noticeably. */
  beforeWork(bytes: number): void;
}

/** Responses that wait for each other. */
const maxTogether = 16;

/**
 * Work that a response may wait for, in bytes of request bodies: 16 requests with a few events each. A rejected body is work
 * as well, although it adds no response.
 */
const maxWork = 16 * 1024;

/** The cost of a request besides its body, in bytes of a body that takes as long. */
const workOfRequest = 512;

/**
 * Creates a queue of responses. The system call that sends a response takes several times as long if it has to wake the
 * client; a client or proxy with several connections is woken once for all responses of a turn.
 */
export const createResponseQueue = (lifecycle: Pick<Lifecycle, 'phase'>): ResponseQueue => {
  interface Waiting {
    readonly send: () => void;
    readonly onError: (error: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let work = 0;
  let scheduled = false;
  const sendAll = (): void => {
    const ready = waiting;
    waiting = [];
    work = 0;
    for (const {send, onError} of ready) {
      try {
        send();
      } catch (error) {
        onError(error);
      }
    }
  };
  const endTurn = (): void => {
    scheduled = false;
    sendAll();
  };
  return {
    add(response, send, onError) {
      waiting.push({send, onError});
      // After a response that ends the connection, no further request on it may be processed.
      const isLast = !response.shouldKeepAlive || lifecycle.phase !== 'serving';
      if (isLast || waiting.length >= maxTogether) sendAll();
      else if (!scheduled) {
        scheduled = true;
        setImmediate(endTurn);
      }
    },
    beforeWork(bytes) {
      if (waiting.length === 0) return;
      work += workOfRequest + bytes;
      if (work > maxWork) sendAll();
    },
  };
};
