/** `POST /metrics`: from bytes to counted events. Checked in the contract's order: 503, 401, 429, 415, 413, 400, 422. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import {headers as names, type RejectionReason} from '../contract.ts';
import type {History} from '../history.ts';
import {decodeJson, JsonError, maxValuesOf} from '../json/decode.ts';
import {type Normalizations, parse} from '../json/events.ts';
import type {Lifecycle} from '../lifecycle.ts';
import type {Observe} from '../observe.ts';
import type {SeriesBudget} from '../series-budget.ts';
import type {Authenticate} from './authenticate.ts';
import {checkSize, type ReadBody} from './body.ts';
import type {ErrorLog} from './error-log.ts';
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
  readonly onRejected: (reason: RejectionReason, events: number) => void;
  readonly onNormalized: (normalized: Normalizations) => void;
  readonly log: ErrorLog;
}

export type Ingest = (request: IncomingMessage, response: ServerResponse, requestId: string) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Tokens left to the emitter, once it is known and had one. */
  readonly remaining: number | undefined;
}

/** What became of a request's events: how many were counted, and a line for each of the others. */
interface Outcome {
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
    onNormalized,
    log,
  } = options;

  const maxValues = maxValuesOf(maxBatch);

  /** @throws HttpError with 400 or 413. */
  const decode = (body: Buffer): unknown => {
    try {
      const {value, nonFinite} = decodeJson(body, {maxValues, maxBatch});
      if (nonFinite > 0) onNormalized(new Map([['non_finite', nonFinite]]));
      return value;
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      const {code, message, events} = cause;
      const isTooLarge = code === 'ERR_JSON_TOO_MANY_VALUES';
      onRejected(isTooLarge ? 'too_large' : 'not_json', events);
      throw isTooLarge
        ? new HttpError('ERR_TOO_MANY_VALUES', `Request body holds ${message}`, {cause})
        : new HttpError('ERR_NOT_JSON', `Request body is not JSON: ${message}`, {cause});
    }
  };

  /** Counts the events of a body. @throws HttpError if there is none to count. */
  const accept = (body: Buffer, emitter: string): Outcome => {
    const now = Date.now();
    const parsed = parse(decode(body), {maxBatch, now});
    if (parsed.sender === null) {
      // An envelope without events is rejected as well, and counts as one.
      onRejected('envelope', Math.max(1, parsed.rejected));
      throw notAccepted('Request breaks the contract', {rejected: parsed.rejected, errors: parsed.problems});
    }
    const {sender, events, problems, normalized} = parsed;
    for (const {reason} of problems) onRejected(reason, 1);
    const errors = problems.map(({message}) => message);
    if (events.length === 0) throw notAccepted('No metric was accepted', {rejected: errors.length, errors});
    budget.chargeTo(emitter);
    observe(sender, events);
    history?.record(sender, events, now);
    lifecycle.accepted();
    if (normalized.size > 0) onNormalized(normalized);
    return {accepted: events.length, errors};
  };

  const limit = String(limiter.limit);

  const succeed = ({response, requestId, remaining}: Exchange, {accepted, errors}: Outcome): void => {
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
    else if (error.code === 'ERR_BODY_TOO_LARGE') onRejected('too_large', 1);
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
        succeed(exchange, accept(body, emitter));
      } catch (problem) {
        fail(problem, exchange);
      }
    });
  };
};

/** The response's body. Written out where nothing was rejected: an id needs no quoting. */
const textOf = (accepted: number, errors: readonly string[], requestId: string): string =>
  errors.length === 0
    ? `{"status":"success","accepted":${accepted},"rejected":0,"errors":[],"request_id":"${requestId}"}`
    : JSON.stringify({status: 'success', accepted, rejected: errors.length, errors, request_id: requestId});

const notAccepted = (detail: string, {rejected, errors}: {rejected: number; errors: readonly string[]}): HttpError =>
  new HttpError('ERR_NOT_ACCEPTED', detail, {body: {status: 'error', accepted: 0, rejected, errors}});
