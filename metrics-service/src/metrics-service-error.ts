/** The base of the errors that this package throws on purpose: callers decide by `code`, and `cause` is kept. */
export abstract class MetricsServiceError extends Error {
  abstract readonly code: `ERR_${string}`;
}
