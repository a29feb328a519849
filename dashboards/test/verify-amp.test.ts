/** `npm run verify` for AMP and CI: URLs, retries, freshness, reports. Signatures are tested in infra/test/local/amp.test.ts. */
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import {ValueError} from '../src/errors.ts';
import type {PanelResult} from '../src/verify/board-queries.ts';
import {checkAddress} from '../src/verify/connection.ts';
import {createRetryingFetch} from '../src/verify/fetch-with-retry.ts';
import {StaleDataError, waitForNewerSample} from '../src/verify/freshness.ts';
import {toJUnit, toMarkdown} from '../src/verify/verify-report.ts';

const amp = 'https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/';
const flags = {url: '--amp', region: '--sigv4'};

const accepts = test.macro((t, url: string, region?: string) => {
  t.notThrows(() => checkAddress({url, region}, flags));
});
test('a Prometheus needs no region', accepts, 'http://127.0.0.1:9090');
test('a workspace is accepted with its region', accepts, amp, 'eu-west-1');
test('a custom host name is accepted with any region', accepts, 'https://prometheus.example', 'us-gov-west-1');

const rejects = test.macro((t, url: string, region: string | undefined, message: RegExp) => {
  t.throws(() => checkAddress({url, region}, flags), {instanceOf: ValueError, message});
});
test(
  'a workspace without a region is rejected',
  rejects,
  amp,
  undefined,
  /^--sigv4: expected eu-west-1, .* found nothing/,
);
test(
  'a workspace with the region of another one is rejected',
  rejects,
  amp,
  'us-east-1',
  /^--sigv4: expected eu-west-1, .* us-east-1$/,
);
test('a URL with the path of the API is rejected', rejects, `${amp}api/v1/query`, 'eu-west-1', /^--amp: .* \/api\/v1/);
test(
  'a URL with a query string is rejected',
  rejects,
  'http://a/?orgId=1',
  undefined,
  /^--amp: .* found http:\/\/a\/\?orgId=1$/,
);
test(
  'a URL with a password is rejected, and the message does not contain it',
  rejects,
  'http://bob:secret@a:9090',
  undefined,
  /^--amp: expected a URL without a user name and password, found http:\/\/…@a:9090$/,
);
test(
  'the message about an invalid URL does not contain its password',
  rejects,
  'http://bob:sec/ret@a:9090',
  undefined,
  /^--amp: expected a URL such as http:\/\/127\.0\.0\.1:9090, found http:\/\/…@a:9090$/,
);

type Reply = {readonly status: number; readonly headers?: Record<string, string>; readonly body?: string};

/** A retrying fetch that gets these responses; its waits are recorded, and last no time. */
const retrying = (replies: readonly Reply[], attempts?: number) => {
  const queue = [...replies];
  const waits: number[] = [];
  const fetch = createRetryingFetch({
    fetch: async () => {
      const {status, headers = {}, body = '{}'} = queue.shift() ?? {status: 200};
      return new Response(body, {status, headers});
    },
    wait: async milliseconds => void waits.push(milliseconds),
    random: () => 0.5,
    ...(attempts !== undefined && {attempts}),
  });
  return {waits, send: async () => (await fetch('http://workspace.example')).status};
};

const isRetried = test.macro(async (t, reply: Reply) => {
  const {send, waits} = retrying([reply, reply]);
  t.is(await send(), 200);
  t.is(waits.length, 2);
});
test('a request with status 429 is retried', isRetried, {status: 429});
test('a request with status 503 is retried', isRetried, {status: 503});
test('a throttling error of AWS in a header is retried', isRetried, {
  status: 400,
  headers: {'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/'},
});
test('a throttling error of AWS in a body is retried', isRetried, {
  status: 400,
  body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
});

const isNotRetried = test.macro(async (t, reply: Reply) => {
  const {send, waits} = retrying([reply]);
  t.is(await send(), reply.status);
  t.deepEqual(waits, []);
});
test('an invalid query is not retried', isNotRetried, {status: 400, body: '{"status":"error","errorType":"bad_data"}'});
test('a query that timed out is not retried', isNotRetried, {
  status: 503,
  body: '{"status":"error","errorType":"timeout","error":"query timed out"}',
});
test('a request with status 403 is not retried', isNotRetried, {status: 403});

test('waits double up to ten seconds with full jitter, and the last response is returned', async t => {
  const {send, waits} = retrying(
    Array.from({length: 9}, () => ({status: 429})),
    8,
  );
  t.is(await send(), 429);
  t.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
});

test('each attempt has its own timeout, which excludes other attempts and waits', async t => {
  const signals = new Set<unknown>();
  const fetch = createRetryingFetch({
    wait: async () => {},
    fetch: async (_, init) => {
      signals.add(init?.signal);
      return new Response('{}', {status: signals.size < 4 ? 429 : 200});
    },
  });
  t.is((await fetch('http://workspace.example')).status, 200);
  t.is(signals.size, 4);
  const stuck = createRetryingFetch({
    timeoutMs: 1,
    fetch: (_, init) => delay(60_000, new Response(), {signal: init?.signal ?? undefined}),
  });
  await t.throwsAsync(stuck('http://workspace.example'), {name: 'AbortError'});
});

