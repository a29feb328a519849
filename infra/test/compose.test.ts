import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {createInterface} from 'node:readline';
import {promisify} from 'node:util';
import {apiKeyPrefix, emitterOf, headers, paths, ports, variables} from '@mcp-observability/metrics-service/contract';
import test from 'ava';
import {parse} from 'yaml';
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

test('Prometheus scrapes metrics-service as often as the datasources say, and Grafana asks this Prometheus', async t => {
  const {scrape_configs, global} = prometheus;
  t.deepEqual(scrape_configs, [
    {job_name: 'metrics-service', static_configs: [{targets: [`metrics-service:${ports.exposition}`]}]},
  ]);
  for (const place of ['aws', 'local']) {
    const file = `grafana-image/provisioning/${place}/datasources/datasources.yaml`;
    const {datasources} = parse(await readFile(path.join(repository, file), 'utf8'));
    t.is(datasources[0].jsonData.timeInterval, global.scrape_interval, place);
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

test('the secrets that are made up are kept, the rules replaced, and metrics-service starts with the keys', async t => {
  const root = await temporaryFolder(t);
  for (const name of ['artefacts/rules', 'rules', 'secrets']) await mkdir(path.join(root, name), {recursive: true});
  await writeFile(path.join(root, 'artefacts/rules/alerts.yaml'), 'groups: []\n');
  await writeFile(path.join(root, 'rules/renamed.yaml'), 'groups: []\n');
  const [shell = '', flags = '', script = ''] = service('prepare').command ?? [];
  const prepare = async () => {
    await run(shell, [flags, interpolated(script).replaceAll(/(?<=\s)\/(artefacts|rules|secrets)/g, `${root}/$1`)]);
    const secrets = await readdir(path.join(root, 'secrets'));
    return Promise.all(secrets.map(async name => [name, await readFile(path.join(root, 'secrets', name), 'utf8')]));
  };

  const made = await prepare();
  t.deepEqual(await readdir(path.join(root, 'rules')), ['alerts.yaml']);
  const named = Object.values(service('grafana').environment ?? {}).filter(value => value.startsWith('/secrets/'));
  for (const file of named) t.regex(Object.fromEntries(made)[path.basename(file)], /^[\w-]{40}\n$/);
  t.deepEqual(await prepare(), made);

  const [environmentFile = '', main = ''] = service('metrics-service').command ?? [];
  t.true(service('metrics-service').volumes?.includes('secrets:/secrets:ro'));
  const outside = Object.entries(node24).filter(([name]) => !name.startsWith(apiKeyPrefix));
  const child = spawn(process.execPath, [environmentFile.replace('=/', `=${root}/`), main], {
    cwd: repository,
    env: {...Object.fromEntries(outside), [variables.apiPort]: '0', [variables.expositionPort]: '0'},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const firstLine = await Promise.race([
    once(createInterface({input: child.stdout}), 'line').then(([line]) => String(line)),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`metrics-service ended with status ${code}`))),
  ]);
  const {api_port: port} = JSON.parse(firstLine);
  const keys = Object.fromEntries(made)['metrics-service.env'].trim().split('\n');
  for (const line of keys) {
    const [variable = '', key = ''] = line.split('=', 2);
    const answer = await fetch(`http://127.0.0.1:${port}${paths.rateLimit}`, {headers: {[headers.apiKey]: key}});
    t.like(await answer.json(), {service: emitterOf(variable)});
  }
  t.deepEqual(keys.length, 4);
});
