/** Prometheus's HTTP API through the preview's server. */
import {PreviewError} from '../preview-error.ts';
import {routes} from '../routes.ts';

type Pending = {readonly body: Promise<unknown>; readonly abort: AbortController; users: number};

/** Requests without a response yet, by URL: equal ones at the same time are sent once. */
const pending = new Map<string, Pending>();

const get = async (url: string, signal: AbortSignal): Promise<unknown> => {
  const response = await fetch(url, {signal});
  const body = await response.json().catch(() => ({error: `${response.status} ${response.statusText}`}));
  if (body.status !== 'success')
    throw new PreviewError('ERR_PREVIEW_QUERY', body.error ?? body.detail ?? response.statusText);
  return body.data;
};

const send = (url: string): Pending => {
  const abort = new AbortController();
  const forget = (): void => {
    if (pending.get(url) === sent) pending.delete(url);
  };
  const sent: Pending = {body: get(url, abort.signal).finally(forget), abort, users: 0};
  pending.set(url, sent);
  return sent;
};

/**
 * One GET. It is aborted when every caller that shares it has aborted.
 * @throws PreviewError with Prometheus's own message
 */
export const request = async <Data>(
  path: string,
  parameters: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Data> => {
  const url = `${routes.prometheus}${path}?${new URLSearchParams(parameters)}`;
  const shared = pending.get(url) ?? send(url);
  shared.users += 1;
  const leave = (): void => {
    shared.users -= 1;
    if (shared.users > 0) return;
    pending.delete(url);
    shared.abort.abort();
  };
  signal?.addEventListener('abort', leave, {once: true});
  try {
    return (await shared.body) as Data; // the caller knows what this path returns
  } finally {
    signal?.removeEventListener('abort', leave);
  }
};
