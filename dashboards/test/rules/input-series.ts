/** Half an hour of scrapes with disturbances, shared by the proofs of all pipeline alerts. */
import {toolExecutions} from '@mcp-observability/metrics-service/catalogue';
import {jobs, up} from '../../src/signals/third-party-metrics.ts';
import type {ExpectedSample, Proof} from './rule-proof.ts';
import {counterSamples, type Growth, type Sample, type Scrapes, type Series, series} from './sample-proofs.ts';

/** A claim, the input series, and the expected results. */
export type Claim = readonly [claim: string, input: readonly Series[], ...expected: (readonly ExpectedSample[])[]];

/** Converts claims to proofs. */
export const toProofs = (...claims: readonly Claim[]): readonly Proof[] =>
  claims.map(([claim, input, ...expected]) => {
    const [first, ...rest] = expected.flat();
    return {claim, input, expected: [first as ExpectedSample, ...rest]}; // each has at least one
  });

export const job = jobs.service;
export const scrapes: Scrapes = {count: 120};
export const middleIndex = 60;
export const indices = Array.from({length: scrapes.count}, (_, index) => index);
export const missingScrape: Scrapes = {...scrapes, missing: middleIndex};
export const counterReset: Scrapes = {...scrapes, reset: middleIndex};
export const vanishedTarget: Scrapes = {...scrapes, gone: middleIndex};
export const checkedTimes = ['5m', '10m', '14m', '15m', '16m', '18m', '20m', '29m'] as const;

/** Requests that list tools, which are not tool calls. */
export const traffic = (perScrape: Growth, disturbance: Scrapes, instance = 'a'): Series =>
  series(
    toolExecutions,
    {
      job,
      instance,
      service: 'nginx',
      success: 'true',
      method: 'tools/list',
      server_name: 'github',
      tool_name: '_unset',
      client_name: 'x',
    },
    counterSamples(perScrape, disturbance),
  );

/** Whether each scrape of a task succeeded. */
export const task = (instance: string, samples: readonly Sample[]): Series => series(up, {job, instance}, samples);
