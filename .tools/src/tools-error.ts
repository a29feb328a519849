/** The codes of the errors that this package throws on purpose. */
export type ToolsErrorCode =
  | 'ERR_CHILD_ENDED'
  | 'ERR_INTERRUPTED'
  | 'ERR_LOCKED'
  | 'ERR_NOT_READY'
  | 'ERR_PORT'
  | 'ERR_PROGRAM'
  | 'ERR_STOPPING'
  | 'ERR_UNAVAILABLE'
  | 'ERR_USAGE'
  | 'ERR_WAIT_TIMEOUT';

/** The base of these errors: callers decide by `code`, and `cause` is the error behind it, where there is one. */
export abstract class ToolsError extends Error {
  abstract readonly code: ToolsErrorCode;
}
