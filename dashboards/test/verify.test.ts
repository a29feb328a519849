import {execFile} from 'node:child_process';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {fileURLToPath} from 'node:url';
import {promisify} from 'node:util';
import test, {type ExecutionContext} from 'ava';
import {ValueError} from '../src/errors.ts';
import {EndpointError, type PanelResult, verifyBoards} from '../src/verify/board-queries.ts';
import {interpolate} from '../src/verify/interpolation.ts';

type Asked = {readonly path: string; readonly parameters: URLSearchParams};
type Responses = {
  /** The values of each label. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  /** The value of every sample of every query. */
  readonly value?: string;
  readonly error?: string;
};

/** A stand-in for Prometheus that records its requests. */
const prometheus = ({labels = {}, value, error}: Responses = {}) => {
  const asked: Asked[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const url = new URL(String(input));
    asked.push({path: url.pathname, parameters: new URLSearchParams(init?.body?.toString() ?? url.search)});
    const label = /^\/api\/v1\/label\/(\w+)\/values$/.exec(url.pathname)?.[1];
    if (label !== undefined) {
      return Response.json({status: 'success', data: labels[label] ?? []});
    }
    if (error !== undefined) {
      return Response.json({status: 'error', errorType: 'bad_data', error}, {status: 400});
    }
    const over = url.pathname.endsWith('query_range');
    const series = {
      metric: {server_name: 'github'},
      ...(over
        ? {
            values: [
              [0, 'NaN'],
              [15, value],
            ],
          }
        : {value: [15, value]}),
    };
    const result = value === undefined ? [] : [series];
    return Response.json({status: 'success', data: {resultType: over ? 'matrix' : 'vector', result}});
  };
  const run = (window = '15m') =>
    verifyBoards({url: 'http://prometheus.example/', window, fetch, now: new Date('2026-01-01T00:00:07Z')});
  return {asked, run};
};

const panel = (results: readonly PanelResult[], title: string): PanelResult[] =>
  results.filter(result => result.panel === title);

test('a number counts as data, formatted in the unit of its panel', async t => {
  const results = await prometheus({value: '0.25'}).run();
  t.true(results.every(({outcome, message}) => outcome === 'data' && message === ''));
  t.like(panel(results, 'Authentication Success Rate'), [{board: 'mcp-analytics', id: 3, refId: 'A', value: '25%'}]);
  t.is(panel(results, 'Tool Execution Success Rate')[0]?.value, 'successful 25%');
  t.is(panel(results, 'Average Response Times')[0]?.value, 'authentication 250ms');
  t.is(panel(results, 'Server Performance Dashboard')[3]?.value, 'Failed: github 25%');
});

const noData = test.macro(async (t, answers: Responses) => {
  const results = await prometheus(answers).run();
  t.not(results.length, 0);
  t.true(results.every(({outcome, value}) => outcome === 'no data' && value === ''));
});
test('NaN counts as no data', noData, {value: 'NaN'});
test('an infinite number counts as no data', noData, {value: '+Inf'});
test('an empty result counts as no data', noData, {});

test('the message of Prometheus is the error of a query', async t => {
  const results = await prometheus({error: 'parse error'}).run();
  t.true(results.every(({outcome, message}) => outcome === 'error' && message === 'parse error'));
});

test('ranges and intervals are interpolated as in Grafana', async t => {
  const results = await prometheus().run('7d');
  t.true(panel(results, 'Most Popular Tool')[0]?.expr.includes('[604800s]'));
  t.true(
    panel(results, 'Request Volume Over Time')[0]?.expr.includes('[3600s]'),
    '144 points, rounded to a step of 1h',
  );
  t.true(panel(results, 'Tool Executions per Hour')[0]?.expr.includes('[75s]'));
  t.true(panel(results, 'Collected Data Points')[0]?.expr.includes('[615s]'), 'a step of 10m and one scrape interval');
  t.true(results.every(({expr}) => !expr.includes('$')));
});

test('a variable that Grafana does not have is not replaced', t => {
  t.is(
    interpolate('$__range_s $__range_ms $__rate_interval_ms $__rate_interval_s $__interval_s', new Map(), {
      range: 900,
      scrapeInterval: 15,
    }),
    '900 900000 60000 $__rate_interval_s $__interval_s',
  );
});

test('graphs send range queries aligned to the step, other panels instant queries at the end of the window', async t => {
  const {asked, run} = prometheus();
  await run();
  const end = Date.parse('2026-01-01T00:00:07Z') / 1000;
  // The query of a graph whose step is a minute, whichever board is first.
  const over = asked.find(
    ({path, parameters}) => path === '/api/v1/query_range' && parameters.get('query')?.includes('method="initialize"'),
  )?.parameters;
  t.like(Object.fromEntries(over ?? []), {start: String(end - 7 - 900), end: String(end - 7), step: '60'});
  t.is(asked.find(({path}) => path === '/api/v1/query')?.parameters.get('time'), String(end));
});

