/** The codes of the errors that the programs of this folder report in one line. */
export type CiErrorCode = 'ERR_CHANGELOG' | 'ERR_RELEASE';

/** The base of these errors: callers decide by `code`, and `cause` is the error behind it, where there is one. */
export abstract class CiError extends Error {
  abstract readonly code: CiErrorCode;
}
