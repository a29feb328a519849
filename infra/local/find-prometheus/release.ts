/** Prometheus from its project's own releases, checked against the checksums published with them. */
import {createHash} from 'node:crypto';
import {createReadStream, createWriteStream} from 'node:fs';
import {rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable, Transform} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {run} from '@mcp-observability/tools/run';
import {PrometheusError} from '../local-error.ts';
import type {Binaries, SourceOptions} from './binaries.ts';
import {addToCache} from './cache.ts';

/** The long-term support release line, maintained until July 2027. */
export const releaseVersion = '3.13.5';

const officialHost = 'https://github.com';
/** How long a host may take to respond; a download may stall for twice as long. */
const responseTimeoutMs = 5_000;

const systems: Partial<Record<NodeJS.Platform, string>> = {linux: 'linux', darwin: 'darwin'};
const architectures: Partial<Record<NodeJS.Architecture, string>> = {x64: 'amd64', arm64: 'arm64'};

export interface ReleaseOptions extends SourceOptions {
  readonly cache: string;
  /** Scheme, host and port of the project's releases. */
  readonly host?: string | undefined;
}

/**
 * `prometheus-3.13.5.linux-amd64`, or undefined if there is no build for this platform. Also the folder's name in the
 * cache.
 */
export const releaseName = (): string | undefined => {
  const system = systems[process.platform];
  const architecture = architectures[process.arch];
  if (system === undefined || architecture === undefined) return undefined;
  return `prometheus-${releaseVersion}.${system}-${architecture}`;
};

/** Downloads the pinned release for this platform into the cache. */
export const getRelease = ({cache, host = officialHost, log, signal}: ReleaseOptions): Promise<Binaries> => {
  const name = releaseName();
  if (name === undefined) throw new PrometheusError(`none for ${process.platform} on ${process.arch}`);
  const archive = `${name}.tar.gz`;
  const base = `${host}/prometheus/prometheus/releases/download/v${releaseVersion}`;
  return addToCache(cache, async folder => {
    log(`Looking for ${archive} at ${new URL(host).host} …`);
    const expected = checksumOf(archive, await (await get(`${base}/sha256sums.txt`, signal)).text());
    const file = join(folder, archive);
    const found = await download({url: `${base}/${archive}`, file, log, signal});
    if (found !== expected) throw new PrometheusError(`${archive}: expected SHA-256 ${expected}, found ${found}`);
    await unpack(file, folder, [`${name}/prometheus`, `${name}/promtool`]);
    for (const program of ['prometheus', 'promtool']) await rename(join(folder, name, program), join(folder, program));
    await rm(join(folder, name), {recursive: true});
    await rm(file);
    return name;
  });
};

const checksumOf = (archive: string, sums: string): string => {
  const line = sums.split('\n').find(text => text.endsWith(` ${archive}`));
  const sum = line?.split(' ', 1)[0];
  if (sum === undefined || !/^[0-9a-f]{64}$/.test(sum))
    throw new PrometheusError(`sha256sums.txt does not list ${archive}`);
  return sum;
};

/** A response with status 200 whose headers arrived in time; only `signal` aborts its body. */
const get = async (url: string, signal: AbortSignal | undefined): Promise<Response> => {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new PrometheusError(`no response within ${responseTimeoutMs / 1000} s`)),
    responseTimeoutMs,
  );
  try {
    const response = await fetch(url, {
      signal: signal === undefined ? timeout.signal : AbortSignal.any([timeout.signal, signal]),
    });
    if (response.ok) return response;
    await response.body?.cancel();
    throw new PrometheusError(`${url}: expected status 200, found ${response.status}`);
  } finally {
    clearTimeout(timer);
  }
};

interface Download {
  readonly url: string;
  readonly file: string;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Writes the body of `url` to `file` and returns its SHA-256 in hexadecimal. */
const download = async ({url, file, log, signal}: Download): Promise<string> => {
  const {body, headers} = await get(url, signal);
  if (body === null) throw new PrometheusError(`${url}: expected a body, found none`);
  const total = Number(headers.get('content-length') ?? 0);
  const hash = createHash('sha256');
  let received = 0;
  let nextReport = 0;
  const stalled = new AbortController();
  const watch = setTimeout(
    () => stalled.abort(new PrometheusError(`no data for ${(2 * responseTimeoutMs) / 1000} s`)),
    2 * responseTimeoutMs,
  );
  const meter = new Transform({
    transform(chunk: Buffer, _, done) {
      watch.refresh();
      hash.update(chunk);
      received += chunk.length;
      if (received >= nextReport) {
        log(
          `Downloading Prometheus ${releaseVersion}: ${megabytes(received)}${total > 0 ? ` of ${megabytes(total)}` : ''} MB`,
        );
        nextReport = received + Math.max(total / 5, 5_000_000);
      }
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(body), meter, createWriteStream(file), {
      signal: signal === undefined ? stalled.signal : AbortSignal.any([stalled.signal, signal]),
    });
  } catch (error) {
    throw stalled.signal.aborted ? stalled.signal.reason : error;
  } finally {
    clearTimeout(watch);
  }
  return hash.digest('hex');
};

const megabytes = (bytes: number): number => Math.round(bytes / 1e6);

/** Decompresses in this process and passes the archive to the system's tar, which every supported system has. */
const unpack = async (archive: string, folder: string, members: readonly string[]): Promise<void> => {
  const input = createReadStream(archive).pipe(createGunzip());
  await run('tar', ['-xf', '-', '-C', folder, ...members], {input});
};
