/**
 * Verify and smoke against AMP: a workspace that accepts only signed requests, in front of a real Prometheus, with the
 * real service.
 */
import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {verifyBoards} from '@mcp-observability/dashboards/verify';
import {createFetch} from '@mcp-observability/dashboards/verify/connection';
import {eventTypes} from '@mcp-observability/metrics-service/contract';
import test, {type ExecutionContext} from 'ava';
import {ServiceError, smoke} from '../../checks/smoke/smoke.ts';
import {startWorkspace, type WorkspaceStandIn} from '../amp-stand-in/amp-stand-in.ts';
import {createPipeline, type Pipeline} from './pipeline.ts';

const region = 'eu-west-1';
/** As a task's role has them: temporary. */
const credentials = {accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'a/secret+of=this/test', sessionToken: 'a/token+=='};
const environment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
};

let pipeline: Pipeline;
let workspace: WorkspaceStandIn;
let folder: string;

test.before(async () => {
  [pipeline, folder] = await Promise.all([createPipeline(), mkdtemp(join(tmpdir(), 'amp-'))]);
  await pipeline.startService();
  workspace = await startWorkspace({
    path: '/workspaces/ws-0123-4567',
    prometheus: pipeline.prometheus,
    credentials,
    region,
  });
});
test.after.always(async () => {
  workspace?.close();
  await pipeline?.stop();
  await rm(folder, {recursive: true, force: true});
});

const root = fileURLToPath(new URL('../../..', import.meta.url));

type Ended = {readonly code: number; readonly stdout: string; readonly stderr: string};

/** Runs a command with these variables and without this machine's credentials. */
const program = (file: string, parameters: readonly string[], env: NodeJS.ProcessEnv = environment): Promise<Ended> =>
  new Promise(resolve => {
    execFile(
      process.execPath,
      ['--import', 'tsx', file, ...parameters],
      {cwd: root, env: {PATH: process.env['PATH'], HOME: folder, AWS_EC2_METADATA_DISABLED: 'true', ...env}},
      (error, stdout, stderr) => resolve({code: error === null ? 0 : Number(error.code), stdout, stderr}),
    );
  });

const signing = () => createFetch({region}, {credentials: async () => credentials});

test.serial('smoke sees one event of each kind arrive in a workspace', async t => {
  const {code, stdout, stderr} = await program(
    'infra/checks/smoke/smoke-command.ts',
    ['--url', pipeline.service, '--amp', workspace.endpoint, '--sigv4', region, '--timeout', '30s'],
    {...environment, METRICS_API_KEY: pipeline.key},
  );
  t.is(stderr, '');
  t.deepEqual([...stdout.matchAll(/^✔ (\w+) after \d+ s$/gm)].map(([, kind]) => kind).sort(), [...eventTypes].sort());
  t.regex(stdout, /\nAll events arrived\.\n$/);
  t.is(code, 0);
  t.deepEqual([...workspace.seen.problems], []);
});

test.serial('verify finds in a workspace what it finds in the Prometheus behind it, through throttling', async t => {
  const asked = {window: '5m', collector: false, now: new Date()};
  workspace.next.push(429, 503, 429);
  const [signed, direct] = await Promise.all([
    verifyBoards({...asked, url: workspace.endpoint, fetch: await signing()}),
    verifyBoards({...asked, url: pipeline.prometheus}),
  ]);
  t.deepEqual(signed, direct);
  t.true(signed.some(({outcome}) => outcome === 'data'));
  t.deepEqual(workspace.next, []);
  t.deepEqual([...workspace.seen.problems], []);
});

test.serial(
  'npm run verify signs, waits for data since a deployment, reports that it is throttled, and writes both reports',
  async t => {
    const [junit, markdown] = [join(folder, 'reports', 'junit.xml'), join(folder, 'reports', 'verify.md')];
    workspace.next.push(429);
    const {code, stdout, stderr} = await program('dashboards/src/verify/verify-command.ts', [
      ...['--url', workspace.endpoint, '--sigv4', region, '--window', '5m', '--no-collector'],
      ...['--since-deploy', 'now', '--junit', junit, '--markdown', markdown],
    ]);
    t.regex(stderr, /^throttled with status 429: retrying in \d\.\ds\n$/);
    t.regex(stdout, /^waiting up to 600s for data newer than \S+Z\n.*found a sample from \S+Z\nmcp-analytics\n/s);
    const [, all, data, none] = /\n(\d+) queries: (\d+) data, (\d+) no data, 0 error\n$/.exec(stdout) ?? [];
    t.is(code, 1, 'smoke events are too few for every panel');
    t.true(Number(data) > 0);
    const report = await readFile(junit, 'utf8');
    t.true(report.includes(`<testsuites name="verify" tests="${all}" failures="${none}" errors="0">`));
    t.is(report.match(/<testcase /g)?.length, Number(all));
    t.is(report.match(/<failure message="no data">/g)?.length, Number(none));
    t.true((await readFile(markdown, 'utf8')).startsWith(`### ❌ ${none} of ${all} queries have no data\n`));
    t.deepEqual([...workspace.seen.problems], []);
  },
);

