import {execFile} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import path from 'node:path';
import {promisify} from 'node:util';
import {artefacts} from '@mcp-observability/dashboards';
import test, {type ExecutionContext} from 'ava';
import {parse as parseIni} from 'ini';
import {parse as parseYaml} from 'yaml';
import {
  type GrafanaDeployment,
  grafanaAnonymousAccess,
  grafanaPort,
  grafanaProvisioning,
  grafanaSecrets,
  grafanaUser,
  grafanaVariables,
  grafanaWritableFolders,
} from '../src/grafana-environment.ts';
import {
  finalStage,
  layOut,
  linkPackages,
  node24,
  readDockerfile,
  repository,
  temporaryFolder,
  wordsOf,
} from './image-build.ts';

const run = promisify(execFile);
const dockerfile = 'grafana-image/Dockerfile';
const deployments = Object.keys(grafanaVariables) as GrafanaDeployment[]; // Object.keys forgets the keys' type

const boards = [...artefacts()].flatMap(
  ([name, text]) =>
    /^dashboards\/(.+)\.json$/
      .exec(name)
      ?.slice(1)
      .map(uid => ({name, uid, text})) ?? [],
);

/** The image's file system as far as it comes from this repository. */
const layOutImage = async (t: ExecutionContext): Promise<(file: string) => string> => {
  const root = await temporaryFolder(t);
  const [generating, final] = await readDockerfile(dockerfile);
  const generatingRoot = path.join(root, 'generating');
  const finalRoot = path.join(root, 'final');
  for (const {copy} of generating.steps) if (copy) await layOut(copy, generatingRoot, () => generatingRoot);
  const application = path.join(generatingRoot, 'app');
  await linkPackages(application);
  const command = wordsOf(generating, 'RUN').at(-1) ?? '';
  await run('sh', ['-c', command.replace(' /', ` ${generatingRoot}/`)], {cwd: application, env: node24});
  for (const {copy} of final?.steps ?? []) if (copy) await layOut(copy, finalRoot, () => generatingRoot);
  return file => path.join(finalRoot, file);
};

const environmentOf = (words: readonly string[]): Record<string, string> =>
  Object.fromEntries(words.map(word => word.split('=', 2)));

type Datasource = {uid: string; type: string; url?: string; editable: boolean; jsonData: Record<string, unknown>};
const datasourcesOf = async (deployment: GrafanaDeployment): Promise<{text: string; datasources: Datasource[]}> => {
  const text = await readFile(
    path.join(repository, 'grafana-image/provisioning', deployment, 'datasources/datasources.yaml'),
    'utf8',
  );
  return {text, datasources: parseYaml(text).datasources};
};

const grafanaIni = async (): Promise<Record<string, Record<string, unknown>>> =>
  parseIni(await readFile(path.join(repository, 'grafana-image/grafana.ini'), 'utf8'));

test('the boards that the first stage generates from what it copies are where provisioning looks, wherever the image runs', async t => {
  const image = await layOutImage(t);
  for (const deployment of deployments) {
    const folder = image(path.join(grafanaProvisioning(deployment), 'dashboards'));
    const providers = await Promise.all(
      (await readdir(folder)).map(async file => parseYaml(await readFile(path.join(folder, file), 'utf8')).providers),
    );
    const found = providers.flat().map(provider => provider.options.path);
    t.is(found.length, 1);
    t.deepEqual((await readdir(image(found[0]))).sort(), boards.map(({uid}) => `${uid}.json`).sort());
    for (const {uid, text} of boards) t.is(await readFile(image(`${found[0]}/${uid}.json`), 'utf8'), text);
    t.deepEqual(await readdir(image(path.join(grafanaProvisioning(deployment), 'datasources'))), ['datasources.yaml']);
  }
  t.true((await readFile(image('/etc/grafana/grafana.ini'), 'utf8')).startsWith('#'));
});

test('the plugin is pinned and lies where Grafana looks for it, out of reach of volumes', async t => {
  const final = await finalStage(dockerfile);
  const installs = wordsOf(final, 'RUN').filter(command => command.includes('plugins install'));
  t.deepEqual(installs, [
    'grafana cli --pluginsDir "$GF_PATHS_PLUGINS" plugins install grafana-amazonprometheus-datasource 3.2.0',
  ]);
  const plugins = environmentOf(wordsOf(final, 'ENV'))['GF_PATHS_PLUGINS'] ?? '';
  t.true(path.isAbsolute(plugins));
  for (const folder of wordsOf(final, 'VOLUME')) t.false(plugins.startsWith(folder), folder);
});

test('user, folders and port are those that infra uses', async t => {
  const final = await finalStage(dockerfile);
  t.is(wordsOf(final, 'USER').at(-1), grafanaUser);
  t.deepEqual(wordsOf(final, 'VOLUME'), [...grafanaWritableFolders]);
  t.deepEqual(wordsOf(final, 'EXPOSE'), [String(grafanaPort)]);
  t.is(environmentOf(wordsOf(final, 'ENV'))['GF_PATHS_PROVISIONING'], grafanaProvisioning('aws'));
});

