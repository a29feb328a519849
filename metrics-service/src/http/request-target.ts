/** Normalizes the target of a request, which clients write in several forms. */
import type {IncomingMessage} from 'node:http';
import {HttpError} from './errors.ts';

/**
 * The target as path and query: `http://host/path?query`, as proxies write it (RFC 9112, section 3.2.2), becomes
 * `/path?query`; the slashes that a base URL with a slash at its end leaves, as in `//metrics`, become one.
 * Undefined for what is neither a path nor a URL.
 */
export const normalizeTarget = (target: string): string | undefined => {
  if (target.startsWith('/')) return target.startsWith('//') ? target.replace(/^\/+/, '/') : target;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
};

/** Returns the target without its query. */
export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '';

/** RFC 9112, section 3.2: the response to such a request must be 400. */
export const checkHost = ({headers, httpVersionMinor}: IncomingMessage): HttpError | undefined =>
  headers.host === undefined && httpVersionMinor === 1
    ? new HttpError('ERR_BAD_REQUEST', 'Expected a Host header, found none', {headers: {Connection: 'close'}})
    : undefined;

/** Normalizes the request's target in place. */
export const checkTarget = (request: IncomingMessage): HttpError | undefined => {
  const target = request.url ?? '';
  const normalized = normalizeTarget(target);
  if (normalized === undefined)
    return new HttpError('ERR_BAD_REQUEST', `Expected a path or a URL, found ${target.slice(0, 200)}`);
  request.url = normalized;
  return undefined;
};
