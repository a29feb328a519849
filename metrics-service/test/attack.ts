/** Sends hostile requests over bare connections, and looks at every byte that comes back. */
import {connect} from 'node:net';
import type {Hostile} from './hostile.ts';
import type {Random} from './random.ts';

export interface AttackOptions {
  readonly port: number;
  readonly random: Random;
  readonly next: () => Hostile;
  readonly requests: number;
  /** Connections at a time. */
  readonly connections: number;
  /** Strings that no response may contain. */
  readonly secrets: readonly string[];
  /** Ends the attack early. */
  readonly signal?: AbortSignal;
  /** Milliseconds each connection waits before it is followed by another. */
  readonly pauseMs?: number;
}

export interface Attack {
  readonly requests: number;
  /** Status → number of responses, including the one to the last request on each connection. */
  readonly responses: ReadonlyMap<number, number>;
  /** Events that were accepted according to the responses. */
  readonly accepted: number;
  /** Metrics in requests without a response: the client can't know whether they were counted. */
  readonly unsure: number;
  /** Violations of the contract, one sentence each. */
  readonly problems: readonly string[];
}

/** The statuses that the contract allows for such requests; here 503 and 429 do not come from a lack of readiness or tokens. */
const allowed = new Set([200, 400, 401, 404, 405, 413, 415, 422, 431]);
const stackTrace = /\n\s+at |node:internal|node_modules|\.[cm]?[jt]s:\d+|(?:Type|Range|Syntax|Reference)Error/;

interface ParsedResponse {
  readonly status: number;
  readonly body: string;
  /** No later request on its connection gets a response. */
  readonly closes: boolean;
}

/** Splits what came over one connection into responses, without interim ones. Throws on input that is not HTTP. */
export const splitResponses = (received: Buffer, methods: readonly string[]): readonly ParsedResponse[] => {
  const responses: ParsedResponse[] = [];
  for (let at = 0; at < received.length; ) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end < 0) throw new SyntaxError(`half a response: ${received.toString('latin1', at)}`);
    const head = received.toString('latin1', at, end);
    const [, code] = /^HTTP\/1\.1 (\d{3}) /.exec(head) ?? [];
    if (code === undefined) throw new SyntaxError(`no response: ${head}`);
    at = end + 4;
    const status = Number(code);
    if (status < 200) continue;
    const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
    const size = methods[responses.length] === 'HEAD' ? 0 : Number(length ?? Number.NaN);
    if (!(at + size <= received.length)) throw new SyntaxError(`a truncated response: ${head}`);
    responses.push({
      status,
      body: received.toString('utf8', at, at + size),
      closes: /^connection: close$/im.test(head),
    });
    at += size;
  }
  return responses;
};

interface Exchange {
  readonly received: Buffer;
  /** How the connection ended. */
  readonly ending: string;
}

/** Ends a connection as clients do; a client that closes its half before the response may not get one. */
const goodbye = Buffer.from('GET /health HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n');

/** Writes requests one behind the other over one connection and resolves with all that came back. */
const exchange = (port: number, burst: readonly Hostile[]): Promise<Exchange> =>
  new Promise((resolve, reject) => {
    const socket = connect({port, host: '127.0.0.1', allowHalfOpen: true});
    const chunks: Buffer[] = [];
    let ending = 'closed';
    socket.on('data', chunk => chunks.push(chunk));
    socket.on('end', () => socket.end());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A client that goes on after a rejection may be cut off.
      ending = error.code ?? error.message;
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.on('close', () => resolve({received: Buffer.concat(chunks), ending}));
    const bytes = Buffer.concat(burst.map(({bytes}) => bytes));
    if (burst.every(({framed}) => framed)) socket.write(Buffer.concat([bytes, goodbye]));
    else if (burst.some(({leaves}) => leaves)) socket.write(bytes, () => socket.destroy());
    else socket.end(bytes);
  });

export const attack = async (options: AttackOptions): Promise<Attack> => {
  const {port, random, next, requests, connections, secrets, signal, pauseMs = 0} = options;
  const responses = new Map<number, number>();
  const problems: string[] = [];
  let sent = 0;
  let accepted = 0;
  let unsure = 0;

  const judge = (burst: readonly Hostile[], {received, ending}: Exchange): void => {
    const kinds = burst.map(({kind}) => kind).join(', ');
    const text = received.toString('latin1');
    if (stackTrace.test(text)) problems.push(`${kinds}: a response reveals internals: ${text}`);
    if (secrets.some(secret => text.includes(secret))) problems.push(`${kinds}: a response contains a key`);
    const whole = burst.every(({framed}) => framed);
    let seen: readonly ParsedResponse[] = [];
    try {
      seen = splitResponses(
        received,
        burst.map(({method}) => method),
      );
    } catch (error) {
      if (whole) problems.push(`${kinds}: ${error instanceof Error ? error.message : error}`);
    }
    for (const {status, body} of seen) {
      responses.set(status, (responses.get(status) ?? 0) + 1);
      if (!allowed.has(status)) problems.push(`${kinds}: response ${status}: ${body}`);
      if (status === 200 && body.includes('"accepted"')) {
        accepted += JSON.parse(body).accepted;
      }
    }
    const unanswered = whole ? burst.slice(seen.length) : burst; // the last request may get a response as well
    unsure += unanswered.reduce((sum, {metrics}) => sum + metrics, 0);
    if (whole && seen.at(-1)?.closes !== true) {
      problems.push(`${kinds}: ${burst.length} requests, ${seen.length} answers, ${ending}: ${text.slice(-500)}`);
    }
  };

  const connection = async (): Promise<void> => {
    while (sent < requests && signal?.aborted !== true) {
      const burst: Hostile[] = [];
      const length = 1 + random.below(12);
      // Invalid HTTP ends its connection.
      while (burst.length < length && sent < requests && burst.at(-1)?.framed !== false) {
        burst.push(next());
        sent += 1;
      }
      judge(burst, await exchange(port, burst));
      if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
  };
  await Promise.all(Array.from({length: connections}, connection));
  return {requests: sent, responses, accepted, unsure, problems};
};
