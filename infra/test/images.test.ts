import {execFile} from 'node:child_process';
import {cp, readFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {ports} from '@mcp-observability/metrics-service/contract';
import test from 'ava';
import {
  copiedFiles,
  finalStage,
  layOut,
  linkPackages,
  node24,
  reachesBuilder,
  readDockerfile,
  repository,
  temporaryFolder,
  wordsOf,
} from './image-build.ts';

const run = promisify(execFile);

const dockerfiles = ['metrics-service/Dockerfile', 'grafana-image/Dockerfile', 'infra/local/traffic.Dockerfile'];

for (const file of dockerfiles) {
  test(`${file}: every file that it copies exists, and .dockerignore lets it through`, async t => {
    const copies = (await readDockerfile(file)).flatMap(({steps}) => steps.flatMap(({copy}) => copy ?? []));
    const files = await Promise.all(copies.filter(({from}) => from === undefined).map(copiedFiles));
    t.true(files.flat().length > 0);
  });

  test(`${file}: copies from earlier stages only`, async t => {
    const seen = new Set<string>();
    for (const {name, steps} of await readDockerfile(file)) {
      for (const {copy} of steps) if (copy?.from !== undefined) t.true(seen.has(copy.from), copy.from);
      seen.add(name);
    }
  });

  test(`${file}: installs from a lockfile, and runs no install script`, async t => {
    const [first] = await readDockerfile(file);
    const installs = wordsOf(first, 'RUN').filter(command => command.startsWith('npm '));
    t.is(installs.length, 1);
    t.regex(installs[0] ?? '', /^npm ci --omit=dev --ignore-scripts\b/);
  });

  test(`${file}: ends as an unprivileged user`, async t => {
    const user = wordsOf(await finalStage(file), 'USER').at(-1);
    t.truthy(user);
    t.notRegex(user ?? '', /^(root|0)(:|$)/);
  });

  test(`${file}: sets no secret`, async t => {
    const variables = (await readDockerfile(file)).flatMap(stage => [
      ...wordsOf(stage, 'ENV'),
      ...wordsOf(stage, 'ARG'),
    ]);
    t.deepEqual(
      variables.filter(variable => /KEY|PASSWORD|SECRET|TOKEN/i.test(variable)),
      [],
    );
  });
}

for (const file of ['metrics-service/Dockerfile', 'grafana-image/Dockerfile'])
  test(`${file}: has labels with the version and revision of the build`, async t => {
    const stage = await finalStage(file);
    const labels = wordsOf(stage, 'LABEL').join(' ');
    // The default values of the build arguments.
    for (const [label, argument, value] of [
      ['version', 'VERSION', 'development'],
      ['revision', 'REVISION', 'unknown'],
    ]) {
      t.true(labels.includes(`org.opencontainers.image.${label}="${value}"`), labels);
      t.true(wordsOf(stage, 'ARG').includes(`${argument}=${value}`));
    }
  });

for (const file of ['metrics-service/Dockerfile', 'grafana-image/Dockerfile'])
  test(`${file}: installs only what one workspace needs`, async t => {
    const [first] = await readDockerfile(file);
    t.regex(
      wordsOf(first, 'RUN').join('\n'),
      /^npm ci .*--workspace @mcp-observability\/(metrics-service|dashboards)$/m,
    );
  });

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
}

const packagesLockedIn = async (folder: string): Promise<Array<[string, LockedPackage]>> => {
  const lock = JSON.parse(await readFile(path.join(repository, folder, 'package-lock.json'), 'utf8'));
  return Object.entries<LockedPackage>(lock.packages).filter(([name]) => name !== '');
};

/** Where the repository's own lockfile puts the same package: another version may lie at the top. */
const folderOf = async ([name, {version, integrity}]: [string, LockedPackage]): Promise<string> => {
  const locked = await packagesLockedIn('.');
  const same = locked.find(
    ([folder, ours]) =>
      (folder === name || folder.endsWith(`/${name}`)) && ours.version === version && ours.integrity === integrity,
  );
  if (same === undefined) throw new Error(`${name}: expected ${version} in the repository's lockfile, found none`);
  return same[0];
};

