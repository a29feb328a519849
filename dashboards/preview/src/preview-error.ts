/** The errors that the preview throws, on the command line and in the page. A message reads `name: expected X, found Y`. */

export type PreviewErrorCode =
  /** A file is not a dashboard, or there are no boards. */
  | 'ERR_PREVIEW_BOARDS'
  /** No Chromium was found, and none could be installed. */
  | 'ERR_PREVIEW_CHROMIUM'
  /** The simulated traffic could not be generated. */
  | 'ERR_PREVIEW_DATA'
  /** A panel, variable or query that the preview cannot evaluate. */
  | 'ERR_PREVIEW_NOT_SUPPORTED'
  /** The data source rejected a query. */
  | 'ERR_PREVIEW_QUERY'
  /** The server could not start. */
  | 'ERR_PREVIEW_SERVER'
  /** An option or a field of a request is not one of those that are accepted. */
  | 'ERR_PREVIEW_VALUE';

/** Callers decide by `code`; `cause` is the error behind it, where there is one. */
export class PreviewError<Code extends PreviewErrorCode = PreviewErrorCode> extends Error {
  override readonly name = 'PreviewError';
  readonly code: Code;

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
