/** `POST /metrics`: from bytes to counted metrics. Checked in the contract's order: 503, 401, 429, 415, 413, 400, 422. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Logger} from 'pino';
import {headers as names, type RejectionReason} from '../contract.ts';
import type {History} from '../history.ts';
import {parse} from '../json/events.ts';
import type {Lifecycle} from '../lifecycle.ts';
import type {Observe} from '../observe.ts';
import type {SeriesBudget} from '../series-budget.ts';
import type {Authenticate} from './authenticate.ts';
import {checkSize, type ReadBody} from './body.ts';
import {drainingError, HttpError, jsonType, sendEarlyError, toErrorResponse} from './errors.ts';
import {encodingOf} from './inflate.ts';
import type {Limiter} from './rate-limit.ts';

export interface IngestOptions {
  readonly lifecycle: Lifecycle;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly observe: Observe;
  /** Told whose events are counted. */
  readonly budget: Pick<SeriesBudget, 'chargeTo'>;
  readonly history: History | undefined;
  readonly readBody: ReadBody;
  /** Bytes. */
  readonly maxRequestSize: number;
  readonly maxBatch: number;
  readonly onRejected: (reason: RejectionReason, metrics: number) => void;
  readonly log: Logger;
}

export type Ingest = (request: IncomingMessage, response: ServerResponse, requestId: string) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Tokens left to the emitter, once it is known and had one. */
  readonly remaining: number | undefined;
}

/** What became of a request's metrics: how many were counted, and a line for each of the others. */
interface Taken {
  readonly accepted: number;
  readonly errors: readonly string[];
}

/** `application/json`, with or without parameters, and the types that are JSON by their ending (RFC 6839). */
const json = /^\s*(?:application|text)\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;

/** @throws HttpError with 415 when the content type is not JSON; a missing one is taken as JSON. */
const checkContentType = ({headers}: IncomingMessage): void => {
  const type = headers['content-type'];
  if (type !== undefined && type !== 'application/json' && type.trim() !== '' && !json.test(type)) {
    throw new HttpError('ERR_CONTENT_TYPE', `Expected Content-Type application/json, found ${type.slice(0, 100)}`);
  }
};

export const createIngest = (options: IngestOptions): Ingest => {
  const {
    lifecycle,
    authenticate,
    limiter,
    observe,
    budget,
    history,
    readBody,
    maxRequestSize,
    maxBatch,
    onRejected,
    log,
  } = options;

  /** Counts the events of a body. @throws HttpError if there is none to count. */
  const take = (body: Buffer, emitter: string): Taken => {
    const now = Date.now();
    const parsed = parse(toJson(body, onRejected), {maxBatch, now});
    if (parsed.sender === null) {
      // An envelope without metrics is refused as well, and counts as one.
      onRejected('envelope', Math.max(1, parsed.refused));
      throw unacceptable('Request breaks the contract', {rejected: parsed.refused, errors: parsed.problems});
    }
    const {sender, events, refusals} = parsed;
    for (const {reason} of refusals) onRejected(reason, 1);
    const errors = refusals.map(({message}) => message);
    if (events.length === 0) throw unacceptable('No metric was accepted', {rejected: errors.length, errors});
    budget.chargeTo(emitter);
    observe(sender, events);
    history?.record(sender, events, now);
    lifecycle.accepted();
    return {accepted: events.length, errors};
  };

  const limit = String(limiter.limit);

  const succeed = ({response, requestId, remaining}: Exchange, {accepted, errors}: Taken): void => {
    const text = textOf(accepted, errors, requestId);
    // What errors quote may be any text; all else is ASCII, which is quicker to measure and to write.
    const ascii = errors.length === 0;
    // All headers at once: setting one by one costs as much as parsing a small body.
    const head = [
      names.requestId,
      requestId,
      names.rateLimit,
      limit,
      names.rateLimitRemaining,
      String(remaining),
      'Content-Type',
      jsonType,
      'Content-Length',
      String(ascii ? text.length : Buffer.byteLength(text)),
    ];
    if (lifecycle.phase !== 'serving') head.push('Connection', 'close');
    response.writeHead(200, head);
    response.end(text, ascii ? 'latin1' : 'utf8');
  };

  const fail = (error: unknown, {request, response, requestId, remaining}: Exchange): void => {
    if (!(error instanceof HttpError)) log.error({err: error, request_id: requestId}, 'a request failed');
    else if (error.status === 413) onRejected('too_large', 1);
    else if (error.status === 415 || error.code === 'ERR_BAD_REQUEST') onRejected('encoding', 1);
    response.setHeader(names.requestId, requestId);
    if (lifecycle.phase !== 'serving') response.setHeader('Connection', 'close');
    if (remaining !== undefined) {
      response.setHeader(names.rateLimit, limit);
      response.setHeader(names.rateLimitRemaining, remaining);
    }
    sendEarlyError(request, response, toErrorResponse(error, requestId));
  };

  return (request, response, requestId) => {
    let remaining: number | undefined;
    let emitter = '';
    try {
      if (lifecycle.phase === 'draining') throw drainingError();
      emitter = authenticate(request.headers);
      remaining = limiter.take(emitter);
      checkContentType(request);
      encodingOf(request);
      checkSize(request, maxRequestSize);
    } catch (error) {
      return fail(error, {request, response, requestId, remaining});
    }
    // curl asks before it sends a large body; one that is rejected above never leaves it.
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    readBody(request, (error, body) => {
      const exchange = {request, response, requestId, remaining};
      try {
        if (error !== null) throw error;
        succeed(exchange, take(body, emitter));
      } catch (problem) {
        fail(problem, exchange);
      }
    });
  };
};

/** The answer's body. Written out where nothing was refused: an id needs no quoting. */
const textOf = (accepted: number, errors: readonly string[], requestId: string): string =>
  errors.length === 0
    ? `{"status":"success","accepted":${accepted},"rejected":0,"errors":[],"request_id":"${requestId}"}`
    : JSON.stringify({status: 'success', accepted, rejected: errors.length, errors, request_id: requestId});

const toJson = (body: Buffer, onRejected: IngestOptions['onRejected']): unknown => {
  const start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0; // a byte order mark is not JSON
  try {
    // Bytes that are not UTF-8 become U+FFFD: a name that an MCP client chose may hold them and must not cost the batch.
    return JSON.parse(body.toString('utf8', start));
  } catch {
    onRejected('not_json', 1);
    throw new HttpError('ERR_NOT_JSON', 'Request body is not JSON');
  }
};

const unacceptable = (detail: string, {rejected, errors}: {rejected: number; errors: readonly string[]}): HttpError =>
  new HttpError('ERR_NOT_ACCEPTED', detail, {body: {status: 'error', accepted: 0, rejected, errors}});
