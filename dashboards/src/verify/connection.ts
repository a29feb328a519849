/** What people give to reach a Prometheus, an AMP workspace or a Grafana, checked, and the `fetch` that reaches it. */
import {createPatientFetch, type PatienceOptions} from './fetch-with-retry.ts';
import {createSignedFetch, type SigningOptions} from './signed-fetch.ts';

export type Address = {
  /** Of Prometheus or an AMP workspace, without `/api/v1`. */
  readonly url: string;
  /** The region to sign for; a Prometheus takes no signature. */
  readonly region?: string | undefined;
};

const region = /^[a-z]{2,}(-[a-z]+)+-\d$/;
const ampHost = /^aps-workspaces\.([a-z0-9-]+)\.(?:amazonaws\.com|api\.aws)$/;

/** The names under which a program takes the two. */
export type AddressFlags = {readonly url: string; readonly region: string};

/** Addresses are repeated in messages and reports, so a password must not be in one. */
const withoutPassword = (url: string): string => url.replace(/^(https?:\/\/)?.*@/, '$1…@');

/**
 * An address that paths are put behind.
 * @throws {TypeError} that names the flag, what it expects and what it found, but never a password.
 */
export const checkUrl = (url: string, {flag, example}: {readonly flag: string; readonly example: string}): URL => {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new TypeError(`${flag}: expected an address such as ${example}, found ${withoutPassword(url) || 'nothing'}`);
  const parsed = new URL(url);
  if (parsed.username || parsed.password)
    throw new TypeError(`${flag}: expected an address without a user or a password, found ${withoutPassword(url)}`);
  if (/[?#]/.test(url)) throw new TypeError(`${flag}: expected an address without ? and #, found ${url}`);
  return parsed;
};

/** @throws {TypeError} that names the flag, what it expects and what it found. */
export const checkAddress = ({url, region: given}: Address, flags: AddressFlags): void => {
  const {hostname, pathname} = checkUrl(url, {flag: flags.url, example: 'http://127.0.0.1:9090'});
  if (/\/api\/v1\b/.test(pathname))
    throw new TypeError(`${flags.url}: expected it to end before /api/v1, found ${url}`);
  if (given !== undefined && !region.test(given))
    throw new TypeError(`${flags.region}: expected a region such as eu-west-1, found ${JSON.stringify(given)}`);
  const [, hosted] = ampHost.exec(hostname) ?? [];
  if (hosted !== undefined && hosted !== given)
    throw new TypeError(
      `${flags.region}: expected ${hosted}, the region of ${hostname}, found ${given ?? 'nothing: AMP takes signed requests alone'}`,
    );
};

/** Repeats what is throttled; signs, where there is a region. */
export const createFetch = async (
  {region: signedFor}: Pick<Address, 'region'>,
  {credentials, ...patience}: PatienceOptions & Pick<SigningOptions, 'credentials'> = {},
): Promise<typeof globalThis.fetch> => {
  if (signedFor === undefined) return createPatientFetch(patience);
  const {fetch = globalThis.fetch} = patience;
  const signing = {region: signedFor, fetch, ...(credentials !== undefined && {credentials})};
  return createPatientFetch({...patience, fetch: await createSignedFetch(signing)});
};
