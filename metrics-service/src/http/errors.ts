/** HTTP errors, and the one place that turns any error into a response. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import {headers as names} from '../contract.ts';
import {MetricsServiceError} from '../metrics-service-error.ts';
import {lingerMs} from './linger.ts';

/** The codes that callers can switch on, with the status of each. */
export const httpErrorStatus = {
  ERR_BAD_REQUEST: 400,
  ERR_NOT_JSON: 400,
  ERR_MALFORMED_EXPORT: 400,
  ERR_EXPORT_REJECTED: 400,
  ERR_KEY_MISSING: 401,
  ERR_KEY_INVALID: 401,
  ERR_NOT_FOUND: 404,
  ERR_METHOD_NOT_ALLOWED: 405,
  ERR_REQUEST_TIMEOUT: 408,
  ERR_BODY_TOO_LARGE: 413,
  ERR_TOO_MANY_VALUES: 413,
  ERR_CONTENT_TYPE: 415,
  ERR_CONTENT_ENCODING: 415,
  ERR_NOT_ACCEPTED: 422,
  ERR_RATE_LIMIT: 429,
  ERR_HEADERS_TOO_LARGE: 431,
  ERR_INTERNAL: 500,
  ERR_DRAINING: 503,
  ERR_BUSY: 503,
} as const;
export type HttpErrorCode = keyof typeof httpErrorStatus;

export interface HttpErrorOptions extends ErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Fields of the response's body beside `detail`, `status_code` and `request_id`. */
  readonly body?: Readonly<Record<string, unknown>>;
}

/** A request that gets an error response. `message` becomes the response's `detail`. */
export class HttpError extends MetricsServiceError {
  override readonly name = 'HttpError';
  readonly code: HttpErrorCode;
  readonly status: (typeof httpErrorStatus)[HttpErrorCode];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;

  constructor(code: HttpErrorCode, detail: string, {headers = {}, body = {}, ...options}: HttpErrorOptions = {}) {
    super(detail, options);
    this.code = code;
    this.status = httpErrorStatus[code];
    this.headers = headers;
    this.body = body;
  }
}

export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Sent in place of `body` where the protocol of the path requires another shape or encoding. */
  readonly encoded?: EncodedBody;
}

export interface EncodedBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** Seconds after which a rejected emitter may try again while this task drains: by then another task has its address. */
const retryAfterDrain = 5;

export const drainingError = (): HttpError =>
  new HttpError('ERR_DRAINING', 'Service is draining', {headers: {[names.retryAfter]: String(retryAfterDrain)}});

export const bodyTooLargeError = (maxSize: number): HttpError =>
  new HttpError('ERR_BODY_TOO_LARGE', `Request body is larger than ${maxSize} bytes`);

/** The response to an error. An error that is not an HttpError becomes a 500 that reveals nothing about it. */
export const toErrorResponse = (error: unknown, requestId: string): ErrorResponse => {
  const {status, headers, body, message} =
    error instanceof HttpError ? error : new HttpError('ERR_INTERNAL', 'Internal server error');
  return {status, headers, body: {...body, detail: message, status_code: status, request_id: requestId}};
};

/** The id that every response carries, once its header is set. */
export const requestIdOf = (response: ServerResponse): string => String(response.getHeader(names.requestId) ?? '');

export const jsonType = 'application/json; charset=utf-8';

/** Sets status and headers, and returns what is left to send. */
const begin = (response: ServerResponse, {status, headers, body, encoded}: ErrorResponse): Buffer => {
  const {contentType, bytes} = encoded ?? {contentType: jsonType, bytes: Buffer.from(JSON.stringify(body))};
  for (const name in headers) response.setHeader(name, headers[name] as string); // own keys of a plain object
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', bytes.length);
  response.statusCode = status;
  return bytes;
};

/** Writes an error response. */
export const sendError = (response: ServerResponse, error: ErrorResponse): void => {
  const bytes = begin(response, error);
  flushInOrder(response);
  response.end(bytes);
};

/**
 * Call this before the bytes of a response. While a pipelined response waits for the one before it, Node would put the
 * headers in front of everything that waits, which includes "100 Continue".
 */
export const flushInOrder = (response: ServerResponse): void => {
  if (response.socket === null) response.flushHeaders();
};

/** Bytes of a rejected body that are read and thrown away so that its connection can be used again. */
const discardable = 64 * 1024;

const responded = new WeakMap<ServerResponse, number>();

/** When a response was sent whole, by performance.now(), where it does not end before its request does. */
export const respondedAt = (response: ServerResponse): number | undefined =>
  response.statusCode === 200 ? undefined : responded.get(response);

/**
 * Writes an error response to a request whose body has not been read. A small body is read and thrown away, and its
 * connection stays open. Otherwise the response has `Connection: close`, and the connection is closed once the client
 * closes its side, or after ten seconds: closed sooner, a client that still sends could lose the response.
 */
export const sendEarlyError = (request: IncomingMessage, response: ServerResponse, error: ErrorResponse): void => {
  request.resume();
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const length = isChunked ? Number.POSITIVE_INFINITY : Number(request.headers['content-length'] ?? 0);
  if (request.complete || length <= discardable) {
    sendError(response, error);
    return;
  }
  response.setHeader('Connection', 'close');
  const bytes = begin(response, error);
  flushInOrder(response);
  response.write(bytes);
  responded.set(response, performance.now());
  const end = (): void => {
    clearTimeout(timer);
    request.off('end', end);
    response.end();
  };
  const timer = setTimeout(end, lingerMs).unref();
  request.once('end', end);
  request.once('close', () => clearTimeout(timer));
};
