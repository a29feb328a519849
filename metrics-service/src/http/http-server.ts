/** The part that both HTTP servers share: limits of a connection, request ids, targets, and connections that are not HTTP. */
import {randomUUID} from 'node:crypto';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {headers as names, paths} from '../contract.ts';
import {noteFollowed} from './connection-end.ts';
import type {ErrorLog} from './error-log.ts';
import {HttpError, type HttpErrorCode, jsonType, sendError, toErrorResponse} from './errors.ts';
import {limitRequests} from './limited-request.ts';
import {cutOff, linger} from './linger.ts';
import {checkHost, checkTarget} from './request-target.ts';
import type {Timeouts} from './timeouts.ts';

const acceptable = /^[A-Za-z0-9_.-]{1,64}$/;
const requestIdHeader = names.requestId.toLowerCase();

/** The caller's own id where it is harmless, else a new one. */
const newRequestId = (request: IncomingMessage): string => {
  const given = request.headers[requestIdHeader];
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
};

/** Errors of Node's parser, with the code and the message that the client receives. */
const parserErrors: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['ERR_REQUEST_TIMEOUT', 'Request took too long'],
  HPE_HEADER_OVERFLOW: ['ERR_HEADERS_TOO_LARGE', 'Request headers are too large'],
};

/**
 * Connections that a port keeps open; an idle one takes about 8 kB. One more closes the oldest idle connection on which
 * no POST was accepted, so that clients without a key can neither fill the memory nor keep emitters out.
 */
export const maxConnections = 4096;

interface Connection {
  readonly socket: Duplex;
  /** A POST on it was responded to with 200, for which its client needed a key. */
  accepted: boolean;
  /** Responses to the requests on it that haven't ended. */
  readonly underWay: Set<ServerResponse<IncomingMessage>>;
  /** Turn of the event loop in which its last request began, and how many began in it. */
  turn: number;
  inTurn: number;
  /** The response to the request that came last. */
  last: ServerResponse<IncomingMessage> | undefined;
  /** Requests that came behind a response that ends the connection. */
  discarded: number;
  /** Sends what its client is told last, once no more than `after` requests are in flight. */
  farewell: {readonly after: number; readonly send: () => void} | undefined;
}

/** Whether the response to the request that came last says that it ends the connection. */
const isEnding = ({last}: Connection): boolean =>
  last?.headersSent === true && (!last.shouldKeepAlive || last.getHeader('Connection') === 'close');

export interface HttpServerOptions {
  readonly timeouts: Timeouts;
  /** Gets each request with its target normalized. */
  readonly listener: (request: IncomingMessage, response: ServerResponse, requestId: string) => void;
  /**
   * Requests that a connection may have in flight, or start in one turn of the event loop. One that exceeds this is
   * destroyed: what clients that never read their responses pipeline would fill the memory.
   */
  readonly maxUnderWay: number;
  readonly log: ErrorLog;
  /** A request has begun. */
  readonly onBegin?: (socket: Duplex) => void;
  /** A request is over, with or without a response. */
  readonly onEnd?: (socket: Duplex, response: ServerResponse<IncomingMessage>) => void;
  /** The response to a request was sent that began at `begunMs` of performance.now(). */
  readonly onResponded?: (response: ServerResponse<IncomingMessage>, begunMs: number) => void;
  /** Called for each response to input that is not a valid request. */
  readonly onRejected?: (status: number) => void;
}

