/**
 * A stand-in for an AMP workspace: accepts signed writes and queries, passes them on to a Prometheus, and fails on
 * demand. Its error responses have AWS's format, not Prometheus's.
 */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {type Credentials, signatureProblem} from './signature.ts';

export type Failure = 429 | 503;

export type WorkspaceStandIn = {
  readonly origin: string;
  /** The URL as AMP returns it: ends in a slash, without `api/v1`. */
  readonly endpoint: string;
  /** Status of the response instead of passing on; undefined passes on. */
  failure: Failure | undefined;
  /** Statuses of the next responses before that, one each. */
  readonly next: Failure[];
  readonly seen: {
    /** Writes that were passed on. */
    stored: number;
    /** Queries that were passed on. */
    queried: number;
    rejected: number;
    /** Problems of requests: another path, or a wrong signature. */
    readonly problems: Set<string>;
  };
  readonly close: () => void;
};

export type WorkspaceOptions = {
  /** The path of the workspace, without a slash at its end: `/workspaces/ws-…`. */
  readonly path: string;
  /** Address of the Prometheus behind it. */
  readonly prometheus: string;
  readonly credentials: Credentials;
  readonly region: string;
};

const api = '/api/v1/';

/** Prometheus's own path for AMP's; undefined where AMP has nothing. */
const passedOn = (workspace: string, method: string, target: string): string | undefined => {
  if (!target.startsWith(workspace + api)) return undefined;
  const rest = target.slice(workspace.length + api.length);
  if (rest === 'remote_write') return method === 'POST' ? `${api}write` : undefined;
  return api + rest;
};

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set: chunks are buffers
  return Buffer.concat(chunks);
};

const pairs = (raw: readonly string[]): [string, string][] =>
  raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : []));

const kept = ['content-type', 'content-encoding', 'x-prometheus-remote-write-version'];

const reasons = {403: 'AccessDeniedException', 429: 'ThrottlingException', 503: 'ServiceUnavailable'} as const;

export const startWorkspace = async (options: WorkspaceOptions): Promise<WorkspaceStandIn> => {
  const {path, prometheus, credentials, region} = options;

  const reject = (response: ServerResponse, status: keyof typeof reasons, message: string): void => {
    standIn.seen.rejected += 1;
    response
      .writeHead(status, {'content-type': 'application/json', 'x-amzn-errortype': reasons[status]})
      .end(JSON.stringify({message}));
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const {method = '', url: target = '', rawHeaders} = request;
    const headers = pairs(rawHeaders);
    const passed = passedOn(path, method, target);
    const problem =
      passed === undefined
        ? `${method} ${target}, expected something under ${path}${api}`
        : signatureProblem({method, target, headers, body}, {credentials, region, service: 'aps'});
    if (problem !== undefined || passed === undefined) {
      standIn.seen.problems.add(problem ?? '');
      return reject(response, 403, problem ?? '');
    }
    const failure = standIn.next.shift() ?? standIn.failure;
    if (failure !== undefined) return reject(response, failure, 'Rate exceeded');
    const upstream = await fetch(`${prometheus}${passed}`, {
      method,
      headers: headers.filter(([name]) => kept.includes(name.toLowerCase())),
      ...(method !== 'GET' && {body: new Uint8Array(body)}),
    });
    if (target.endsWith('/remote_write')) standIn.seen.stored += 1;
    else standIn.seen.queried += 1;
    response
      .writeHead(upstream.status, {'content-type': upstream.headers.get('content-type') ?? 'text/plain'})
      .end(await upstream.text());
  };

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      standIn.seen.problems.add(`stand-in: ${error}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const standIn: WorkspaceStandIn = {
    origin,
    endpoint: `${origin}${path}/`,
    failure: undefined,
    next: [],
    seen: {stored: 0, queried: 0, rejected: 0, problems: new Set()},
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return standIn;
};
