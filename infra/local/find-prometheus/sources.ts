/** Gets Prometheus from one source, without falling back to another. */
import type {Binaries} from './binaries.ts';
import {cacheFolder} from './cache.ts';
import {getDebianPackage} from './debian-package.ts';
import {getRelease} from './release.ts';

/** `release` is the pinned Prometheus 3; `distribution` is Prometheus 2, in Debian 12 and Ubuntu 24.04. */
export const sources = ['release', 'distribution'] as const;
export type Source = (typeof sources)[number];

/** @throws when this source has no Prometheus for this machine */
export const getPrometheus = (source: Source, log: (line: string) => void): Promise<Binaries> => {
  const {env} = process;
  const get = source === 'release' ? getRelease : getDebianPackage;
  return get({env, cache: cacheFolder(env), log});
};