const readsReporter = test.macro<[readonly string[], string]>(async (t, service, expected) => {
  const results = await prometheus({labels: {service}}).run();
  t.true(panel(results, 'Request Volume Over Time')[0]?.expr.includes(`service="${expected}"`));
});
test('nginx is the reporter where it reports', readsReporter, ['auth-server', 'nginx', 'registry'], 'nginx');
test(
  'the first one is the reporter where nginx does not report',
  readsReporter,
  ['auth-server', 'registry'],
  'auth-server',
);
test('queries are sent even if there is no reporter', readsReporter, [], '');

test('options of variables come from the series of the reporter, and All matches everything', async t => {
  const {asked, run} = prometheus({labels: {service: ['nginx'], server_name: ['a.b', 'c']}});
  const results = await run();
  t.true(panel(results, 'Request Volume Over Time')[0]?.expr.includes('server_name=~".*"'));
  t.is(
    asked.find(({path}) => path === '/api/v1/label/server_name/values')?.parameters.get('match[]'),
    'mcp_tool_executions_total{service="nginx"}',
  );
});

test('the error about an invalid window names it', async t => {
  await t.throwsAsync(prometheus().run('15 minutes'), {
    instanceOf: ValueError,
    message: 'window: expected a duration such as 90s, 15m, 6h or 7d, found "15 minutes"',
  });
});

test('the error about an endpoint that is not Prometheus names its URL', async t => {
  const url = 'http://grafana.example';
  const verifyAgainst = (response: Response) => verifyBoards({url, window: '15m', fetch: async () => response});
  const options = {instanceOf: EndpointError, message: /^http:\/\/grafana\.example: expected a Prometheus HTTP API/};
  await t.throwsAsync(verifyAgainst(new Response('<html>', {status: 404})), options);
  await t.throwsAsync(verifyAgainst(Response.json({message: 'Unauthorized'}, {status: 401})), options);
});

const root = fileURLToPath(new URL('../..', import.meta.url));
const execute = promisify(execFile);

/** Runs a command; an exit code other than 0 does not fail the test. */
const program = async (file: string, ...parameters: string[]) => {
  try {
    const {stdout, stderr} = await execute(
      process.execPath,
      ['--import', 'tsx', `dashboards/src/${file}`, ...parameters],
      {
        cwd: root,
      },
    );
    return {code: 0, stdout, stderr};
  } catch (error) {
    return error as {code: number; stdout: string; stderr: string}; // execFile's documentation
  }
};

/** A port on which no process listens. */
const freePort = async (t: ExecutionContext): Promise<number> => {
  const server = createServer();
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const {port} = server.address() as AddressInfo; // a listening TCP server has one
  await new Promise(resolve => {
    server.close(resolve);
  });
  t.not(port, 0);
  return port;
};

test('npm run verify reports an unreachable URL in one line', async t => {
  const url = `http://127.0.0.1:${await freePort(t)}`;
  const {code, stderr} = await program('verify/verify-command.ts', '--url', url);
  t.is(code, 1);
  t.regex(stderr, new RegExp(`^${url}: expected a Prometheus HTTP API, found no connection .*ECONNREFUSED[^\n]*\n$`));
});

test('npm run verify prints the outcome of each panel, and exits with 1 when one has no data', async t => {
  const server = createServer((request, response) => {
    const data = request.url?.includes('/label/') ? [] : {resultType: 'vector', result: []};
    response.end(JSON.stringify({status: 'success', data}));
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo; // a listening TCP server has one
  const {code, stdout} = await program(
    'verify/verify-command.ts',
    '--url',
    `http://127.0.0.1:${port}`,
    '--window',
    '1h',
  );
  t.is(code, 1);
  t.regex(stdout, /^mcp-analytics\n– {3}1 Real-time Protocol Activity A: no data\n {6}\(sum\(rate\(/m);
  t.regex(stdout, /\n\d+ queries: 0 data, \d+ no data, 0 error\n$/);
});

const isRejected = test.macro(async (t, parameters: readonly string[], says: RegExp) => {
  const {code, stderr} = await program('verify/verify-command.ts', ...parameters);
  t.is(code, 2);
  t.regex(stderr, says);
  t.regex(stderr, /Usage: npm run verify/);
});
test('npm run verify requires a URL', isRejected, [], /^--url: expected a value, found nothing\n/);
test(
  'npm run verify rejects an invalid URL',
  isRejected,
  ['--url', 'localhost:9090'],
  /^--url: .* found localhost:9090\n/,
);
test(
  'npm run verify rejects a window that is not a duration',
  isRejected,
  ['--url', 'http://a', '--window', 'x'],
  /^--window: .*"x"/,
);
test('npm run verify rejects unknown options', isRejected, ['--uri', 'http://a'], /'--uri'/);
test(
  'npm run verify rejects an invalid region',
  isRejected,
  ['--url', 'http://a', '--sigv4', 'Ireland'],
  /^--sigv4: expected an AWS region such as eu-west-1, found "Ireland"\n/,
);
test(
  'npm run verify rejects a time without a time zone',
  isRejected,
  ['--url', 'http://a', '--since-deploy', '2026-01-31T12:00:00'],
  /^--since-deploy: expected a time such as .*, found "2026-01-31T12:00:00"\n/,
);
