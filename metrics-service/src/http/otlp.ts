/**
 * `POST /v1/metrics`: OTLP/HTTP in protobuf and JSON. `POST /v1/traces` and `/v1/logs` have nothing to go to. Checked in
 * this order: draining, key, rate limit, content type and encoding, size, body. Every error is a `google.rpc.Status`
 * in the request's encoding.
 */
import type {IncomingMessage, ServerResponse} from 'node:http';
import {headers as names, type RejectionReason} from '../contract.ts';
import type {EmitterAccounts} from '../emitter-accounts.ts';
import {decodeJson, JsonError} from '../json/decode.ts';
import type {Lifecycle} from '../lifecycle.ts';
import type {CountExport} from '../otlp/export-counter.ts';
import type {ReportExport} from '../otlp/export-report.ts';
import {type ExportTally, messageOf} from '../otlp/export-tally.ts';
import {readJsonExport} from '../otlp/json-reader.ts';
import {contentTypes, type Encoding, exportResponse, statusResponse} from '../otlp/otlp-messages.ts';
import {MalformedExportError} from '../otlp/points.ts';
import {ProtobufCheck} from '../otlp/protobuf-check.ts';
import {ProtobufReader} from '../otlp/protobuf-reader.ts';
import {createWorkQueue, doInSlices, doNow, sequence, stepwise, type Work} from '../otlp/slices.ts';
import type {SeriesBudget} from '../series-budget.ts';
import type {Limiter} from './admission.ts';
import {type Authenticate, originOf} from './admission.ts';
import {checkSize, type ReadBody} from './body.ts';
import {endConnection} from './connection-end.ts';
import type {ErrorLog} from './error-log.ts';
import {drainingError, flushInOrder, HttpError, sendEarlyError, toErrorResponse} from './errors.ts';
import {encodingOf} from './inflate.ts';
import type {Ingest} from './ingest.ts';
import type {ResponseQueue} from './response-queue.ts';

export interface OtlpIngestOptions {
  readonly lifecycle: Lifecycle;
  readonly authenticate: Authenticate;
  readonly limiter: Limiter;
  readonly readBody: ReadBody;
  readonly responses: ResponseQueue;
  /** Bytes. */
  readonly maxRequestSize: number;
  readonly countExport: CountExport;
  /** Called with the result of each export. */
  readonly onExport: ReportExport;
  /** Is informed whose points are counted. */
  readonly budget: Pick<SeriesBudget, 'chargeTo'>;
  readonly accounts: Pick<EmitterAccounts, 'reject' | 'rateLimited'>;
  readonly log: ErrorLog;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly encoding: Encoding;
  /** Undefined until the key was checked. */
  emitter: string | undefined;
  /** Tokens left to the emitter; undefined before it is known. */
  remaining: number | undefined;
}

/** A request whose key was checked. */
interface Authenticated extends Exchange {
  readonly emitter: string;
}

/** Bytes up to which an export in protobuf is read in one go: a few milliseconds at most. */
const short = 8 * 1024;
/** Bytes past which an export waits for others of its size: read as objects, JSON takes many times its size. */
const large = 256 * 1024;
/** Maximum number of large exports that wait. */
const maxWaiting = 4;

const protobuf = /^\s*application\/x-protobuf\s*(?:;|$)/i;
const json = /^\s*application\/json\s*(?:;|$)/i;

/** The encoding that the request announces; undefined when it is neither. */
export const announcedEncoding = ({headers}: IncomingMessage): Encoding | undefined => {
  const type = headers['content-type'] ?? '';
  // What SDKs write; a regular expression costs as much as reading a small body.
  if (type === contentTypes.protobuf || protobuf.test(type)) return 'protobuf';
  return json.test(type) ? 'json' : undefined;
};

const contentTypeError = ({headers}: IncomingMessage): HttpError => {
  const found = headers['content-type']?.slice(0, 100) ?? 'none';
  return new HttpError(
    'ERR_CONTENT_TYPE',
    `Expected Content-Type ${Object.values(contentTypes).join(' or ')}, found ${found}`,
  );
};

/** The Python exporter tries again after 408 and 5xx, but not after 429. */
const retryable = (error: unknown): unknown =>
  error instanceof HttpError && error.code === 'ERR_RATE_LIMIT'
    ? new HttpError('ERR_BUSY', error.message, {headers: error.headers})
    : error;

/** JSON values that an export may hold: building more would take long, and many times the body's memory. */
const maxValues = 200_000;

const decode = (body: Buffer): unknown => {
  try {
    return decodeJson(body, {maxValues, maxBatch: 1}).value;
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    if (cause.code === 'ERR_JSON_TOO_MANY_VALUES')
      throw new HttpError('ERR_TOO_MANY_VALUES', `Request body contains ${cause.message}`, {cause});
    throw new HttpError('ERR_NOT_JSON', `Request body is not JSON: ${cause.message}`, {cause});
  }
};

/** Reads the body twice: first to check it, then to count it. @throws HttpError when it is not JSON. */
const workOf = (encoding: Encoding, body: Buffer, {sink}: ReturnType<CountExport>): Work => {
  if (encoding === 'protobuf') return sequence(new ProtobufCheck(body), new ProtobufReader(body, sink));
  const value = decode(body);
  return sequence(stepwise(readJsonExport(value, null)), stepwise(readJsonExport(value, sink)));
};

/** Does something before each part: between two parts other requests have had their turn. */
const before = (prepare: () => void, work: Work): Work => ({
  run() {
    prepare();
    return work.run();
  },
});

