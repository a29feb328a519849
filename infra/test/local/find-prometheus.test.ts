import {spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer, type RequestListener} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {freePort} from '@mcp-observability/tools/ports';
import test, {type ExecutionContext} from 'ava';
import {findPrometheus} from '../../local/find-prometheus/find-prometheus.ts';
import {releaseName, releaseVersion} from '../../local/find-prometheus/release.ts';

/** A machine with nothing on it: an empty PATH, home and cache. Whatever a test adds goes into `bin`. */
const bareMachine = async (t: ExecutionContext) => {
  const root = await mkdtemp(join(tmpdir(), 'find-prometheus-'));
  t.teardown(() => rm(root, {recursive: true, force: true}));
  const bin = join(root, 'bin');
  await mkdir(bin);
  const env = {PATH: bin, XDG_CACHE_HOME: join(root, 'cache')};
  return {root, bin, env, cache: join(root, 'cache', 'mcp-observability', 'prometheus')};
};

const script = async (path: string, ...lines: readonly string[]): Promise<string> => {
  await writeFile(path, `#!/bin/sh\n${lines.join('\n')}\n`);
  await chmod(path, 0o755);
  return path;
};

/** Programs that know their version and nothing else. */
const standIns = async (folder: string, version: string, source = 'branch: HEAD'): Promise<void> => {
  await mkdir(folder, {recursive: true});
  for (const program of ['prometheus', 'promtool']) {
    await script(join(folder, program), `echo "${program}, version ${version} (${source})"`);
  }
};

const listen = async (t: ExecutionContext, listener: RequestListener): Promise<string> => {
  const server = createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
};

const name = releaseName() ?? '';
const archivePath = `/prometheus/prometheus/releases/download/v${releaseVersion}/${name}.tar.gz`;

/** A release host with the archive of stand-ins; `sum` replaces the checksum it publishes. */
const releaseHost = async (t: ExecutionContext, root: string, sum?: string) => {
  await standIns(join(root, 'release', name), releaseVersion);
  const packed = spawnSync('tar', ['-czf', join(root, 'release.tar.gz'), '-C', join(root, 'release'), name]);
  t.is(packed.status, 0, String(packed.stderr));
  const archive = await readFile(join(root, 'release.tar.gz'));
  const right = createHash('sha256').update(archive).digest('hex');
  let downloads = 0;
  const url = await listen(t, (request, response) => {
    if (request.url === archivePath) {
      downloads += 1;
      response.end(archive);
    } else if (request.url === archivePath.replace(/[^/]+$/, 'sha256sums.txt')) {
      response.end(`${'0'.repeat(64)}  prometheus-0.0.1.tar.gz\n${sum ?? right}  ${name}.tar.gz\n`);
    } else response.writeHead(404).end();
  });
  return {url, downloads: () => downloads};
};

/** An apt that has the package after an update of separate lists, and the dpkg-deb to unpack it. */
const fakeApt = async (bin: string): Promise<void> => {
  await script(
    join(bin, 'apt-get'),
    'case "$*" in',
    '*Dir::State::Lists=*update*) exit 0 ;;',
    '*Dir::State::Lists=*download*) : > prometheus_2.0_all.deb ;;',
    '*) echo "E: Unable to locate package prometheus" >&2; exit 100 ;;',
    'esac',
  );
  await script(
    join(bin, 'dpkg-deb'),
    'if [ "$1" = -f ]; then echo 1:2.0-3; exit; fi',
    '/bin/mkdir -p "$3/usr/bin"',
    'for program in prometheus promtool; do',
    '  printf \'#!/bin/sh\\necho "%s, version 2.0"\\n\' "$program" > "$3/usr/bin/$program"',
    '  /bin/chmod +x "$3/usr/bin/$program"',
    'done',
  );
};

/** Refuses connections. */
const nowhere = `http://127.0.0.1:${await freePort()}`;

test('PROMETHEUS_BIN is used with the promtool beside it', async t => {
  const {root, env} = await bareMachine(t);
  await standIns(join(root, 'own'), '9.8.7');
  const found = await findPrometheus({env: {...env, PROMETHEUS_BIN: join(root, 'own', 'prometheus')}});
  t.deepEqual(found, {
    prometheus: join(root, 'own', 'prometheus'),
    promtool: join(root, 'own', 'promtool'),
    version: '9.8.7',
    from: 'PROMETHEUS_BIN',
  });
});

