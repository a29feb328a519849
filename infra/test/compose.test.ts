import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {artefacts} from '@mcp-observability/dashboards';
import {apiKeyPrefix, paths, ports, scrapeJob, variables} from '@mcp-observability/metrics-service/contract';
import test, {type ExecutionContext} from 'ava';
import {parse} from 'yaml';
import {releaseVersion} from '../local/find-prometheus/release.ts';
import {
  grafanaHealthCommand,
  grafanaPort,
  grafanaProvisioning,
  grafanaSecrets,
  grafanaVariables,
  grafanaWritableFolders,
} from '../src/grafana-environment.ts';
import {node24, readDockerfile, repository, temporaryFolder} from './image-build.ts';

const run = promisify(execFile);

type Service = {
  image?: string;
  build?: {context: string; dockerfile: string; target?: string};
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  tmpfs?: string[];
  ports?: string[];
  healthcheck?: {test: string[]};
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
};
type Compose = {services: Record<string, Service>; volumes: Record<string, unknown>};

const folder = path.join(repository, 'infra/local');
const compose: Compose = parse(await readFile(path.join(folder, 'compose.yaml'), 'utf8'), {merge: true});
const prometheus = parse(await readFile(path.join(folder, 'prometheus.yaml'), 'utf8'));
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`compose.yaml has no service ${name}`);
  return found;
};
const services = Object.entries(compose.services);

/** A value as Compose hands it to the container, with nothing set outside. */
const interpolated = (text: string): string => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1').replaceAll('$$', '$');

const containerPort = (mapping: string): number => Number(interpolated(mapping).split(':').at(-1));

test('images are pinned or built from Dockerfiles and stages that exist', async t => {
  for (const [name, {image, build}] of services) {
    if (image !== undefined) t.regex(image, /:v?\d+\.\d+\.\d+$/, name);
    if (build === undefined) continue;
    t.is(path.resolve(folder, build.context), path.resolve(repository), name);
    const stages = (await readDockerfile(build.dockerfile)).map(stage => stage.name);
    if (build.target !== undefined) t.true(stages.includes(build.target), name);
  }
});

test('no container can write to its own file system, gain privileges, or is reached from another machine', t => {
  for (const [name, {read_only, cap_drop, security_opt, ports: published = []}] of services) {
    t.true(read_only, name);
    t.deepEqual(cap_drop, ['ALL'], name);
    t.deepEqual(security_opt, ['no-new-privileges:true'], name);
    for (const mapping of published) t.true(mapping.startsWith('127.0.0.1:'), mapping);
  }
});

test('Grafana gets every variable it needs, and no other', t => {
  const environment = service('grafana').environment ?? {};
  const names = Object.keys(environment).map(name => name.replace(/__FILE$/, ''));
  t.deepEqual(names.sort(), [...grafanaVariables.local, ...grafanaSecrets].sort());
  t.is(environment['GF_PATHS_PROVISIONING'], grafanaProvisioning('local'));
  t.is(interpolated(environment['GF_SERVER_ROOT_URL'] ?? ''), `http://localhost:${grafanaPort}/`);
});

test('Prometheus is the release that npm start downloads', t => {
  t.is(service('prometheus').image, `prom/prometheus:v${releaseVersion}`);
});

test("Grafana's folders, port and health check are the image's", t => {
  const {tmpfs = [], ports: published = [], healthcheck} = service('grafana');
  t.deepEqual(
    tmpfs.map(mount => mount.split(':')[0]),
    [...grafanaWritableFolders],
  );
  t.deepEqual(published.map(containerPort), [grafanaPort]);
  t.deepEqual(healthcheck?.test, ['CMD', ...grafanaHealthCommand]);
});

test("metrics-service gets variables that it knows, and its ports are the contract's", t => {
  const {environment = {}, ports: published = []} = service('metrics-service');
  const known: readonly string[] = Object.values(variables);
  for (const name of Object.keys(environment)) t.true(known.includes(name), name);
  t.deepEqual(published.map(containerPort), Object.values(ports));
});

test('metrics-service is scraped at the interval of the datasource, and Grafana queries this Prometheus', async t => {
  const {scrape_configs, global} = prometheus;
  t.deepEqual(scrape_configs, [
    {job_name: scrapeJob, static_configs: [{targets: [`metrics-service:${ports.exposition}`]}]},
  ]);
  for (const place of ['aws', 'local']) {
    const file = `grafana-image/provisioning/${place}/datasources/datasources.yaml`;
    const {datasources} = parse(await readFile(path.join(repository, file), 'utf8'));
    t.is(
      datasources[0].jsonData.timeInterval,
      // On AWS the task's environment has the profile's interval.
      place === 'aws' ? ['$', '{SCRAPE_INTERVAL}'].join('') : global.scrape_interval,
      place,
    );
  }
  const port = service('prometheus').ports?.map(containerPort)[0];
  t.is(service('grafana').environment?.['PROMETHEUS_URL'], `http://prometheus:${port}`);
});

