/** Who a key belongs to, compared in constant time. */
import {timingSafeEqual} from 'node:crypto';
import type {IncomingHttpHeaders} from 'node:http';
import type {ApiKey} from '../api-keys.ts';
import {headers as names} from '../contract.ts';
import {HttpError} from './errors.ts';

export interface AuthenticatorOptions {
  readonly keys: readonly ApiKey[];
  readonly onFailure: (reason: 'missing' | 'invalid') => void;
}

/** The emitter whose key the request carries. @throws HttpError with 401. */
export type Authenticate = (headers: IncomingHttpHeaders) => string;

const header = names.apiKey.toLowerCase();

/** RFC 9110, section 15.5.2: a 401 says how to authenticate. */
const challenge = {[names.authenticate]: `ApiKey realm="metrics-service", header="${names.apiKey}"`};

/** Bytes a key is compared in, whatever its length. */
const slot = 256;

/** The key at the front of a slot, zeroes behind it. */
const intoSlot = (key: string, buffer = Buffer.alloc(slot)): Buffer => {
  buffer.fill(0).write(key, 'latin1'); // node:http reads headers as Latin-1
  return buffer;
};

export const createAuthenticator = ({keys, onFailure}: AuthenticatorOptions): Authenticate => {
  const known = keys.map(({emitter, key}) => ({emitter, key: intoSlot(key)}));
  const presented = Buffer.alloc(slot);

  return headers => {
    const given = headers[header];
    if (typeof given !== 'string' || given === '') {
      onFailure('missing');
      throw new HttpError('ERR_KEY_MISSING', `API key required in ${names.apiKey} header`, {headers: challenge});
    }
    intoSlot(given.length <= slot ? given : '', presented);
    let emitter: string | undefined;
    // Goes through all of them: neither how far a key matches nor which one may show in the time it takes.
    for (const candidate of known) if (timingSafeEqual(candidate.key, presented)) emitter = candidate.emitter;
    if (emitter === undefined) {
      onFailure('invalid');
      throw new HttpError('ERR_KEY_INVALID', 'Invalid API key', {headers: challenge});
    }
    return emitter;
  };
};
