/** A bare TCP connection, for what no HTTP client would send. */
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import type {ExecutionContext} from 'ava';

export interface Connection {
  readonly socket: Socket;
  /** All that came so far. */
  readonly received: () => string;
  write(data: string | Uint8Array): void;
  /** Resolves with all that came once it matches; rejects if the other side ends before. */
  until(pattern: RegExp): Promise<string>;
  /** Resolves with all that came once the connection is over. */
  readonly closed: Promise<string>;
}

/** `deaf` connections don't send a FIN after the other side's, like a crashed or hostile client. */
export const open = async (
  t: ExecutionContext,
  port: number,
  {deaf = false}: {readonly deaf?: boolean} = {},
): Promise<Connection> => {
  const socket = connect({port, host: '127.0.0.1', allowHalfOpen: deaf});
  t.teardown(() => socket.destroy());
  let text = '';
  let over = false;
  let check = (): void => {};
  socket.setEncoding('utf8').on('data', chunk => {
    text += chunk;
    check();
  });
  // A reset is one of the ways to disconnect a rejected client.
  socket.on('error', () => {});
  const end = (): void => {
    over = true;
    check();
  };
  socket.once('end', end).once('close', end);
  // Not once() of node:events, which rejects on an error.
  const closed = new Promise<string>(resolve => {
    socket.once('close', () => resolve(text));
  });
  await once(socket, 'connect');
  return {
    socket,
    received: () => text,
    write: data => void socket.write(data),
    closed,
    until: pattern =>
      new Promise((resolve, reject) => {
        check = () => {
          if (pattern.test(text)) resolve(text);
          else if (over) reject(new Error(`the connection ended with: ${text}`));
          else return;
          check = () => {};
        };
        check();
      }),
  };
};

/** Status and body of a complete HTTP response. */
export const parseResponse = (
  text: string,
): {readonly status: number; readonly head: string; readonly body: string} => {
  const end = text.indexOf('\r\n\r\n');
  return {status: Number(text.slice(9, 12)), head: text.slice(0, end), body: text.slice(end + 4)};
};

/** Checks that a response, as it came over the connection, is an error in the shape of all errors. */
export const assertError = (t: ExecutionContext, received: string, expected: number, detail: string): void => {
  const {status, head, body} = parseResponse(received);
  t.is(status, expected, received);
  t.regex(head, /^content-type: application\/json; charset=utf-8$/im);
  const {request_id: id, ...rest} = JSON.parse(body);
  t.deepEqual(rest, {detail, status_code: expected});
  t.regex(id, /^[0-9a-f-]{36}$/);
};