export const createHttpServer = (options: HttpServerOptions): Server => {
  const {timeouts, listener, maxUnderWay, log, onBegin, onEnd, onResponded, onRejected} = options;
  const connections = new Map<Duplex, Connection>();

  let turn = 0;
  let turning = false;
  const nextTurn = (): void => {
    turn += 1;
    turning = false;
  };

  const isFull = (socket: Duplex): boolean => {
    const connection = connections.get(socket);
    if (connection === undefined) return false;
    if (connection.underWay.size >= maxUnderWay || connection.discarded >= maxUnderWay) return true;
    return connection.turn === turn && connection.inTurn >= maxUnderWay;
  };

  const makeRoom = (): void => {
    let oldest: Connection | undefined;
    for (const connection of connections.values()) {
      if (connection.accepted) continue;
      oldest ??= connection;
      if (connection.underWay.size > 0) continue;
      oldest = connection;
      break;
    }
    oldest ??= connections.values().next().value;
    if (oldest === undefined) return;
    log.warn({connections: maxConnections}, 'a connection was closed: too many connections');
    // Its 'close' event comes later than the next connection may.
    connections.delete(oldest.socket);
    oldest.socket.destroy();
  };

  const end = (connection: Connection, response: ServerResponse<IncomingMessage>): void => {
    if (!connection.underWay.delete(response)) return;
    onEnd?.(connection.socket, response);
    if (connection.farewell === undefined || connection.underWay.size > connection.farewell.after) return;
    connection.farewell.send();
    connection.farewell = undefined;
  };
  const endAll = (connection: Connection): void => {
    for (const response of connection.underWay) end(connection, response);
  };

  /** Counts a request on its connection. */
  const begin = (connection: Connection, response: ServerResponse<IncomingMessage>): void => {
    const request = response.req;
    const begun = performance.now();
    if (connection.underWay.size > 0 && connection.last !== undefined) noteFollowed(connection.last);
    connection.underWay.add(response);
    if (connection.turn !== turn) connection.inTurn = 0;
    connection.turn = turn;
    connection.inTurn += 1;
    if (!turning) setImmediate(nextTurn);
    turning = true;
    connection.last = response;
    onBegin?.(connection.socket);
    response.on('close', () => {
      if (response.headersSent) onResponded?.(response, begun);
      if (response.statusCode === 200 && request.method === 'POST') connection.accepted = true;
      // Its body may never come, and nothing waits for it any more.
      if (!request.complete && !request.destroyed) cutOff(request);
      end(connection, response);
    });
  };

  const handle = (request: IncomingMessage, response: ServerResponse<IncomingMessage>): void => {
    const connection = connections.get(request.socket);
    if (connection === undefined) return;
    // RFC 9112, section 9.6: what comes after a response with `Connection: close` must not be processed.
    if (isEnding(connection)) {
      connection.discarded += 1;
      request.resume();
      return;
    }
    begin(connection, response);
    const requestId = newRequestId(request);
    const error = request.url === paths.metrics ? checkHost(request) : (checkHost(request) ?? checkTarget(request));
    if (error === undefined) {
      listener(request, response, requestId);
      return;
    }
    response.setHeader(names.requestId, requestId);
    sendError(response, toErrorResponse(error, requestId));
  };

  // Node's own responses to requests without a Host or with expectations have no body.
  const server = createServer({...timeouts, requireHostHeader: false, IncomingMessage: limitRequests(isFull)}, handle);
  server.timeout = timeouts.timeout;
  // Without this Node says "100 Continue" before the key was looked at.
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  server.on('connection', (socket: Socket) => {
    if (connections.size >= maxConnections) makeRoom();
    const connection: Connection = {
      socket,
      accepted: false,
      underWay: new Set(),
      turn: 0,
      inTurn: 0,
      last: undefined,
      discarded: 0,
      farewell: undefined,
    };
    connections.set(socket, connection);
    // Node calls this after the last response of a connection, to close it entirely.
    socket.destroySoon = () => linger(socket);
    // A pipelined request that never got a response gets no event when its connection ends.
    socket.once('close', () => {
      connection.farewell = undefined;
      endAll(connection);
      connections.delete(socket);
    });
  });

  const reject = (socket: Duplex, error: HttpError): void => {
    const requestId = randomUUID();
    const {status, message} = error;
    const text = JSON.stringify(toErrorResponse(error, requestId).body);
    onRejected?.(status);
    socket.write(
      `HTTP/1.1 ${status} ${message}\r\n${names.requestId}: ${requestId}\r\nConnection: close\r\nContent-Type: ${jsonType}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    );
    linger(socket);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
    const connection = connections.get(socket);
    const last = connection?.last;
    const broken = last !== undefined && !last.req.complete;
    // A client opened it ahead of its need, or had its response before it sent all of its request: nothing to tell it.
    if (socket.bytesRead === 0 || (broken && last.headersSent)) {
      linger(socket);
      return;
    }
    const [code, detail] = parserErrors[error.code ?? ''] ?? ['ERR_BAD_REQUEST', 'Request is not HTTP'];
    const send = (): void => reject(socket, new HttpError(code, detail));
    const after = broken ? 1 : 0;
    // Complete requests that came before it get their responses first.
    if (connection === undefined || connection.underWay.size <= after) send();
    else connection.farewell ??= {after, send};
  });
  // Only excess requests are marked as leaving HTTP: see limitRequests.
  server.on('upgrade', (_, socket: Duplex) => {
    log.warn({requests: maxUnderWay}, 'a connection was closed: too many concurrent requests');
    socket.destroy();
    const connection = connections.get(socket);
    if (connection !== undefined) endAll(connection);
  });
  // Without this Node closes the connection without a response; with it, only this code listens to the socket.
  server.on('connect', (_, socket: Duplex) => {
    socket.on('error', () => socket.destroy()).resume();
    reject(socket, new HttpError('ERR_BAD_REQUEST', 'Method CONNECT is not supported'));
  });
  // Node no longer knows a connection after CONNECT, but waits for its end before the server is closed.
  const closeKnown = server.closeAllConnections.bind(server);
  server.closeAllConnections = () => {
    closeKnown();
    for (const socket of connections.keys()) socket.destroy();
  };
  return server;
};
