/** The reason of an error, in words for the person at the terminal. */

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'free some space on that disk, or set TMPDIR to a folder on another one',
  EDQUOT: 'free some of your disk quota, or set TMPDIR to a folder on another disk',
  EACCES: 'check the permissions of that path',
  EROFS: 'the file system is read-only; choose another folder',
};

const systemReason = (error: NodeJS.ErrnoException): string => {
  const path = error.path !== undefined && !error.message.includes(error.path) ? ` (${error.path})` : '';
  const remedy = remedies[error.code ?? ''];
  return `${error.message}${path}${remedy === undefined ? '' : `: ${remedy}`}`;
};

/**
 * Returns the most specific message of an error: that of the cause for fetch's "fetch failed", that of the first error
 * in an AggregateError. For a full or unwritable disk it adds the remedy.
 */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.message === 'fetch failed' && error.cause !== undefined) return reasonOf(error.cause);
  return systemReason(error);
};
