/** Clients without a key that pipeline requests and never read a response, again and again. */
import {connect, type Socket} from 'node:net';

export interface UnreadOptions {
  readonly port: number;
  /** A different first request. @default none */
  readonly first?: string;
  /** Bytes of one request. */
  readonly request: string;
  /** Connections at a time. */
  readonly connections: number;
  /** Requests that each connection writes in one go. */
  readonly requests: number;
}

export interface Unread {
  /** Connections opened so far. */
  readonly opened: () => number;
  stop(): void;
}

/** A connection that the service closes is followed by another, until stopped. */
export const pipelineUnread = ({port, first = '', request, connections, requests}: UnreadOptions): Unread => {
  const burst = first + request.repeat(requests);
  const sockets = new Set<Socket>();
  let opened = 0;
  let stopped = false;
  const open = (): void => {
    if (stopped) return;
    const socket = connect({port, host: '127.0.0.1'});
    opened += 1;
    sockets.add(socket);
    socket.pause();
    socket.on('error', () => {});
    socket.on('connect', () => socket.write(burst));
    // A client that does not read learns that it was cut off when it writes.
    const more = setInterval(() => socket.write(request), 100);
    socket.on('close', () => {
      clearInterval(more);
      sockets.delete(socket);
      setTimeout(open, 20);
    });
  };
  for (let index = 0; index < connections; index += 1) open();
  return {
    opened: () => opened,
    stop() {
      stopped = true;
      for (const socket of sockets) socket.destroy();
    },
  };
};
