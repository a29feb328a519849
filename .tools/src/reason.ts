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
 * The most telling message of an error: fetch's "fetch failed" gives way to its cause, an AggregateError to the first
 * error in it, and a full or unwritable disk is followed by the remedy.
 */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.message === 'fetch failed' && error.cause !== undefined) return reasonOf(error.cause);
  return systemReason(error);
};
