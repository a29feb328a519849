/** Where each alert begins. A value that is exactly here is still fine. */
export const thresholds = {
  /** Share of failed authentications or executions. */
  errorShare: 0.1,
  /** Seconds that 95 % of executions stay under. */
  latencySeconds: 5,
  /** Events in the window, or bad events within a budget's long window: of so few, no share says anything. */
  fewEvents: 10,
  /** Starts of tasks within an hour that a deployment or two explain; one more fires. */
  startsAnHour: 4,
  /** Share of an emitter's events that may be rejected. */
  rejectedShare: 0.01,
  /** Seconds that an emitter may be silent before it is watched; the alert's `for` comes on top. */
  silentSeconds: 600,
  /**
   * Events within a day: one per quarter of an hour, on average. Of an emitter that reports less often, a silence of that
   * time says nothing.
   */
  regularEvents: 96,
  rejectedPerSecond: 0.5,
  rateLimitedPerSecond: 0.1,
  /** Seconds under which 99 % of the event loop's stalls stay. */
  stallSeconds: 0.25,
  /** Share of the collector's queue. */
  queueFilled: 0.8,
} as const;
