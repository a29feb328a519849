/** The base of the errors that the programs of this folder report in one line. */
export abstract class CiError extends Error {
  /** Identifies the kind of error. */
  abstract readonly code: `ERR_${string}`;
}
