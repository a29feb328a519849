/** The stand-in's check of signatures against AWS's own test suite. */
import {readFileSync} from 'node:fs';
import test from 'ava';
import {type Expected, type SignedRequest, signatureProblem} from './amp-stand-in/signature.ts';

/** The credentials and time with which the suite signs all requests. */
const expected: Expected = {
  credentials: {accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'},
  region: 'us-east-1',
  service: 'service',
  now: new Date('2015-08-30T12:36:00Z'),
};

const parse = (text: string): SignedRequest => {
  const [head = '', body = ''] = text.split('\n\n');
  const [line = '', ...headers] = head.split('\n');
  const [, method = '', target = ''] = /^(\S+) (.*) HTTP\/1\.1$/.exec(line) ?? [];
  return {
    method,
    target,
    headers: headers.map(header => [header.slice(0, header.indexOf(':')), header.slice(header.indexOf(':') + 1)]),
    body: Buffer.from(body),
  };
};

const suite = new Map(
  readFileSync(new URL('sigv4-test-suite.txt', import.meta.url), 'utf8')
    .split(/^=== /m)
    .slice(1)
    .map(part => {
      const [name = '', ...lines] = part.trimEnd().split('\n');
      return [name, parse(lines.join('\n'))] as const;
    }),
);

const problemOf = (request: SignedRequest | undefined, differing: Partial<Expected> = {}): string | undefined =>
  request === undefined ? 'no such request' : signatureProblem(request, {...expected, ...differing});

test("every request of AWS's test suite is accepted", t => {
  t.is(suite.size, 33);
  for (const [name, request] of suite) t.is(problemOf(request), undefined, name);
});

test('no request of the suite is accepted with a changed signed part', t => {
  for (const [name, request] of suite) {
    const {headers, target} = request;
    const changed: Readonly<Record<string, SignedRequest>> = {
      method: {...request, method: 'PUT'},
      path: {...request, target: `/x${target}`},
      query: {...request, target: `${target}${target.includes('?') ? '&' : '?'}x=1`},
      body: {...request, body: Buffer.concat([request.body, Buffer.from(' ')])},
      host: {...request, headers: headers.map(([key, value]) => [key, key === 'Host' ? `x.${value}` : value])},
      signature: {
        ...request,
        headers: headers.map(([key, value]) => [key, value.replace(/.$/, last => (last === '0' ? '1' : '0'))]),
      },
    };
    for (const [what, one] of Object.entries(changed)) t.not(problemOf(one), undefined, `${name}: ${what}`);
  }
});

const refuses = test.macro({
  exec(t, differing: Partial<Expected>, problem: RegExp) {
    t.regex(problemOf(suite.get('get-vanilla'), differing) ?? '', problem);
  },
  title: (what = '') => `refuses ${what}`,
});
test(
  'an unknown access key',
  refuses,
  {credentials: {...expected.credentials, accessKeyId: 'AKIDOTHER'}},
  /access key/,
);
test('another secret', refuses, {credentials: {...expected.credentials, secretAccessKey: 'x'}}, /does not match/);
test('another region', refuses, {region: 'eu-west-1'}, /region us-east-1, expected eu-west-1/);
test('another service', refuses, {service: 'aps'}, /service service, expected aps/);
test('a date more than five minutes old', refuses, {now: new Date('2015-08-30T12:41:01Z')}, /is not of now/);
test(
  'temporary credentials without their token',
  refuses,
  {credentials: {...expected.credentials, sessionToken: 'x'}},
  /x-amz-security-token must be signed/,
);

test('temporary credentials are accepted only with their token', t => {
  const request = suite.get('get-vanilla-with-session-token');
  const token = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267';
  const withToken = (sessionToken: string) =>
    problemOf(request, {credentials: {...expected.credentials, sessionToken}});
  t.is(withToken(token), undefined);
  t.is(withToken('another'), 'the session token is another');
});

test('a request without a signature is rejected', t => {
  t.is(problemOf({method: 'GET', target: '/', headers: [], body: Buffer.alloc(0)}), 'no SigV4 header, found nothing');
});
