/** `GET /metrics` on its own port: the exposition, sent in slices so that a large one holds up nobody. */
import type {RequestListener, ServerResponse} from 'node:http';
import {setImmediate as turn} from 'node:timers/promises';
import type {Logger} from 'pino';
import {paths} from '../contract.ts';
import type {Exposition} from '../instruments.ts';
import type {Lifecycle} from '../lifecycle.ts';
import {answerTo, Refused, requestIdOf, send} from './errors.ts';

export interface ExpositionListenerOptions {
  readonly exposition: Exposition;
  readonly lifecycle: Lifecycle;
  /** Milliseconds a scrape may take; a reader that is slower is cut off. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** Text is gathered up to this many characters before it is written: a write costs more than a slice. */
const writeSize = 64 * 1024;
/** Milliseconds of rendering after which others have their turn. */
const turnMs = 4;

/** Resolves when more can be written, or never will be. */
const drained = (response: ServerResponse) =>
  new Promise<void>(resolve => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });

export const createExpositionListener = (options: ExpositionListenerOptions): RequestListener => {
  const {exposition, lifecycle, timeoutMs, log} = options;

  const scrape = async (response: ServerResponse): Promise<void> => {
    const finished = lifecycle.beginScrape();
    response.once('finish', finished);
    // The socket's own time-out starts afresh whenever a byte moves, as pipelined requests make it do.
    const deadline = setTimeout(() => response.destroy(), timeoutMs).unref();
    response.once('close', () => clearTimeout(deadline));
    response.setHeader('Content-Type', exposition.contentType);
    let text = '';
    let since = performance.now();
    for await (const slice of exposition.slices()) {
      if (response.destroyed) return;
      text += slice;
      if (performance.now() - since > turnMs) {
        await turn();
        since = performance.now();
      }
      if (text.length < writeSize) continue;
      // A reader that keeps up drains at once, without anybody's having had a turn.
      if (!response.write(text)) await drained(response);
      text = '';
    }
    response.end(text);
  };

  return (request, response) => {
    const requestId = requestIdOf(response);
    const refuse = (error: unknown): void => {
      if (!(error instanceof Refused)) log.error({err: error, request_id: requestId}, 'a scrape could not be answered');
      if (response.headersSent) response.destroy();
      else send(response, answerTo(error, requestId));
    };
    const path = request.url?.split('?', 1)[0];
    if (path !== paths.metrics) return refuse(new Refused(404, `There is nothing here but ${paths.metrics}`));
    if (request.method === 'HEAD') {
      response.setHeader('Content-Type', exposition.contentType);
      return void response.end();
    }
    if (request.method !== 'GET') {
      return refuse(new Refused(405, `Expected GET, found ${request.method}`, {headers: {Allow: 'GET, HEAD'}}));
    }
    scrape(response).catch(refuse);
  };
};
