/**
 * The API as an OpenAPI 3.1 document, computed from the contract: paths, statuses, headers, vocabularies and bounds are
 * the contract's own values, and the compiler requires each path and each status that it has.
 */
import {headers as names, paths, type Route, type StatusCode, statusesByRoute} from '../contract.ts';
import {anyInteger, type JsonObject, object, ref, schemas} from '../json/schemas.ts';
import {contentTypes} from '../otlp/otlp-messages.ts';

/** The values of the document that depend on the environment. */
export interface OpenApiOptions {
  readonly version: string;
  readonly maxBatch: number;
  /** Bytes. */
  readonly maxRequestSize: number;
  /** Requests per minute and emitter. */
  readonly rateLimit: number;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly paths: Readonly<Record<string, JsonObject>>;
  readonly [field: string]: unknown;
}

/** A path that is served, rather than `other`. */
type Path = Exclude<Route, 'other'>;

const protobufType = contentTypes.protobuf;

const json = (schema: JsonObject): JsonObject => ({'application/json': {schema}});

const meanings: Readonly<Record<StatusCode, string>> = {
  '200': 'The request succeeded.',
  '400':
    'The body is not JSON (`detail` has the offset of the first byte that is not), not gzip although its encoding is, or not an OTLP export; or no data point was accepted; or the request is not HTTP with a Host header.',
  '401': `The key in ${names.apiKey} is missing or unknown. Checked before the body is read.`,
  '404': 'There is nothing at this path. The response to traces or logs names the variable that turns them off.',
  '405': 'The path does not support this method.',
  '408': 'The request took too long to arrive.',
  '413': 'The body is larger than the limit, or contains too many JSON values.',
  '415': 'The content type is neither JSON nor, for OTLP, protobuf; or the encoding is neither gzip nor identity.',
  '422': 'The envelope is invalid, or no event was accepted; `errors` lists the reasons, field by field.',
  '429': 'The emitter exceeded its rate limit.',
  '431': "The request's headers are too large.",
  '500': 'Internal error of the service.',
  '503':
    'The service is draining: retry, and another task responds. For OTLP also: the emitter exceeded its rate limit, or too many large exports are waiting.',
};

/** Responses of the HTTP server itself, on any path. */
const toAnything = statusesByRoute.other.filter(status => status !== '404');

const headersOf = (status: StatusCode, authenticated: boolean): JsonObject => ({
  [names.requestId]: ref('headers', 'RequestId'),
  ...(authenticated &&
    status !== '401' && {
      [names.rateLimit]: ref('headers', 'RateLimit'),
      [names.rateLimitRemaining]: ref('headers', 'RateLimitRemaining'),
    }),
  ...(status === '401' && {[names.authenticate]: ref('headers', 'Authenticate')}),
  ...((status === '429' || status === '503') && {[names.retryAfter]: ref('headers', 'RetryAfter')}),
  ...(status === '405' && {Allow: ref('headers', 'Allow')}),
});

interface Operation {
  readonly method: 'get' | 'post';
  readonly operationId: string;
  readonly summary: string;
  readonly authenticated: boolean;
  /** The schema of the body of a 200 response. */
  readonly answer: JsonObject;
  readonly requestBody?: JsonObject;
  /** Whether bodies are OTLP's, in protobuf or JSON, and errors a google.rpc.Status. */
  readonly otlp?: true;
}

/** Protobuf, whose messages JSON Schema cannot describe, beside OTLP's JSON mapping. */
const encoded = (schema: JsonObject): JsonObject => ({...json(schema), [protobufType]: {schema: {}}});

const otherSignal = (operationId: string, signal: string): Operation => ({
  method: 'post',
  operationId,
  summary: `Exports of ${signal} are not accepted.`,
  authenticated: false,
  answer: {},
  otlp: true,
});

const responsesOf = (path: Path, {authenticated, answer, otlp}: Operation): JsonObject => {
  const statuses = [...new Set<StatusCode>([...statusesByRoute[path], ...toAnything])].sort();
  return Object.fromEntries(
    statuses.map(status => {
      const schema = status === '200' ? answer : ref('schemas', status === '422' ? 'BatchError' : 'Error');
      // The HTTP server's own errors, and the response to another method, are the same on every path.
      const error = {anyOf: [ref('schemas', 'Status'), ref('schemas', 'Error')]};
      const content = otlp === undefined ? json(schema) : encoded(status === '200' ? answer : error);
      return [status, {description: meanings[status], headers: headersOf(status, authenticated), content}];
    }),
  );
};

