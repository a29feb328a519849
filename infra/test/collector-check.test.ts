/** The parts of `npm run check -- collector` around the collector: its times, its configuration, and how it ends. */
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, readFileSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {freePort} from '@mcp-observability/tools/ports';
import {createTemporaryFolder} from '@mcp-observability/tools/temporary-folder';
import {waitFor} from '@mcp-observability/tools/wait';
import test, {type ExecutionContext} from 'ava';
import {parse, stringify} from 'yaml';
import {startTraffic} from '../checks/collector/check-parts.ts';
import {checkTimes} from '../checks/collector/check-times.ts';
import {findCollector, NoCollectorError, redirectConfig} from '../checks/collector/collector-process.ts';
import {type CollectorConfig, type CollectorParameters, collectorConfig} from '../src/collector-config.ts';
import {scrapeIntervals} from '../src/timing.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const command = join(root, 'infra/checks/collector/collector-command.ts');

test('the times of the check cover enough scrapes at every scrape interval', t => {
  for (const interval of scrapeIntervals) {
    const times = checkTimes(interval);
    t.true(times.firstWrite > interval);
    t.true(times.scraped > times.scrapes * interval);
    t.true(times.outage > 2 * interval);
    t.true(times.throttling > interval);
    t.true(times.resumed > interval);
    t.true(times.settled > 2 * interval);
    t.true(times.total < 3600, 'samples of the last hour are compared');
  }
});

const parameters: CollectorParameters = {
  region: 'us-east-1',
  remoteWriteUrl: 'https://aps-workspaces.us-east-1.amazonaws.com/workspaces/ws-1/api/v1/remote_write',
  tasksDnsName: 'metrics-service.example.internal',
  shard: {index: 0, count: 1},
  memory: 512,
  scrapeInterval: 15,
};

test('at another scrape interval the collector runs what a profile with that interval would give it', t => {
  const to = {workspace: 'http://127.0.0.1:1', target: '127.0.0.1:2', telemetryPort: 3, healthPort: 4};
  for (const scrapeInterval of scrapeIntervals)
    t.deepEqual(
      parse(redirectConfig(stringify(collectorConfig(parameters)), {...to, scrapeInterval})),
      parse(redirectConfig(stringify(collectorConfig({...parameters, scrapeInterval})), {...to, scrapeInterval})),
    );
});

