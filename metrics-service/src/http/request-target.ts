/** Normalizes the target of a request, which clients write in several forms. */

/**
 * The target as path and query: `http://host/path?query`, as proxies write it (RFC 9112, section 3.2.2), becomes
 * `/path?query`; the slashes that a base URL with a slash at its end leaves, as in `//metrics`, become one.
 * Undefined for what is neither a path nor a URL.
 */
export const normalizeTarget = (target: string): string | undefined => {
  if (target.startsWith('/')) return target.startsWith('//') ? target.replace(/^\/+/, '/') : target;
  if (!/^https?:\/\//i.test(target) || !URL.canParse(target)) return undefined;
  const rest = target.replace(/^https?:\/\/[^/?#]*/i, '');
  return rest.startsWith('/') ? rest : `/${rest}`;
};

/** Returns the target without its query. */
export const pathOf = (target: string): string => target.split('?', 1)[0] ?? '';
