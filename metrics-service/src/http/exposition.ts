/** `GET /metrics` on its own port: the exposition, sent in slices so that a large one does not hold up others. */
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import type {Writable} from 'node:stream';
import {setImmediate as yieldToEventLoop} from 'node:timers/promises';
import {constants, createGzip} from 'node:zlib';
import {expositionPaths, headers as names} from '../contract.ts';
import {acceptsGzip, chooseFormat} from '../exposition-format.ts';
import type {Exposition} from '../instruments.ts';
import type {Lifecycle} from '../lifecycle.ts';
import type {Reader} from '../scraper-registry.ts';
import type {Scrapers} from '../scrapers.ts';
import type {ErrorLog} from './error-log.ts';
import {HttpError, requestIdOf, toErrorResponse, sendError as writeError} from './errors.ts';
import {pathOf} from './request-target.ts';

export interface ExpositionListenerOptions {
  readonly exposition: Exposition;
  readonly scrapers: Pick<Scrapers, 'begin'>;
  readonly lifecycle: Pick<Lifecycle, 'phase'>;
  /** Milliseconds a scrape may take; a reader that is slower is cut off. */
  readonly timeoutMs: number;
  readonly log: ErrorLog;
}

/** Text is gathered up to this many characters before it is written: a write costs more than a slice. */
const writeSize = 64 * 1024;
/** Milliseconds of rendering after which others can run. */
const renderMs = 4;
/** Scrapes that are compressed at a time, about 256 KB each. Those beyond are sent as they are. */
const maxCompressed = 8;

/** The stream that the text is written to: the response, or gzip in front of it. */
type Sink = Pick<Writable, 'write' | 'end' | 'once' | 'off'>;

/** One response, from the request on. */
interface Sending {
  /** Aborted when it is over, sent or not. */
  readonly over: AbortSignal;
  /** Calls back when it is over. */
  whenOver(done: () => void): void;
}

/**
 * Follows a response to its end. A pipelined one whose turn never came hears nothing of the end of its connection, so
 * connections are followed as well: with one listener each, however many responses wait.
 */
const createFollower = () => {
  const byConnection = new WeakMap<Socket, Set<() => void>>();
  const waitingOn = (socket: Socket): Set<() => void> => {
    let waiting = byConnection.get(socket);
    if (waiting === undefined) {
      const created = new Set<() => void>();
      socket.once('close', () => {
        for (const end of created) end();
      });
      byConnection.set(socket, created);
      waiting = created;
    }
    return waiting;
  };
  return ({socket}: IncomingMessage, response: ServerResponse): Sending => {
    const controller = new AbortController();
    const waiting = waitingOn(socket);
    const end = (): void => {
      waiting.delete(end);
      controller.abort();
    };
    waiting.add(end);
    response.once('close', end);
    return {
      over: controller.signal,
      whenOver: done => controller.signal.addEventListener('abort', done, {once: true}),
    };
  };
};

/** Resolves when more can be written, or never will be. */
const drained = (sink: Sink, {over}: Sending): Promise<void> =>
  new Promise(resolve => {
    const done = (): void => {
      sink.off('drain', done);
      over.removeEventListener('abort', done);
      resolve();
    };
    if (over.aborted) return resolve();
    sink.once('drain', done);
    over.addEventListener('abort', done);
  });

/** zlib works on its own threads; the fastest level makes a tenth of the text, the slowest not much less. */
const gzipSink = (response: ServerResponse, {whenOver}: Sending): Sink => {
  const gzip = createGzip({level: constants.Z_BEST_SPEED});
  whenOver(() => gzip.destroy());
  gzip.once('error', () => response.destroy());
  gzip.pipe(response);
  return gzip;
};

const scrapeTimeoutHeader = names.scrapeTimeout.toLowerCase();

const readerOf = ({socket, headers}: IncomingMessage): Reader => ({
  address: socket.remoteAddress ?? '',
  // Bounded, as it is kept.
  userAgent: (headers['user-agent'] ?? '').slice(0, 200),
  announced: headers[scrapeTimeoutHeader] !== undefined,
});

export const createExpositionListener = (options: ExpositionListenerOptions): RequestListener => {
  const {exposition, scrapers, lifecycle, timeoutMs, log} = options;
  const follow = createFollower();
  let compressed = 0;

  const sinkOf = (request: IncomingMessage, response: ServerResponse, sending: Sending): Sink => {
    response.setHeader('Vary', 'Accept, Accept-Encoding');
    const gzip = acceptsGzip(request.headers['accept-encoding']) && compressed < maxCompressed;
    if (!gzip) return response;
    compressed += 1;
    sending.whenOver(() => {
      compressed -= 1;
    });
    response.setHeader('Content-Encoding', 'gzip');
    return gzipSink(response, sending);
  };

  const scrape = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const format = chooseFormat(request.headers.accept, exposition.formats);
    const {end, ...view} = scrapers.begin(readerOf(request));
    const sending = follow(request, response);
    response.once('finish', () => end(true));
    sending.whenOver(() => end(false));
    // The socket's own timeout starts again whenever a byte moves, as pipelined requests make it do.
    const deadline = setTimeout(() => request.socket.destroy(), timeoutMs).unref();
    sending.whenOver(() => clearTimeout(deadline));
    response.setHeader('Content-Type', format.contentType);
    const sink = sinkOf(request, response, sending);
    let text = '';
    let since = performance.now();
    for await (const slice of exposition.slices({...view, format})) {
      if (sending.over.aborted) return;
      text += slice;
      if (performance.now() - since > renderMs) {
        await yieldToEventLoop();
        since = performance.now();
      }
      if (text.length < writeSize) continue;
      // A reader that keeps up drains immediately, without others having run.
      if (!sink.write(text)) await drained(sink, sending);
      text = '';
    }
    if (!sending.over.aborted) sink.end(text);
  };

  /** The words are those of Prometheus's own endpoints. */
  const respondHealth = (response: ServerResponse, {ready}: {readonly ready: boolean}): void => {
    const healthy = !ready || lifecycle.phase === 'serving';
    response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    response.statusCode = healthy ? 200 : 503;
    response.end(`metrics-service is ${healthy ? (ready ? 'Ready' : 'Healthy') : 'draining'}.\n`);
  };

  return (request, response) => {
    const requestId = requestIdOf(response);
    const sendError = (error: unknown): void => {
      if (!(error instanceof HttpError)) log.error({err: error, request_id: requestId}, 'a scrape failed');
      if (response.headersSent) response.destroy();
      else writeError(response, toErrorResponse(error, requestId));
    };
    const path = pathOf(request.url ?? '');
    const known: readonly string[] = Object.values(expositionPaths);
    if (!known.includes(path))
      return sendError(new HttpError('ERR_NOT_FOUND', `No such path: this port has only ${known.join(', ')}`));
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendError(
        new HttpError('ERR_METHOD_NOT_ALLOWED', `Expected GET, found ${request.method}`, {
          headers: {Allow: 'GET, HEAD'},
        }),
      );
    if (path !== expositionPaths.metrics) return respondHealth(response, {ready: path === expositionPaths.ready});
    if (request.method === 'HEAD') {
      response.setHeader('Vary', 'Accept, Accept-Encoding');
      response.setHeader('Content-Type', chooseFormat(request.headers.accept, exposition.formats).contentType);
      return void response.end();
    }
    scrape(request, response).catch(sendError);
  };
};
