/** Checks a request's SigV4 signature as AWS does: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
import {createHash, createHmac, timingSafeEqual} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';

export type Credentials = {readonly accessKeyId: string; readonly secretAccessKey: string};

export type SignedRequest = {
  readonly method: string;
  /** Without query: remote write has none. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** What is wrong with the signature; undefined when it is right. */
export const signatureProblem = (
  {method, path, headers, body}: SignedRequest,
  expected: Credentials & {readonly region: string; readonly service: string},
): string | undefined => {
  const [, keyId, date, region, service, signedHeaders, signature] =
    authorization.exec(headers.authorization ?? '') ?? [];
  if (!keyId || !date || !signedHeaders || !signature)
    return `no SigV4 header; found ${headers.authorization ?? 'nothing'}`;
  for (const [what, found, wanted] of [
    ['access key', keyId, expected.accessKeyId],
    ['region', region, expected.region],
    ['service', service, expected.service],
  ])
    if (found !== wanted) return `signed for the ${what} ${found}, expected ${wanted}`;
  const names = signedHeaders.split(';');
  if (!names.includes('host') || !names.includes('x-amz-date'))
    return `host and x-amz-date must be signed; found ${signedHeaders}`;
  const canonicalHeaders = names.map(name => `${name}:${String(headers[name] ?? '').trim()}\n`).join('');
  const canonical = [method, path, '', canonicalHeaders, signedHeaders, sha256(body)].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = [date, expected.region, expected.service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${expected.secretAccessKey}`,
  );
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))
    ? undefined
    : 'the signature does not match the request';
};