test('addresses and interval are all that a check changes of the planned configuration', t => {
  const planned = collectorConfig({...parameters, shard: {index: 1, count: 2}});
  const to = {workspace: 'http://127.0.0.1:1', target: '127.0.0.1:2', telemetryPort: 3, healthPort: 4};
  const changed = redirectConfig(stringify(planned), {...to, scrapeInterval: 30});
  const restored = changed
    .replace('http://127.0.0.1:1/', 'https://aps-workspaces.us-east-1.amazonaws.com/')
    .replaceAll('127.0.0.1:3', '127.0.0.1:8888')
    .replace('port: 3\n', 'port: 8888\n')
    .replace('127.0.0.1:4', '127.0.0.1:13133')
    .replace('scrape_interval: 30s', 'scrape_interval: 15s');
  const {receivers, ...others}: CollectorConfig = parse(restored);
  const {receivers: plannedReceivers, ...plannedOthers} = planned;
  t.deepEqual(others, plannedOthers);
  const [service, own] = receivers.prometheus.config.scrape_configs;
  const [plannedService, plannedOwn] = plannedReceivers.prometheus.config.scrape_configs;
  t.deepEqual(own, plannedOwn);
  const {job_name, metrics_path}: Readonly<Record<string, unknown>> = {...plannedService};
  t.deepEqual<unknown, unknown>(service, {job_name, metrics_path, static_configs: [{targets: ['127.0.0.1:2']}]});
  t.deepEqual(receivers.prometheus.config.global, plannedReceivers.prometheus.config.global);
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** A program in place of the collector or Prometheus, which notes its process id and ignores SIGTERM, as a busy one may. */
const stubborn = (file: string, pidFile: string): string => {
  writeFileSync(
    file,
    `#!${process.execPath}
if (process.argv[2] === "--version") { console.log(require("node:path").basename(__filename) + ", version 3.0.0"); process.exit(); }
process.on('SIGTERM', () => {});
const http = require('node:http');
require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
const address = process.argv.find(one => one.startsWith('--web.listen-address='));
http.createServer((_, response) => response.end('{}')).listen(address ? Number(address.split(':').at(-1)) : 0, '127.0.0.1');
`,
  );
  chmodSync(file, 0o755);
  return file;
};

const startCheck = async (t: ExecutionContext): Promise<{check: ChildProcess; pids: readonly number[]}> => {
  const folder = await createTemporaryFolder('collector-check-');
  t.teardown(() => folder.remove());
  const notes = ['collector', 'prometheus'].map(name => join(folder.path, `${name}.pid`));
  const [collector = '', prometheus = ''] = notes;
  stubborn(join(folder.path, 'promtool'), join(folder.path, 'promtool.pid'));
  const check = spawn(process.execPath, ['--import', 'tsx', command], {
    cwd: root,
    stdio: 'ignore',
    env: {
      ...process.env,
      COLLECTOR_BIN: stubborn(join(folder.path, 'collector'), collector),
      PROMETHEUS_BIN: stubborn(join(folder.path, 'prometheus'), prometheus),
      TMPDIR: folder.path,
    },
  });
  t.teardown(() => check.kill('SIGKILL'));
  await waitFor('both programs to run', () => notes.every(existsSync), {
    timeoutMs: 120_000,
    intervalMs: 100,
  });
  return {check, pids: notes.map(note => Number(readFileSync(note, 'utf8')))};
};

test.serial('a check that is interrupted or killed leaves no collector running', async t => {
  t.timeout(300_000);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const {check, pids} = await startCheck(t);
    const ended = once(check, 'exit');
    check.kill(signal);
    const [code] = await ended;
    if (signal === 'SIGTERM') t.is(code, 143);
    await waitFor('all programs to end', () => !pids.some(isAlive));
    t.pass();
  }
});

const collectorTraffic = test.macro(
  async (t, status: number, expected: {readonly failed: boolean; readonly reason: RegExp}) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status).end('{"detail":"invalid key"}');
    }).listen(0, '127.0.0.1');
    t.teardown(() => server.close());
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo; // it listens on TCP
    const url = `http://127.0.0.1:${port}`;
    const stop = startTraffic({url}, 1);
    await once(server, 'request');
    const {posts, failed, reason} = await stop();
    t.true(posts > 0);
    t.is(failed, expected.failed ? posts : 0);
    t.regex(String(reason), expected.reason);
  },
);
test('accepted traffic does not fail a check', collectorTraffic, 200, {failed: false, reason: /^undefined$/});
test('rejected traffic fails a check with the response', collectorTraffic, 401, {
  failed: true,
  reason: /^status 401: \{"detail":"invalid key"\}$/,
});

test('traffic that cannot be sent fails a check with the reason', async t => {
  const stop = startTraffic({url: `http://127.0.0.1:${await freePort()}`});
  const {posts, failed, reason} = await stop();
  t.true(posts > 0);
  t.is(failed, posts);
  t.regex(reason ?? '', /ECONNREFUSED/);
});

test('a Docker engine that does not respond counts as no collector', async t => {
  const folder = await createTemporaryFolder('collector-check-');
  t.teardown(() => folder.remove());
  const docker = join(folder.path, 'docker');
  writeFileSync(docker, '#!/bin/sh\ntrap "" TERM\nsleep 60\n', {mode: 0o755});
  const env = {PATH: `${folder.path}:/bin:/usr/bin`};
  await t.throwsAsync(findCollector({env, dockerTimeoutMs: 100}), {
    instanceOf: NoCollectorError,
    message: /^collector: expected .*, found none \(docker version: not done within 0\.1 s\)/,
  });
});

test('without a collector the check ends before it plans anything, and a misspelt stack is a misuse', async t => {
  const run = async (parameters: readonly string[], env: NodeJS.ProcessEnv) => {
    const child = spawn(process.execPath, ['--import', 'tsx', command, ...parameters], {cwd: root, env});
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (printed += String(chunk)));
    const [status] = await once(child, 'close');
    return {status, printed};
  };
  const PATH = join(process.execPath, '..');
  t.deepEqual(await run([], {PATH, COLLECTOR_BIN: '/no/such/collector'}), {
    status: 3,
    printed: 'COLLECTOR_BIN: expected the path of an executable collector, found /no/such/collector\n',
  });
  const misspelt = await run(['dve'], {PATH});
  t.is(misspelt.status, 2);
  t.regex(misspelt.printed, /^stack: expected one of dev, lean, prod, found dve\. Did you mean dev\?/);
});
