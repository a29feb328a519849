import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {catalogue} from '@mcp-observability/metrics-service/catalogue';
import test, {type ExecutionContext} from 'ava';
import {expectedSamples} from '../../plan/billable-series.ts';
import {plan} from '../../plan/plan.ts';
import {prices} from '../../plan/prices.ts';
import {PlanError, readProject, readStack} from '../../plan/project.ts';
import {report} from '../../plan/report.ts';
import {type CollectorParameters, collectorConfig} from '../../src/collector-config.ts';
import {type Environment, environments} from '../../src/environments.ts';
import {all, dev, prod} from './plans.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

type Ended = {readonly code: number; readonly stdout: string; readonly stderr: string};

const run = (...parameters: readonly string[]): Promise<Ended> =>
  new Promise(resolve => {
    execFile(
      process.execPath,
      ['--import', 'tsx', 'infra/plan/plan-command.ts', ...parameters],
      {cwd: root, maxBuffer: 2 ** 26},
      (error, stdout, stderr) =>
        resolve({code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr}),
    );
  });

/** This project with one more stack file. */
const withStack = (t: ExecutionContext, text: string) => {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  mkdirSync(join(folder, 'stacks'));
  writeFileSync(join(folder, 'stacks/Pulumi.try.yaml'), text);
  return {...readProject(root), stackFolder: join(folder, 'stacks')};
};

const message = async (t: ExecutionContext, text: string): Promise<string> => {
  const project = withStack(t, text);
  const error = await t.throwsAsync(async () => plan({project, stack: 'try', config: readStack(project, 'try')}), {
    instanceOf: PlanError,
  });
  return error?.message ?? '';
};

test('the problems of a stack file fit on one screen, without a stack trace', async t => {
  const text = await message(
    t,
    'config:\n  mcp-observability:profile: prod\n  mcp-observability:anonymousAccess: admin\n  mcp-observability:alarmEmail: []\n',
  );
  t.is(
    text.trim(),
    `The stack's configuration has 3 problems:
  - mcp-observability:alarmEmail: expected one of the keys that infra/README.md lists; did you mean mcp-observability:alarmEmails?
  - aws:region: expected a region such as eu-west-1, found nothing
  - mcp-observability:anonymousAccess: expected off or viewer in prod, found admin, which lets anyone on the Internet change Grafana`,
  );
});

test('the error for a region with too few zones lists those it has', async t => {
  t.regex(
    await message(t, 'config:\n  aws:region: us-west-1\n  mcp-observability:profile: prod\n'),
    /^aws:region: expected 3 availability zones with \S+aps-workspaces and CloudFront VPC origins, found us-west-1a, us-west-1b in us-west-1\..*vpcId$/,
  );
});

test('broken YAML is reported with its file and line', async t => {
  const text = await message(t, 'config:\n  aws:region: "eu-west-1\n');
  t.regex(text, /Pulumi\.try\.yaml is not valid YAML: .*at line \d/s);
  t.true(text.split('\n').length < 15);
});

test('an empty file, a misspelt section, keys without a namespace: as the CLI reads them', async t => {
  const project = withStack(t, '');
  t.deepEqual(readStack(project, 'try'), {});
  t.regex(
    await message(t, 'confg:\n  aws:region: eu-west-1\n'),
    /confg: expected one of config, .*Did you mean config\?/,
  );
  t.deepEqual(readStack(withStack(t, 'config:\n  profile: dev\nencryptionsalt: v1\n'), 'try'), {
    'mcp-observability:profile': 'dev',
  });
});

test('a stack file that is not a map and an encrypted value are errors', async t => {
  t.regex(await message(t, '- dev\n'), /expected a map of keys, found \["dev"\]/);
  t.regex(
    await message(t, 'config:\n  mcp-observability:domain:\n    secure: abc\n'),
    /mcp-observability:domain: expected a plain value.*found an encrypted one/,
  );
});

test('an unknown stack, an unknown option and a file without a plan are misuse', async t => {
  const [misspelt, unlike, option, other, missing] = await Promise.all([
    run('prdo'),
    run('nosuch'),
    run('dev', '--jsn'),
    run('dev', '--against', 'package.json'),
    run('dev', '--against', 'no-such-file'),
  ]);
  t.regex(
    misspelt.stderr,
    /^stack: expected one of dev, lean, prod, found prdo\. Did you mean prod\? Stacks are files in /,
  );
  t.regex(unlike.stderr, /^stack: expected one of dev, lean, prod, found nosuch\. Stacks are files in /);
  t.regex(option.stderr, /^unknown option '--jsn'\n\(Did you mean --json\?\)\n/);
  t.regex(other.stderr, /^--against package\.json: expected a plan saved with --json/);
  t.regex(missing.stderr, /^--against: expected a stack \(dev, lean, prod\) or a file .*, found no-such-file \(ENOENT/);
  for (const {code, stderr} of [misspelt, unlike, option, other, missing]) {
    t.is(code, 2);
    t.regex(stderr, /\nUsage: npm run plan -- \[options\] <stack>\n$/);
    t.notRegex(stderr, /^\s+at /m);
  }
});

test('a reader that closes the pipe early is not an error', async t => {
  const program = spawn(process.execPath, ['--import', 'tsx', 'infra/plan/plan-command.ts', '--help'], {cwd: root});
  let errors = '';
  program.stderr.on('data', chunk => {
    errors += chunk;
  });
  program.stdout.destroy();
  t.deepEqual(await once(program, 'close'), [0, null]);
  t.is(errors, '');
});

test("--json gives what Pulumi's own runner registers, which is what the program does in this process", async t => {
  const {code, stdout} = await run('prod', '--json');
  t.is(code, 0);
  const {cost, ...planned} = JSON.parse(stdout);
  t.deepEqual(planned, JSON.parse(JSON.stringify(prod)));
  t.true(cost.dollars > 0);
});

test('--against a saved plan reports the differences', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'plan-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = join(folder, 'dev.json');
  writeFileSync(file, JSON.stringify(dev));
  t.is((await run('dev', '--against', file)).stdout, `No difference between ${file} and dev.\n`);
});

