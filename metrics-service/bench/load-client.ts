/** Requests that the bench sends between rounds: POSTs of metrics, and scrapes that read what was counted. */
import {once} from 'node:events';
import {get, type IncomingMessage} from 'node:http';
import {paths} from '../src/contract.ts';
import type {WireBatch} from '../src/json/events.ts';
import {BenchError} from './bench-error.ts';
import {key} from './requests.ts';

/** A server with a port for events. */
export interface Accepting {
  readonly port: number;
}

/** A server with a port for scrapes. */
export interface Scraped {
  readonly scrapePort: number;
}

/** Sends batches one after the other. @throws {BenchError} for one that is not accepted */
export const send = async ({port}: Accepting, batches: readonly WireBatch[]): Promise<void> => {
  for (const batch of batches) {
    const response = await fetch(`http://127.0.0.1:${port}${paths.metrics}`, {
      method: 'POST',
      headers: {'X-API-Key': key, 'Content-Type': 'application/json'},
      body: JSON.stringify(batch),
    });
    const text = await response.text();
    if (response.status !== 200)
      throw new BenchError(
        'ERR_NOT_ACCEPTED',
        `expected 200 for a batch, found ${response.status}: ${text.slice(0, 200)}`,
      );
  }
};

export interface Scrape {
  readonly milliseconds: number;
  readonly bytes: number;
  /** The value of a series without labels, or the sum over a family. */
  total(name: string): number;
}

export const scrape = async ({scrapePort}: Scraped): Promise<Scrape> => {
  const startedAt = performance.now();
  // node:http needs less CPU than fetch: the scraper must not take CPU from the measured servers.
  const request = get({host: '127.0.0.1', port: scrapePort, path: paths.metrics});
  const [response] = (await once(request, 'response')) as [IncomingMessage]; // the event's only argument
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(response, 'end');
  const milliseconds = performance.now() - startedAt;
  const body = Buffer.concat(chunks);
  return {
    milliseconds,
    bytes: body.length,
    total: name =>
      body
        .toString()
        .split('\n')
        .filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
        .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0),
  };
};
