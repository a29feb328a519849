/** What verify does for AMP and for pipelines: addresses, patience, freshness, reports. Signatures: infra/test/local/amp.test.ts. */
import {setTimeout as delay} from 'node:timers/promises';
import test from 'ava';
import type {PanelResult} from '../src/verify/board-queries.ts';
import {checkAddress} from '../src/verify/connection.ts';
import {createPatientFetch} from '../src/verify/fetch-with-retry.ts';
import {StaleDataError, untilFresh} from '../src/verify/freshness.ts';
import {toJUnit, toMarkdown} from '../src/verify/verify-report.ts';

const amp = 'https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/ws-1/';
const flags = {url: '--amp', region: '--sigv4'};

const takes = test.macro((t, url: string, region?: string) => {
  t.notThrows(() => checkAddress({url, region}, flags));
});
test('A Prometheus needs no region.', takes, 'http://127.0.0.1:9090');
test('A workspace is taken with its region.', takes, amp, 'eu-west-1');
test('Behind an own name any region is taken.', takes, 'https://prometheus.example', 'us-gov-west-1');

const refuses = test.macro((t, url: string, region: string | undefined, message: RegExp) => {
  t.throws(() => checkAddress({url, region}, flags), {instanceOf: TypeError, message});
});
test(
  'A workspace without a region is refused.',
  refuses,
  amp,
  undefined,
  /^--sigv4: expected eu-west-1, .* found nothing/,
);
test(
  'A workspace of another region is refused.',
  refuses,
  amp,
  'us-east-1',
  /^--sigv4: expected eu-west-1, .* us-east-1$/,
);
test(
  'An address with the path of the API is refused.',
  refuses,
  `${amp}api/v1/query`,
  'eu-west-1',
  /^--amp: .* \/api\/v1/,
);
test(
  'A query behind an address is refused.',
  refuses,
  'http://a/?orgId=1',
  undefined,
  /^--amp: .* found http:\/\/a\/\?orgId=1$/,
);
test(
  'A password in an address is refused, and not repeated.',
  refuses,
  'http://bob:secret@a:9090',
  undefined,
  /^--amp: expected an address without a user or a password, found http:\/\/…@a:9090$/,
);
test(
  'A password in what is no address is not repeated.',
  refuses,
  'http://bob:sec/ret@a:9090',
  undefined,
  /^--amp: expected an address such as http:\/\/127\.0\.0\.1:9090, found http:\/\/…@a:9090$/,
);

type Said = {readonly status: number; readonly headers?: Record<string, string>; readonly body?: string};

/** A patient fetch over these answers; pauses are noted, not waited for. */
const patient = (answers: readonly Said[], attempts?: number) => {
  const queue = [...answers];
  const waits: number[] = [];
  const fetch = createPatientFetch({
    fetch: async () => {
      const {status, headers = {}, body = '{}'} = queue.shift() ?? {status: 200};
      return new Response(body, {status, headers});
    },
    wait: async milliseconds => void waits.push(milliseconds),
    random: () => 0.5,
    ...(attempts !== undefined && {attempts}),
  });
  return {waits, ask: async () => (await fetch('http://workspace.example')).status};
};

const repeats = test.macro(async (t, answer: Said) => {
  const {ask, waits} = patient([answer, answer]);
  t.is(await ask(), 200);
  t.is(waits.length, 2);
});
test('429 is asked again.', repeats, {status: 429});
test('503 is asked again.', repeats, {status: 503});
test('A throttling error of AWS in a header is asked again.', repeats, {
  status: 400,
  headers: {'x-amzn-errortype': 'ThrottlingException:http://internal.amazon.com/'},
});
test('A throttling error of AWS in a body is asked again.', repeats, {
  status: 400,
  body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
});

