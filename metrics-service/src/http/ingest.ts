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
import {checkHeaders, createBodyReader} from './body.ts';
import {answerTo, cutOff, drainingRefusal, jsonType, Refused, send} from './errors.ts';
import type {Limiter} from './rate-limit.ts';

export interface IngestOptions {
  readonly lifecycle: Lifecycle;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly observe: Observe;
  /** Told whose events are counted. */
  readonly budget: Pick<SeriesBudget, 'chargeTo'>;
  readonly history: History | undefined;
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

/** Bodies of the largest size that are held at once. */
const bodiesHeld = 4;

export const createIngest = (options: IngestOptions): Ingest => {
  const {lifecycle, authenticate, limiter, observe, budget, history, maxRequestSize, maxBatch, onRejected, log} =
    options;

  /** Counts what the body holds. Throws Refused if that is nothing. */
  const take = (text: string, emitter: string): Taken => {
    const now = Date.now();
    const parsed = parse(toJson(text, onRejected), {maxBatch, now});
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
  const readBody = createBodyReader({maxSize: maxRequestSize, maxHeld: bodiesHeld * maxRequestSize});

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

  const refuse = (error: unknown, {request, response, requestId, remaining}: Exchange): void => {
    if (!(error instanceof Refused)) log.error({err: error, request_id: requestId}, 'a request could not be answered');
    else if (error.status === 413) onRejected('too_large', 1);
    response.setHeader(names.requestId, requestId);
    if (lifecycle.phase !== 'serving') response.setHeader('Connection', 'close');
    if (remaining !== undefined) {
      response.setHeader(names.rateLimit, limit);
      response.setHeader(names.rateLimitRemaining, remaining);
    }
    send(response, answerTo(error, requestId));
    if (request.complete) return;
    // What is left of the body is read away unkept; a client that keeps on sending is cut off.
    cutOff(request);
    request.resume();
  };

  return (request, response, requestId) => {
    let remaining: number | undefined;
    let emitter = '';
    try {
      if (lifecycle.phase === 'draining') throw drainingRefusal();
      emitter = authenticate(request.headers);
      remaining = limiter.take(emitter);
      checkHeaders(request, maxRequestSize);
    } catch (error) {
      return refuse(error, {request, response, requestId, remaining});
    }
    // curl asks before it sends a large body; one that is refused above never leaves it.
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    readBody(request, (error, text) => {
      const exchange = {request, response, requestId, remaining};
      try {
        if (error !== null) throw error;
        succeed(exchange, take(text, emitter));
      } catch (problem) {
        refuse(problem, exchange);
      }
    });
  };
};

/** The answer's body. Written out where nothing was refused: an id needs no quoting. */
const textOf = (accepted: number, errors: readonly string[], requestId: string): string =>
  errors.length === 0
    ? `{"status":"success","accepted":${accepted},"rejected":0,"errors":[],"request_id":"${requestId}"}`
    : JSON.stringify({status: 'success', accepted, rejected: errors.length, errors, request_id: requestId});

const toJson = (text: string, onRejected: IngestOptions['onRejected']): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    onRejected('not_json', 1);
    throw new Refused(400, 'Request body is not JSON');
  }
};

const unacceptable = (detail: string, {rejected, errors}: {rejected: number; errors: readonly string[]}): Refused =>
  new Refused(422, detail, {body: {status: 'error', accepted: 0, rejected, errors}});