test('PROMTOOL_BIN sets the path of a promtool elsewhere', async t => {
  const {root, env} = await bareMachine(t);
  await standIns(join(root, 'own'), '9.8.7');
  await standIns(join(root, 'other'), '9.8.7');
  const found = await findPrometheus({
    env: {
      ...env,
      PROMETHEUS_BIN: join(root, 'own', 'prometheus'),
      PROMTOOL_BIN: join(root, 'other', 'promtool'),
    },
  });
  t.is(found.promtool, join(root, 'other', 'promtool'));
});

test('a Prometheus that was built without a version is accepted with a note', async t => {
  const {root, env} = await bareMachine(t);
  await standIns(join(root, 'own'), '', 'branch: , revision: unknown');
  const lines: string[] = [];
  const found = await findPrometheus({
    env: {...env, PROMETHEUS_BIN: join(root, 'own', 'prometheus')},
    log: line => lines.push(line),
  });
  t.like(found, {from: 'PROMETHEUS_BIN', version: undefined, promtool: join(root, 'own', 'promtool')});
  t.deepEqual(lines, [`${found.prometheus} was built without a version; using it anyway.`]);
});

test("the version is read from what Debian's, released and plain builds print", async t => {
  const {root, env} = await bareMachine(t);
  for (const [version, source] of [
    ['2.42.0+ds', 'branch: debian/sid, revision: 2.42.0+ds-5+deb12u1'],
    ['3.13.5', 'branch: HEAD, revision: 0123456789abcdef'],
    ['3.17.0-rc.0', 'branch: , revision: unknown'],
  ] as const) {
    await standIns(join(root, 'own'), version, source);
    t.is((await findPrometheus({env: {...env, PROMETHEUS_BIN: join(root, 'own', 'prometheus')}})).version, version);
  }
});

test('a PROMETHEUS_BIN that is another program is an error that names what was found', async t => {
  const {root, env} = await bareMachine(t);
  await standIns(root, '9.8.7');
  const impostor = await script(join(root, 'prometheus'), 'echo "a spaceship"');
  await t.throwsAsync(findPrometheus({env: {...env, PROMETHEUS_BIN: impostor}}), {
    message: /^PROMETHEUS_BIN: .*prometheus: expected a version of prometheus, found "a spaceship/,
  });
});

test('a PROMETHEUS_BIN without any promtool requires PROMTOOL_BIN', async t => {
  const {root, env} = await bareMachine(t);
  const lonely = await script(join(root, 'prometheus'), 'echo "prometheus, version 1"');
  await t.throwsAsync(findPrometheus({env: {...env, PROMETHEUS_BIN: lonely}}), {
    message: /^PROMTOOL_BIN: expected the path/,
  });
});

test('a Prometheus on PATH is preferred to a download', async t => {
  const {root, bin, env} = await bareMachine(t);
  await standIns(bin, '3.0.1');
  const host = await releaseHost(t, root);
  const found = await findPrometheus({env, releaseHost: host.url});
  t.like(found, {from: 'PATH', version: '3.0.1', prometheus: join(bin, 'prometheus')});
  t.is(host.downloads(), 0);
});

test('the official release is downloaded once, checked and kept', async t => {
  const {root, env, cache} = await bareMachine(t);
  const host = await releaseHost(t, root);
  const lines: string[] = [];
  const first = await findPrometheus({env, releaseHost: host.url, log: line => lines.push(line)});
  t.like(first, {from: 'official release', version: releaseVersion, prometheus: join(cache, name, 'prometheus')});
  t.true(lines.some(line => line.startsWith(`Downloading Prometheus ${releaseVersion}`)));
  t.like(await findPrometheus({env, releaseHost: nowhere}), {from: 'cache', prometheus: first.prometheus});
  t.is(host.downloads(), 1);
  t.deepEqual(await readdir(cache), [name]);
});

test('a release that does not match its published checksum is not used', async t => {
  const {root, env, cache} = await bareMachine(t);
  const host = await releaseHost(t, root, 'f'.repeat(64));
  await t.throwsAsync(findPrometheus({env, releaseHost: host.url}), {
    message: /official release: .*tar\.gz: expected SHA-256 f{64}, found [0-9a-f]{64}/,
  });
  t.is(host.downloads(), 1);
  t.deepEqual(await readdir(cache), []);
});

