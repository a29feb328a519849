/** Who a key belongs to. Compares in constant time and keeps no key in plain text. */
import {hash, randomBytes, timingSafeEqual} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import {headers as names} from '../contract.ts';
import type {ApiKey} from '../settings.ts';
import {Refused} from './errors.ts';

export interface AuthenticatorOptions {
  readonly keys: readonly ApiKey[];
  readonly onFailure: (reason: 'missing' | 'invalid') => void;
}

/** The emitter whose key the request carries. Throws Refused with 401. */
export type Authenticate = (headers: IncomingHttpHeaders) => string;

const header = names.apiKey.toLowerCase();

export const createAuthenticator = ({keys, onFailure}: AuthenticatorOptions): Authenticate => {
  // Digests of one length make the comparison's time independent of the keys; a secret of this process makes them
  // useless outside it.
  const secret = randomBytes(32).toString('base64');
  const digest = (key: string): Buffer => hash('sha256', secret + key, 'buffer');
  const known = keys.map(({emitter, key}) => ({emitter, digest: digest(key)}));

  return headers => {
    const given = headers[header];
    if (typeof given !== 'string' || given === '') {
      onFailure('missing');
      throw new Refused(401, `API key required in ${names.apiKey} header`);
    }
    const digested = digest(given);
    let emitter: string | undefined;
    // Goes through all of them: where the match is must not show in the time it takes.
    for (const candidate of known) if (timingSafeEqual(candidate.digest, digested)) emitter = candidate.emitter;
    if (emitter === undefined) {
      onFailure('invalid');
      throw new Refused(401, 'Invalid API key');
    }
    return emitter;
  };
};
