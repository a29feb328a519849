/** Random requests that no client should send: well framed ones, and those that break HTTP itself. */
import {createBodies, noise} from './hostile-bodies.ts';
import type {Random} from './random.ts';

export interface Hostile {
  /** Its defect, for a report. */
  readonly kind: string;
  readonly method: string;
  readonly bytes: Buffer;
  /** Maximum number of its metrics that a service may accept. */
  readonly metrics: number;
  /** Whether it is a whole HTTP request after which another may follow. */
  readonly framed: boolean;
  /** The client disconnects after it without waiting for a response. */
  readonly leaves: boolean;
}

export interface HostileOptions {
  readonly random: Random;
  /** A key that is accepted. */
  readonly key: string;
  /** The service's MAX_REQUEST_SIZE. */
  readonly maxSize: number;
}

const oddMethods = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'QUERY'] as const;
const oddPaths = [
  '/',
  '/metrics/',
  '/metrics?x=%zz',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/../metrics',
  '//metrics',
  '/METRICS',
  '/%00',
  '/health',
  '/rate-limit',
  '/flush',
  'http://elsewhere/metrics',
  '*',
  '/__proto__',
  '/constructor',
] as const;

const chunked = (body: Buffer, random: Random): Buffer => {
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; ) {
    const part = body.subarray(at, at + 1 + random.below(Math.min(body.length, 16_384)));
    const size = part.length.toString(16);
    const written = random.once(2) ? size.toUpperCase() : size.padStart(8, '0');
    parts.push(Buffer.from(`${written}${random.once(4) ? ';name="a;b"' : ''}\r\n`), part, Buffer.from('\r\n'));
    at += part.length;
  }
  parts.push(Buffer.from(random.once(4) ? '0\r\nX-Trailer: 1\r\n\r\n' : '0\r\n\r\n'));
  return Buffer.concat(parts);
};

export const createHostile = ({random, key, maxSize}: HostileOptions): (() => Hostile) => {
  const {below, pick, once} = random;
  const body = createBodies(random, maxSize);
  const keyHeader = (): string =>
    pick([
      `X-API-Key: ${key}\r\n`,
      `x-api-key:${key}\r\n`,
      `X-API-Key: ${key}\r\n`,
      `X-API-Key: ${key}\r\n`,
      `X-API-Key: ${key}\r\n`,
      `X-API-Key: ${key}x\r\n`,
      `X-API-Key: ${key.slice(0, -1)}\r\n`,
      `X-API-Key: ${key}\r\nX-API-Key: ${key}\r\n`,
      'X-API-Key: \r\n',
      '',
    ]);
  const oddHeaders = (): string =>
    [
      once(6)
        ? `Content-Type: ${pick(['application/json', 'text/plain', 'a/b;c', ';', 'application/json; charset=utf-16'])}\r\n`
        : '',
      once(6)
        ? `X-Request-ID: ${pick(['<script>', 'x'.repeat(500), '-', "'; DROP TABLE metrics", '\u00ff\u00fe'])}\r\n`
        : '',
      once(10) ? `Expect: ${pick(['100-continue', '100-Continue', 'the-best'])}\r\n` : '',
      once(20) ? `${Array.from({length: 400}, (_, index) => `X-${index}: ${index}\r\n`).join('')}` : '',
    ].join('');

  const framed = (): Hostile => {
    const odd = once(6);
    const method = odd && once(2) ? pick(oddMethods) : 'POST';
    const path = odd ? pick(oddPaths) : '/metrics';
    const {kind, bytes: content, metrics = 0, headers = ''} = body();
    const inChunks = once(3);
    const length = inChunks ? 'Transfer-Encoding: chunked' : `Content-Length: ${content.length}`;
    const head = `${method} ${path} HTTP/1.1\r\nHost: m\r\n${keyHeader()}${oddHeaders()}${headers}${length}\r\n\r\n`;
    const parts = [Buffer.from(head, 'latin1'), inChunks ? chunked(content, random) : content];
    return {kind, method, bytes: Buffer.concat(parts), metrics, framed: true, leaves: false};
  };

  const broken = (): Hostile => {
    const good = '{"service":"hostile","metrics":[{"type":"custom","value":1}]}';
    const post = `POST /metrics HTTP/1.1\r\nHost: m\r\nX-API-Key: ${key}\r\n`;
    const of = (kind: string, text: string | Buffer, leaves = false): Hostile => {
      const whole = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
      return {kind, method: 'POST', bytes: whole, metrics: 2, framed: false, leaves};
    };
    const whole = `${post}Content-Length: ${good.length}\r\n\r\n${good}`;
    switch (below(13)) {
      case 12:
        return of(
          'an upgrade',
          whole.replace('Host', `Upgrade: ${pick(['websocket', 'h2c'])}\r\nConnection: Upgrade\r\nHost`),
        );
      case 0:
        return of('a length too long', `${post}Content-Length: ${good.length + 1 + below(1e6)}\r\n\r\n${good}`);
      case 1:
        return of('a length too short', `${post}Content-Length: ${below(good.length)}\r\n\r\n${good}`);
      case 2:
        return of(
          'no length',
          `${post}Content-Length: ${pick(['-1', '1e3', '0x10', '99999999999999999999', '5, 6', ''])}\r\n\r\n${good}`,
        );
      case 3:
        return of(
          'length and chunks',
          `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${whole}`,
        );
      case 4:
        return of(
          'broken chunks',
          `${post}Transfer-Encoding: chunked\r\n\r\n${pick(['zz', '-5', 'fffffffffffffffff', '5\r\nabcdefgh', ''])}\r\n${good}`,
        );
      case 5:
        return of(
          'a flood of headers',
          `${post}${Array.from({length: 2500}, (_, i) => `X-${i}: ${i}`).join('\r\n')}\r\n\r\n`,
        );
      case 6:
        return of(
          'a broken header',
          `${post}${pick(['no colon', 'X-Nul: \0', ' folded: 1', 'X Y: 1', ': 1', '\x01: 1'])}\r\n\r\n`,
        );
      case 7:
        return of(
          'no HTTP',
          pick([
            Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'latin1'),
            Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
            noise(random, 300),
            Buffer.from('\r\n\r\n\r\n'),
          ]),
        );
      case 8:
        return of(
          'another version',
          pick([
            whole.replace('1.1', '1.0'),
            whole.replace('1.1', '2.0'),
            whole.replace('HTTP/1.1', ''),
            whole.replace('Host: m\r\n', ''),
            `CONNECT m:443 HTTP/1.1\r\nHost: m\r\n\r\n`,
          ]),
        );
      case 9:
        return of('half a request', whole.slice(0, below(whole.length)));
      case 10:
        return of('half a request, and gone', whole.slice(0, below(whole.length)), true);
      default:
        return of('bare line feeds', whole.replaceAll('\r\n', '\n'));
    }
  };
  return () => (once(8) ? broken() : framed());
};