test('a wait is at least as long as retry-after', async t => {
  const {send, waits} = retrying([{status: 429, headers: {'retry-after': '3'}}]);
  t.is(await send(), 200);
  t.deepEqual(waits, [3250]);
});

/** Responds with these times of the newest sample in turn, then always with the last one. */
const samplesAt = (...moments: (string | undefined)[]): typeof globalThis.fetch => {
  return async () => {
    const moment = moments.length > 1 ? moments.shift() : moments[0];
    const result = moment === undefined ? [] : [{metric: {}, value: [0, String(Date.parse(moment) / 1000)]}];
    return Response.json({status: 'success', data: {resultType: 'vector', result}});
  };
};
const freshness = {url: 'http://workspace.example', since: new Date('2026-01-01T12:00:00Z'), pollIntervalMs: 1};

test('it waits until the newest sample is newer than the given time', async t => {
  const seen: (string | undefined)[] = [];
  const newest = await waitForNewerSample({
    ...freshness,
    fetch: samplesAt(undefined, '2026-01-01T11:59:50Z', '2026-01-01T12:00:00Z', '2026-01-01T12:00:05Z'),
    timeoutSeconds: 30,
    onLook: found => seen.push(found?.toISOString()),
  });
  t.is(newest.toISOString(), '2026-01-01T12:00:05.000Z');
  t.deepEqual(seen, [undefined, '2026-01-01T11:59:50.000Z', '2026-01-01T12:00:00.000Z']);
});

const stale = test.macro(async (t, moment: string | undefined, found: RegExp) => {
  await t.throwsAsync(waitForNewerSample({...freshness, fetch: samplesAt(moment), timeoutSeconds: 0}), {
    instanceOf: StaleDataError,
    message: found,
  });
});
test(
  'the error names the newest sample when it is too old',
  stale,
  '2026-01-01T11:00:00Z',
  /within 0s, found none after 2026-01-01T11:00:00/,
);
test('the error states that there are no samples', stale, undefined, /found no mcp_metrics_service_build_info$/);

const results: readonly PanelResult[] = [
  {board: 'one', panel: 'Calls', id: 1, refId: 'A', expr: 'up', outcome: 'data', value: '3 | 4', message: ''},
  {
    board: 'one',
    panel: 'A <b> & "c"',
    id: 2,
    refId: 'A',
    expr: 'a{b=~"x|y"} < 1',
    outcome: 'no data',
    value: '',
    message: '',
  },
  {
    board: 'two',
    panel: 'Errors',
    id: 1,
    refId: 'B',
    expr: 'rate(\n  x[1m])',
    outcome: 'error',
    value: '',
    message: 'bad \u0007 | pipe',
  },
];

test('the JUnit report has one suite per board and is valid XML', t => {
  t.is(
    toJUnit(results),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="verify" tests="3" failures="1" errors="1">
  <testsuite name="one" tests="2" failures="1" errors="0">
    <testcase classname="one" name="1 Calls A">
      <system-out>3 | 4</system-out>
    </testcase>
    <testcase classname="one" name="2 A &lt;b&gt; &amp; &quot;c&quot; A">
      <failure message="no data">a{b=~&quot;x|y&quot;} &lt; 1</failure>
    </testcase>
  </testsuite>
  <testsuite name="two" tests="1" failures="0" errors="1">
    <testcase classname="two" name="1 Errors B">
      <error message="bad  | pipe">rate(
  x[1m])</error>
    </testcase>
  </testsuite>
</testsuites>
`,
  );
});

test('the Markdown report has the counts of each board and a row for each query without data', t => {
  t.is(
    toMarkdown(results, {url: 'http://a_b', window: '15m'}),
    `### ❌ 2 of 3 queries have no data

http://a\\_b, the last 15m: 1 data, 1 no data, 1 error.

| board | queries | data | no data | error |
| --- | --: | --: | --: | --: |
| one | 2 | 1 | 1 | 0 |
| two | 1 | 0 | 0 | 1 |

| | board | panel | | query |
| --- | --- | --- | --- | --- |
| ⚪ | one | 2 A &lt;b&gt; & "c" A | no data | <code>a{b=~&quot;x&#124;y&quot;} &lt; 1</code> |
| ❌ | two | 1 Errors B | bad \u0007 \\| pipe | <code>rate( x[1m])</code> |
`,
  );
});

test('the Markdown report has no second table when every query has data', t => {
  const text = toMarkdown(results.slice(0, 1), {url: 'http://a', window: '15m'});
  t.true(text.startsWith('### ✅ Every panel has data\n'));
  t.is(text.match(/^\| --- /gm)?.length, 1);
});
