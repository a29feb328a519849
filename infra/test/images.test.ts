import {execFile} from 'node:child_process';
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
  temporaryFolder,
  wordsOf,
} from './image-build.ts';

const run = promisify(execFile);

const dockerfiles = ['metrics-service/Dockerfile', 'grafana-image/Dockerfile'];

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

  test(`${file}: installs what the lockfile says, runs no install script, and only for one workspace`, async t => {
    const [first] = await readDockerfile(file);
    const installs = wordsOf(first, 'RUN').filter(command => command.startsWith('npm '));
    t.is(installs.length, 1);
    t.regex(
      installs[0] ?? '',
      /^npm ci --omit=dev --ignore-scripts --workspace @mcp-observability\/(metrics-service|dashboards)$/,
    );
  });

  test(`${file}: ends as an unprivileged user`, async t => {
    const user = wordsOf(await finalStage(file), 'USER').at(-1);
    t.truthy(user);
    t.notRegex(user ?? '', /^(root|0)(:|$)/);
  });

  test(`${file}: sets no secret`, async t => {
    for (const stage of await readDockerfile(file))
      for (const variable of [...wordsOf(stage, 'ENV'), ...wordsOf(stage, 'ARG')])
        t.notRegex(variable, /KEY|PASSWORD|SECRET|TOKEN/i);
  });
}

test('Node and Grafana are pinned, and both images build on the same Node', async t => {
  const bases = await Promise.all(dockerfiles.map(async file => (await readDockerfile(file)).map(({base}) => base)));
  t.deepEqual(bases, [
    ['node:24-bookworm-slim', 'node:24-bookworm-slim'],
    ['node:24-bookworm-slim', 'grafana/grafana:13.2.2'],
  ]);
});

test('nothing but what the images are made of reaches the builder', async t => {
  const included = await reachesBuilder();
  for (const file of [
    '.env',
    '.git/config',
    'infra/stacks/Pulumi.prod.yaml',
    'node_modules/koa/package.json',
    'dashboards/src/node_modules/koa/package.json',
    'metrics-service/test/ingest.test.ts',
    'grafana-image/README.md',
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
