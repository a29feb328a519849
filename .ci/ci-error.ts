/** The base of the errors that the programs of this folder report in one line. */
export abstract class CiError extends Error {
  /** Tells the errors apart. */
  abstract readonly code: `ERR_${string}`;
}
