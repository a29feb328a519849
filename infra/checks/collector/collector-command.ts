/** `npm run verify:collector`: runs the planned configuration on a real collector, through an outage and throttling. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {parseArgs} from 'node:util';
import {jobs} from '@mcp-observability/dashboards';
import {apiKeyVariable, headers, paths, variables} from '@mcp-observability/metrics-service/contract';
import {freePort} from '@mcp-observability/tools/ports';
import {stringify} from 'yaml';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {plan} from '../../plan/plan.ts';
import {readProject, readStack} from '../../plan/project.ts';
import {healthCheck, ownTelemetry} from '../../src/collector-config.ts';
import {parseSettings} from '../../src/settings.ts';
import {startWorkspace} from '../../test/amp-stand-in/amp-stand-in.ts';
import {demandFree, Processes, until} from './check-processes.ts';
import {findCollector, plannedCollector, redirected, workspacePath} from './collector-process.ts';
import {differingSeries, gaps, readySeries} from './collector-samples.ts';

const usage = `Usage: npm run verify:collector [-- <stack>]

Runs a real collector with the configuration from the plan of the stack (default: dev), for about four minutes. It
scrapes a real metrics-service and writes to a real Prometheus through a stand-in for the workspace that checks
signatures; Prometheus also scrapes the service directly, for comparison. The stand-in then responds with 503 for 60 s
and with 429 for 15 s.

COLLECTOR_BIN   path of the collector (default: aws-otel-collector or otelcol-contrib on PATH, else Docker)
PROMETHEUS_BIN  path of Prometheus (default: found or downloaded as by npm start)
`;

const root = fileURLToPath(new URL('../../..', import.meta.url));
const credentials = {accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'}; // AWS's documentation's
const key = 'verify-collector-key-0123456789';
const directJob = 'direct';
const outage = 60;
const throttling = 15;

const processes = new Processes(root);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    processes.stop();
    process.exit(130);
  });

const say = (line: string): void => console.log(line);
const results: boolean[] = [];
const check = (claim: string, good: boolean, found = ''): void => {
  results.push(good);
  say(`${good ? 'passed' : 'FAILED'}  ${claim}${found ? `: ${found}` : ''}`);
};

const run = async (stack: string): Promise<void> => {
  const project = readProject(root);
  const config = readStack(project, stack);
  const {scrapeInterval} = parseSettings(config, project.name, stack).environment;
  say(`stack      ${stack}, scraped every ${scrapeInterval} s`);
  const planned = plannedCollector(await plan({project, stack, config}));
  const collector = findCollector(planned.image);
  const {prometheus: prometheusProgram, from} = await findPrometheus({log: say});
  const region = planned.environment['AWS_REGION'] ?? '';
  const configuration = planned.environment['AOT_CONFIG_CONTENT'] ?? '';
  say(`collector  ${collector.from} (${collector.program})`);
  say(`prometheus ${from} (${prometheusProgram})`);
  await demandFree(ownTelemetry, "the collector's own metrics");
  await demandFree(healthCheck, "the collector's health check");

  const [api, exposition, prometheusPort] = [await freePort(), await freePort(), await freePort()];
  const target = `127.0.0.1:${exposition}`;
  const service = processes.start(process.execPath, ['--import', 'tsx', 'metrics-service/src/main.ts'], {
    PATH: process.env['PATH'],
    [variables.host]: '127.0.0.1',
    [variables.apiPort]: String(api),
    [variables.expositionPort]: String(exposition),
    [apiKeyVariable('verify')]: key,
  });
  await until('metrics-service', 20, async () => (await fetch(`http://127.0.0.1:${api}${paths.health}`)).ok, service);

  const file = join(processes.folder, 'prometheus.yaml');
  writeFileSync(
    file,
    stringify({
      global: {scrape_interval: `${scrapeInterval}s`},
      scrape_configs: [{job_name: directJob, static_configs: [{targets: [target]}]}],
    }),
  );
  const prometheus = `http://127.0.0.1:${prometheusPort}`;
  const prometheusProcess = processes.start(
    prometheusProgram,
    [
      `--config.file=${file}`,
      `--storage.tsdb.path=${join(processes.folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheusPort}`,
      '--web.enable-remote-write-receiver',
    ],
    {PATH: process.env['PATH']},
  );
  await until(
    `Prometheus (${prometheusProgram})`,
    30,
    async () => (await fetch(`${prometheus}/-/ready`)).ok,
    prometheusProcess,
  );

  const workspace = await startWorkspace({path: workspacePath(configuration), prometheus, credentials, region});
  const environment = {
    ...planned.environment,
    AOT_CONFIG_CONTENT: redirected(configuration, {workspace: workspace.origin, target}),
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
  const running = processes.start(
    collector.program,
    collector.parameters(environment, planned.command),
    {...collector.environment, ...environment},
    collector.clear,
  );
  const traffic = setInterval(() => {
    fetch(`http://127.0.0.1:${api}${paths.metrics}`, {
      method: 'POST',
      headers: {'Content-Type': 'application/json', [headers.apiKey]: key},
      body: JSON.stringify({
        service: 'verify',
        metrics: [
          {
            type: 'tool_execution',
            value: 1,
            duration_ms: 20,
            dimensions: {method: 'tools/call', success: true, tool_name: 'one'},
          },
        ],
      }),
    }).catch(() => undefined);
  }, 1000);
  try {
    await until('the first write', 60, () => workspace.seen.stored > 0, running);
    await until(
      'four scrapes of both jobs',
      120,
      () => readySeries(prometheus, [jobs.service, jobs.collector, directJob], 4),
      running,
    );
    const early = running.output();

    const warnings = early.split('\n').filter(line => /\t(warn|error)\t|"level":"(warn|error)"/.test(line));
    check('no warnings or errors at startup', warnings.length === 0, warnings.slice(0, 5).join('\n'));
    check(
      'every write is signed for this workspace',
      workspace.seen.problems.size === 0,
      [...workspace.seen.problems].join('; '),
    );
    check(`jobs ${jobs.service} and ${jobs.collector} arrive`, true);
    const {only, count} = await differingSeries(prometheus, directJob, jobs.service);
    check(
      'the same series and labels as a direct scrape',
      only.length === 0 && count > 0,
      only.length > 0 ? only.slice(0, 10).join('\n') : `${count} series`,
    );

    for (const [status, seconds] of [
      [503, outage],
      [429, throttling],
    ] as const) {
      const {refused} = workspace.seen;
      say(`responding with ${status} for ${seconds} s`);
      workspace.answer = status;
      await pause(seconds * 1000);
      workspace.answer = undefined;
      const {stored} = workspace.seen;
      check(
        `writes were rejected with ${status}`,
        workspace.seen.refused > refused,
        String(workspace.seen.refused - refused),
      );
      await until(`writes after ${status}`, 60, () => workspace.seen.stored > stored, running);
      await pause(2.5 * scrapeInterval * 1000);
    }
    for (const job of [jobs.service, jobs.collector]) {
      const found = await gaps(prometheus, job, scrapeInterval);
      check(
        `no sample of ${job} was lost`,
        found.lost.length === 0 && found.samples > 0,
        found.lost.slice(0, 5).join('\n') || `${found.samples} samples of ${found.series} series`,
      );
    }
    running.child.kill('SIGTERM');
    await until(
      'the collector to exit',
      120,
      () => running.child.exitCode !== null || running.child.signalCode !== null,
    );
    check(
      'the collector exits cleanly after SIGTERM',
      running.child.exitCode === 0,
      `exit code ${running.child.exitCode}`,
    );
  } finally {
    clearInterval(traffic);
    workspace.close();
  }
};

const asked = (): {readonly help: boolean; readonly stack: string} => {
  const {values, positionals} = parseArgs({
    allowPositionals: true,
    options: {help: {type: 'boolean', short: 'h', default: false}},
  });
  const [stack = 'dev', ...others] = positionals;
  if (others.length > 0) throw new TypeError(`expected at most one stack, found ${positionals.join(' ')}`);
  return {help: values.help, stack};
};

const main = async (): Promise<number> => {
  let request: ReturnType<typeof asked>;
  try {
    request = asked();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return 2;
  }
  if (request.help) {
    say(usage);
    return 0;
  }
  try {
    await run(request.stack);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
  const failed = results.filter(good => !good).length;
  say(`${results.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
};

process.exitCode = await main().finally(() => processes.stop());