const stays = test.macro(async (t, answer: Said) => {
  const {ask, waits} = patient([answer]);
  t.is(await ask(), answer.status);
  t.deepEqual(waits, []);
});
test('A wrong query is not asked again.', stays, {status: 400, body: '{"status":"error","errorType":"bad_data"}'});
test('A query that ran out of time is not asked again.', stays, {
  status: 503,
  body: '{"status":"error","errorType":"timeout","error":"query timed out"}',
});
test('What is forbidden is not asked again.', stays, {status: 403});

test('Pauses double up to ten seconds, each spread over its length, and end with the last answer.', async t => {
  const {ask, waits} = patient(
    Array.from({length: 9}, () => ({status: 429})),
    8,
  );
  t.is(await ask(), 429);
  t.deepEqual(waits, [250, 500, 1000, 2000, 4000, 5000, 5000]);
});

test('An attempt has its time by itself: what the others and the pauses took does not count.', async t => {
  const signals = new Set<unknown>();
  const fetch = createPatientFetch({
    wait: async () => {},
    fetch: async (_, init) => {
      signals.add(init?.signal);
      return new Response('{}', {status: signals.size < 4 ? 429 : 200});
    },
  });
  t.is((await fetch('http://workspace.example')).status, 200);
  t.is(signals.size, 4);
  const stuck = createPatientFetch({
    timeoutMs: 1,
    fetch: (_, init) => delay(60_000, new Response(), {signal: init?.signal ?? undefined}),
  });
  await t.throwsAsync(stuck('http://workspace.example'), {name: 'AbortError'});
});

test('A pause is as long as the answer asks for, at least.', async t => {
  const {ask, waits} = patient([{status: 429, headers: {'retry-after': '3'}}]);
  t.is(await ask(), 200);
  t.deepEqual(waits, [3250]);
});

/** Answers the newest sample's moment, one after the other, the last one always. */
const samplesAt = (...moments: (string | undefined)[]): typeof globalThis.fetch => {
  return async () => {
    const moment = moments.length > 1 ? moments.shift() : moments[0];
    const result = moment === undefined ? [] : [{metric: {}, value: [0, String(Date.parse(moment) / 1000)]}];
    return Response.json({status: 'success', data: {resultType: 'vector', result}});
  };
};
const freshness = {url: 'http://workspace.example', since: new Date('2026-01-01T12:00:00Z'), betweenMs: 1};

test('Data is waited for until it is newer than the moment.', async t => {
  const seen: (string | undefined)[] = [];
  const newest = await untilFresh({
    ...freshness,
    fetch: samplesAt(undefined, '2026-01-01T11:59:50Z', '2026-01-01T12:00:00Z', '2026-01-01T12:00:05Z'),
    timeoutSeconds: 30,
    onLook: found => seen.push(found?.toISOString()),
  });
  t.is(newest.toISOString(), '2026-01-01T12:00:05.000Z');
  t.deepEqual(seen, [undefined, '2026-01-01T11:59:50.000Z', '2026-01-01T12:00:00.000Z']);
});

const stale = test.macro(async (t, moment: string | undefined, found: RegExp) => {
  await t.throwsAsync(untilFresh({...freshness, fetch: samplesAt(moment), timeoutSeconds: 0}), {
    instanceOf: StaleDataError,
    message: found,
  });
});
test(
  'Old data is told from none.',
  stale,
  '2026-01-01T11:00:00Z',
  /within 0 s, found nothing after 2026-01-01T11:00:00/,
);
test('No data is told from old.', stale, undefined, /found no mcp_metrics_service_build_info at all$/);

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

test('JUnit has a suite for each board and escapes what is no XML.', t => {
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

test('Markdown counts each board and shows what has no data, cell by cell.', t => {
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

test('Markdown says that all is well, without a second table.', t => {
  const text = toMarkdown(results.slice(0, 1), {url: 'http://a', window: '15m'});
  t.true(text.startsWith('### ✅ Every panel has data\n'));
  t.is(text.match(/^\| --- /gm)?.length, 1);
});
