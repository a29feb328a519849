/** Prometheus's HTTP API through the preview's server. */
import {PreviewError} from '../preview-error.ts';
import {routes} from '../routes.ts';

type Request = {readonly answer: Promise<unknown>; readonly abort: AbortController; users: number};

/** Requests without a response yet, by URL: panels that ask the same at the same time share one. */
const pending = new Map<string, Request>();

const get = async (url: string, signal: AbortSignal): Promise<unknown> => {
  const response = await fetch(url, {signal});
  const answer = await response.json().catch(() => ({error: `${response.status} ${response.statusText}`}));
  if (answer.status !== 'success')
    throw new PreviewError('ERR_PREVIEW_QUERY', answer.error ?? answer.detail ?? response.statusText);
  return answer.data;
};

const send = (url: string): Request => {
  const abort = new AbortController();
  const forget = (): void => {
    if (pending.get(url) === request) pending.delete(url);
  };
  const request: Request = {answer: get(url, abort.signal).finally(forget), abort, users: 0};
  pending.set(url, request);
  return request;
};

/**
 * One GET. It is aborted when every caller that shares it has aborted.
 * @throws PreviewError with Prometheus's own message
 */
export const ask = async <Data>(
  path: string,
  parameters: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Data> => {
  const url = `${routes.prometheus}${path}?${new URLSearchParams(parameters)}`;
  const request = pending.get(url) ?? send(url);
  request.users += 1;
  const leave = (): void => {
    request.users -= 1;
    if (request.users > 0) return;
    pending.delete(url);
    request.abort.abort();
  };
  signal?.addEventListener('abort', leave, {once: true});
  try {
    return (await request.answer) as Data; // the caller knows what this path returns
  } finally {
    signal?.removeEventListener('abort', leave);
  }
};