const operations = ({version, maxBatch, maxRequestSize}: OpenApiOptions): {readonly [P in Path]: Operation} => ({
  [paths.metrics]: {
    method: 'post',
    operationId: 'sendMetrics',
    summary: `Count events. An invalid event does not affect the other events of the request. A body has at most ${maxRequestSize} bytes, after inflating it if it is gzip. Delivery is at least once: a request that is sent again is counted again.`,
    authenticated: true,
    requestBody: {required: true, content: json(ref('schemas', 'Batch'))},
    answer: object({
      status: {const: 'success'},
      accepted: {type: 'integer', minimum: 1, maximum: maxBatch},
      rejected: {type: 'integer', minimum: 0, maximum: maxBatch},
      errors: {type: 'array', items: {type: 'string'}, description: 'One line for each rejected event.'},
      request_id: {type: 'string'},
    }),
  },
  [paths.otlpMetrics]: {
    method: 'post',
    operationId: 'exportMetrics',
    summary: `Count the data points of an OTLP export; a body has at most ${maxRequestSize} bytes after inflating.`,
    authenticated: true,
    otlp: true,
    requestBody: {required: true, content: encoded(ref('schemas', 'ExportMetricsServiceRequest'))},
    answer: object(
      {partialSuccess: object({rejectedDataPoints: {type: 'string'}, errorMessage: {type: 'string'}})},
      [],
    ),
  },
  [paths.otlpTraces]: otherSignal('exportTraces', 'traces'),
  [paths.otlpLogs]: otherSignal('exportLogs', 'logs'),
  [paths.health]: {
    method: 'get',
    operationId: 'health',
    summary: 'Whether this task accepts requests.',
    authenticated: false,
    answer: object({status: {const: 'healthy'}, service: {const: 'metrics-collection'}}),
  },
  [paths.root]: {
    method: 'get',
    operationId: 'about',
    summary: 'Name, version and endpoints of the service.',
    authenticated: false,
    answer: object({
      service: {type: 'string'},
      version: {const: version},
      status: {const: 'running'},
      endpoints: {type: 'object', additionalProperties: {enum: Object.values(paths)}},
    }),
  },
  [paths.flush]: {
    method: 'post',
    operationId: 'flush',
    summary: 'Write the waiting rows to the history store.',
    authenticated: true,
    answer: object({status: {const: 'success'}, message: {type: 'string'}}),
  },
  [paths.rateLimit]: {
    method: 'get',
    operationId: 'rateLimit',
    summary: "The rate limit of the key's emitter. Does not use a token.",
    authenticated: true,
    answer: object({
      service: {type: 'string', description: 'The emitter that owns the key.'},
      rate_limit: anyInteger,
      available_tokens: anyInteger,
      reset_time_seconds: {...anyInteger, description: 'Seconds until the bucket is full.'},
    }),
  },
  [paths.openapi]: {
    method: 'get',
    operationId: 'openapi',
    summary: 'This OpenAPI document.',
    authenticated: false,
    answer: object({openapi: {const: '3.1.0'}, paths: {type: 'object'}}),
  },
});

const headers = ({rateLimit}: OpenApiOptions): JsonObject => ({
  RequestId: {
    required: true,
    description: `The ${names.requestId} of the request if it is 1 to 64 characters of [A-Za-z0-9_.-], otherwise a new one.`,
    schema: {type: 'string', minLength: 1, maxLength: 64},
  },
  Authenticate: {required: true, description: 'The header for the API key.', schema: {type: 'string'}},
  RateLimit: {
    description: "Capacity of the emitter's token bucket, and the number of tokens added to it per minute.",
    schema: {const: String(rateLimit)},
  },
  RateLimitRemaining: {description: 'Requests left in the bucket.', schema: anyInteger},
  RetryAfter: {
    required: true,
    description: 'Seconds to wait before the next request.',
    schema: {type: 'integer', minimum: 1},
  },
  Allow: {required: true, description: 'The methods of this path.', schema: {type: 'string'}},
});

/** The document; JSON.stringify makes it text. */
export const createOpenApi = (options: OpenApiOptions): OpenApiDocument => {
  const items = Object.entries(operations(options)) as [Path, Operation][]; // entries() forgets the keys' type
  return {
    openapi: '3.1.0',
    info: {
      title: 'metrics-service',
      version: options.version,
      description: "Accepts the MCP gateway's metrics and exposes them to Prometheus on a separate port.",
      license: {name: 'Apache-2.0', identifier: 'Apache-2.0'},
    },
    servers: [{url: '/'}],
    paths: Object.fromEntries(
      items.map(([path, operation]) => {
        const {method, operationId, summary, authenticated, requestBody} = operation;
        const described = {
          operationId,
          summary,
          security: authenticated ? [{key: []}] : [],
          ...(requestBody !== undefined && {requestBody}),
          responses: responsesOf(path, operation),
        };
        return [path, {[method]: described}];
      }),
    ),
    components: {
      schemas: schemas(options),
      headers: headers(options),
      securitySchemes: {key: {type: 'apiKey', in: 'header', name: names.apiKey}},
    },
  };
};