test.serial('the reason of AWS for a rejection is reported in one line', async t => {
  const {code, stderr} = await program(
    'dashboards/src/verify/verify-command.ts',
    ['--url', workspace.endpoint, '--sigv4', region],
    {
      ...environment,
      AWS_SECRET_ACCESS_KEY: 'another',
    },
  );
  t.is(code, 1);
  t.regex(
    stderr,
    /^http:\S+: expected a Prometheus HTTP API, found status 403 and "the signature does not match[^\n]*\n$/,
  );
  t.true(workspace.seen.problems.delete('the signature does not match the request'));
});

test.serial('verify reports that it finds no credentials', async t => {
  const {code, stderr} = await program(
    'dashboards/src/verify/verify-command.ts',
    ['--url', workspace.endpoint, '--sigv4', region],
    {},
  );
  t.is(code, 1);
  t.regex(stderr, /^AWS credentials: expected credentials in the default chain [^\n]*\n$/);
});

/** The Prometheus without one metric; gone with the test. */
const lacking = async (t: ExecutionContext, metric: string): Promise<string> => {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = await fetch(`${pipeline.prometheus}${request.url}`, {
      method: 'POST',
      headers: {'content-type': 'application/x-www-form-urlencoded'},
      body: body.replace(metric, 'absent'),
    });
    response.end(await answer.text());
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a listening TCP server has one
};

const smoking = async (changed: Partial<Parameters<typeof smoke>[0]> = {}) =>
  smoke({
    url: pipeline.service,
    key: pipeline.key,
    workspace: {url: pipeline.prometheus, fetch: await createFetch({})},
    timeoutSeconds: 4,
    pollIntervalMs: 200,
    log: () => {},
    ...changed,
  });

test.serial('smoke names the kind that did not arrive, and no other', async t => {
  const url = await lacking(t, 'mcp_custom_events_total');
  const missing = await smoking({workspace: {url, fetch}});
  t.deepEqual(
    missing.map(({kind, value}) => ({kind, value})),
    [{kind: 'custom', value: undefined}],
  );
  t.regex(missing[0]?.expr ?? '', /^mcp_custom_events_total\{name="smoke-[0-9a-f]"\}$/);
});

test.serial('smoke sees the same events arrive a second time', async t => {
  for (let run = 0; run < 2; run += 1) t.deepEqual(await smoking({timeoutSeconds: 10}), []);
});

test.serial('smoke distinguishes an unknown key from an unreachable service', async t => {
  await t.throwsAsync(smoking({key: 'unknown'}), {
    instanceOf: ServiceError,
    message: /\/rate-limit: expected status 200 and JSON, found 401 \(Invalid API key\)$/,
  });
  await t.throwsAsync(smoking({url: 'http://127.0.0.1:1'}), {
    instanceOf: ServiceError,
    message: /^http:\/\/127\.0\.0\.1:1\/health: expected metrics-service, could not reach it/,
  });
});

test.serial('smoke accepts no other server as the service, and sends the key nowhere else', async t => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/cut/health')
      response.writeHead(200, {'content-length': '9'}).write('{', () => request.destroy());
    else if (request.url === '/page/health') response.end('<html>');
    else response.writeHead(307, {location: '/elsewhere'}).end();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a listening TCP server has one
  for (const [path, message] of [
    ['/cut', /\/cut\/health: expected metrics-service, could not reach it/],
    ['/page', /\/page\/health: expected status 200 and JSON, found 200$/],
    ['/leads', /\/leads\/health: expected status 200 and JSON, found 307$/],
  ] as const)
    await t.throwsAsync(smoking({url: url + path}), {instanceOf: ServiceError, message});
  t.deepEqual(asked, ['/cut/health', '/page/health', '/leads/health']);
});
