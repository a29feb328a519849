/** Signs requests for Amazon Managed Service for Prometheus, with credentials from the default chain of AWS. */
import type {AwsCredentialIdentity, Provider} from '@smithy/types';
import {DashboardsError, ValueError} from '../errors.ts';

/** The service name in signatures for AMP. */
const service = 'aps';

export type SigningOptions = {
  readonly region: string;
  /** @default AWS's default chain: environment, SSO, web identity, files, container, instance */
  readonly credentials?: Provider<AwsCredentialIdentity>;
  readonly fetch?: typeof globalThis.fetch;
};

/** There are no valid credentials. */
export class CredentialsError extends DashboardsError {
  override readonly name = 'CredentialsError';
  readonly code = 'ERR_CREDENTIALS';
}

const bodyOf = (body: RequestInit['body']): string | undefined => {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof URLSearchParams) return body.toString();
  throw new ValueError('body: expected a string or URLSearchParams, found another type');
};

/**
 * A `fetch` that signs its requests with SigV4. It resolves credentials for each request, so that temporary ones are renewed
 * in time. The AWS packages are imported only here, so that queries to a Prometheus do not load them.
 *
 * @throws {CredentialsError} from the returned `fetch`, when there are no valid credentials
 */
export const createSignedFetch = async ({
  region,
  credentials,
  fetch = globalThis.fetch,
}: SigningOptions): Promise<typeof globalThis.fetch> => {
  const [{SignatureV4}, {Hash}, {defaultProvider}] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@smithy/hash-node'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const chain = credentials ?? defaultProvider();
  const provider: Provider<AwsCredentialIdentity> = async () => {
    try {
      return await chain();
    } catch (cause) {
      throw new CredentialsError(
        `AWS credentials: expected credentials in the default chain (environment, profile, SSO, task or instance role), found no valid ones: ${cause instanceof Error ? cause.message : cause}`,
        {cause},
      );
    }
  };
  const signer = new SignatureV4({service, region, credentials: provider, sha256: Hash.bind(null, 'sha256')});

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
    // URLSearchParams encodes a space as a plus, which AWS reads as a literal plus.
    url.search = url.search.replaceAll('+', '%20');
    const {host: _, ...sent} = signed.headers;
    return fetch(url, {...init, headers: sent, ...(body !== undefined && {body})});
  };
};
