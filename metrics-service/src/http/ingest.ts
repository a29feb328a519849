/** `POST /metrics`: from bytes to counted events. Checked in the contract's order: 503, 401, 429, 415, 413, 400, 422. */
import type {IncomingMessage, ServerResponse} from 'node:http';
import {headers as names, type RejectionReason} from '../contract.ts';
import type {EmitterAccounts} from '../emitter-accounts.ts';
import type {History} from '../history.ts';
import {decodeJson, JsonError, maxValuesOf} from '../json/decode.ts';
import {type Normalizations, parse} from '../json/events.ts';
import type {ValidationProblem} from '../json/validation.ts';
import type {Lifecycle} from '../lifecycle.ts';
import type {Observe} from '../observe.ts';
import type {SeriesBudget} from '../series-budget.ts';
import type {Limiter} from './admission.ts';
import {type Authenticate, originOf} from './admission.ts';
import {checkSize, type ReadBody} from './body.ts';
import {endConnection} from './connection-end.ts';
import type {ErrorLog} from './error-log.ts';
import {drainingError, HttpError, jsonType, sendEarlyError, toErrorResponse} from './errors.ts';
import {encodingOf} from './inflate.ts';
import type {ResponseQueue} from './response-queue.ts';

export interface IngestOptions {
  readonly lifecycle: Lifecycle;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly observe: Observe;
  /** Is informed whose events are counted. */
  readonly budget: Pick<SeriesBudget, 'chargeTo'>;
  readonly history: History | undefined;
  readonly readBody: ReadBody;
  readonly responses: ResponseQueue;
  /** Bytes. */
  readonly maxRequestSize: number;
  readonly maxBatch: number;
  readonly accounts: Pick<EmitterAccounts, 'reject'>;
  readonly onNormalized: (normalized: Normalizations) => void;
  readonly log: ErrorLog;
}

export type Ingest = (request: IncomingMessage, response: ServerResponse, requestId: string) => void;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Undefined until the key was checked. */
  emitter: string | undefined;
  /** Tokens left to the emitter, once it is known and had one. */
  remaining: number | undefined;
}

/** A request whose key was checked. */
interface Authenticated extends Exchange {
  readonly emitter: string;
}

/** The result of a request: the number of events counted, and a line for each of the others. */
interface Outcome {
  readonly accepted: number;
  readonly errors: readonly string[];
}

