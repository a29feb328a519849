/** Why the preview cannot run a command, for the user at the terminal. */
export class PreviewError extends Error {
  override readonly name = 'PreviewError';
  readonly code = 'ERR_PREVIEW';
}
