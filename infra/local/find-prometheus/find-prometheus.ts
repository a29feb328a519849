/** Finds Prometheus on this machine or downloads it, so that nothing has to be installed first. */
import {dirname, join} from 'node:path';
import {PrometheusError} from '../local-error.ts';
import {type Binaries, inspect, isExecutable, reasonOf, type SourceOptions} from './binaries.ts';
import {cacheFolder, findCached, runExclusively} from './cache.ts';
import {findOnPath, getDebianPackage} from './debian-package.ts';
import {getRelease, releaseName} from './release.ts';

export type {Binaries} from './binaries.ts';

/** Options of a search; all have defaults. */
export interface FinderOptions extends Partial<SourceOptions> {
  /** Scheme, host and port that the project's releases are downloaded from; tests pass a local server. */
  readonly releaseHost?: string;
}

/** A Prometheus and how it was found. */
export interface FoundPrometheus extends Binaries {
  readonly from: 'PROMETHEUS_BIN' | 'PATH' | 'cache' | 'official release' | "distribution's package";
}

/**
 * Tries, in this order: PROMETHEUS_BIN (with promtool beside it or in PROMTOOL_BIN), PATH, the cache, the project's
 * official release, the distribution's package. Downloads are kept in the cache. A build without a version is accepted
 * with a note in the log.
 * @throws {PrometheusError} that names every attempt and why it failed, within seconds if there is no network. A PROMETHEUS_BIN
 * that doesn't work is an immediate error, since the user asked for it.
 */
export const findPrometheus = async (options: FinderOptions = {}): Promise<FoundPrometheus> => {
  const found = await search(options);
  if (found.version === undefined) options.log?.(`${found.prometheus} was built without a version; using it anyway.`);
  return found;
};

const search = async ({
  env = process.env,
  log = () => {},
  signal,
  releaseHost,
}: FinderOptions): Promise<FoundPrometheus> => {
  const chosen = env['PROMETHEUS_BIN'];
  if (chosen) return {...(await inspectChosen(chosen, env)), from: 'PROMETHEUS_BIN'};

  const cache = cacheFolder(env);
  const failures: string[] = ['PROMETHEUS_BIN: not set'];
  const attempt = async (
    from: FoundPrometheus['from'],
    way: () => Promise<Binaries>,
  ): Promise<FoundPrometheus | undefined> => {
    try {
      return {...(await way()), from};
    } catch (error) {
      signal?.throwIfAborted();
      const failure = `${from}: ${reasonOf(error)}`;
      failures.push(failure);
      // The user saw this attempt start: log why another one follows.
      if (from !== 'PATH' && from !== 'cache') log(`${failure}.`);
      return undefined;
    }
  };

  const cached = () => attempt('cache', () => findCached(cache, releaseName() ?? ''));
  const here = (await attempt('PATH', () => inspectOnPath(env))) ?? (await cached());
  if (here !== undefined) return here;

  const fetched = await runExclusively(cache, {log, signal}, async () => {
    failures.pop(); // check the cache again: the process that held the lock may have filled it
    return (
      (await cached()) ??
      (await attempt('official release', async () => getRelease({cache, env, log, signal, host: releaseHost}))) ??
      (await attempt("distribution's package", () => getDebianPackage({cache, env, log, signal})))
    );
  }).catch(error => {
    signal?.throwIfAborted();
    failures.push(`${cache}: ${reasonOf(error)}; XDG_CACHE_HOME sets another folder`);
    return undefined;
  });
  if (fetched !== undefined) return fetched;
  throw new PrometheusError(
    [
      'Prometheus is required, but could not be found or downloaded:',
      ...failures.map(failure => `  ${failure}`),
      'Install it (Debian: apt-get install prometheus, macOS: brew install prometheus) or set PROMETHEUS_BIN to its path.',
    ].join('\n'),
  );
};

const inspectChosen = async (prometheus: string, env: NodeJS.ProcessEnv): Promise<Binaries> => {
  if (!(await isExecutable(prometheus))) {
    throw new PrometheusError(`PROMETHEUS_BIN: expected the path of an executable, found ${prometheus}`);
  }
  const beside = join(dirname(prometheus), 'promtool');
  const promtool = env['PROMTOOL_BIN'] || ((await isExecutable(beside)) ? beside : await findOnPath('promtool', env));
  if (promtool === undefined) {
    throw new PrometheusError(
      `PROMTOOL_BIN: expected the path of promtool, which is neither beside ${prometheus} nor on PATH`,
    );
  }
  try {
    return await inspect({prometheus, promtool});
  } catch (error) {
    throw new PrometheusError(`PROMETHEUS_BIN: ${reasonOf(error)}`, {cause: error});
  }
};

const inspectOnPath = async (env: NodeJS.ProcessEnv): Promise<Binaries> => {
  const [prometheus, promtool] = await Promise.all([findOnPath('prometheus', env), findOnPath('promtool', env)]);
  if (prometheus === undefined) throw new PrometheusError('no prometheus');
  if (promtool === undefined) throw new PrometheusError(`${prometheus}, but no promtool`);
  return inspect({prometheus, promtool});
};
