/** All proofs of the rules. */
import {burnRateProofs} from './burn-rate-proofs.ts';
import {collectorProofs} from './collector-proofs.ts';
import {emitterProofs} from './emitter-proofs.ts';
import {outageProofs} from './outage-proofs.ts';
import type {Proof} from './rule-proof.ts';
import {serviceProofs} from './service-proofs.ts';
import {shareProofs} from './share-proofs.ts';

export const proofs: readonly Proof[] = [
  ...shareProofs,
  ...burnRateProofs,
  ...outageProofs,
  ...emitterProofs,
  ...serviceProofs,
  ...collectorProofs,
];

export {testFile} from './rule-proof.ts';
