/** The output of `npm run verify` where the service is scraped under another job. */
import {execFile} from 'node:child_process';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {fileURLToPath} from 'node:url';
import {buildInfo} from '@mcp-observability/metrics-service/catalogue';
import test, {type ExecutionContext} from 'ava';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Jobs = {readonly ofService: readonly string[]; readonly ofTargets: readonly string[]};

/** A Prometheus that knows these jobs and has no data for any query. Returns its URL. */
const prometheus = async (t: ExecutionContext, {ofService, ofTargets}: Jobs): Promise<string> => {
  const server = createServer((request, response) => {
    const {pathname, searchParams} = new URL(request.url ?? '', 'http://prometheus');
    const jobs = searchParams.get('match[]') === buildInfo.name ? ofService : ofTargets;
    const labels = pathname === '/api/v1/label/job/values' ? jobs : [];
    const data = pathname.includes('/label/') ? labels : {resultType: 'vector', result: []};
    response.end(JSON.stringify({status: 'success', data}));
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => server.close());
  const {port} = server.address() as AddressInfo; // a listening TCP server has one
  return `http://127.0.0.1:${port}`;
};

type Ended = {readonly code: number; readonly stdout: string; readonly stderr: string};

const verify = async (t: ExecutionContext, jobs: Jobs, ...parameters: readonly string[]): Promise<Ended> => {
  const url = await prometheus(t, jobs);
  const program = ['--import', 'tsx', 'dashboards/src/verify/verify-command.ts', '--url', url, ...parameters];
  return new Promise(resolve => {
    execFile(process.execPath, program, {cwd: root}, (error, stdout, stderr) => {
      resolve({code: Number(error?.code ?? 0), stdout, stderr});
    });
  });
};

test('the job under which the service is scraped is named with the remedy, in one line', async t => {
  const {code, stdout, stderr} = await verify(t, {ofService: ['gateway'], ofTargets: ['gateway', 'node']});
  t.is(code, 1);
  t.is(stdout, '');
  t.regex(stderr, /^metrics-service is scraped as job gateway, boards select mcp-metrics-service\.[^\n]*\n$/);
  t.true(stderr.includes("npm run generate -- --job 'gateway'"), stderr);
});

test('where only other jobs are scraped, they are named', async t => {
  const {code, stderr} = await verify(t, {ofService: [], ofTargets: ['node', 'prometheus']});
  t.is(code, 1);
  t.regex(stderr, /^`up` has jobs node, prometheus, boards select mcp-metrics-service[^\n]*\n$/);
});

test('with --job the boards select that job', async t => {
  const {stdout} = await verify(t, {ofService: ['gateway'], ofTargets: ['gateway']}, '--job', 'gateway');
  t.regex(stdout, /up\{job="gateway"\}/);
  t.notRegex(stdout, /mcp-metrics-service/);
});

test('a target that is down and an endpoint without targets pass on to the panels', async t => {
  for (const ofTargets of [['mcp-metrics-service', 'node'], []]) {
    const {stdout} = await verify(t, {ofService: [], ofTargets});
    t.regex(stdout, /\n\d+ queries: 0 data, \d+ no data, 0 error\n$/);
  }
});
