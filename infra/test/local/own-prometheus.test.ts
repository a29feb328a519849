/** The path of metrics-service/migrating.md for a Prometheus that is already there: its files, and its rules under promtool. */
import {execFile} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {artefacts, type Scraping} from '@mcp-observability/dashboards';
import {ports, scrapeJob, variables} from '@mcp-observability/metrics-service/contract';
import {typescriptFlags} from '@mcp-observability/tools/processes';
import {runToEnd} from '@mcp-observability/tools/run';
import test, {type ExecutionContext} from 'ava';
import {parse, stringify} from 'yaml';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';

const guide = await readFile(new URL('../../../metrics-service/migrating.md', import.meta.url), 'utf8');

/** The YAML block of the guide that has this key at its top. */
const block = (key: string): string => {
  const blocks = [...guide.matchAll(/^( *)```yaml\n(.*?)^ *```$/gms)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );
  const found = blocks.find(text => new RegExp(`^${key}:`, 'm').test(text));
  if (found === undefined) throw new Error(`migrating.md: expected a YAML block with ${key}, found none`);
  return found;
};

/** Runs promtool in a folder with the generated rules. */
const promtool = async (t: ExecutionContext, scraping: Scraping, file: string, text: string, ...verb: string[]) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'own-prometheus-'));
  t.teardown(() => rm(folder, {recursive: true}));
  await mkdir(path.join(folder, 'rules'));
  for (const [name, content] of artefacts(scraping))
    if (name.startsWith('rules/')) await writeFile(path.join(folder, name), content);
  await writeFile(path.join(folder, file), text.replaceAll('/etc/prometheus/artefacts', folder));
  const found = await findPrometheus();
  return new Promise<{status: number; output: string}>((resolve, reject) => {
    execFile(found.promtool, [...verb, file], {cwd: folder}, (error, stdout, stderr) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number') resolve({status, output: `${stdout}${stderr}`});
      else reject(error); // promtool did not start, or was killed
    });
  });
};

/** Half an hour of a healthy service under a job, in which that many series of alerts fire. */
const healthy = (job: string, firing: number): string =>
  stringify({
    rule_files: ['rules/recordings.yaml', 'rules/alerts.yaml'],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '15s',
        input_series: [
          {series: `up{job="${job}",instance="a"}`, values: '1x120'},
          {series: `process_start_time_seconds{job="${job}",instance="a"}`, values: '-600x120'},
          {
            series: `mcp_metrics_service_ingested_total{job="${job}",instance="a",emitter="registry",type="auth_request"}`,
            values: '0+5x120',
          },
          {
            series: `mcp_auth_requests_total{job="${job}",instance="a",service="auth-server",success="true",method="tools/call",server="x"}`,
            values: '0+5x120',
          },
          {
            series: `mcp_tool_executions_total{job="${job}",instance="a",service="nginx",success="true",method="tools/call",server_name="x",tool_name="y",client_name="z"}`,
            values: '0+5x120',
          },
        ],
        promql_expr_test: ['6m', '15m', '30m'].map(eval_time => ({
          expr: 'count(ALERTS{alertstate="firing"}) or vector(0)',
          eval_time,
          exp_samples: [{labels: '{}', value: firing}],
        })),
      },
    ],
  });

test('no alert fires on a healthy service under a job of another name, without a collector', async t => {
  const scraping = {job: 'gateway/metrics', collector: false};
  const {status, output} = await promtool(t, scraping, 'healthy.yaml', healthy(scraping.job, 0), 'test', 'rules');
  t.is(status, 0, output);
});

test('with the rules for the default job and a collector two alerts fire for the same service', async t => {
  const {status, output} = await promtool(t, {}, 'healthy.yaml', healthy('gateway/metrics', 2), 'test', 'rules');
  t.is(status, 0, output);
});

test("the guide's configuration is one that Prometheus accepts, with the contract's job and port", async t => {
  const text = block('scrape_configs');
  const {status, output} = await promtool(t, {collector: false}, 'prometheus.yml', text, 'check', 'config');
  t.is(status, 0, output);
  t.deepEqual(parse(text).scrape_configs, [
    {job_name: scrapeJob, static_configs: [{targets: [`metrics-service:${ports.exposition}`]}]},
  ]);
});

test("the guide's compose service outlives the drain and sets variables that the service reads", t => {
  const service = parse(block('services')).services['metrics-service'];
  t.true(Number.parseInt(service.stop_grace_period, 10) > 30, 'the default of DRAIN_TIMEOUT_SECONDS');
  t.deepEqual(service.ports, [
    `127.0.0.1:${ports.api}:${ports.api}`,
    `127.0.0.1:${ports.exposition}:${ports.exposition}`,
  ]);
  const known: readonly string[] = Object.values(variables);
  for (const name of Object.keys(service.environment))
    t.true(known.includes(name) || name.startsWith('METRICS_API_KEY_'), name);
  t.true(
    service.volumes.some((mount: string) =>
      service.environment[variables.historyPath]?.startsWith(`${mount.split(':')[1]}/`),
    ),
  );
});

test('a backfill ends with the reason when Prometheus cannot run its query', async t => {
  const folder = await mkdtemp(path.join(tmpdir(), 'own-prometheus-'));
  t.teardown(() => rm(folder, {recursive: true}));
  const server = createServer((_, response) => {
    response.writeHead(422, {'content-type': 'application/json'});
    response.end(JSON.stringify({status: 'error', errorType: 'execution', error: 'query timed out'}));
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo; // it listens on TCP
  const command = fileURLToPath(import.meta.resolve('../../local/backfill-command.ts'));
  const {status, stderr} = await runToEnd(process.execPath, [
    ...typescriptFlags,
    command,
    ...['--url', `http://127.0.0.1:${port}`, '--data', folder],
    ...['--since', '2026-01-01T00:00:00Z', '--until', '2026-01-02T00:00:00Z'],
  ]);
  t.is(status, 1);
  t.regex(stderr, /query timed out/);
});
