/** The thresholds of the alerts. A value equal to its threshold does not fire. */
export const thresholds = {
  /** Share of failed authentications or tool calls, 0 to 1. */
  errorShare: 0.1,
  /** The p95 of tool calls, in seconds. */
  latencySeconds: 5,
  /** Events in the window, or bad events in the long window of a burn-rate alert: too few for a share to mean anything. */
  fewEvents: 10,
  /** Task starts within an hour that one or two deployments explain; one more fires. */
  startsAnHour: 4,
  /** Share of an emitter's events that may be rejected, 0 to 1. */
  rejectedShare: 0.01,
  /** Seconds since the last accepted event before the alert becomes pending; its `for` is added to that. */
  silentSeconds: 600,
  /**
   * Events per day, on average one every 15m. If an emitter reports less often, a silence of that length is not
   * unusual.
   */
  regularEvents: 96,
  rejectedPerSecond: 0.5,
  rateLimitedPerSecond: 0.1,
  /** The p99 of event loop delays, in seconds. */
  stallSeconds: 0.25,
  /** Share of the collector's queue that is in use, 0 to 1. */
  queueFilled: 0.8,
} as const;