test("the traffic's image installs none of Pulumi's packages, and the versions that the repository has locked", async t => {
  const installed = await packagesLockedIn('infra/local/traffic-image');
  for (const locked of installed) {
    t.regex(locked[0], /^node_modules\/(?:commander|@commander-js\/extra-typings|d3-random|@opentelemetry\/[a-z-]+)$/);
    await t.notThrowsAsync(folderOf(locked));
  }
});

test('Node and Grafana are pinned, and all images build on the same Node', async t => {
  const bases = await Promise.all(dockerfiles.map(async file => (await readDockerfile(file)).map(({base}) => base)));
  t.deepEqual(bases, [
    ['node:24-bookworm-slim', 'node:24-bookworm-slim'],
    ['node:24-bookworm-slim', 'grafana/grafana:13.2.2'],
    ['node:24-bookworm-slim', 'node:24-bookworm-slim'],
  ]);
});

test('only the files that the images consist of are sent to the builder', async t => {
  const included = await reachesBuilder();
  for (const file of [
    '.env',
    '.git/config',
    'infra/stacks/Pulumi.prod.yaml',
    'node_modules/koa/package.json',
    'dashboards/src/node_modules/koa/package.json',
    'metrics-service/test/ingest.test.ts',
    'grafana-image/README.md',
    'infra/test/local/traffic.test.ts',
    'infra/local/stack.ts',
  ])
    t.false(included(file), file);
});

test("metrics-service's image has every file the service loads", async t => {
  const root = await temporaryFolder(t);
  const stage = await finalStage('metrics-service/Dockerfile');
  for (const {copy} of stage.steps) if (copy && copy.from === undefined) await layOut(copy, root, () => root);
  await linkPackages(path.join(root, 'app'));
  const {stdout} = await run(process.execPath, [...wordsOf(stage, 'CMD'), '--help'], {
    cwd: path.join(root, 'app'),
    env: node24,
  });
  t.regex(stdout, /METRICS_SERVICE_PORT/);
  t.deepEqual(wordsOf(stage, 'EXPOSE').map(Number), Object.values(ports));
});

test("the traffic's image has every file and package that the traffic loads", async t => {
  const root = await temporaryFolder(t);
  const stage = await finalStage('infra/local/traffic.Dockerfile');
  const copies = stage.steps.flatMap(({copy}) => copy ?? []);
  for (const copy of copies.filter(({from}) => from === undefined)) await layOut(copy, root, () => root);
  const packages = copies.flatMap(({from, sources}) => (from === undefined ? [] : sources));
  t.deepEqual(packages, ['/app/node_modules']);
  await linkPackages(path.join(root, 'app'), []);
  // Copy them: through a link they would also load other packages of the repository.
  for (const locked of await packagesLockedIn('infra/local/traffic-image'))
    await cp(path.join(repository, await folderOf(locked)), path.join(root, 'app', locked[0]), {
      recursive: true,
      filter: source => !source.endsWith('/node_modules'),
    });
  const cwd = path.join(root, 'app');
  const {stdout} = await run(process.execPath, [...wordsOf(stage, 'CMD'), '--help'], {cwd, env: node24});
  t.regex(stdout, /^METRICS_API_KEY_REGISTRY /m);
  const {code, stderr} = await t.throwsAsync<Error & {code: number; stderr: string}>(
    run(process.execPath, wordsOf(stage, 'CMD').slice(), {
      cwd,
      env: {NODE_OPTIONS: node24.NODE_OPTIONS, TRAFFIC_RATE: 'a lot'},
    }),
  );
  t.is(code, 2);
  t.deepEqual(
    stderr
      .trim()
      .split('\n')
      .map(line => line.split(':')[0]),
    [
      'METRICS_SERVICE_URL',
      'METRICS_API_KEY_REGISTRY',
      'METRICS_API_KEY_AUTH_SERVER',
      'METRICS_API_KEY_LIBRARY',
      'TRAFFIC_RATE',
      'Usage',
    ],
  );
});
