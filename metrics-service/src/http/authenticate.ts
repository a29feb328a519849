/** Whose key a request carries. */
import type {IncomingMessage} from 'node:http';
import {headers as names} from '../contract.ts';
import type {Keyring} from '../keyring.ts';
import type {RejectedRequest} from '../rejection-log.ts';
import {HttpError} from './errors.ts';

/** A request with the id that its response carries. */
export interface IdentifiedRequest {
  readonly request: IncomingMessage;
  readonly requestId: string;
}

export const originOf = ({request, requestId}: IdentifiedRequest): RejectedRequest => ({
  requestId,
  peer: request.socket.remoteAddress,
});

export interface AuthenticatorOptions {
  readonly keyring: Pick<Keyring, 'emitterOf'>;
  readonly onFailure: (reason: 'missing' | 'invalid', request: IdentifiedRequest) => void;
}

/** The emitter whose key the request carries. @throws HttpError with 401. */
export type Authenticate = (request: IdentifiedRequest) => string;

const header = names.apiKey.toLowerCase();

/** RFC 9110, section 15.5.2: a 401 says how to authenticate. */
const challenge = {[names.authenticate]: `ApiKey realm="metrics-service", header="${names.apiKey}"`};

export const createAuthenticator =
  ({keyring, onFailure}: AuthenticatorOptions): Authenticate =>
  identified => {
    const given = identified.request.headers[header];
    if (typeof given !== 'string' || given === '') {
      onFailure('missing', identified);
      throw new HttpError('ERR_KEY_MISSING', `API key required in ${names.apiKey} header`, {headers: challenge});
    }
    const emitter = keyring.emitterOf(given);
    if (emitter === undefined) {
      onFailure('invalid', identified);
      throw new HttpError('ERR_KEY_INVALID', 'Invalid API key', {headers: challenge});
    }
    return emitter;
  };
