/** The two HTTP servers: the API, and the exposition on its own port. */
import type {IncomingMessage, RequestListener, Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Duplex} from 'node:stream';
import {headers as names, paths, type Route, statusesByRoute} from '../contract.ts';
import type {Lifecycle} from '../lifecycle.ts';
import {MetricsServiceError} from '../metrics-service-error.ts';
import {endConnection} from './connection-end.ts';
import type {ErrorLog} from './error-log.ts';
import {respondedAt} from './errors.ts';
import {createHttpServer} from './http-server.ts';
import type {Ingest} from './ingest.ts';
import {pathOf} from './request-target.ts';
import type {ResponseQueue} from './response-queue.ts';
import type {Timeouts} from './timeouts.ts';

export interface ApiServerOptions {
  readonly lifecycle: Lifecycle;
  readonly ingest: Ingest;
  /** The same for OTLP. */
  readonly otlp: Ingest;
  readonly koa: RequestListener;
  readonly responses: ResponseQueue;
  readonly timeouts: Timeouts;
  readonly log: ErrorLog;
  readonly onResponse: (route: Route, status: number, seconds: number) => void;
}

const routes: ReadonlySet<string> = new Set(Object.keys(statusesByRoute));

const routeOf = ({url = ''}: IncomingMessage): Route => {
  if (url === paths.metrics || url === paths.otlpMetrics) return url;
  const path = pathOf(url);
  return routes.has(path) ? (path as Route) : 'other'; // it is one of the set's
};

/** Requests that a connection to the API may have in flight; no known client pipelines at all. */
const maxRequests = 16;

/**
 * A POST of metrics goes straight to `ingest`; everything else goes through Koa, whose context and middleware chain
 * would cost a third of the requests per second: see decisions/post-ahead-of-koa.md.
 */
export const createApiServer = (options: ApiServerOptions): Server => {
  const {lifecycle, ingest, otlp, koa, responses, timeouts, log, onResponse} = options;
  return createHttpServer({
    timeouts,
    maxUnderWay: maxRequests,
    log,
    onEnd: (_, response) => lifecycle.end(response),
    onResponded(response, begunMs) {
      const seconds = ((respondedAt(response) ?? performance.now()) - begunMs) / 1000;
      onResponse(routeOf(response.req), response.statusCode, seconds);
    },
    onRejected: status => onResponse('other', status, 0),
    listener(request, response, requestId) {
      responses.beforeWork(0);
      if (request.method === 'POST' && request.url === paths.metrics) {
        ingest(request, response, requestId);
        return;
      }
      if (request.method === 'POST' && request.url === paths.otlpMetrics) {
        otlp(request, response, requestId);
        return;
      }
      response.setHeader(names.requestId, requestId);
      endConnection(response, lifecycle);
      koa(request, response);
    },
  });
};

/** Scrapes that a connection may have in flight; scrapers wait for one before the next. */
const maxScrapesOfConnection = 2;

/** Connections with scrapes in progress; past them the oldest whose reader does not keep up is closed. */
const maxScrapers = 32;

export const createExpositionServer = (listener: RequestListener, timeouts: Timeouts, log: ErrorLog): Server => {
  /** Scrapes in progress, by connection, the oldest first. */
  const underWay = new Map<Duplex, number>();
  const makeRoom = (): void => {
    const connections = [...underWay.keys()];
    const oldest = connections.find(({writableNeedDrain}) => writableNeedDrain) ?? connections[0];
    oldest?.destroy();
    underWay.delete(oldest as Duplex); // there are some, or no room would be needed
    log.warn({connections: maxScrapers}, 'a scrape was cut off: too many concurrent scrapes');
  };
  return createHttpServer({
    timeouts,
    maxUnderWay: maxScrapesOfConnection,
    log,
    onBegin(socket) {
      const scrapes = underWay.get(socket);
      if (scrapes === undefined && underWay.size >= maxScrapers) makeRoom();
      underWay.set(socket, (scrapes ?? 0) + 1);
    },
    onEnd(socket) {
      const scrapes = underWay.get(socket) ?? 0;
      if (scrapes > 1) underWay.set(socket, scrapes - 1);
      else underWay.delete(socket);
    },
    listener(request, response, requestId) {
      response.setHeader(names.requestId, requestId);
      // In the next turn: a connection that has too many requests is gone by then.
      setImmediate(() => {
        if (!request.socket.destroyed) listener(request, response);
      });
    },
  });
};

/** A port that can't be bound; the message names the variable that changes it. */
export class ListenError extends MetricsServiceError {
  override readonly name = 'ListenError';
  readonly code = 'ERR_LISTEN';
}

/** Binds a port and returns it. @throws ListenError */
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
