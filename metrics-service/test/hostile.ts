/** Requests that no client should send, made from chance: well framed ones, and those that break HTTP itself. */
import {gzipSync} from 'node:zlib';
import type {Random} from './random.ts';

export interface Hostile {
  /** What is wrong with it, for a report. */
  readonly kind: string;
  readonly method: string;
  readonly bytes: Buffer;
  /** Metrics it holds at most that a service may accept. */
  readonly metrics: number;
  /** Whether it is a whole HTTP request after which another may follow. */
  readonly framed: boolean;
  /** The client goes away after it without waiting for an answer. */
  readonly leaves: boolean;
}

export interface HostileOptions {
  readonly random: Random;
  /** A key that is accepted. */
  readonly key: string;
  /** The service's MAX_REQUEST_SIZE. */
  readonly maxSize: number;
}

interface Body {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly metrics?: number;
  readonly headers?: string;
}

const types = [
  'auth_request',
  'tool_discovery',
  'tool_execution',
  'registry_operation',
  'health_check',
  'protocol_latency',
  'custom',
  'Custom',
] as const;
const fields = ['type', 'value', 'duration_ms', 'timestamp', 'dimensions', 'metadata', '__proto__', 'toJSON'] as const;
const envelopeFields = ['service', 'version', 'instance_id', 'metrics', '__proto__', 'constructor'] as const;
const oddKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'le', '__name__', ''] as const;
const oddNumbers = [
  '1e999',
  '-1e999',
  '-0',
  '1e-400',
  '123456789012345678901234567890',
  '0.1e-7',
  '9007199254740993',
  '1E+2',
  '-1e12',
] as const;
const oddTexts = [
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"a\\"} 1\\nmcp_injected_total 7"',
  '"\\u2028\\u2029"',
  '"\\\\"',
  '"{{}}"',
  '"true"',
  '"9999-12-31T23:59:60.999999999999999999+23:59"',
] as const;
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

/** A megabyte of zeros a kilobyte: what it would be, if somebody unpacked it, is past every limit. */
const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20));

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
  const bytes = (most: number): Buffer => Buffer.from(Array.from({length: below(most)}, () => below(256)));
  const times = (count: number, make: (index: number) => string): string =>
    Array.from({length: count}, (_, i) => make(i)).join();

  const json = (depth = 0): string => {
    switch (below(depth > 3 ? 4 : 7)) {
      case 0:
        return pick(oddNumbers);
      case 1:
        return pick(oddTexts);
      case 2:
        return pick(['null', 'true', 'false']);
      case 3:
        return JSON.stringify('x'.repeat(below(1200)));
      case 4:
        return `[${times(below(4), () => json(depth + 1))}]`;
      case 5:
        return `{${times(below(4), () => `${JSON.stringify(pick(oddKeys))}:${json(depth + 1)}`)}}`;
      default: {
        const levels = below(1500);
        return once(2) ? '['.repeat(levels) + ']'.repeat(levels) : `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
      }
    }
  };
  const entries = (most: number): string =>
    `{${times(below(once(10) ? most : 5), index => `"${once(8) ? pick(oddKeys) : `k${index}`}":${once(8) ? json() : '"v"'}`)}}`;
  const metric = (): string => {
    const name = `"metric_name":"hostile-${below(1000)}"`;
    const parts = [
      `"type":"${pick(types)}"`,
      `"value":${once(4) ? pick(oddNumbers) : below(1000)}`,
      ...(once(2) ? [`"dimensions":{${name}}`] : [`"dimensions":${entries(24)}`]),
      ...(once(2) ? [`"metadata":${entries(34)}`] : []),
      ...(once(3) ? [`${JSON.stringify(pick(fields))}:${json()}`] : []),
    ];
    return once(20) ? json() : `{${parts.join()}}`;
  };
  const batch = (count: number): string => {
    const odd = once(4) ? `,${JSON.stringify(pick(envelopeFields))}:${json()}` : '';
    return `{"service":"hostile","metrics":[${times(count, metric)}]${odd}}`;
  };

  const body = (): Body => {
    const count = 1 + below(6);
    switch (below(9)) {
      case 0: {
        const text = Buffer.from(batch(count));
        return {kind: 'cut JSON', bytes: text.subarray(0, below(text.length))};
      }
      case 1: {
        const text = Buffer.from(batch(count));
        for (let change = 0; change <= below(4); change += 1) text[below(text.length)] = below(256);
        return {kind: 'mutated JSON', bytes: text, metrics: 2 * count + 2};
      }
      case 2:
        return {kind: 'noise', bytes: bytes(400)};
      case 3:
        return {kind: 'any JSON', bytes: Buffer.from(json())};
      case 4: {
        const text = Buffer.from(batch(count).replaceAll('hostile-', 'hostile-~'));
        for (let at = text.indexOf('~'); at >= 0; at = text.indexOf('~', at)) text[at] = 128 + below(128);
        return {kind: 'invalid UTF-8', bytes: text, metrics: count};
      }
      case 5:
        return once(10)
          ? {
              kind: 'too many metrics',
              bytes: Buffer.from(`{"service":"hostile","metrics":[${times(1025 + below(2000), () => '{}')}]}`),
            }
          : {kind: 'wrong types', bytes: Buffer.from(batch(count)), metrics: count};
      case 6:
        return once(6)
          ? {
              kind: 'gzip bomb',
              bytes: bomb,
              headers: `Content-Encoding: ${pick(['gzip', 'identity, gzip', 'br', 'x'])}\r\n`,
            }
          : {kind: 'wrong types', bytes: Buffer.from(batch(count)), metrics: count};
      case 7:
        return once(6)
          ? {kind: 'over the limit', bytes: Buffer.alloc(maxSize + 1 + below(maxSize), 0x5b)}
          : {kind: 'wrong types', bytes: Buffer.from(batch(count)), metrics: count};
      default:
        return {kind: 'many metrics', bytes: Buffer.from(batch(count * 2)), metrics: 4 * count};
    }
  };

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
            bytes(300),
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
