/** How the four clients of the wire contract send: how often, how many events per request, and how they handle a response. */
import {setTimeout as delay} from 'node:timers/promises';
import {headers, nginxBatch, paths} from '@mcp-observability/metrics-service/contract';
import type {WireBatch, WireMetric} from '@mcp-observability/metrics-service/events';
import {reasonOf} from '@mcp-observability/tools/reason';
import {introductions, type ReporterName} from './call-reports.ts';
import {postRaw} from './raw-post.ts';

/** The outcomes of the posts; an OTLP export is a post too. */
export interface Tally {
  /** Posts with response status 200. */
  sent: number;
  /** Events in those posts. */
  events: number;
  /** Posts that got another status, or no response. */
  failed: number;
  /** The status or error of the last failed post; empty if none failed. */
  lastFailure: string;
}

/** The service and the key of a client. */
export interface ClientOptions {
  /** Where metrics-service is, without a path. */
  readonly url: string;
  readonly key: string;
  readonly tally: Tally;
  /** Ends waiting and running posts. */
  readonly signal: AbortSignal;
}

/** Accepts events one by one and sends them as its original does; never throws. */
export interface Client {
  readonly report: (metric: WireMetric) => void;
  /** Resolves when no post is running. */
  readonly settled: () => Promise<void>;
}

const timeoutMs = 5_000;
const nginxEveryMs = 5_000;
const nginxKeepMs = 300_000;
const libraryEveryMs = 2_000;
const libraryBatch = 50;
const libraryMaxAttempts = 3;

/** Sends as registry, auth-server, the client library or nginx do. */
export const createClient = (reporter: ReporterName, options: ClientOptions): Client => {
  switch (reporter) {
    case 'registry':
    case 'auth-server':
      return createPythonService(reporter, options);
    case 'library':
      return createLibraryClient(options);
    case 'nginx':
      return createNginx(options);
  }
};

/** Registry and auth-server: one event per request, without a retry. */
const createPythonService = (reporter: ReporterName, options: ClientOptions): Client => {
  const inFlight = createInFlight();
  return {
    report: metric => inFlight.add(post({...introductions[reporter], metrics: [metric]}, options)),
    settled: inFlight.settled,
  };
};

/** The client library: batches; it retries with exponential backoff when it can't connect or gets no response. */
const createLibraryClient = (options: ClientOptions): Client => {
  const inFlight = createInFlight();
  let buffer: WireMetric[] = [];
  const flush = () => {
    if (buffer.length === 0) return;
    const batch = {...introductions.library, metrics: buffer};
    buffer = [];
    inFlight.add(postPersistently(batch, options));
  };
  every(libraryEveryMs, options.signal, flush);
  return {
    report: metric => {
      buffer.push(metric);
      if (buffer.length >= libraryBatch) flush();
    },
    settled: inFlight.settled,
  };
};

/** nginx: one raw request every five seconds; only a 200 removes the batch from its buffer. */
const createNginx = ({url, key, tally, signal}: ClientOptions): Client => {
  const inFlight = createInFlight();
  let buffer: Array<{readonly metric: WireMetric; readonly since: number}> = [];
  let busy = false;
  const flush = async () => {
    const batch = buffer.slice(0, nginxBatch);
    // cjson, which Lua writes JSON with, escapes slashes.
    const body = JSON.stringify({...introductions.nginx, metrics: batch.map(({metric}) => metric)}).replaceAll(
      '/',
      '\\/',
    );
    const status = await postRaw({url, key, body, timeoutMs, signal});
    if (status === 200) buffer = buffer.slice(batch.length);
    else buffer = buffer.filter(({since}) => since > Date.now() - nginxKeepMs);
    count(tally, {outcome: status, events: batch.length, signal});
  };
  every(nginxEveryMs, signal, () => {
    if (busy || buffer.length === 0) return;
    busy = true;
    inFlight.add(
      flush()
        .catch(error => count(tally, {outcome: error, signal}))
        .finally(() => {
          busy = false;
        }),
    );
  });
  return {report: metric => buffer.push({metric, since: Date.now()}), settled: inFlight.settled};
};

const post = async (batch: WireBatch, {url, key, tally, signal}: ClientOptions): Promise<boolean> => {
  try {
    const response = await fetch(url + paths.metrics, {
      method: 'POST',
      headers: {[headers.apiKey]: key, 'content-type': 'application/json'},
      body: JSON.stringify(batch),
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    await response.arrayBuffer();
    count(tally, {outcome: response.status, events: batch.metrics.length, signal});
    return true;
  } catch (error) {
    count(tally, {outcome: error, signal});
    return false;
  }
};

const postPersistently = async (batch: WireBatch, options: ClientOptions): Promise<void> => {
  for (let attempt = 1; !(await post(batch, options)) && attempt < libraryMaxAttempts; attempt += 1) {
    await delay(1000 * 2 ** (attempt - 1), undefined, {signal: options.signal}).catch(() => {});
    if (options.signal.aborted) return;
  }
};

type Outcome = {
  /** The response's status, or the error. */
  readonly outcome: unknown;
  /** Events in the post. @default 0 */
  readonly events?: number;
  readonly signal: AbortSignal;
};

const count = (tally: Tally, {outcome, events = 0, signal}: Outcome): void => {
  if (outcome === 200) {
    tally.sent += 1;
    tally.events += events;
  } else if (!signal.aborted) {
    tally.failed += 1;
    tally.lastFailure = typeof outcome === 'number' ? `status ${outcome}` : reasonOf(outcome);
  }
};

const every = (ms: number, signal: AbortSignal, work: () => void): void => {
  const timer = setInterval(work, ms);
  signal.addEventListener('abort', () => clearInterval(timer), {once: true});
};

const createInFlight = () => {
  const promises = new Set<Promise<unknown>>();
  return {
    add: (promise: Promise<unknown>) => {
      promises.add(promise);
      promise.finally(() => promises.delete(promise));
    },
    settled: async () => {
      await Promise.allSettled(promises);
    },
  };
};