/** `application/json`, with or without parameters, and the types that are JSON by their ending (RFC 6839). */
const json = /^\s*(?:application|text)\/(?:[\w!#$&^.+-]+\+)?json\s*(?:;|$)/i;

/** @throws HttpError with 415 when the content type is not JSON; a missing one means JSON. */
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
    responses,
    maxRequestSize,
    maxBatch,
    accounts,
    onNormalized,
    log,
  } = options;

  const maxValues = maxValuesOf(maxBatch);

  /** Accounts for events that are lost, once for each reason with the first of the problems as its example. */
  const rejectEach = (problems: readonly ValidationProblem[], exchange: Authenticated): void => {
    if (problems.length === 0) return;
    const byReason = new Map<RejectionReason, {events: number; example: string}>();
    for (const {reason, message} of problems) {
      const known = byReason.get(reason);
      if (known === undefined) byReason.set(reason, {events: 1, example: message});
      else known.events += 1;
    }
    for (const [reason, lost] of byReason) accounts.reject(exchange.emitter, {reason, ...lost}, originOf(exchange));
  };

  /** @throws HttpError with 400 or 413. */
  const decode = (body: Buffer, exchange: Authenticated): unknown => {
    try {
      const {value, nonFinite} = decodeJson(body, {maxValues, maxBatch});
      if (nonFinite > 0) onNormalized(new Map([['non_finite', nonFinite]]));
      return value;
    } catch (cause) {
      if (!(cause instanceof JsonError)) throw cause;
      const {code, message, events} = cause;
      const isTooLarge = code === 'ERR_JSON_TOO_MANY_VALUES';
      const reason = isTooLarge ? 'too_large' : 'not_json';
      const example = isTooLarge
        ? `body: expected at most ${maxValues} JSON values, found more`
        : `body: expected JSON, found ${message}`;
      accounts.reject(exchange.emitter, {reason, events, example}, originOf(exchange));
      throw isTooLarge
        ? new HttpError('ERR_TOO_MANY_VALUES', `Request body contains ${message}`, {cause})
        : new HttpError('ERR_NOT_JSON', `Request body is not JSON: ${message}`, {cause});
    }
  };

  /** Counts the events of a body. @throws HttpError if there is none to count. */
  const accept = (body: Buffer, exchange: Authenticated): Outcome => {
    const now = Date.now();
    const parsed = parse(decode(body, exchange), {maxBatch, now});
    if (parsed.sender === null) {
      // An envelope without events is rejected as well, and counts as one.
      const events = Math.max(1, parsed.rejected);
      const example = parsed.problems.join('; ');
      accounts.reject(exchange.emitter, {reason: 'envelope', events, example}, originOf(exchange));
      throw notAccepted('Request violates the wire contract', {rejected: parsed.rejected, errors: parsed.problems});
    }
    const {sender, events, problems, normalized} = parsed;
    rejectEach(problems, exchange);
    const errors = problems.map(({message}) => message);
    if (events.length === 0) throw notAccepted('No event was accepted', {rejected: errors.length, errors});
    budget.chargeTo(exchange.emitter);
    observe(exchange.emitter, sender, events);
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
    // All headers in one call: setting them one by one costs as much as parsing a small body.
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
    endConnection(response, lifecycle);
    response.writeHead(200, head);
    response.end(text, ascii ? 'latin1' : 'utf8');
  };

  const fail = (error: unknown, exchange: Exchange): void => {
    const {request, response, requestId, emitter, remaining} = exchange;
    if (!(error instanceof HttpError)) log.error({err: error, request_id: requestId}, 'a request failed');
    else if (emitter !== undefined) {
      // What was read of the body, if anything, was not looked at: how many events it holds is unknown.
      const reason = unreadReason(error);
      const example =
        reason === 'too_large' ? `body: expected at most ${maxRequestSize} bytes, found more` : error.message;
      if (reason !== undefined) accounts.reject(emitter, {reason, events: 1, example}, originOf(exchange));
    }
    response.setHeader(names.requestId, requestId);
    endConnection(response, lifecycle);
    if (remaining !== undefined) {
      response.setHeader(names.rateLimit, limit);
      response.setHeader(names.rateLimitRemaining, remaining);
    }
    sendEarlyError(request, response, toErrorResponse(error, requestId));
  };

  return (request, response, requestId) => {
    const exchange: Exchange = {request, response, requestId, emitter: undefined, remaining: undefined};
    try {
      if (lifecycle.phase === 'draining') throw drainingError();
      exchange.emitter = authenticate(exchange);
      exchange.remaining = limiter.take(exchange.emitter, exchange);
      checkContentType(request);
      encodingOf(request);
      checkSize(request, maxRequestSize);
    } catch (error) {
      return fail(error, exchange);
    }
    lifecycle.begin(response);
    // curl asks before it sends a large body; one that is rejected above never leaves it.
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    readBody(request, (error, body) => {
      try {
        if (error !== null) throw error;
        responses.beforeWork(body.length);
        const outcome = accept(body, exchange as Authenticated); // its key was checked above
        responses.add(
          response,
          () => succeed(exchange, outcome),
          problem => fail(problem, exchange),
        );
      } catch (problem) {
        fail(problem, exchange);
      }
    });
  };
};

/** Why a body was rejected before it was decoded; undefined where its events are accounted for elsewhere. */
const unreadReason = ({code, status}: HttpError): RejectionReason | undefined => {
  if (code === 'ERR_BODY_TOO_LARGE') return 'too_large';
  return status === 415 || code === 'ERR_BAD_REQUEST' ? 'encoding' : undefined;
};

/** The response's body. Written out where nothing was rejected: an id needs no quoting. */
const textOf = (accepted: number, errors: readonly string[], requestId: string): string =>
  errors.length === 0
    ? `{"status":"success","accepted":${accepted},"rejected":0,"errors":[],"request_id":"${requestId}"}`
    : JSON.stringify({status: 'success', accepted, rejected: errors.length, errors, request_id: requestId});

const notAccepted = (detail: string, {rejected, errors}: {rejected: number; errors: readonly string[]}): HttpError =>
  new HttpError('ERR_NOT_ACCEPTED', detail, {body: {status: 'error', accepted: 0, rejected, errors}});
