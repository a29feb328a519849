/** A POST as nginx's Lua code sends it: written to a socket, reading only the response's status line. */
import {connect} from 'node:net';
import {headers, paths} from '@mcp-observability/metrics-service/contract';
import {PostError} from './traffic-error.ts';

export interface RawPost {
  /** Scheme, host and port. */
  readonly url: string;
  readonly key: string;
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Resolves to the status code; rejects when there is no connection, or no status line in time. */
export const postRaw = ({url, key, body, timeoutMs, signal}: RawPost): Promise<number> =>
  new Promise((resolve, reject) => {
    const {host, hostname, port} = new URL(url);
    // An address of IPv6 has brackets in a URL, and none on a socket.
    const socket = connect({host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || 80)});
    const abandon = () => socket.destroy(new PostError('abandoned'));
    signal?.addEventListener('abort', abandon, {once: true});
    let received = '';
    socket.setTimeout(timeoutMs, () => socket.destroy(new PostError(`no response within ${timeoutMs / 1000}s`)));
    socket.once('connect', () => {
      socket.write(
        [
          `POST ${paths.metrics} HTTP/1.1`,
          `Host: ${host}`,
          'Content-Type: application/json',
          `${headers.apiKey}: ${key}`,
          `Content-Length: ${Buffer.byteLength(body)}`,
          'Connection: close',
          '',
          body,
        ].join('\r\n'),
      );
    });
    socket.on('data', chunk => {
      received += chunk.toString('latin1');
      if (!received.includes('\r\n')) return;
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(received)?.[1];
      if (status === undefined)
        reject(new PostError(`expected a status line, found ${JSON.stringify(received.slice(0, 40))}`));
      else resolve(Number(status));
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => {
      signal?.removeEventListener('abort', abandon);
      reject(new PostError('the connection closed without a response')); // has no effect after a response
    });
  });
