/**
 * The SQLite file of the history: one handle, kept as long as the path leads to the file it opened. The only importer of
 * libsql.
 */
import {closeSync, openSync, statSync} from 'node:fs';
import Database from 'libsql';
import {MetricsServiceError} from './metrics-service-error.ts';

/** The history can't be written. */
export class HistoryError extends MetricsServiceError {
  override readonly name = 'HistoryError';
  readonly code = 'ERR_HISTORY';
}

export interface Row {
  readonly values: ReadonlyArray<string | number | null>;
  /** Number of characters in its strings. */
  readonly size: number;
}

/** Each method opens the file if need be, and throws what SQLite throws. */
export interface HistoryFile {
  write(rows: readonly Row[]): void;
  /** Removes up to 1,000 rows that were received before a time in milliseconds; returns how many. */
  removeBefore(time: number): number;
  /** Removes up to 1,000 of the oldest rows; returns how many. */
  removeOldest(): number;
  /** Bytes of the file that are in use. Space of removed rows is reused before the file grows. */
  usedBytes(): number;
  /** Writes what is in the -wal file into the file itself, and closes it. */
  close(): void;
}

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

/** Bytes that the -wal file keeps once its content is in the file; without it a long reader leaves it large. */
const journalSizeLimit = 4 * 2 ** 20;
const removedAtOnce = 1000;

const isMemory = (path: string): boolean => path === ':memory:';

/** Which file a path leads to; undefined if to none. */
const identityOf = (path: string): string | undefined => {
  if (isMemory(path)) return path;
  const stats = statSync(path, {bigint: true, throwIfNoEntry: false});
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
};

const connect = (path: string) => {
  // Only the owner may read the file, because events contain personal data; SQLite gives its other files the same mode.
  if (!isMemory(path)) closeSync(openSync(path, 'a', 0o600));
  const database = new Database(path, {timeout: 0}); // waiting for another's lock would block the event loop
  return {database, identity: identityOf(path)};
};

const prepare = (database: Database.Database) => {
  database.exec('PRAGMA journal_mode = WAL');
  database.exec('PRAGMA synchronous = NORMAL');
  database.exec(`PRAGMA journal_size_limit = ${journalSizeLimit}`);
  database.exec(schema);
  const insert = database.prepare(`INSERT INTO metrics (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const removeWhere = (condition: string) =>
    database.prepare(
      `DELETE FROM metrics WHERE id IN (SELECT id FROM metrics ${condition} ORDER BY received_at LIMIT ${removedAtOnce})`,
    );
  const expired = removeWhere('WHERE received_at < ?');
  const oldest = removeWhere('');
  const pages = database.prepare(
    'SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
  );
  return {
    write: database.transaction((rows: readonly Row[]) => {
      for (const {values} of rows) insert.run(...values);
    }),
    removeBefore: (time: number): number => expired.run(time).changes,
    removeOldest: (): number => oldest.run().changes,
    usedBytes: (): number => Number((pages.get() as {readonly bytes: number}).bytes), // the column is named so
  };
};

export const createHistoryFile = (path: string): HistoryFile => {
  let connection: ReturnType<typeof connect> | undefined;
  let statements: ReturnType<typeof prepare> | undefined;

  /**
   * The library's close() lets the file go only when memory is collected, so a handle is kept through failures. It is
   * replaced when an operator has put another file in its place, or none.
   */
  const opened = (): ReturnType<typeof prepare> => {
    if (connection !== undefined && connection.identity !== identityOf(path)) {
      connection.database.close();
      connection = undefined;
      statements = undefined;
    }
    connection ??= connect(path);
    statements ??= prepare(connection.database);
    return statements;
  };

  return {
    write: rows => opened().write(rows),
    removeBefore: time => opened().removeBefore(time),
    removeOldest: () => opened().removeOldest(),
    usedBytes: () => opened().usedBytes(),
    close() {
      if (connection === undefined) return;
      const {database} = connection;
      connection = undefined;
      try {
        // One row: whether it was busy, the pages of the -wal file, and how many of them were written.
        const [result] = database.pragma('wal_checkpoint(TRUNCATE)') as Array<{readonly busy: number}>;
        if (statements !== undefined && result?.busy === 1)
          throw new HistoryError(`${path}: expected no other reader, found one`);
      } finally {
        statements = undefined;
        database.close();
      }
    },
  };
};
