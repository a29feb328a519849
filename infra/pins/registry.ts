/** Resolves tags of container images to digests, through the HTTP API of registries. */
import {createHash} from 'node:crypto';
import {InfraError} from '../infra-error.ts';

/** The parts of a reference such as `public.ecr.aws/a/b:v1`, `grafana/grafana:1` or `node:24@sha256:…`. */
export type Reference = {
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string | undefined;
};

/** A registry responded with something else than its API describes. */
export class RegistryError extends InfraError {
  override readonly name = 'RegistryError';
  readonly code = 'ERR_REGISTRY';
}

const dockerHub = 'registry-1.docker.io';

/** @throws RegistryError for a reference without a tag */
export const parseReference = (text: string): Reference => {
  const match =
    /^(?:([\w-]+(?:\.[\w-]+)+(?::\d+)?|localhost:\d+)\/)?([a-z0-9._/-]+):([\w.-]+)(?:@(sha256:[0-9a-f]{64}))?$/.exec(
      text,
    );
  const [, registry = dockerHub, name = '', tag = '', digest] = match ?? [];
  if (!match) throw new RegistryError(`${text}: expected <image>:<tag>, found another form`);
  return {registry, repository: registry === dockerHub && !name.includes('/') ? `library/${name}` : name, tag, digest};
};

const indexTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];

type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

/** Public images still need a token, whose place the registry names when a request has none. */
const anonymousToken = async (fetch: Fetch, challenge: string): Promise<string> => {
  const parameters = new Map(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const),
  );
  const realm = parameters.get('realm');
  if (!/^Bearer /i.test(challenge) || realm === undefined)
    throw new RegistryError(`expected a Bearer challenge, found ${challenge || 'none'}`);
  const url = new URL(realm);
  for (const key of ['service', 'scope']) {
    const value = parameters.get(key);
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const response = await fetch(url.href);
  if (!response.ok) throw new RegistryError(`${url.host}: expected a token, found status ${response.status}`);
  const body: unknown = await response.json();
  const token = typeof body === 'object' && body !== null ? ('token' in body ? body.token : undefined) : undefined;
  if (typeof token !== 'string') throw new RegistryError(`${url.host}: expected a token, found none`);
  return token;
};

/** How registries are reached; tests replace both. */
export type ResolveOptions = {
  /** @default the global fetch */
  readonly fetch?: Fetch;
  /** @default 'https' */
  readonly scheme?: 'https' | 'http';
};

/**
 * The digest of the index that a tag points to now: it covers every platform.
 * @throws RegistryError when the registry rejects the request, or the tag is not an index
 */
export const resolveDigest = async (
  {registry, repository, tag}: Reference,
  {fetch = globalThis.fetch, scheme = 'https'}: ResolveOptions = {},
): Promise<string> => {
  const name = `${registry}/${repository}:${tag}`;
  const url = `${scheme}://${registry}/v2/${repository}/manifests/${tag}`;
  const headers = {accept: indexTypes.join(', ')};
  let response = await fetch(url, {headers});
  if (response.status === 401) {
    const token = await anonymousToken(fetch, response.headers.get('www-authenticate') ?? '');
    response = await fetch(url, {headers: {...headers, authorization: `Bearer ${token}`}});
  }
  if (!response.ok) throw new RegistryError(`${name}: expected a manifest, found status ${response.status}`);
  const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? '';
  if (!indexTypes.includes(type))
    throw new RegistryError(`${name}: expected an index of several platforms, found ${type || 'no content type'}`);
  const digest = `sha256:${createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex')}`;
  const stated = response.headers.get('docker-content-digest');
  if (stated !== null && stated !== digest)
    throw new RegistryError(`${name}: expected the digest ${stated}, found ${digest}`);
  return digest;
};
