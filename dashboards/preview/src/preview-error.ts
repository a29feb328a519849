/** Why the preview cannot do what it was asked to, in words for the person at the terminal. */
export class PreviewError extends Error {
  override readonly name = 'PreviewError';
  readonly code = 'ERR_PREVIEW';
}
