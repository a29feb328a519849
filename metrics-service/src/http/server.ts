/** The two HTTP servers: time-outs, request ids, what every answer carries, and connections that are no HTTP at all. */
import {randomUUID} from 'node:crypto';
import {createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {answers, headers as names, paths, type Route} from '../contract.ts';
import type {Lifecycle} from '../lifecycle.ts';
import {cutOff, HttpError, type HttpErrorCode, jsonType, requestIdOf, sendError, toErrorResponse} from './errors.ts';
import type {Ingest} from './ingest.ts';

/** Milliseconds; what node:http calls them. */
export interface Timeouts {
  /** A connection on which nothing moves, as when its client doesn't read the answer. */
  readonly timeout: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** How often headersTimeout and requestTimeout are looked at. */
  readonly connectionsCheckingInterval: number;
}

/**
 * A client has so long to send its headers, and its whole request. Idle connections stay open longer than clients keep
 * theirs (httpx 5 s, Go 90 s at most behind a load balancer's 60 s), or one that never retries would now and then
 * write into a connection just closed.
 */
export const defaultTimeouts: Timeouts = {
  timeout: 60_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 95_000,
  connectionsCheckingInterval: 1000,
};

const acceptable = /^[A-Za-z0-9_.-]{1,64}$/;
const requestIdHeader = names.requestId.toLowerCase();

/** The caller's own id where it is harmless, else a new one. */
const newRequestId = (request: IncomingMessage): string => {
  const given = request.headers[requestIdHeader];
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
};

/** What Node's parser reports, and what its client is told. */
const parserErrors: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['ERR_REQUEST_TIMEOUT', 'Request took too long'],
  HPE_HEADER_OVERFLOW: ['ERR_HEADERS_TOO_LARGE', 'Request headers are too large'],
};

export interface ApiServerOptions {
  readonly lifecycle: Lifecycle;
  readonly ingest: Ingest;
  readonly koa: RequestListener;
  readonly timeouts: Timeouts;
  readonly onAnswered: (route: Route, status: number, seconds: number) => void;
}

const routes: ReadonlySet<string> = new Set(Object.keys(answers));

const routeOf = ({url = ''}: IncomingMessage): Route => {
  if (url === paths.metrics) return url;
  const path = pathOf(url);
  return routes.has(path) ? (path as Route) : 'other'; // it is one of the set's
};

interface Connection {
  /** Requests on it that haven't ended. */
  underWay: number;
}

/**
 * A POST of metrics goes straight to `ingest`; everything else goes through Koa, whose context and middleware chain
 * would cost a third of the requests a second: see decisions/post-ahead-of-koa.md.
 */
export const createApiServer = ({lifecycle, ingest, koa, timeouts, onAnswered}: ApiServerOptions): Server => {
  const connections = new Map<Socket, Connection>();
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const begun = performance.now();
    const connection = connections.get(request.socket) ?? {underWay: 0};
    lifecycle.begin();
    connection.underWay += 1;
    response.on('close', () => {
      if (connection.underWay > 0) {
        connection.underWay -= 1;
        lifecycle.end();
      }
      if (response.headersSent) onAnswered(routeOf(request), response.statusCode, (performance.now() - begun) / 1000);
    });
    const requestId = newRequestId(request);
    if (lacksHost(request)) {
      response.setHeader(names.requestId, requestId);
      sendError(response, toErrorResponse(hostError(), requestId));
      return;
    }
    if (request.method === 'POST' && request.url === paths.metrics) {
      ingest(request, response, requestId);
      return;
    }
    response.setHeader(names.requestId, requestId);
    if (lifecycle.phase !== 'serving') response.setHeader('Connection', 'close');
    koa(request, response);
  };
  const server = createHttpServer({timeouts, listener, onRefused: status => onAnswered('other', status, 0)});
  server.on('connection', (socket: Socket) => {
    const connection: Connection = {underWay: 0};
    connections.set(socket, connection);
    // A pipelined request whose turn to be answered never came hears nothing of the end of its connection.
    socket.once('close', () => {
      for (; connection.underWay > 0; connection.underWay -= 1) lifecycle.end();
      connections.delete(socket);
    });
  });
  return server;
};

/** Without the query; a proxy may ask for `http://host/path` (RFC 9112, section 3.2.2). */
export const pathOf = (url: string): string => {
  const target = url.startsWith('/') ? url : url.replace(/^https?:\/\/[^/?]*/i, '');
  return target.split('?', 1)[0] ?? '';
};

export const createExpositionServer = (listener: RequestListener, timeouts: Timeouts): Server =>
  createHttpServer({
    timeouts,
    listener(request, response) {
      response.setHeader(names.requestId, newRequestId(request));
      if (lacksHost(request)) sendError(response, toErrorResponse(hostError(), requestIdOf(response)));
      else listener(request, response);
    },
    onRefused: () => {},
  });

interface HttpServerOptions {
  readonly timeouts: Timeouts;
  readonly listener: RequestListener;
  /** Told of each answer to what isn't even a request. */
  readonly onRefused: (status: number) => void;
}

const createHttpServer = ({timeouts, listener, onRefused}: HttpServerOptions): Server => {
  // Node's own answers to requests without a Host or with expectations have no body.
  const server = createServer({...timeouts, requireHostHeader: false}, listener);
  server.timeout = timeouts.timeout;
  // Without this Node says "100 Continue" before the key was looked at.
  server.on('checkContinue', listener);
  server.on('checkExpectation', listener);
  const refuse = (socket: Duplex, error: HttpError): void => {
    const requestId = randomUUID();
    const {status, message} = error;
    const text = JSON.stringify(toErrorResponse(error, requestId).body);
    onRefused(status);
    socket.end(
      `HTTP/1.1 ${status} ${message}\r\n${names.requestId}: ${requestId}\r\nConnection: close\r\nContent-Type: ${jsonType}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    cutOff(socket);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const [code, detail] = parserErrors[error.code ?? ''] ?? ['ERR_BAD_REQUEST', 'Request is not HTTP'];
    refuse(socket, new HttpError(code, detail));
  });
  // Without this Node closes the connection without a word; with it, nobody but us listens to the socket.
  server.on('connect', (_, socket: Duplex) => {
    socket.on('error', () => socket.destroy()).resume();
    refuse(socket, new HttpError('ERR_BAD_REQUEST', 'Expected a request, found CONNECT'));
  });
  return server;
};

/** RFC 9112, section 3.2: such a request must be answered with 400. */
const lacksHost = ({headers, httpVersionMinor}: IncomingMessage): boolean =>
  headers.host === undefined && httpVersionMinor === 1;
const hostError = (): HttpError =>
  new HttpError('ERR_BAD_REQUEST', 'Expected a Host header, found none', {headers: {Connection: 'close'}});

/** A port that can't be bound; the message names the variable that changes it. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly code = 'ERR_LISTEN';
}

/** Binds a port and says which it was. Rejects with ListenError. */
export const listen = (
  server: Server,
  {host, port, variable}: {readonly host: string; readonly port: number; readonly variable: string},
): Promise<number> =>
  new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException): void => {
      const why = cause.code === 'EADDRINUSE' ? 'is in use' : `cannot be bound (${cause.code ?? cause.message})`;
      reject(new ListenError(`${variable}: port ${port} on ${host} ${why}`, {cause}));
    };
    server.once('error', fail);
    server.listen({host, port}, () => {
      server.off('error', fail);
      resolve((server.address() as AddressInfo).port); // a listening TCP server has one
    });
  });