test('Prometheus reads its rules where they are put', t => {
  const mounts = new Map(
    (service('prometheus').volumes ?? []).map(mount => {
      const [source = '', target = ''] = mount.split(':');
      return [source, target];
    }),
  );
  t.deepEqual(prometheus.rule_files, [`${mounts.get('rules')}/*.yaml`]);
  t.true(service('prometheus').command?.includes(`--config.file=${mounts.get('./prometheus.yaml')}`));
  t.true(service('prometheus').command?.includes(`--storage.tsdb.path=${mounts.get('samples')}`));
  t.true(service('prepare').volumes?.includes('rules:/rules'));
});

/** Runs `prepare`, with its folders under `root`. Returns what it generated, by file. */
const prepare = async (root: string): Promise<Record<string, string>> => {
  const [shell = '', flags = '', script = ''] = service('prepare').command ?? [];
  await run(shell, [flags, interpolated(script).replaceAll(/(?<=\s)\/(artefacts|rules|secrets)/g, `${root}/$1`)]);
  const files = await readdir(path.join(root, 'secrets'));
  const texts = files.map(async file => [file, await readFile(path.join(root, 'secrets', file), 'utf8')] as const);
  return Object.fromEntries(await Promise.all(texts));
};

/** Every file that the artefacts stage writes, and other rules in case it writes none. */
const written = new Map([...artefacts(), ['rules/of-this-test.yaml', 'groups: []\n']]);

const folderBeforePrepare = async (t: ExecutionContext): Promise<string> => {
  const root = await temporaryFolder(t);
  for (const name of ['rules', 'secrets']) await mkdir(path.join(root, name));
  for (const [name, text] of written) {
    const file = path.join(root, 'artefacts', name);
    await mkdir(path.dirname(file), {recursive: true});
    await writeFile(file, text);
  }
  return root;
};

/** A container's command in this repository, with the secrets under `root`. Killed after the test. */
const start = (t: ExecutionContext, name: string, root: string, env: Record<string, string>) => {
  const command = service(name).command ?? [];
  t.true(service(name).volumes?.includes('secrets:/secrets:ro'));
  const outside = Object.entries(node24).filter(([variable]) => !variable.startsWith(apiKeyPrefix));
  const child = spawn(
    process.execPath,
    command.map(word => word.replace('=/secrets/', `=${root}/secrets/`)),
    {
      cwd: repository,
      env: {...Object.fromEntries(outside), ...env},
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.teardown(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => Number(code));
  const firstLine = Promise.race([
    once(createInterface({input: child.stdout}), 'line').then(([line]) => String(line)),
    ended.then(code => Promise.reject(new Error(`${name} ended with status ${code}`))),
  ]);
  return {child, ended, firstLine};
};

test('secrets are generated once and kept, and rules are replaced', async t => {
  const root = await folderBeforePrepare(t);
  await writeFile(path.join(root, 'rules/renamed-since.yaml'), 'groups: []\n');
  const made = await prepare(root);
  t.deepEqual(
    (await readdir(path.join(root, 'rules'))).map(name => `rules/${name}`).sort(),
    [...written.keys()].filter(name => name.startsWith('rules/')).sort(),
  );
  const files = Object.values(service('grafana').environment ?? {}).filter(value => value.startsWith('/secrets/'));
  t.is(files.length, grafanaSecrets.length);
  for (const file of files) t.regex(made[path.basename(file)] ?? '', /^[\w-]{40}\n$/);
  t.deepEqual(await prepare(root), made);
});

test('metrics-service accepts the traffic with the generated keys', async t => {
  const root = await folderBeforePrepare(t);
  await prepare(root);
  const metricsService = start(t, 'metrics-service', root, {
    ...service('metrics-service').environment,
    [variables.apiPort]: '0',
    [variables.expositionPort]: '0',
  });
  const {api_port, exposition_port} = JSON.parse(await metricsService.firstLine);
  const traffic = start(t, 'traffic', root, {
    ...service('traffic').environment,
    METRICS_SERVICE_URL: `http://127.0.0.1:${api_port}`,
    TRAFFIC_RATE: '50',
  });
  t.regex(await traffic.firstLine, /50 MCP requests per second/);
  const counted = async (): Promise<boolean> => {
    const exposition = await (await fetch(`http://127.0.0.1:${exposition_port}${paths.metrics}`)).text();
    t.regex(exposition, /^mcp_metrics_service_authentication_failures_total\{reason="invalid"\} 0$/m);
    return /^mcp_tool_executions_total\{.*\} [1-9]/m.test(exposition);
  };
  while (!(await counted())) await delay(100);
  traffic.child.kill('SIGTERM');
  t.is(await traffic.ended, 0);
});
