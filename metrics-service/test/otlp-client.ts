/** Sends exports without an SDK, and decodes the responses. */

import {type MetricDescription, toJson, toProtobuf} from './otlp-encode.ts';
import type {Client} from './running-service.ts';
import {registryKey} from './running-service.ts';

export type Encoding = 'protobuf' | 'json';
export const encodings: readonly Encoding[] = ['protobuf', 'json'];

export const contentTypeOf = (encoding: Encoding): string =>
  encoding === 'json' ? 'application/json' : 'application/x-protobuf';

/** The content of a response, in either encoding. */
export interface ExportResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  readonly rejected: number;
  readonly errorMessage: string;
  /** The code of a google.rpc.Status. */
  readonly code: number;
  readonly message: string;
}

/** The fields of a message by number: numbers of varints, bytes of the rest. */
const fieldsOf = (bytes: Buffer): ReadonlyMap<number, number | Buffer> => {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const value = varint();
    if (tag % 8 === 0) fields.set(tag >> 3, value);
    else {
      fields.set(tag >> 3, bytes.subarray(at, at + value));
      at += value;
    }
  }
  return fields;
};

const decode = (
  encoding: Encoding,
  status: number,
  bytes: Buffer,
): Pick<ExportResponse, 'rejected' | 'errorMessage' | 'code' | 'message'> => {
  if (encoding === 'json') {
    const {partialSuccess = {}, code = 0, message = ''} = JSON.parse(bytes.toString());
    const {rejectedDataPoints = '0', errorMessage = ''} = partialSuccess;
    return {rejected: Number(rejectedDataPoints), errorMessage, code, message};
  }
  const fields = fieldsOf(bytes);
  if (status !== 200)
    return {rejected: 0, errorMessage: '', code: Number(fields.get(1)), message: String(fields.get(2))};
  const partial = fields.get(1);
  const inner: ReadonlyMap<number, number | Buffer> = partial instanceof Buffer ? fieldsOf(partial) : new Map();
  return {rejected: Number(inner.get(1) ?? 0), errorMessage: String(inner.get(2) ?? ''), code: 0, message: ''};
};

export interface ExportOptions {
  readonly encoding: Encoding;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

export const postExport = async (
  {apiPort}: Pick<Client, 'apiPort'>,
  {encoding, body, headers = {}, path = '/v1/metrics'}: ExportOptions,
): Promise<ExportResponse> => {
  const response = await fetch(`http://127.0.0.1:${apiPort}${path}`, {
    method: 'POST',
    headers: {'X-API-Key': registryKey, 'Content-Type': contentTypeOf(encoding), ...headers},
    body: typeof body === 'string' ? body : new Uint8Array(body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  return {status: response.status, headers: response.headers, bytes, ...decode(encoding, response.status, bytes)};
};

/** Exports metrics in an encoding. */
export const exportMetrics = (
  service: Pick<Client, 'apiPort'>,
  encoding: Encoding,
  ...metrics: readonly MetricDescription[]
): Promise<ExportResponse> =>
  postExport(service, {encoding, body: encoding === 'json' ? toJson(...metrics) : toProtobuf(...metrics)});
