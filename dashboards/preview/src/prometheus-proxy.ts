/**
 * The proxy to Prometheus: one endpoint, read-only queries, and the allowed parameters of each. Everything else is
 * rejected. (https://prometheus.io/docs/prometheus/latest/querying/api/)
 */

import {Readable} from 'node:stream';
import type {ReadableStream} from 'node:stream/web';
import {PreviewError} from './preview-error.ts';

const questions: readonly {readonly path: RegExp; readonly parameters: readonly string[]}[] = [
  {path: /^query$/, parameters: ['query', 'time']},
  {path: /^query_range$/, parameters: ['query', 'start', 'end', 'step']},
  {path: /^labels$/, parameters: ['start', 'end', 'match[]']},
  {path: /^label\/[a-zA-Z_][a-zA-Z0-9_]*\/values$/, parameters: ['start', 'end', 'match[]']},
  {path: /^series$/, parameters: ['start', 'end', 'match[]']},
  {path: /^rules$/, parameters: ['type']},
];

const timeoutMs = 30_000;

/** @throws PreviewError when `url` isn't the http(s) address of a Prometheus server. */
export const parseEndpoint = (url: string): URL => {
  const endpoint = URL.canParse(url) ? new URL(url) : undefined;
  if (!endpoint || !['http:', 'https:'].includes(endpoint.protocol)) {
    throw new PreviewError('ERR_PREVIEW_VALUE', `--prometheus: expected http://host:port, found ${url || 'nothing'}`);
  }
  if (endpoint.username || endpoint.password) {
    throw new PreviewError(
      'ERR_PREVIEW_VALUE',
      '--prometheus: expected a URL without user name and password, found one with credentials',
    );
  }
  endpoint.pathname = endpoint.pathname.replace(/\/+$/, '');
  endpoint.search = '';
  endpoint.hash = '';
  return endpoint;
};

/** The query for a request's path (after the API's prefix) and parameters; undefined if it is not allowed. */
export const endpointUrlOf = (endpoint: URL, path: string, parameters: URLSearchParams): URL | undefined => {
  const known = questions.find(question => question.path.test(path));
  if (!known) return undefined;
  const url = new URL(endpoint);
  url.pathname = `${endpoint.pathname === '/' ? '' : endpoint.pathname}/api/v1/${path}`;
  for (const [name, value] of parameters) if (known.parameters.includes(name)) url.searchParams.append(name, value);
  return url;
};

/** Prometheus's response. A redirect is an error, because it could lead to any host. */
export const requestEndpoint = async (url: URL): Promise<{readonly status: number; readonly body: Readable}> => {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
    headers: {accept: 'application/json'},
  });
  // The same class has two types: the browser's, which fetch uses, and Node's.
  const body = response.body as ReadableStream | null;
  return {status: response.status, body: body ? Readable.fromWeb(body) : Readable.from([])};
};
