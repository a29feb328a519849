/**
 * Removes series that no emitter has updated for a long time from the exposition, so that a full label or a full budget recovers
 * without a restart. Only series that every relevant scraper has collected are removed: no count is lost.
 */
import {setImmediate as yieldToEventLoop} from 'node:timers/promises';
import type {LabelSet} from './label-index.ts';
import type {Bounded, LabelLimiter} from './label-limiter.ts';
import {open} from './metric.ts';
import type {MetricFamily} from './metric-family.ts';
import type {CollectedSeries} from './scraper-registry.ts';
import type {SeriesClock} from './series-clock.ts';

export interface SeriesExpiryOptions {
  readonly families: readonly MetricFamily[];
  readonly clock: SeriesClock;
  readonly limiter: Pick<LabelLimiter, 'release'>;
  readonly collected: () => CollectedSeries;
  /** Called with the number of series, as Prometheus stores them. */
  readonly onExpired: (series: number) => void;
}

/** A series expires in one of this many periods of its time: at the latest one period late. */
export const periodsPerExpiry = 24;

/** The last period in which a label set or one of those created with it was updated. */
const lastUpdateByGroup = (family: MetricFamily): ReadonlyMap<LabelSet, number> => {
  const lastUpdate = new Map<LabelSet, number>();
  for (const set of family.sets) {
    if (set === undefined) continue;
    const group = set.group ?? set;
    lastUpdate.set(group, Math.max(set.updatedIn, lastUpdate.get(group) ?? 0));
  }
  return lastUpdate;
};

const hasOpenLabel = ({metric}: MetricFamily): boolean => Object.values(metric.labels).includes(open);

/**
 * Ends a period of the clock and removes what has expired by then. To be called `periodsPerExpiry` times in the time after
 * which series expire.
 */
export const expireSeries = async (options: SeriesExpiryOptions): Promise<void> => {
  const {families, clock, limiter, collected, onExpired} = options;
  clock.period += 1;
  const before = clock.period - periodsPerExpiry;
  const {period, number} = collected();
  const used = new Set<Bounded>();
  for (const family of families) {
    if (!hasOpenLabel(family)) continue;
    const lastUpdate = family.expires ? lastUpdateByGroup(family) : new Map<LabelSet, number>();
    for (const set of family.sets) {
      if (set === undefined) continue;
      const updatedIn = lastUpdate.get(set.group ?? set) ?? Number.POSITIVE_INFINITY;
      if (updatedIn < before && updatedIn < period && set.number < number) {
        family.remove(set);
        onExpired(family.seriesPerSet);
      }
    }
    await yieldToEventLoop();
  }
  // Without a break: a value that is found unused must not come into use before it is released.
  for (const family of families) {
    for (const set of family.sets)
      for (const value of set?.values ?? []) if (typeof value !== 'string') used.add(value);
  }
  limiter.release(used, before);
};
