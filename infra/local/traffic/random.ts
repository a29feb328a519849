/** Random draws that a seed repeats. */
import {randomExponential, randomGeometric, randomLcg, randomLogNormal} from 'd3-random';

export interface Random {
  /** Uniformly distributed, from 0 up to but not including 1. */
  readonly share: () => number;
  /** True in `share` of the draws. */
  readonly happens: (share: number) => boolean;
  /** A uniformly distributed integer from `min` to `max`. */
  readonly between: (min: number, max: number) => number;
  /** Waiting times of independent events. */
  readonly exponential: (mean: number) => number;
  /** Tries until it first succeeds: 1 and up, `mean` on average. */
  readonly attempts: (mean: number) => number;
  /** Durations and sizes as systems have them: most near the median, a long tail above. */
  readonly logNormal: (median: number, sigma: number) => number;
  /** One of the items, by weight. */
  readonly pick: <T extends {readonly weight: number}>(items: readonly [T, ...T[]]) => T;
  /** One of the items, all equally likely. */
  readonly oneOf: <T>(items: readonly [T, ...T[]]) => T;
  /** That many hexadecimal digits. */
  readonly hex: (digits: number) => string;
}

/** The same seed gives the same draws. `stream` distinguishes several sources with one seed. */
export const createRandom = (seed: number, stream = 0): Random => {
  const share = randomLcg(Math.imul(seed ^ 0x9e3779b9, 2 * stream + 1));
  for (let warmUp = 0; warmUp < 8; warmUp += 1) share(); // neighbouring seeds start with neighbouring draws
  const exponential = randomExponential.source(share);
  const geometric = randomGeometric.source(share);
  const logNormal = randomLogNormal.source(share);
  const between = (min: number, max: number) => min + Math.floor(share() * (max - min + 1));
  return {
    share,
    happens: wanted => share() < wanted,
    between,
    exponential: mean => exponential(1 / mean)(),
    attempts: mean => geometric(1 / mean)(),
    logNormal: (median, sigma) => logNormal(Math.log(median), sigma)(),
    pick: items => {
      let rest = share() * items.reduce((sum, {weight}) => sum + weight, 0);
      for (const item of items) {
        rest -= item.weight;
        if (rest < 0) return item;
      }
      return items[0];
    },
    oneOf: items => items[between(0, items.length - 1)] ?? items[0],
    hex: digits => Array.from({length: digits}, () => between(0, 15).toString(16)).join(''),
  };
};
