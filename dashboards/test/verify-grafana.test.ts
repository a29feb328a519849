import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {artefacts, jobs} from '../src/artefacts.ts';
import {inspect} from '../src/verify/board-check.ts';
import {verifyBoards} from '../src/verify/board-queries.ts';
import {createGrafana} from '../src/verify/grafana-api.ts';

type Asked = {readonly path: string; readonly authorization: string | undefined; readonly body: string};

type Responses = {
  readonly database?: string;
  /** Changes the JSON of the board that Grafana returns. */
  readonly board?: (text: string) => string;
  readonly provisioned?: boolean;
  /** The columns of the data frame. */
  readonly values?: readonly (readonly (number | null)[])[];
  readonly entities?: readonly unknown[];
  readonly error?: string;
};

const generated = new Map([...artefacts()].map(([path, content]) => [path, content]));

/** A stand-in for Grafana, on a free port. */
const grafana = async (t: ExecutionContext, answers: Responses = {}) => {
  const {database = 'ok', board = (same: string) => same, provisioned = true, entities, error} = answers;
  const {values = [[15_000], [0.5]]} = answers;
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const {pathname: path} = new URL(request.url ?? '', 'http://grafana');
    asked.push({path, authorization: request.headers.authorization, body: await text(request)});
    const answer = (body: unknown, status = 200) => response.writeHead(status).end(JSON.stringify(body));
    const uid = /^\/api\/dashboards\/uid\/([\w-]+)$/.exec(path)?.[1];
    const found = generated.get(`dashboards/${uid}.json`);
    if (path === '/api/health') answer({database, version: '13.2.2'}, database === 'ok' ? 200 : 503);
    else if (found !== undefined) answer({dashboard: JSON.parse(board(found)), meta: {provisioned}});
    else if (path.endsWith('/api/v1/label/job/values')) answer({status: 'success', data: [jobs.service]});
    else if (/^\/api\/datasources\/uid\/prometheus\/resources\/api\/v1\/label\/\w+\/values$/.test(path))
      answer({status: 'success', data: ['registry']});
    else if (path !== '/api/ds/query') answer({message: 'Not found'}, 404);
    else if (error !== undefined) answer({results: {A: {error, status: 400}}}, 400);
    else {
      const fields = [
        {name: 'Time', type: 'time'},
        {name: 'Value', type: 'number', labels: {server_name: 'github'}},
      ];
      answer({results: {A: {status: 200, frames: [{schema: {fields}, data: {values, entities}}]}}});
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo; // of a TCP server
  return {url: `http://127.0.0.1:${port}`, asked};
};

const run = (parameters: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{code: number; printed: string}>(resolve => {
    execFile(
      process.execPath,
      [
        '--import',
        'tsx',
        fileURLToPath(new URL('../src/verify/verify-command.ts', import.meta.url)),
        '--grafana',
        ...parameters,
      ],
      {env: {...process.env, ...env}},
      (failed, stdout, stderr) =>
        resolve({code: typeof failed?.code === 'number' ? failed.code : failed ? 1 : 0, printed: `${stdout}${stderr}`}),
    );
  });

test('it exits with 0 when Grafana has every board and data for each query, and sends the token', async t => {
  const {url, asked} = await grafana(t);
  const {code, printed} = await run(['--url', `${url}/`], {GRAFANA_TOKEN: 'glsa_example'});
  t.is(code, 0, printed);
  t.regex(printed, /^Grafana 13\.2\.2\n/);
  t.regex(printed, /^✔ board mcp-analytics$/m);
  t.regex(printed, /(\d+) queries: \1 data, 0 no data, 0 error\n$/);
  t.true(asked.every(({authorization}) => authorization === 'Bearer glsa_example'));
  const [query] = asked.filter(({path}) => path === '/api/ds/query').map(({body}) => JSON.parse(body));
  t.like(query.queries[0], {refId: 'A', datasource: {uid: 'prometheus'}, format: 'time_series'});
  t.true(Number(query.to) > Number(query.from));
});

const differs = test.macro(async (t, answers: Responses, expected: RegExp) => {
  const {url} = await grafana(t, answers);
  const {lines, ok} = await inspect(createGrafana(url), {url, window: '15m'});
  t.false(ok);
  t.regex(lines.join('\n'), expected);
});
test(
  'the differences of an outdated board are reported for each panel',
  differs,
  {board: content => content.replace('"Authentication Success Rate"', '"Sign-ins"')},
  /✘ board mcp-analytics\n {6}Authentication Success Rate: expected .*found no such panel\n {6}Sign-ins: expected no such panel/,
);
test(
  'a board that was saved by hand is reported',
  differs,
  {provisioned: false},
  /expected a provisioned board, found one that was saved by hand/,
);
test(
  "the message of Grafana's datasource is the error of a query",
  differs,
  {error: 'sigv4: access denied'},
  /error: sigv4: access denied\n.* 0 data, 0 no data, \d+ error$/s,
);
test(
  'a Grafana without its database is reported as not healthy',
  differs,
  {database: 'failing'},
  /^health: .* found failing$/,
);

test('NaN and infinite numbers are read from the entities of a frame', async t => {
  const {url} = await grafana(t, {
    values: [
      [1, 2, 3],
      [null, null, null],
    ],
    entities: [null, {NaN: [0], Inf: [1], NegInf: [2]}],
  });
  const [sample] = await createGrafana(url).endpoint.query('up', 15);
  t.deepEqual(sample, {
    labels: {server_name: 'github'},
    values: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  });
});

test('a frame without a number counts as no data', async t => {
  const {url} = await grafana(t, {values: [[], []]});
  const results = await verifyBoards({url, window: '15m', endpoint: createGrafana(url).endpoint});
  t.not(results.length, 0);
  t.true(results.every(({outcome}) => outcome === 'no data'));
});

test('an invalid URL, a missing password and an unreachable Grafana are reported in one line', async t => {
  t.like(await run(['--url', 'grafana:3000']), {code: 2});
  const incomplete = await run(['--url', 'http://127.0.0.1:1'], {GRAFANA_USER: 'admin'});
  t.is(incomplete.code, 2);
  t.regex(incomplete.printed, /^GRAFANA_PASSWORD: expected a value, as GRAFANA_USER is set, found nothing\n/);
  const {code, printed} = await run(['--url', 'http://127.0.0.1:1']);
  t.is(code, 1);
  t.regex(printed, /^http:\/\/127\.0\.0\.1:1: expected Grafana's HTTP API, found no JSON at \/api\/health .*\n$/);
});
