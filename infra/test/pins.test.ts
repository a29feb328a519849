import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {cpSync, readFileSync} from 'node:fs';
import {createServer, type RequestListener} from 'node:http';
import path from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {pinnedFiles, readVersions, writePin} from '../pins/pinned-files.ts';
import {parseReference, type Reference, resolveDigest} from '../pins/registry.ts';
import {repository, temporaryFolder} from './image-build.ts';

const index = JSON.stringify({schemaVersion: 2, manifests: []});
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const indexType = 'application/vnd.oci.image.index.v1+json';

/** A registry on this machine. */
const registry = async (t: ExecutionContext, listener: RequestListener): Promise<Reference> => {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {registry: `127.0.0.1:${port}`, repository: 'library/node', tag: '24', digest: undefined};
};

test('a reference has a registry, a repository, a tag and perhaps a digest', t => {
  const digest = digestOf('');
  t.deepEqual(parseReference('node:24-bookworm-slim'), {
    registry: 'registry-1.docker.io',
    repository: 'library/node',
    tag: '24-bookworm-slim',
    digest: undefined,
  });
  t.deepEqual(parseReference(`grafana/grafana:13.2.2@${digest}`), {
    registry: 'registry-1.docker.io',
    repository: 'grafana/grafana',
    tag: '13.2.2',
    digest,
  });
  t.like(parseReference('public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0'), {
    registry: 'public.ecr.aws',
    repository: 'aws-observability/aws-otel-collector',
  });
  for (const text of ['node', 'node@sha256:1', '', 'node:24@sha256:1'])
    t.throws(() => parseReference(text), {message: /expected <image>:<tag>/});
});

test("a tag's digest is that of its index, fetched with the token that the registry requires", async t => {
  const seen: string[] = [];
  const reference = await registry(t, (request, response) => {
    seen.push(`${request.url} ${request.headers.authorization ?? ''}`.trim());
    if (request.url?.startsWith('/token')) return void response.end(JSON.stringify({token: 'secret'}));
    if (request.headers.authorization !== 'Bearer secret')
      return void response
        .writeHead(401, {
          'www-authenticate': `Bearer realm="http://${request.headers.host}/token",service="registry",scope="repository:library/node:pull"`,
        })
        .end();
    t.true(request.headers.accept?.includes(indexType));
    response.writeHead(200, {'content-type': indexType, 'docker-content-digest': digestOf(index)}).end(index);
  });
  t.is(await resolveDigest(reference, {scheme: 'http'}), digestOf(index));
  t.deepEqual(seen, [
    '/v2/library/node/manifests/24',
    '/token?service=registry&scope=repository%3Alibrary%2Fnode%3Apull',
    '/v2/library/node/manifests/24 Bearer secret',
  ]);
});

for (const [what, status, headers, expected] of [
  ['a tag that does not exist', 404, {}, /expected a manifest, found status 404/],
  ['an image for one platform', 200, {'content-type': 'application/json'}, /expected an index of several platforms/],
  [
    'a body with another digest than the registry states',
    200,
    {'content-type': indexType, 'docker-content-digest': digestOf('other')},
    /expected the digest sha256:/,
  ],
  ['a registry that wants a password', 401, {'www-authenticate': 'Basic realm="x"'}, /expected a Bearer challenge/],
] as const)
  test(`${what} is an error that names the image`, async t => {
    const reference = await registry(t, (_, response) => void response.writeHead(status, headers).end(index));
    await t.throwsAsync(resolveDigest(reference, {scheme: 'http'}), {message: expected, name: 'RegistryError'});
  });

test('a pin is written wherever the tag occurs, and replaced by the next pin', async t => {
  const root = await temporaryFolder(t);
  for (const file of pinnedFiles) cpSync(path.join(repository, file), path.join(root, file));
  const read = (): readonly string[] => pinnedFiles.map(file => readFileSync(path.join(root, file), 'utf8'));
  const before = read();
  const versions = Object.values(readVersions(root)).map(text => text.split('@')[0] ?? text);
  for (const digest of [digestOf('1'), digestOf('2')]) {
    for (const tagged of versions) writePin(root, tagged, digest);
    t.deepEqual(
      read(),
      before.map(text =>
        versions.reduce(
          (result, tagged) => result.replaceAll(new RegExp(`${tagged}(@sha256:\\w+)?`, 'g'), `${tagged}@${digest}`),
          text,
        ),
      ),
    );
  }
  t.true(read().every(text => text.includes(digestOf('2'))));
});

test('every file names the images as image-versions.json does', t => {
  const versions = readVersions(repository);
  const mentions = pinnedFiles.flatMap(file =>
    [
      ...readFileSync(path.join(repository, file), 'utf8').matchAll(
        /(?:^ARG \w+_IMAGE=|^\s*image: |": ")(\S+:[^\s"]+)/gm,
      ),
    ].map(([, reference = '']) => reference),
  );
  t.true(mentions.length >= 8);
  t.deepEqual([...new Set(mentions)].toSorted(), Object.values(versions).toSorted());
});
