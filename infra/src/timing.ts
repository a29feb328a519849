/**
 * Times that depend on each other, in seconds: derived here, so that changing one keeps the others right.
 *
 * A task of metrics-service that ECS stops goes through these steps, without an error for callers that never retry:
 *
 * 1. ECS takes it out of DNS and, where there is one, out of the load balancer, and waits `deregistrationDelay`: until
 *    no new connection reaches it, and open ones have finished.
 * 2. SIGTERM. For `drainGrace` it still accepts everything and signals each caller to reconnect: proxies that don't
 *    know yet that it is stopping (Service Connect has no deregistration delay) and kept-alive connections still reach it.
 * 3. It rejects requests, but no caller sends any by now, and waits for one more scrape, so that its last counts are stored.
 * 4. It ends. ECS would kill it after `stopTimeout`.
 */

/** Seconds between two scrapes of a task, part of the profile. AMP bills samples, so this divides the bill: see infra/operating.md. */
export const scrapeIntervals = [15, 30, 60] as const;
export type ScrapeInterval = (typeof scrapeIntervals)[number];

/** How often the collector resolves the tasks' name, and how long a resolver may cache the response. */
export const discoveryInterval = 15;
export const discoveryTtl = 15;

/**
 * How long Cloud Map waits until it believes what ECS reports of a task's health; fixed by AWS:
 * https://github.com/aws/containers-roadmap/issues/449
 */
const cloudMapDelay = 30;

/** How long a proxy of Service Connect may still choose a task that is leaving. */
const proxyLag = 20;

/**
 * How long a network load balancer may do so. According to its documentation not at all; measurements show two minutes,
 * whatever delay is set: https://github.com/aws/containers-roadmap/issues/470
 */
const loadBalancerLag = 120;

/**
 * How long a proxy of Service Connect keeps an idle connection to a task; AWS's default, set so that it can't change. Less than
 * the keep-alive of metrics-service, or a proxy would send a request into a connection that the service is closing.
 */
export const proxyIdleTimeout = 300;

/** Requests take milliseconds, so the delay only has to cover the time until the load balancer stops routing to the task. */
export const deregistrationDelay = loadBalancerLag + 10;

export const drainGrace = proxyLag;

/** The longest `stopTimeout` that Fargate allows. */
const stopTimeoutMax = 120;

/** How late a scrape may be, and how long the process takes to exit after the drain. */
const scrapeSlack = 5;
const endSlack = 15;

/** Times that follow from the scrape interval, all in seconds. */
export type Timing = {
  readonly scrapeInterval: ScrapeInterval;
  /** Maximum time from the first passed health check of a new task to its first scrape. */
  readonly firstScrapeDelay: number;
  /** Maximum time of the drain: the grace, then scrapes. */
  readonly drainTimeout: number;
  /** Longer than the drain, or ECS would kill a task that still drains. */
  readonly stopTimeout: number;
};

/**
 * A draining task waits for two scrapes after its grace, as one may fail. At 60 s Fargate's limit leaves time for one only:
 * where that one fails, what the task counted in its last minute is lost.
 */
export const timing = (scrapeInterval: ScrapeInterval): Timing => {
  const scrapes = Math.min(2, Math.floor((stopTimeoutMax - drainGrace - scrapeSlack - endSlack) / scrapeInterval));
  const drainTimeout = drainGrace + scrapes * scrapeInterval + scrapeSlack;
  return {
    scrapeInterval,
    firstScrapeDelay: cloudMapDelay + discoveryTtl + discoveryInterval + scrapeInterval,
    drainTimeout,
    stopTimeout: drainTimeout + endSlack,
  };
};

/** The most Fargate allows: on SIGTERM the collector still tries to write its queue. */
export const collectorStopTimeout = stopTimeoutMax;

/**
 * How long the collector retries a batch, in seconds. It also limits one request, and the next one waits for its response.
 * This bridges an outage of ten minutes; AMP rejects samples older than an hour.
 */
export const remoteWriteTimeout = 15 * 60;
