/**
 * The optional history: one SQLite row for each event, for questions about single events. It never affects the metrics:
 * if the file cannot be opened or written, only rows are lost, and they are counted.
 */
import {setImmediate as yieldToEventLoop} from 'node:timers/promises';
import type {Logger} from 'pino';
import {createHistoryFile, HistoryError, type Row} from './history-file.ts';
import type {MetricEvent, Sender} from './json/events.ts';

export interface HistoryOptions {
  /** SQLITE_DB_PATH; made if it doesn't exist. */
  readonly path: string;
  readonly retentionDays: number;
  /** Bytes the rows and their index may use in the file: SQLITE_MAX_SIZE. */
  readonly maxSize: number;
  readonly flushIntervalSeconds: number;
  /** Rows that cause a write before the interval is over. */
  readonly flushBatch: number;
  readonly log: Logger;
  readonly onWritten: (rows: number) => void;
  /** Called for rows that were never written, and for rows removed because the file is full. */
  readonly onDropped: (rows: number) => void;
  readonly onBuffered: (rows: number) => void;
}

export interface History {
  /** Buffers events until the next write. Never throws. */
  record(sender: Sender, events: readonly MetricEvent[], receivedAt: number): void;
  /**
   * Writes the buffered rows. If that fails, they stay in the buffer.
   *
   * @throws HistoryError
   */
  flush(): Promise<void>;
  /** Flushes, drops and counts rows that can't be written, and closes the file, which then needs no -wal file. */
  close(): Promise<void>;
}

/** The maximum number of buffered rows and of characters in them, which bounds the memory of the buffer. */
const maxRows = 10_000;
const maxText = 32 * 2 ** 20;
/** Rows written before others can run; about 5 ms. */
const slice = 500;
const hourMs = 3_600_000;

export const createHistory = (options: HistoryOptions): History => {
  const {path, retentionDays, maxSize, flushIntervalSeconds, flushBatch, log, onWritten, onDropped, onBuffered} =
    options;
  const file = createHistoryFile(path);
  let rows: Row[] = [];
  let text = 0;
  let failing = false;
  let full = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let scheduled = false;

  const drop = (count: number): void => {
    if (count === 0) return;
    text -= rows.splice(0, count).reduce((sum, {size}) => sum + size, 0);
    onDropped(count);
    onBuffered(rows.length);
  };

  /** Runs `work`; the first of consecutive failures is logged, not each. */
  const attempt = <Result>(work: () => Result): Result => {
    try {
      const result = work();
      if (failing) log.info({path}, 'the history can be written again');
      failing = false;
      return result;
    } catch (cause) {
      if (!failing) log.error({path, err: cause}, 'the history cannot be written; events are still counted');
      failing = true;
      throw new HistoryError(`${path} cannot be written`, {cause});
    }
  };

  /** Removes the oldest rows until there is room for what is written next. */
  const makeRoom = async (): Promise<void> => {
    while (attempt(() => file.usedBytes()) > maxSize) {
      const removed = attempt(() => file.removeOldest());
      if (removed === 0) return;
      onDropped(removed);
      if (!full)
        log.warn(
          {path, max_bytes: maxSize},
          'the history is full: its oldest rows are deleted before the end of their retention',
        );
      full = true;
      await yieldToEventLoop();
    }
  };

  const writeAll = async (): Promise<void> => {
    while (rows.length > 0) {
      const next = rows.slice(0, slice);
      attempt(() => file.write(next));
      rows = rows.slice(next.length);
      text -= next.reduce((sum, {size}) => sum + size, 0);
      onWritten(next.length);
      onBuffered(rows.length);
      await makeRoom();
      await yieldToEventLoop();
    }
  };

  const flush = (): Promise<void> => {
    running ??= writeAll().finally(() => {
      running = undefined;
    });
    return running;
  };
  /** Timers call this: `attempt` has logged the failure. */
  const flushQuietly = (): void => {
    flush().catch(() => {});
  };

  const expire = async (): Promise<void> => {
    const before = Date.now() - retentionDays * 24 * hourMs;
    try {
      while (!closed && attempt(() => file.removeBefore(before)) > 0) await yieldToEventLoop();
      full = false;
    } catch {
      // `attempt` has logged it; the next hour tries again.
    }
  };

  const flushTimer = setInterval(flushQuietly, flushIntervalSeconds * 1000).unref();
  const expiryTimer = setInterval(expire, hourMs).unref();
  // Opens the file as well, so that a path that can't be written is known at the start.
  setImmediate(expire);

  return {
    record(sender, events, receivedAt) {
      for (const {type, value, durationMs, timestamp, dimensions, metadata} of events) {
        const texts = [JSON.stringify(dimensions), JSON.stringify(metadata)] as const;
        const size = texts[0].length + texts[1].length;
        const {service, version, instanceId} = sender;
        const times = [receivedAt, timestamp ?? receivedAt] as const;
        rows.push({values: [...times, service, version, instanceId, type, value, durationMs, ...texts], size});
        text += size;
      }
      // Drop the oldest rows that exceed the buffer.
      let excess = 0;
      let remainingText = text;
      while (rows.length - excess > maxRows || remainingText > maxText) {
        remainingText -= rows[excess]?.size ?? 0;
        excess += 1;
      }
      drop(excess);
      onBuffered(rows.length);
      // A buffer that fills up is written however large the batches are meant to be.
      if (rows.length >= Math.min(flushBatch, maxRows / 2) && !scheduled && !failing) {
        scheduled = true;
        setImmediate(() => {
          scheduled = false;
          flushQuietly();
        });
      }
    },
    flush,
    async close() {
      clearInterval(flushTimer);
      clearInterval(expiryTimer);
      await flush().catch(() => drop(rows.length));
      closed = true;
      try {
        file.close();
      } catch (error) {
        log.warn({path, err: error}, 'the history is complete only together with its -wal file');
      }
    },
  };
};
