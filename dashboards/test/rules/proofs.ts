/** Every proof of the rules. */
import {burnRateProofs} from './burn-rates.ts';
import {collectorProofs} from './collector.ts';
import {outageProofs} from './outages.ts';
import type {Proof} from './proof.ts';
import {serviceProofs} from './service.ts';
import {shareProofs} from './shares.ts';

export const proofs: readonly Proof[] = [
  ...shareProofs,
  ...burnRateProofs,
  ...outageProofs,
  ...serviceProofs,
  ...collectorProofs,
];