for (const deployment of deployments) {
  test(`${deployment}: has every datasource that a board uses, fixed`, async t => {
    const {datasources} = await datasourcesOf(deployment);
    const asked = new Set<string>();
    for (const {text} of boards)
      JSON.parse(text, (key, value) => {
        if (key === 'datasource' && value !== null) asked.add(value.uid);
        // The uid that a board opens with.
        if (value?.type === 'datasource' && value.current) asked.add(value.current.value);
        return value;
      });
    for (const uid of ['-- Grafana --', `\${datasource}`, `\${cloudwatch}`]) asked.delete(uid);
    t.true(asked.has('prometheus'));
    for (const uid of asked) t.is(datasources.filter(one => one.uid === uid).length, 1, uid);
    for (const {editable, uid} of datasources) t.is(editable, false, uid);
  });

  test(`${deployment}: provisioning expands the variables of this deployment, each of them, and no other`, async t => {
    const {text} = await datasourcesOf(deployment);
    const expanded = [...text.matchAll(/\$\{?(\w+)\}?/g)].map(([, name]) => name ?? '');
    const own = grafanaVariables[deployment].filter(name => !name.startsWith('GF_'));
    t.deepEqual([...new Set(expanded)].sort(), [...own].sort());
  });
}

test('on AWS queries are signed with the credentials of the task, as the only ones that grafana.ini allows', async t => {
  const {datasources} = await datasourcesOf('aws');
  const [prometheus, cloudwatch] = ['prometheus', 'cloudwatch'].map(uid => datasources.find(one => one.uid === uid));
  t.like(prometheus, {
    type: 'grafana-amazonprometheus-datasource',
    url: `\${AMP_ENDPOINT}`,
    jsonData: {
      sigV4Auth: true,
      sigV4AuthType: 'default',
      sigV4Region: `\${AWS_REGION}`,
      sigv4Service: 'aps',
      httpMethod: 'POST',
    },
  });
  t.like(cloudwatch, {type: 'cloudwatch', jsonData: {authType: 'default', defaultRegion: `\${AWS_REGION}`}});
  const {aws, auth} = await grafanaIni();
  t.deepEqual(aws, {allowed_auth_providers: 'default', assume_role_enabled: false});
  t.is(auth?.['sigv4_auth_enabled'], true);
});

test('grafana.ini forbids outgoing calls of Grafana and changes to itself', async t => {
  const {analytics, news, plugins, security, snapshots, public_dashboards} = await grafanaIni();
  t.like(analytics, {reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false});
  t.like(news, {news_feed_enabled: false});
  t.like(plugins, {
    preinstall_disabled: true,
    preinstall_auto_update: false,
    plugin_admin_enabled: false,
    public_key_retrieval_disabled: true,
  });
  t.like(security, {disable_gravatar: true});
  t.like(snapshots, {external_enabled: false});
  t.like(public_dashboards, {enabled: false});
});

test('grafana.ini expands no variable and contains no secret', async t => {
  const text = await readFile(path.join(repository, 'grafana-image/grafana.ini'), 'utf8');
  t.notRegex(text, /\$\{|\$__/);
  for (const name of grafanaSecrets) {
    const [, section = '', key = ''] = /^GF_([A-Z]+)_(\w+)$/.exec(name) ?? [];
    t.is((await grafanaIni())[section.toLowerCase()]?.[key.toLowerCase()], undefined, name);
  }
});

test('by default visitors have to log in, and the first page is a board', async t => {
  const {auth, users} = await grafanaIni();
  t.like(auth, {anonymous: {enabled: false, org_role: 'Viewer'}});
  t.true(boards.map(({uid}) => `/d/${uid}`).includes(String(users?.['home_page'])));
});

test('anonymous access is off, read-only, or administrative', t => {
  t.is(grafanaAnonymousAccess('off').GF_AUTH_ANONYMOUS_ENABLED, 'false');
  t.deepEqual(grafanaAnonymousAccess('viewer'), {
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
  });
  t.deepEqual(grafanaAnonymousAccess('admin'), {
    GF_AUTH_ANONYMOUS_ENABLED: 'true',
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Admin',
  });
});

test("README.md's table has every variable, and no other", async t => {
  const readme = await readFile(path.join(repository, 'grafana-image/README.md'), 'utf8');
  const section = readme.split(/^## /m).find(part => part.startsWith('Environment')) ?? '';
  const toList = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name ?? '');
  t.deepEqual(
    [...new Set(toList)].sort(),
    [...new Set([...deployments.flatMap(deployment => [...grafanaVariables[deployment]]), ...grafanaSecrets])].sort(),
  );
});