test("without a release the distribution's package is unpacked, from separate package lists", async t => {
  const {bin, env, cache} = await bareMachine(t);
  await fakeApt(bin);
  const found = await findPrometheus({env, releaseHost: nowhere});
  t.like(found, {from: "distribution's package", version: '2.0'});
  t.deepEqual(await readdir(cache), ['debian-1_2.0-3']);
  t.deepEqual((await readdir(join(cache, 'debian-1_2.0-3'))).sort(), ['prometheus', 'promtool']);
  t.like(await findPrometheus({env, releaseHost: nowhere}), {from: 'cache', version: '2.0'});
});

test('if nothing works, one message names every attempt and its reason', async t => {
  const {env} = await bareMachine(t);
  const error = await t.throwsAsync(findPrometheus({env, releaseHost: nowhere}));
  for (const way of [
    /^Prometheus is required, but could not be found or downloaded:$/m,
    /^ {2}PROMETHEUS_BIN: not set$/m,
    /^ {2}PATH: no prometheus$/m,
    /^ {2}cache: nothing in .*mcp-observability/m,
    /^ {2}official release: .*ECONNREFUSED/m,
    /^ {2}distribution's package: no apt-get on PATH$/m,
    /apt-get install prometheus/,
  ]) {
    t.regex(error?.message ?? '', way);
  }
});

test('a host that never responds times out', async t => {
  const {env} = await bareMachine(t);
  const silent = await listen(t, () => {});
  await t.throwsAsync(findPrometheus({env, releaseHost: silent}), {
    message: /official release: no response within 5 s/,
  });
});

test('several callers at the same time share one download', async t => {
  const {root, env, cache} = await bareMachine(t);
  const host = await releaseHost(t, root);
  const found = await Promise.all(Array.from({length: 5}, () => findPrometheus({env, releaseHost: host.url})));
  t.deepEqual(new Set(found.map(({prometheus}) => prometheus)), new Set([join(cache, name, 'prometheus')]));
  t.is(host.downloads(), 1);
  t.deepEqual(await readdir(cache), [name]);
});

test('what a killed process left behind is cleared away', async t => {
  const {root, env, cache} = await bareMachine(t);
  const {pid} = spawnSync('true'); // of a process that has ended
  await mkdir(join(cache, `making-${pid}-abc`), {recursive: true});
  await mkdir(join(cache, `making-${process.pid}-abc`));
  await writeFile(join(cache, 'lock'), String(pid));
  const host = await releaseHost(t, root);
  t.is((await findPrometheus({env, releaseHost: host.url})).from, 'official release');
  t.deepEqual((await readdir(cache)).sort(), [`making-${process.pid}-abc`, name].sort());
});

// Only Linux reports the start time of a process.
if (process.platform === 'linux')
  test('the lock of a killed process is replaced, even if its process id belongs to this process now', async t => {
    const {root, env, cache} = await bareMachine(t);
    await mkdir(cache, {recursive: true});
    const holder = {pid: process.pid, startedAt: '1', since: new Date().toISOString(), token: 'of a killed process'};
    await writeFile(join(cache, 'lock'), JSON.stringify(holder));
    const host = await releaseHost(t, root);
    t.is((await findPrometheus({env, releaseHost: host.url})).from, 'official release');
    t.deepEqual(await readdir(cache), [name]);
  });

test('a cached Prometheus that no longer runs is replaced', async t => {
  const {root, env, cache} = await bareMachine(t);
  await mkdir(join(cache, name), {recursive: true});
  await writeFile(join(cache, name, 'prometheus'), 'half a file');
  const host = await releaseHost(t, root);
  t.like(await findPrometheus({env, releaseHost: host.url}), {from: 'official release', version: releaseVersion});
});

test('a download can be aborted, and leaves nothing', async t => {
  const {env, cache} = await bareMachine(t);
  const stop = new AbortController();
  const host = await listen(t, () => stop.abort(new Error('enough')));
  await t.throwsAsync(findPrometheus({env, releaseHost: host, signal: stop.signal}), {message: 'enough'});
  t.deepEqual(await readdir(cache), []);
});

test('the README builds the release that is pinned', async t => {
  const readme = await readFile(new URL('../../local/README.md', import.meta.url), 'utf8');
  const [major, minor, patch] = releaseVersion.split('.').map(Number);
  t.is(major, 3);
  const module = `v0.${300 + Number(minor)}.${patch}`;
  t.deepEqual([...new Set(readme.match(/(?<=@)v0\.\d+\.\d+/g))], [module]);
  t.true(readme.includes(`version.Version=${releaseVersion}'`));
});
