/** What is sent: the metrics of the auth-server's middleware, over a few servers and tools, or over as many as asked. */
import {headers, paths} from '../src/contract.ts';
import type {WireBatch, WireMetric} from '../src/json/events.ts';

export const key = 'bench-key-0123456789';

const sender = {service: 'auth-server', version: '1.0.0', instance_id: 'auth-server-1'} as const;

/** What a tool call sends. The times differ, as they do in the field. */
export const batchOf = (metrics: number): WireBatch => ({
  ...sender,
  metrics: Array.from({length: metrics}, (_, index) => ({
    type: 'tool_execution',
    timestamp: `2026-01-01T12:00:${pad(index % 60, 2)}.${pad((index * 7919) % 1_000_000, 6)}`,
    value: 1,
    duration_ms: 12.5 + (index % 50),
    dimensions: {
      tool_name: `tool-${index % 20}`,
      server_name: `server-${index % 5}`,
      server_path: `/server-${index % 5}`,
      success: index % 10 !== 0,
      method: 'tools/call',
      client_name: `client-${index % 3}`,
      user_hash: '5f4dcc3b5aa7',
    },
    metadata: {error_code: null, input_size_bytes: 512, output_size_bytes: 0},
  })),
});

const pad = (value: number, digits: number): string => String(value).padStart(digits, '0');

/** As many values as a label may hold by default. */
const valuesHeld = 150;
/** Label sets that one metric of `fillers` makes: a counter's for success and for failure, and a histogram's. */
const setsEach = 3;

/** Events after which the service holds about that many label sets, in batches. */
export const fillers = (labelSets: number): readonly WireBatch[] =>
  inBatches(
    Array.from({length: Math.ceil(labelSets / setsEach)}, (_, index) => ({
      type: 'auth_request',
      value: 1,
      duration_ms: 2.5,
      dimensions: {
        success: true,
        method: `method-${index % valuesHeld}`,
        server: `server-${Math.floor(index / valuesHeld)}`,
      },
    })),
  );

/** Events with four label values that are new each time, in batches: what an abusive client sends. */
export const strangers = (values: number): readonly WireBatch[] => {
  const fresh = (name: string) => `${name}-${Math.random().toString(36).slice(2)}`;
  return inBatches(
    Array.from({length: Math.ceil(values / 4)}, () => ({
      type: 'tool_execution',
      value: 1,
      duration_ms: 2.5,
      dimensions: {
        success: true,
        method: fresh('method'),
        server_name: fresh('server'),
        tool_name: fresh('tool'),
        client_name: fresh('client'),
      },
    })),
  );
};

const inBatches = (metrics: readonly WireMetric[]): readonly WireBatch[] =>
  Array.from({length: Math.ceil(metrics.length / 1000)}, (_, index) => ({
    ...sender,
    metrics: metrics.slice(index * 1000, (index + 1) * 1000),
  }));

/** A POST as bytes. */
export const toRequest = (
  body: string,
  {path = paths.metrics, type = 'application/json'}: {readonly path?: string; readonly type?: string} = {},
): Uint8Array =>
  Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      `${headers.apiKey}: ${key}`,
      `Content-Type: ${type}`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
