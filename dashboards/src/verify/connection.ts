/** Validates the options that locate a Prometheus, an AMP workspace or a Grafana, and creates the `fetch` for it. */
import {ValueError} from '../errors.ts';
import {createRetryingFetch, type RetryOptions} from './fetch-with-retry.ts';
import {createSignedFetch, type SigningOptions} from './signed-fetch.ts';

export type Address = {
  /** URL of Prometheus or an AMP workspace, without `/api/v1`. */
  readonly url: string;
  /** AWS region to sign requests for; undefined for a Prometheus, which needs no signature. */
  readonly region?: string | undefined;
};

const region = /^[a-z]{2,}(-[a-z]+)+-\d$/;
const ampHost = /^aps-workspaces\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)$/;

/** The names of these two options in a program, for its error messages. */
export type AddressFlags = {readonly url: string; readonly region: string};

/** URLs appear in messages and reports, so passwords are removed from them. */
const withoutPassword = (url: string): string => url.replace(/^(https?:\/\/)?.*@/, '$1…@');

/**
 * Parses a URL to which paths are appended.
 *
 * @throws {ValueError} when it is not valid; the message never contains a password
 */
export const checkUrl = (url: string, {flag, example}: {readonly flag: string; readonly example: string}): URL => {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new ValueError(`${flag}: expected a URL such as ${example}, found ${withoutPassword(url) || 'nothing'}`);
  const parsed = new URL(url);
  if (parsed.username || parsed.password)
    throw new ValueError(`${flag}: expected a URL without a user name and password, found ${withoutPassword(url)}`);
  if (/[?#]/.test(url)) throw new ValueError(`${flag}: expected a URL without ? and #, found ${url}`);
  return parsed;
};

/** @throws {ValueError} when the URL or the region is not valid, or the region is not that of the workspace */
export const checkAddress = ({url, region: given}: Address, flags: AddressFlags): void => {
  const {hostname, pathname} = checkUrl(url, {flag: flags.url, example: 'http://127.0.0.1:9090'});
  if (/\/api\/v1\b/.test(pathname)) throw new ValueError(`${flags.url}: expected a URL without /api/v1, found ${url}`);
  if (given !== undefined && !region.test(given))
    throw new ValueError(`${flags.region}: expected an AWS region such as eu-west-1, found ${JSON.stringify(given)}`);
  const [, hosted] = ampHost.exec(hostname) ?? [];
  if (hosted !== undefined && hosted !== given)
    throw new ValueError(
      `${flags.region}: expected ${hosted}, the region of ${hostname}, found ${given ?? 'nothing: AMP accepts only signed requests'}`,
    );
};

/** A `fetch` that retries throttled requests, and signs requests when there is a region. */
export const createFetch = async (
  {region: signedFor}: Pick<Address, 'region'>,
  {credentials, ...retryOptions}: RetryOptions & Pick<SigningOptions, 'credentials'> = {},
): Promise<typeof globalThis.fetch> => {
  if (signedFor === undefined) return createRetryingFetch(retryOptions);
  const {fetch = globalThis.fetch} = retryOptions;
  const signing = {region: signedFor, fetch, ...(credentials !== undefined && {credentials})};
  return createRetryingFetch({...retryOptions, fetch: await createSignedFetch(signing)});
};
