/** Encodes the responses in the request's encoding: an `ExportMetricsServiceResponse` or a `google.rpc.Status`. */

/** How a body is encoded. */
export type Encoding = 'protobuf' | 'json';

export const contentTypes: Readonly<Record<Encoding, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

export interface ExportResult {
  readonly rejectedDataPoints: number;
  /** The reason, for the reader of the emitter's log; empty when none was rejected. */
  readonly errorMessage: string;
}

/** Codes of google.rpc.Code for the statuses that the service responds with. */
const codes: Readonly<Record<number, number | undefined>> = {
  400: 3, // INVALID_ARGUMENT
  401: 16, // UNAUTHENTICATED
  404: 5, // NOT_FOUND
  405: 12, // UNIMPLEMENTED
  413: 8, // RESOURCE_EXHAUSTED
  415: 3,
  503: 14, // UNAVAILABLE
};
/** INTERNAL */
const internal = 13;

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
  return bytes;
};
const text = (field: number, value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([field * 8 + 2, ...varint(bytes.length)]), bytes]);
};

/** Nothing rejected: an empty message. */
const empty = Buffer.alloc(0);
const emptyJson = Buffer.from('{}');

export const exportResponse = (encoding: Encoding, {rejectedDataPoints, errorMessage}: ExportResult): Buffer => {
  const partial = rejectedDataPoints > 0 || errorMessage !== '';
  if (encoding === 'json')
    return partial
      ? Buffer.from(JSON.stringify({partialSuccess: {rejectedDataPoints: String(rejectedDataPoints), errorMessage}}))
      : emptyJson;
  if (!partial) return empty;
  const body = Buffer.concat([Buffer.from([8, ...varint(rejectedDataPoints)]), text(2, errorMessage)]);
  return Buffer.concat([Buffer.from([10, ...varint(body.length)]), body]);
};

export const statusResponse = (encoding: Encoding, status: number, message: string): Buffer => {
  const code = codes[status] ?? internal;
  return encoding === 'json'
    ? Buffer.from(JSON.stringify({code, message}))
    : Buffer.concat([Buffer.from([8, ...varint(code)]), text(2, message)]);
};
