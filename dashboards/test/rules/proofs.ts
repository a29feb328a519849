/** Every proof of the rules. */
import {burnRateProofs} from './burn-rates.ts';
import {pipelineProofs} from './pipeline.ts';
import type {Proof} from './proof.ts';
import {shareProofs} from './shares.ts';

export const proofs: readonly Proof[] = [...shareProofs, ...burnRateProofs, ...pipelineProofs];
