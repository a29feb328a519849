/** The errors that this package throws. Callers decide by `code`; a message reads `name: expected X, found Y`. */

export type DashboardsErrorCode =
  | 'ERR_BOARDS'
  | 'ERR_CREDENTIALS'
  | 'ERR_ENDPOINT'
  | 'ERR_GRAFANA'
  | 'ERR_JOB'
  | 'ERR_PREVIEW_INSTALL'
  | 'ERR_QUERY'
  | 'ERR_REPORT'
  | 'ERR_STALE_DATA'
  | 'ERR_VALUE';

/** The base of all of them. `cause` is the error behind it, where there is one. */
export abstract class DashboardsError extends Error {
  abstract readonly code: DashboardsErrorCode;
}

/** A value is not one of those that a function, option or setting accepts. */
export class ValueError extends DashboardsError {
  override readonly name = 'ValueError';
  readonly code = 'ERR_VALUE';
}

/** The boards contradict each other or themselves. Each line of the message is one problem. */
export class BoardsError extends DashboardsError {
  override readonly name = 'BoardsError';
  readonly code = 'ERR_BOARDS';
}