const reasonOf = (error: unknown): RejectionReason | undefined => {
  if (!(error instanceof HttpError)) return undefined;
  if (error.code === 'ERR_NOT_JSON') return 'not_json';
  if (error.code === 'ERR_MALFORMED_EXPORT') return 'envelope';
  if (error.status === 413) return 'too_large';
  return error.status === 415 || error.code === 'ERR_BAD_REQUEST' ? 'encoding' : undefined;
};

export const createOtlpIngest = (options: OtlpIngestOptions): Ingest => {
  const {lifecycle, authenticate, limiter, readBody, responses, maxRequestSize, countExport, onExport, budget} =
    options;
  const {accounts, log} = options;
  const limit = String(limiter.limit);

  const succeed = ({response, requestId, remaining, encoding}: Exchange, tally: ExportTally): void => {
    const bytes = exportResponse(encoding, {rejectedDataPoints: tally.rejected, errorMessage: messageOf(tally)});
    // All headers in one call: setting them one by one costs as much as reading a small body.
    const head = [
      names.requestId,
      requestId,
      names.rateLimit,
      limit,
      names.rateLimitRemaining,
      String(remaining),
      'Content-Type',
      contentTypes[encoding],
      'Content-Length',
      String(bytes.length),
    ];
    endConnection(response, lifecycle);
    response.writeHead(200, head);
    flushInOrder(response);
    // Without a body node:http sends the head in one write, where an empty one would make it three buffers.
    if (bytes.length === 0) response.end();
    else response.end(bytes);
  };

  const fail = (problem: unknown, exchange: Exchange): void => {
    const {request, response, requestId, remaining, encoding, emitter} = exchange;
    const error =
      problem instanceof MalformedExportError
        ? new HttpError('ERR_MALFORMED_EXPORT', problem.message, {cause: problem})
        : retryable(problem);
    const reason = reasonOf(error);
    // Which points it holds is not known: it counts as one.
    if (reason !== undefined && emitter !== undefined) {
      const example =
        reason === 'too_large' && error instanceof HttpError && error.code === 'ERR_BODY_TOO_LARGE'
          ? `body: expected at most ${maxRequestSize} bytes, found more`
          : String((error as Error).message); // reasonOf knows HttpErrors only
      accounts.reject(emitter, {reason, events: 1, example}, originOf(exchange));
    }
    if (!(error instanceof HttpError)) log.error({err: error, request_id: requestId}, 'a request failed');
    response.setHeader(names.requestId, requestId);
    endConnection(response, lifecycle);
    if (remaining !== undefined) {
      response.setHeader(names.rateLimit, limit);
      response.setHeader(names.rateLimitRemaining, remaining);
    }
    const plain = toErrorResponse(error, requestId);
    const bytes = statusResponse(encoding, plain.status, String(plain.body['detail']));
    sendEarlyError(request, response, {...plain, encoded: {contentType: contentTypes[encoding], bytes}});
  };

  const queue = createWorkQueue(maxWaiting);
  const finish = (exchange: Authenticated, tally: ExportTally): void => {
    onExport(exchange.emitter, tally, originOf(exchange));
    if (tally.accepted > 0) lifecycle.accepted();
    if (tally.accepted > 0 || tally.rejected === 0) {
      responses.add(
        exchange.response,
        () => succeed(exchange, tally),
        problem => fail(problem, exchange),
      );
    } else fail(new HttpError('ERR_EXPORT_REJECTED', `No data point was accepted: ${messageOf(tally)}`), exchange);
  };

  const count = (body: Buffer, exchange: Authenticated): void => {
    const {emitter} = exchange;
    const counting = countExport(emitter);
    if (body.length <= short && exchange.encoding === 'protobuf') {
      budget.chargeTo(emitter);
      doNow(new ProtobufCheck(body));
      doNow(new ProtobufReader(body, counting.sink));
      finish(exchange, counting.tally);
      return;
    }
    const done = (error: unknown): void => {
      if (error === null) finish(exchange, counting.tally);
      else fail(error, exchange);
    };
    const prepare = (): void => {
      responses.beforeWork(large);
      budget.chargeTo(emitter);
    };
    const create = () => before(prepare, workOf(exchange.encoding, body, counting));
    if (body.length <= large) doInSlices(create(), done);
    else if (!queue.add(create, done)) {
      accounts.rateLimited(emitter, 'queue_full', originOf(exchange));
      throw new HttpError('ERR_BUSY', 'Too many large requests are waiting', {headers: {[names.retryAfter]: '1'}});
    }
  };

  return (request, response, requestId) => {
    const type = announcedEncoding(request);
    const exchange: Exchange = {
      request,
      response,
      requestId,
      encoding: type ?? 'protobuf',
      emitter: undefined,
      remaining: undefined,
    };
    try {
      if (lifecycle.phase === 'draining') throw drainingError();
      exchange.emitter = authenticate(exchange);
      exchange.remaining = limiter.take(exchange.emitter, exchange);
      if (type === undefined) throw contentTypeError(request);
      encodingOf(request);
      checkSize(request, maxRequestSize);
    } catch (error) {
      fail(error, exchange);
      return;
    }
    lifecycle.begin(response);
    if (request.headers.expect?.toLowerCase() === '100-continue') response.writeContinue();
    readBody(request, (error, body) => {
      try {
        if (error !== null) throw error;
        responses.beforeWork(body.length);
        count(body, exchange as Authenticated); // its key was checked above
      } catch (problem) {
        fail(problem, exchange);
      }
    });
  };
};
