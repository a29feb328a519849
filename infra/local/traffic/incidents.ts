/** Failures cluster: a server that fails is likely to keep failing until it is fixed. */
import {createRandom} from './random.ts';

/** The identity provider and each server fail independently, so that something is failing for some minutes of every hour. */
const quietMs = 60 * 60_000;
const troubledMs = 60_000;

/** Whether something is in trouble at a time, in milliseconds since 1970. Times may be queried in any order. */
export type Incidents = (at: number) => boolean;

/** Alternates quiet and troubled spells from `start` on; a seed and a stream always give the same ones. */
export const createIncidents = (seed: number, stream: number, start: number): Incidents => {
  const random = createRandom(seed, stream);
  const spells: Array<{readonly from: number; readonly to: number}> = [];
  let known = start;
  return at => {
    while (known <= at) {
      const from = known + random.exponential(quietMs);
      known = from + random.exponential(troubledMs);
      spells.push({from, to: known});
    }
    // Queried times are usually near the newest spell.
    for (let index = spells.length - 1; index >= 0; index -= 1) {
      const spell = spells[index];
      if (spell === undefined || spell.to <= at) return false;
      if (spell.from <= at) return true;
    }
    return false;
  };
};
