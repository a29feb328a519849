/** Signs requests for Amazon Managed Service for Prometheus, with whatever credentials AWS's own tools would find. */
import {createHash, createHmac} from 'node:crypto';
import type {AwsCredentialIdentity, Checksum, Provider, SourceData} from '@smithy/types';

/** The name that AMP's requests are signed for. */
const service = 'aps';

export type SigningOptions = {
  readonly region: string;
  /** AWS's default chain when left out: environment, SSO, web identity, files, container, instance. */
  readonly credentials?: Provider<AwsCredentialIdentity>;
  readonly fetch?: typeof globalThis.fetch;
};

/** There are no credentials, or none that can be used now. */
export class CredentialsError extends Error {
  override readonly name = 'CredentialsError';
  readonly code = 'ERR_CREDENTIALS';
}

const bytesOf = (data: SourceData): Uint8Array | string =>
  typeof data === 'string'
    ? data
    : ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);

/** SHA-256 by Node, in the shape that the signer asks for. */
class Sha256 implements Checksum {
  readonly #key: Uint8Array | string | undefined;
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: SourceData) {
    this.#key = secret === undefined ? undefined : bytesOf(secret);
    this.#hash = this.#fresh();
  }

  #fresh() {
    return this.#key === undefined ? createHash('sha256') : createHmac('sha256', this.#key);
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#fresh();
  }
}

const bodyOf = (body: RequestInit['body']): string | undefined => {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new TypeError('a signed body must be text or a form');
};

/**
 * A `fetch` whose requests carry a SigV4 signature. Credentials are asked for with each request, so that temporary ones
 * are renewed in time. AWS's packages are loaded here alone: whoever asks a Prometheus never waits for them.
 * Rejects with CredentialsError.
 */
export const createSignedFetch = async ({
  region,
  credentials,
  fetch = globalThis.fetch,
}: SigningOptions): Promise<typeof globalThis.fetch> => {
  const [{SignatureV4}, {defaultProvider}] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const chain = credentials ?? defaultProvider();
  const provider: Provider<AwsCredentialIdentity> = async () => {
    try {
      return await chain();
    } catch (cause) {
      throw new CredentialsError(
        `AWS credentials: expected some from the default chain (environment, profile, SSO, task or instance role), found none that work: ${cause instanceof Error ? cause.message : cause}`,
        {cause},
      );
    }
  };
  const signer = new SignatureV4({service, region, credentials: provider, sha256: Sha256});

  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const body = bodyOf(init.body);
    const headers = Object.fromEntries(new Headers(init.headers));
    if (init.body instanceof URLSearchParams) headers['content-type'] ??= 'application/x-www-form-urlencoded';
    const query: Record<string, string[]> = {};
    for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
    const signed = await signer.sign({
      protocol: url.protocol,
      hostname: url.hostname,
      method: init.method ?? 'GET',
      path: url.pathname,
      query,
      headers: {...headers, host: url.host},
      body,
    });
    // A form writes a blank as a plus, which AWS takes for a plus.
    url.search = url.search.replaceAll('+', '%20');
    const {host: _, ...sent} = signed.headers;
    return fetch(url, {...init, headers: sent, ...(body !== undefined && {body})});
  };
};
