/** Refusals, and the one place that turns any error into an answer. */
import type {ServerResponse} from 'node:http';
import type {Readable} from 'node:stream';
import {headers as names} from '../contract.ts';

/** What a refusal adds to the shape all errors share. */
export interface RefusalOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of the body beside `detail`, `status_code` and `request_id`. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A request that is answered with an error. `message` is the answer's `detail`. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code = 'ERR_REFUSED';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, detail: string, {headers = {}, body = {}}: RefusalOptions = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Seconds after which a refused caller may try again while this task drains: by then another has its address. */
const retryAfterDrain = 5;

export const drainingRefusal = (): Refused =>
  new Refused(503, 'Service is draining', {headers: {[names.retryAfter]: String(retryAfterDrain)}});

/** The answer to an error. One that isn't a refusal says nothing of itself. */
export const answerTo = (error: unknown, requestId: string): Answer => {
  const {status, headers, body, message} = error instanceof Refused ? error : new Refused(500, 'Internal server error');
  return {status, headers, body: {...body, detail: message, status_code: status, request_id: requestId}};
};

/** The id that every answer carries, once its header is set. */
export const requestIdOf = (response: ServerResponse): string => String(response.getHeader(names.requestId) ?? '');

export const jsonType = 'application/json; charset=utf-8';

/** Writes an answer as JSON. */
export const send = (response: ServerResponse, {status, headers, body}: Answer): void => {
  const text = JSON.stringify(body);
  for (const name in headers) response.setHeader(name, headers[name] as string); // own keys of a plain object
  response.setHeader('Content-Type', jsonType);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.statusCode = status;
  response.end(text);
};

/** How long a refused client may go on: long enough for it to read the answer. */
const lingerMs = 2000;

/** Destroys the connection, or request, of a refused client that does not leave by itself. */
export const cutOff = (stream: Readable): void => {
  const timer = setTimeout(() => stream.destroy(), lingerMs).unref();
  stream.once('close', () => clearTimeout(timer));
};