test('the report has its sections, and a note if no emitter may send', t => {
  const text = report(dev, environments.dev);
  for (const title of [
    'Parts: ',
    'Reachable from the Internet',
    'Inbound connections',
    'No emitter may send metrics yet: gatewaySecurityGroupIds is empty.',
    'Permissions',
    'Cost: about $',
    'Outputs',
  ])
    t.true(text.includes(title), title);
  t.false(report(all, environments.prod).includes('No emitter may send'));
});

test('samples are computed from the catalogue: each metric, its buckets, every interval, every task', t => {
  const load = environments.dev.expectedLoad;
  const {byMetric, seriesPerTask, samplesPerMonth} = expectedSamples(environments.dev, {tasks: 1, collectors: 0});
  t.deepEqual(
    byMetric.map(({name}) => name).sort(),
    Object.values(catalogue)
      .map(({name}) => name)
      .sort(),
  );
  const calls = byMetric.find(({name}) => name === catalogue.toolExecutions.name);
  t.is(calls?.series, load.reporters * 2 * load.mcpMethods * load.servers * load.toolsPerServer * load.clients);
  const latency = byMetric.find(({name}) => name === catalogue.protocolLatency.name);
  t.is(latency?.series, load.reporters * 3 * load.servers * (catalogue.protocolLatency.buckets.length + 3));
  t.is(samplesPerMonth, (seriesPerTask * 730 * 3600) / 15);
  t.is(expectedSamples(environments.dev, {tasks: 2, collectors: 0}).series, 2 * seriesPerTask);
});

test('recording growth for the boards costs little beside raw ingestion: a tenth at 15 s', t => {
  for (const environment of Object.values<Environment>(environments)) {
    const share = environment.scrapeInterval / 15 / 10; // what is recorded doesn't depend on the scrape interval
    const {samplesPerMonth, recorded} = expectedSamples(environment, {
      tasks: environment.metricsService.tasks.min,
      collectors: 1,
    });
    t.true(recorded.samplesPerMonth > 0);
    t.true(recorded.samplesPerMonth <= samplesPerMonth * share, `${recorded.samplesPerMonth} of ${samplesPerMonth}`);
    // At the lowest price of a sample written and the price of a sample read.
    const written = samplesPerMonth * (0.16 / 10e6);
    const dollars =
      recorded.samplesPerMonth * (0.16 / 10e6) + recorded.samplesReadPerMonth * prices.queriedSample.dollars;
    t.true(dollars <= written * share, `${dollars} of ${written}`);
  }
});

const parameters: Omit<CollectorParameters, 'shard'> = {
  region: 'eu-west-1',
  remoteWriteUrl: 'https://aps.example/api/v1/remote_write',
  tasksDnsName: 'tasks.internal',
  memory: 1000,
  scrapeInterval: 15,
};

test('one collector scrapes every task; several share them by address, so that none is scraped twice', t => {
  const scrapeOf = (index: number, count: number) => {
    const [service] = collectorConfig({...parameters, shard: {index, count}}).receivers.prometheus.config
      .scrape_configs;
    return JSON.parse(JSON.stringify(service)).relabel_configs;
  };
  t.is(scrapeOf(0, 1), undefined);
  for (const index of [0, 1, 2])
    t.deepEqual(scrapeOf(index, 3), [
      {source_labels: ['__address__'], action: 'hashmod', modulus: 3, target_label: '__tmp_shard'},
      {source_labels: ['__tmp_shard'], action: 'keep', regex: String(index)},
    ]);
});

test('the exporter bridges an outage, in order and with names as exposed', t => {
  const {exporters, processors, service} = collectorConfig({...parameters, shard: {index: 1, count: 2}});
  t.like(exporters.prometheus_remote_write, {
    timeout: '900s',
    max_batch_request_parallelism: 1,
    translation_strategy: 'UnderscoreEscapingWithoutSuffixes',
    disable_scope_info: true,
    target_info: {enabled: false},
    send_metadata: true,
    retry_on_failure: {enabled: true},
  });
  t.deepEqual(processors.memory_limiter, {check_interval: '1s', limit_mib: 800, spike_limit_mib: 200});
  t.deepEqual(service.pipelines.metrics.processors, ['memory_limiter', 'batch']);
  t.deepEqual(service.telemetry.resource.attributes, [
    {name: 'service.name', value: 'adot-collector'},
    {name: 'service.instance.id', value: 'adot-collector-1'},
  ]);
});
