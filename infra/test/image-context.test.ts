import {execFileSync} from 'node:child_process';
import {chmodSync, cpSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {createImageContext, imageSources} from '../src/image-context.ts';
import {contextHash} from './docker-build-stand-in.ts';
import {copiedFiles, reachesBuilder, readDockerfile, repository, temporaryFolder} from './image-build.ts';

const images = {
  'metrics-service': 'metrics-service/Dockerfile',
  grafana: 'grafana-image/Dockerfile',
} as const;
type Image = keyof typeof images;
const names = ['metrics-service', 'grafana'] as const satisfies readonly Image[];

/** Images that are built again when a file changes: the longest path that is a prefix of the file decides. */
const rebuilds: Readonly<Record<string, readonly Image[]>> = {
  '': [],
  'metrics-service/Dockerfile': ['metrics-service'],
  'grafana-image/Dockerfile': ['grafana'],
  'package.json': names,
  'package-lock.json': names,
  '.npmrc': names,
  '.tools/package.json': names,
  '.tools/src/': ['grafana'],
  'metrics-service/package.json': names,
  'dashboards/package.json': names,
  'infra/package.json': names,
  'metrics-service/src/': names,
  'dashboards/src/': ['grafana'],
  'grafana-image/grafana.ini': ['grafana'],
  'grafana-image/provisioning/': ['grafana'],
};
const expectedFor = (file: string): readonly Image[] => {
  const [longest = ''] = Object.keys(rebuilds)
    .filter(prefix => file === prefix || (file.startsWith(prefix) && /^$|\/$/.test(prefix)))
    .toSorted((a, b) => b.length - a.length);
  return rebuilds[longest] ?? [];
};

const tracked = execFileSync('git', ['ls-files', '-z'], {cwd: repository, encoding: 'utf8'})
  .split('\0')
  .filter(file => file !== '');

/** A copy of what the images are built from, or of every file that git knows. */
const checkout = async (t: ExecutionContext, files: readonly string[]): Promise<string> => {
  const root = path.join(await temporaryFolder(t), 'repository');
  for (const file of files) cpSync(path.join(repository, file), path.join(root, file));
  return root;
};
const sources = [...new Set(names.flatMap(name => imageSources(repository, images[name])))];

const build = (root: string, image: Image): {readonly tag: string; readonly hash: string} => {
  const contexts = path.join(root, '../contexts');
  const {folder, digest} = createImageContext({root, dockerfile: images[image], contexts, image});
  const context = path.join(contexts, folder);
  return {tag: digest, hash: contextHash(context, path.join(context, images[image]))};
};

test('each tracked file, edited, gives an image another tag exactly when the provider builds that image again', async t => {
  const root = await checkout(t, tracked);
  const before = new Map(names.map(name => [name, build(root, name)]));
  t.true(tracked.length > 300);
  for (const file of tracked) {
    const place = path.join(root, file);
    const content = readFileSync(place);
    writeFileSync(place, Buffer.concat([content, Buffer.from('\n')]));
    const changed = names.map(name => {
      const [old, now] = [before.get(name), build(root, name)];
      return {name, tag: now.tag !== old?.tag, hash: now.hash !== old?.hash};
    });
    for (const {name, tag, hash} of changed) t.is(tag, hash, `${file}: tag and context of ${name}`);
    t.deepEqual(
      changed.filter(({tag}) => tag).map(({name}) => name),
      [...expectedFor(file)],
      file,
    );
    writeFileSync(place, content);
  }
});

test('the checkout of another umask, at another time, gives the same tag and the same context', async t => {
  const root = await checkout(t, sources);
  const before = names.map(name => build(root, name));
  for (const mode of [0o600, 0o664, 0o755]) {
    for (const file of sources) {
      chmodSync(path.join(root, file), mode);
      utimesSync(path.join(root, file), mode, mode);
    }
    rmSync(path.join(root, '../contexts'), {recursive: true});
    t.deepEqual(
      names.map(name => build(root, name)),
      before,
    );
  }
});

test('a COPY that only one Dockerfile gets changes only the tag of its image, with the file that it copies', async t => {
  const root = await checkout(t, [...sources, 'tsconfig.json']);
  const tags = (): readonly string[] => names.map(name => build(root, name).tag);
  const [service, grafana] = tags();
  const dockerfile = path.join(root, images['metrics-service']);
  writeFileSync(dockerfile, `${readFileSync(dockerfile, 'utf8')}COPY tsconfig.json ./\n`);
  const [withCopy, same] = tags();
  t.not(withCopy, service);
  t.is(same, grafana);
  writeFileSync(path.join(root, 'tsconfig.json'), '{}');
  t.not(tags()[0], withCopy);
  t.is(tags()[1], grafana);
});

test('a context that was changed or cut short is created again', async t => {
  const root = await checkout(t, sources);
  const first = build(root, 'grafana');
  const context = path.join(root, '../contexts', `grafana-${first.tag}`);
  for (const damage of [
    () => rmSync(path.join(context, 'package.json')),
    () => writeFileSync(path.join(context, 'left-over'), ''),
    () => chmodSync(path.join(context, 'package.json'), 0o600),
    () => rmSync(context, {recursive: true}),
  ]) {
    damage();
    t.deepEqual(build(root, 'grafana'), first);
  }
});

test('contexts unused for a day are removed', async t => {
  const root = await checkout(t, sources);
  const {tag} = build(root, 'grafana');
  const contexts = path.join(root, '../contexts');
  for (const [name, seconds] of [
    ['grafana-old', 0],
    ['grafana-new', Date.now() / 1000],
  ] as const) {
    mkdirSync(path.join(contexts, name));
    utimesSync(path.join(contexts, name), seconds, seconds);
  }
  build(root, 'metrics-service');
  t.throws(() => readFileSync(path.join(contexts, 'grafana-old')), {code: 'ENOENT'});
  t.throws(() => readFileSync(path.join(contexts, 'grafana-new')), {code: 'EISDIR'});
  t.is(build(root, 'grafana').tag, tag);
});

for (const line of [
  'ADD a b',
  'COPY --chown=1 a b',
  'COPY a \\',
  'COPY ["a", "b"]',
  'RUN --mount=type=bind,source=a b',
])
  test(`an instruction whose files are not known is an error: ${line}`, async t => {
    const root = await temporaryFolder(t);
    writeFileSync(path.join(root, 'Dockerfile'), `FROM node\n${line}\n`);
    t.throws(() => imageSources(root, 'Dockerfile'), {message: /^Dockerfile: expected COPY with paths.*, found /});
  });

for (const name of names)
  test(`${name}: its context is its Dockerfile and every file that this copies, as a parser of Dockerfiles reads it`, async t => {
    const copies = (await readDockerfile(images[name])).flatMap(({steps}) => steps.flatMap(({copy}) => copy ?? []));
    const files = await Promise.all(copies.filter(({from}) => from === undefined).map(copiedFiles));
    t.deepEqual(imageSources(repository, images[name]), [...new Set([images[name], ...files.flat()])].sort());
  });

test('.dockerignore lets through what Dockerfiles copy and nothing else', async t => {
  const dockerfiles = [...Object.values(images), 'infra/local/traffic.Dockerfile'];
  const copied = new Set(dockerfiles.flatMap(file => imageSources(repository, file)));
  const isIncluded = await reachesBuilder();
  t.deepEqual(
    tracked.filter(file => isIncluded(file)),
    tracked.filter(file => copied.has(file) && !dockerfiles.includes(file)),
  );
});
