/** Half an hour of scrapes, and what may befall them: the same for every alert on the pipeline. */
import {toolExecutions} from '@mcp-observability/metrics-service/catalogue';
import {jobs, up} from '../../src/signals/third-party-metrics.ts';
import type {Answer, Proof} from './rule-proof.ts';
import {type Growth, growing, type Sample, type Scrapes, type Series, series} from './sample-proofs.ts';

/** A claim, what was scraped, and what must follow. */
export type Claim = readonly [claim: string, input: readonly Series[], ...answers: (readonly Answer[])[]];

/** The proofs of these claims. */
export const proven = (...claims: readonly Claim[]): readonly Proof[] =>
  claims.map(([claim, input, ...answers]) => {
    const [first, ...rest] = answers.flat();
    return {claim, input, answers: [first as Answer, ...rest]}; // each has at least one
  });

export const job = jobs.service;
export const scrapes: Scrapes = {count: 120};
export const middle = 60;
export const indices = Array.from({length: scrapes.count}, (_, index) => index);
export const missing: Scrapes = {...scrapes, missing: middle};
export const reset: Scrapes = {...scrapes, reset: middle};
export const gone: Scrapes = {...scrapes, gone: middle};
export const soonAndLater = ['5m', '10m', '14m', '15m', '16m', '18m', '20m', '29m'] as const;

/** A listing of tools, which is no call of one. */
export const traffic = (perScrape: Growth, weather: Scrapes, instance = 'a'): Series =>
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
    growing(perScrape, weather),
  );

/** Whether a task answered. */
export const task = (instance: string, samples: readonly Sample[]): Series => series(up, {job, instance}, samples);
