/**
 * A client for TypeScript emitters, over fetch alone. Reporting costs its caller nothing: it neither waits nor throws,
 * and what can't be sent is kept up to a bound, then dropped and counted. Delivery is at least once: an answer that
 * never came may have been a 200.
 */
import type {EventType} from '../contract.ts';
import {createDelivery, reasonOf} from './delivery.ts';
import {checkOptions, type MetricsClientOptions} from './options.ts';
import type {Report} from './reports.ts';

export type {EventType} from '../contract.ts';
export type {MetricsClientOptions} from './options.ts';
export type {DimensionsByKind, Report} from './reports.ts';

export interface MetricsClientStats {
  /** Accepted by the service. */
  readonly sent: number;
  /** Refused by the service, each for a reason of its own. */
  readonly rejected: number;
  /** Never sent: no room, no JSON, too late, or too large. */
  readonly dropped: number;
  readonly buffered: number;
}

export interface MetricsClient {
  /** Keeps one metric for sending. Never throws. */
  report<Kind extends EventType>(kind: Kind, report: Report<Kind>): void;
  /** Sends what is kept now; resolves when that is done, or `timeoutMs` (5,000) have passed. Never rejects. */
  flush(options?: {readonly timeoutMs?: number}): Promise<void>;
  /** Takes nothing more, flushes, then drops what is left. Whoever calls it again waits for the same end. Never rejects. */
  close(options?: {readonly timeoutMs?: number}): Promise<void>;
  stats(): MetricsClientStats;
}

/** Characters of one request's metrics; the service takes 10 MB unless told otherwise. */
const maxCharacters = 1_000_000;
const longestBackoff = 60;
const defaultFlushMs = 5_000;

const abortable = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    // A pause keeps no process alive; at its end there is beforeExit.
    timer.unref?.();
    signal.addEventListener('abort', done, {once: true});
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });

/** @throws {TypeError} naming each option that can't work; nothing throws afterwards. */
export const createMetricsClient = (options: MetricsClientOptions): MetricsClient => {
  checkOptions(options);
  const {url, key, service, version, instanceId, maxBuffered = 10_000, maxBatch = 500, intervalMs = 5_000} = options;
  const {timeoutMs = 5_000, backoffMs = 1_000, flushOnExit = true, onProblem, fetch = globalThis.fetch} = options;

  /** Metrics as JSON, oldest first. */
  let buffer: string[] = [];
  let underWay = 0;
  let sent = 0;
  let rejected = 0;
  let dropped = 0;
  let closing: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pumping: Promise<void> | undefined;
  /** Those who can't wait: for them a pause ends, and what a 429 or 503 asks for isn't added to the next. */
  let flushing = 0;
  let hurry = new AbortController();
  const ended = new AbortController();
  const deliver = createDelivery({
    url,
    key: key.trim(),
    sender: {service, version, instance_id: instanceId},
    timeoutMs,
    fetch,
    signal: ended.signal,
  });

  const tell = (problem: string): void => {
    try {
      onProblem?.(problem);
    } catch {
      // a listener's mistake is no reason to stop
    }
  };
  const drop = (count: number, why: string): void => {
    dropped += count;
    tell(`${count} dropped: ${why}`);
  };
  const bound = (): void => {
    const over = buffer.length + underWay - maxBuffered;
    if (over <= 0) return;
    const {length} = buffer.splice(0, over);
    drop(length, `more than ${maxBuffered} wait to be sent`);
  };

  const take = (most: number): string[] => {
    let characters = 0;
    let count = 0;
    for (const metric of buffer) {
      characters += metric.length;
      if (count > 0 && (count >= most || characters > maxCharacters)) break;
      count += 1;
    }
    return buffer.splice(0, count);
  };

  const pump = async (): Promise<void> => {
    let most = maxBatch;
    for (let failures = 0; buffer.length > 0 && !ended.signal.aborted; ) {
      const batch = take(most);
      underWay = batch.length;
      const verdict = await deliver(batch);
      underWay = 0;
      if (verdict.kind === 'taken') {
        sent += verdict.accepted;
        rejected += batch.length - verdict.accepted;
        if (verdict.errors.length > 0) tell(`${verdict.errors.length} rejected: ${verdict.errors[0]}`);
        failures = 0;
        most = maxBatch;
      } else if (verdict.kind === 'refused') {
        rejected += batch.length;
        tell(`${batch.length} rejected: ${verdict.why}`);
      } else if (verdict.kind === 'too large') {
        if (batch.length === 1) drop(1, 'larger than the service takes');
        else {
          most = Math.ceil(batch.length / 2);
          buffer.unshift(...batch);
        }
      } else {
        buffer.unshift(...batch);
        bound();
        tell(`not sent: ${verdict.why}`);
        const pause = Math.random() * backoffMs * Math.min(longestBackoff, 2 ** failures);
        failures += 1;
        await abortable(flushing > 0 ? pause : verdict.afterMs + pause, hurry.signal);
      }
    }
  };

  /** One request at a time, whoever asks. */
  const run = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    pumping ??= pump().finally(() => {
      pumping = undefined;
      if (closing === undefined) schedule(); // for what came while it ended
    });
    return pumping;
  };

  const schedule = (): void => {
    if (buffer.length >= maxBatch) void run();
    else if (buffer.length > 0 && timer === undefined && pumping === undefined) {
      timer = setTimeout(run, intervalMs);
      timer.unref?.();
    }
  };

  const flush = async (ms = defaultFlushMs): Promise<void> => {
    const late = new AbortController();
    flushing += 1;
    hurry.abort();
    hurry = new AbortController();
    const giveUp = setTimeout(() => late.abort(), ms); // keeps the process alive: somebody waits
    await Promise.race([run(), new Promise<void>(resolve => late.signal.addEventListener('abort', () => resolve()))]);
    clearTimeout(giveUp);
    flushing -= 1;
  };

  const end = async (ms?: number): Promise<void> => {
    globalThis.process?.off?.('beforeExit', onExit);
    await flush(ms);
    ended.abort();
    hurry.abort();
    await pumping;
    clearTimeout(timer);
    if (buffer.length > 0) drop(buffer.length, 'closed before they could be sent');
    buffer = [];
  };
  const close = (ms?: number): Promise<void> => {
    closing ??= end(ms);
    return closing;
  };

  function onExit(): void {
    void close();
  }
  if (flushOnExit) globalThis.process?.once?.('beforeExit', onExit);

  return {
    report(kind, report) {
      try {
        const {dimensions, metadata, timestamp, ...measures} = report;
        if (closing !== undefined) return drop(1, 'the client is closed');
        const at = (timestamp ?? new Date()).toISOString();
        buffer.push(JSON.stringify({type: kind, value: 1, ...measures, timestamp: at, dimensions, metadata}));
        bound();
        schedule();
      } catch (error) {
        drop(1, reasonOf(error));
      }
    },
    flush: ({timeoutMs: ms} = {}) => flush(ms),
    close: ({timeoutMs: ms} = {}) => close(ms),
    stats: () => ({sent, rejected, dropped, buffered: buffer.length + underWay}),
  };
};
