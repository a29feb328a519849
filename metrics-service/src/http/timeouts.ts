/** How long clients may take. */

/** Milliseconds; the names are node:http's. */
export interface Timeouts {
  /** A connection on which nothing moves, as when its client doesn't read the response. */
  readonly timeout: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  /** How often headersTimeout and requestTimeout are checked. */
  readonly connectionsCheckingInterval: number;
}

/**
 * Limits on the time that a client has to send its headers, and its whole request. Idle connections stay open longer
 * than clients and proxies keep theirs (httpx 5 s, a load balancer 60 s, Go 90 s, Service Connect's proxy 300 s), or a
 * client that never retries would now and then write into a connection just closed.
 */
export const defaultTimeouts: Timeouts = {
  timeout: 60_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 310_000,
  connectionsCheckingInterval: 1000,
};
