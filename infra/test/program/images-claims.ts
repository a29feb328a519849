import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import {imageSources, sourceDigest} from '../../src/image-sources.ts';
import {copiedFiles, readDockerfile} from '../image-build.ts';
import {container, one, prod} from './plans.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('images: two built from the repository root into immutable, scanned repositories, one pinned', t => {
  for (const [name, dockerfile] of [
    ['metrics-service', '../metrics-service/Dockerfile'],
    ['grafana', '../grafana-image/Dockerfile'],
  ] as const) {
    t.like(one(prod, 'awsx:ecr:Image', name).inputs, {context: '..', dockerfile, platform: 'linux/amd64'});
    t.like(one(prod, 'awsx:ecr:Repository', `${name}-images`).inputs, {
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: {scanOnPush: true},
      forceDelete: false,
      lifecyclePolicy: {
        rules: [{tagStatus: 'any', maximumNumberOfImages: 30}], // ten builds of an index, an image and its provenance
      },
    });
    t.is(container(prod, name).image, String(one(prod, 'awsx:ecr:Image', name).outputs['imageUri']));
  }
  t.is(container(prod, 'collector').image, 'public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0');
});

for (const [name, dockerfile] of [
  ['metrics-service', 'metrics-service/Dockerfile'],
  ['grafana', 'grafana-image/Dockerfile'],
] as const) {
  test(`${name}: its sources are its Dockerfile and every file that this copies`, async t => {
    const copies = (await readDockerfile(dockerfile)).flatMap(({steps}) => steps.flatMap(({copy}) => copy ?? []));
    const files = await Promise.all(copies.filter(({from}) => from === undefined).map(copiedFiles));
    t.deepEqual(
      [...new Set(imageSources(root, dockerfile))].sort(),
      [...new Set([dockerfile, ...files.flat()])].sort(),
    );
  });

  test(`${name}: other sources get another tag, as the repository takes each once; what is replaced stays`, t => {
    const build = one(prod, 'random:index/randomId:RandomId', `${name}-build`);
    const source = sourceDigest(root, dockerfile);
    t.deepEqual(build.inputs['keepers'], {source});
    const {inputs, retainOnDelete} = one(prod, 'awsx:ecr:Image', name);
    t.is(inputs['imageTag'], `${source}-${build.outputs['hex']}`);
    t.is(inputs['imageName'], undefined); // awsx would take it for the tag
    t.true(retainOnDelete);
  });
}

test('the digest of the sources changes with a content, a name and the Dockerfile, and with nothing else', t => {
  const folder = mkdtempSync(join(tmpdir(), 'image-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const write = (path: string, content: string): string => {
    writeFileSync(join(folder, path), content);
    return sourceDigest(folder, 'Dockerfile');
  };
  mkdirSync(join(folder, 'src/node_modules'), {recursive: true});
  writeFileSync(join(folder, 'src/a.ts'), '1');
  const digests = [
    write('Dockerfile', 'FROM node\nCOPY src src\nCOPY --from=0 /other other\n'),
    write('src/a.ts', '2'),
    write('src/b.ts', ''),
    write('Dockerfile', 'FROM node:24\nCOPY src src\n'),
  ];
  t.is(new Set(digests).size, digests.length);
  for (const digest of digests) t.regex(digest, /^[0-9a-f]{16}$/);
  const last = digests.at(-1);
  t.deepEqual([write('src/node_modules/x.js', ''), write('README.md', '')], [last, last]);
});
