/** A stand-in for the AMP workspace: takes signed remote writes, passes them on to a Prometheus, fails when told. */
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {type Credentials, signatureProblem} from './signature.ts';

export type WorkspaceStandIn = {
  readonly origin: string;
  /** What it answers instead of storing; undefined stores. */
  answer: 429 | 503 | undefined;
  readonly seen: {
    stored: number;
    refused: number;
    /** Writes that came to another path, or whose signature was wrong. */
    readonly problems: Set<string>;
  };
  readonly close: () => void;
};

const readBody = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set: chunks are buffers
  return Buffer.concat(chunks);
};

export const startWorkspace = async (options: {
  /** Of remote write, as in the configuration. */
  readonly path: string;
  readonly prometheus: string;
  readonly credentials: Credentials;
  readonly region: string;
}): Promise<WorkspaceStandIn> => {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request);
    const {method = '', url = '', headers} = request;
    const problem =
      method !== 'POST' || url !== options.path
        ? `${method} ${url}, expected POST ${options.path}`
        : signatureProblem(
            {method, path: url, headers, body},
            {...options.credentials, region: options.region, service: 'aps'},
          );
    if (problem) standIn.seen.problems.add(problem);
    if (problem || standIn.answer) {
      standIn.seen.refused += 1;
      response.writeHead(problem ? 403 : (standIn.answer ?? 500)).end();
      return;
    }
    const stored = await fetch(`${options.prometheus}/api/v1/write`, {
      method,
      body: new Uint8Array(body),
      headers: {
        'content-type': headers['content-type'] ?? '',
        'content-encoding': headers['content-encoding'] ?? '',
        'x-prometheus-remote-write-version': String(headers['x-prometheus-remote-write-version'] ?? ''),
      },
    });
    standIn.seen.stored += 1;
    response.writeHead(stored.status).end(await stored.text());
  };
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      standIn.seen.problems.add(`stand-in: ${error}`);
      response.writeHead(500).end();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const standIn: WorkspaceStandIn = {
    origin: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    answer: undefined,
    seen: {stored: 0, refused: 0, problems: new Set()},
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return standIn;
};
