/**
 * Checks a request's SigV4 signature as AWS does:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html Written from that page and tested with
 * AWS's test suite, so that the signer is not checked with its own code.
 */
import {createHash, createHmac, timingSafeEqual} from 'node:crypto';

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The token of temporary credentials: must be sent and signed. */
  readonly sessionToken?: string;
};

export type SignedRequest = {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly target: string;
  /** Name and value, one for each line, as node:http's `rawHeaders` in pairs. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
};

export type Expected = {
  readonly credentials: Credentials;
  readonly region: string;
  readonly service: string;
  /** @default now */
  readonly now?: Date;
};

/** How far a request's date may be off. */
const skewMs = 300_000;

const sha256 = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** All but unreserved characters (RFC 3986, section 2.3) as %XY; encodeURIComponent leaves five more. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** Dots and doubled slashes resolved; then encoded once more than it was sent, as for every service but S3. */
const canonicalPath = (path: string): string => {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '.' && segment !== '') segments.push(encoded(segment));
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${end}`;
};

/** By name, then by value. A plus is a plus: signers write a space as %20. */
const canonicalQuery = (query: string): string =>
  query
    .split('&')
    .filter(part => part !== '')
    .map(part => {
      const [name = '', ...value] = part.split('=');
      return [name, value.join('=')].map(text => encoded(decodeURIComponent(text))) as [string, string]; // maps a pair
    })
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(pair => pair.join('='))
    .join('&');

/** The values of a header: each trimmed, runs of spaces one space, in the order they came. */
const valuesOf = ({headers}: SignedRequest, wanted: string): readonly string[] =>
  headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value.trim().replaceAll(/ +/g, ' '));

const authorization =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** `20150830T123600Z` */
const parseDate = (text: string): number =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

/** Returns the problem with the signature; undefined when it is right. */
export const signatureProblem = (
  request: SignedRequest,
  {credentials, region, service, now = new Date()}: Expected,
): string | undefined => {
  const [header = 'nothing'] = valuesOf(request, 'authorization');
  const [, keyId, day, signedRegion, signedService, signedHeaders, signature] = authorization.exec(header) ?? [];
  if (!keyId || !day || !signedHeaders || !signature) return `no SigV4 header, found ${header}`;
  for (const [what, found, wanted] of [
    ['access key', keyId, credentials.accessKeyId],
    ['region', signedRegion, region],
    ['service', signedService, service],
  ])
    if (found !== wanted) return `signed for the ${what} ${found}, expected ${wanted}`;

  const names = signedHeaders.split(';');
  const {sessionToken} = credentials;
  for (const name of ['host', 'x-amz-date', ...(sessionToken === undefined ? [] : ['x-amz-security-token'])])
    if (!names.includes(name)) return `${name} must be signed, found ${signedHeaders}`;
  if (sessionToken !== undefined && valuesOf(request, 'x-amz-security-token')[0] !== sessionToken)
    return 'the session token is another';

  const [date = ''] = valuesOf(request, 'x-amz-date');
  if (!date.startsWith(day)) return `x-amz-date ${date} is not of the day ${day}`;
  if (!(Math.abs(parseDate(date) - now.getTime()) <= skewMs)) return `x-amz-date ${date} is not of now`;

  const bodyHash = sha256(request.body);
  const [claimed = bodyHash] = valuesOf(request, 'x-amz-content-sha256');
  if (claimed !== bodyHash) return 'x-amz-content-sha256 is not of this body';

  const [path = '', ...query] = request.target.split('?');
  const canonical = [
    request.method,
    canonicalPath(path),
    canonicalQuery(query.join('?')),
    ...names.map(name => `${name}:${valuesOf(request, name).join(',')}`),
    '',
    signedHeaders,
    bodyHash,
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${credentials.secretAccessKey}`,
  );
  return timingSafeEqual(hmac(key, toSign), Buffer.from(signature, 'hex'))
    ? undefined
    : 'the signature does not match the request';
};
