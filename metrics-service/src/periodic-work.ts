/** Work on timers: the service measures its event loop, expires series and writes log lines. */
import type {Logger} from 'pino';
import type {createInstruments} from './instruments.ts';
import type {LabelLimiter} from './label-limiter.ts';
import type {Lifecycle} from './lifecycle.ts';
import type {RejectionLog} from './rejection-log.ts';
import type {Scrapers} from './scrapers.ts';
import {expireSeries, periodsPerExpiry} from './series-expiry.ts';

export interface PeriodicWorkOptions {
  /** Seconds without an event after which a series expires; 0: never. */
  readonly seriesExpirySeconds: number;
  readonly metrics: ReturnType<typeof createInstruments>;
  readonly labelLimiter: LabelLimiter;
  readonly rejections: RejectionLog;
  readonly lifecycle: Pick<Lifecycle, 'phase'>;
  /** Undefined without an exposition: series then expire whether or not they were collected. */
  readonly scrapers: Scrapers | undefined;
  readonly log: Logger;
}

export interface PeriodicWork {
  /** Writes the last log lines, and ends. */
  stop(): void;
}

/** Interval, in milliseconds, at which the event loop is measured. A shorter stall may not be noticed. */
const stallInterval = 100;

/** Milliseconds between two log lines about the same emitter and reason. */
const rejectionLogMs = 60_000;

const collectedAll = {period: Number.POSITIVE_INFINITY, number: Number.POSITIVE_INFINITY};

export const startPeriodicWork = (options: PeriodicWorkOptions): PeriodicWork => {
  const {seriesExpirySeconds, metrics, labelLimiter, rejections, lifecycle, scrapers, log} = options;
  const {instruments, families, clock} = metrics;
  let due = performance.now() + stallInterval;
  const measureStall = (): void => {
    const now = performance.now();
    instruments.eventLoopStall.observe({}, Math.max(0, now - due) / 1000);
    due = now + stallInterval;
  };
  const expire = (): void => {
    if (lifecycle.phase !== 'serving') return;
    expireSeries({
      families,
      clock,
      limiter: labelLimiter,
      collected: () => scrapers?.collectedSeries() ?? collectedAll,
      onExpired: series => instruments.expiredSeries.add({}, series),
    }).catch((error: unknown) => log.error({err: error}, 'expired series could not be removed'));
  };
  const timers = [
    setInterval(measureStall, stallInterval).unref(),
    setInterval(() => rejections.endMinute(), rejectionLogMs).unref(),
  ];
  if (seriesExpirySeconds > 0)
    timers.push(setInterval(expire, (seriesExpirySeconds * 1000) / periodsPerExpiry).unref());
  return {
    stop() {
      for (const timer of timers) clearInterval(timer);
      rejections.endMinute();
    },
  };
};
