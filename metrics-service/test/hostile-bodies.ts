/** Random bodies that no client should send. */
import {gzipSync} from 'node:zlib';
import type {Random} from './random.ts';

export interface Body {
  /** Its defect, for a report. */
  readonly kind: string;
  readonly bytes: Buffer;
  /** Maximum number of its metrics that a service may accept. */
  readonly metrics?: number;
  /** The headers that the body requires. */
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

/** A megabyte of zeros per kilobyte: when it is inflated, it is over every limit. */
const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20));

export const noise = (random: Random, most: number): Buffer =>
  Buffer.from(Array.from({length: random.below(most)}, () => random.below(256)));

/** `maxSize` is the service's MAX_REQUEST_SIZE. */
export const createBodies = (random: Random, maxSize: number): (() => Body) => {
  const {below, once, pick} = random;
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

  return () => {
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
        return {kind: 'noise', bytes: noise(random, 400)};
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
};
