/**
 * The optional history: one SQLite row a metric, for people who want to ask about single events. The only importer of
 * libsql. It never stands in the way of the metrics: a file that can't be opened or written costs rows, which are
 * counted, and nothing else.
 */
import {closeSync, openSync} from 'node:fs';
import {setImmediate as turn} from 'node:timers/promises';
import Database from 'libsql';
import type {Logger} from 'pino';
import type {MetricEvent, Sender} from './json/events.ts';

export interface HistoryOptions {
  /** SQLITE_DB_PATH; made if it isn't there. */
  readonly path: string;
  readonly retentionDays: number;
  readonly flushIntervalSeconds: number;
  /** Rows that set off a write before the interval is over. */
  readonly flushBatch: number;
  readonly log: Logger;
  readonly onWritten: (rows: number) => void;
  readonly onDropped: (rows: number) => void;
  readonly onBuffered: (rows: number) => void;
}

export interface History {
  /** Takes events down; they are written soon. Never throws. */
  record(sender: Sender, events: readonly MetricEvent[], receivedAt: number): void;
  /** Writes what waits. Rejects with HistoryError when it can't; the rows then go on waiting. */
  flush(): Promise<void>;
  /** Flushes, gives up (and counts) what can't be written, and closes the file. */
  close(): Promise<void>;
}

/** The history can't be written. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';
  readonly code = 'ERR_HISTORY';
}

interface Row {
  readonly values: ReadonlyArray<string | number | null>;
  readonly size: number;
}

/** Rows that may wait, and the characters of text in them: what bounds the buffer's memory. */
const mostRows = 10_000;
const mostText = 32 * 2 ** 20;
/** Rows written before others have their turn; about 5 ms. */
const slice = 500;
const hour = 3_600_000;

const columns =
  'received_at, occurred_at, service, version, instance_id, type, value, duration_ms, dimensions, metadata';
const schema = `
  CREATE TABLE IF NOT EXISTS metrics (
    id INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    service TEXT NOT NULL,
    version TEXT,
    instance_id TEXT,
    type TEXT NOT NULL,
    value REAL NOT NULL,
    duration_ms REAL,
    dimensions TEXT NOT NULL,
    metadata TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS metrics_received_at ON metrics (received_at);`;

/** One open file, and the two things done with it. */
const openFile = (path: string) => {
  // Made for its owner alone, since what senders wrote is personal; SQLite gives the files beside it the same mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path, {timeout: 0}); // waiting for another's lock would hold up the event loop
  try {
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = NORMAL');
    database.exec(schema);
  } catch (error) {
    database.close();
    throw error;
  }
  const insert = database.prepare(`INSERT INTO metrics (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const expire = database.prepare(
    'DELETE FROM metrics WHERE id IN (SELECT id FROM metrics WHERE received_at < ? ORDER BY received_at LIMIT 1000)',
  );
  const write = database.transaction((rows: readonly Row[]) => {
    for (const {values} of rows) insert.run(...values);
  });
  return {write, expire: (before: number): number => expire.run(before).changes, close: () => database.close()};
};

export const createHistory = (options: HistoryOptions): History => {
  const {path, retentionDays, flushIntervalSeconds, flushBatch, log, onWritten, onDropped, onBuffered} = options;
  let rows: Row[] = [];
  let text = 0;
  let file: ReturnType<typeof openFile> | undefined;
  let failing = false;
  let closed = false;
  let running: Promise<void> | undefined;
  let scheduled = false;

  const drop = (count: number): void => {
    if (count === 0) return;
    text -= rows.splice(0, count).reduce((sum, {size}) => sum + size, 0);
    onDropped(count);
    onBuffered(rows.length);
  };

  /** Runs `work` on the file, opening it if need be; a failure is logged when it begins, not each time. */
  const withFile = <Result>(work: (open: ReturnType<typeof openFile>) => Result): Result => {
    try {
      file ??= openFile(path);
      const result = work(file);
      if (failing) log.info({path}, 'the history can be written again');
      failing = false;
      return result;
    } catch (cause) {
      if (!failing) log.error({path, err: cause}, 'the history cannot be written; metrics are taken all the same');
      failing = true;
      // Opened anew next time: by then an operator may have mended it, or put another in its place.
      file?.close();
      file = undefined;
      throw new HistoryError(`${path} cannot be written`, {cause});
    }
  };

  const writeAll = async (): Promise<void> => {
    while (rows.length > 0) {
      const next = rows.slice(0, slice);
      withFile(open => open.write(next));
      rows = rows.slice(next.length);
      text -= next.reduce((sum, {size}) => sum + size, 0);
      onWritten(next.length);
      onBuffered(rows.length);
      await turn();
    }
  };

  const flush = (): Promise<void> => {
    running ??= writeAll().finally(() => {
      running = undefined;
    });
    return running;
  };
  /** What has nobody to report to: withFile has logged it. */
  const flushQuietly = (): void => {
    flush().catch(() => {});
  };

  const expire = async (): Promise<void> => {
    const before = Date.now() - retentionDays * 24 * hour;
    try {
      while (!closed && withFile(open => open.expire(before)) > 0) await turn();
    } catch {
      // withFile has logged it; the next hour tries again.
    }
  };

  const flushTimer = setInterval(flushQuietly, flushIntervalSeconds * 1000).unref();
  const expiryTimer = setInterval(expire, hour).unref();
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
      // The oldest go.
      let excess = 0;
      for (let kept = text; rows.length - excess > mostRows || kept > mostText; excess += 1)
        kept -= rows[excess]?.size ?? 0;
      drop(excess);
      onBuffered(rows.length);
      // A buffer that fills up is written however large the batches are meant to be.
      if (rows.length >= Math.min(flushBatch, mostRows / 2) && !scheduled && !failing) {
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
      file?.close();
    },
  };
};
