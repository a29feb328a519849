/** Whether metrics-service is scraped under the job that the boards select. */

import {buildInfo} from '@mcp-observability/metrics-service/catalogue';
import {DashboardsError} from '../errors.ts';
import {up} from '../signals/third-party-metrics.ts';
import type {Endpoint, Span} from './endpoint.ts';

/** The endpoint has series, but none under the job of the boards. */
export class JobError extends DashboardsError {
  override readonly name = 'JobError';
  readonly code = 'ERR_JOB';
}

const listed = (jobs: readonly string[]): string => `job${jobs.length === 1 ? '' : 's'} ${jobs.join(', ')}`;

/**
 * An endpoint without any target passes: every panel shows that it has no data.
 * @throws {JobError} naming the jobs that were found and the remedy.
 */
export const checkJob = async (endpoint: Endpoint, job: string, span: Span): Promise<void> => {
  const jobsOf = (selector: string) => endpoint.labelValues('job', selector, span);
  const ofService = await jobsOf(buildInfo.name);
  if (ofService.includes(job)) return;
  const [first] = ofService;
  if (first !== undefined)
    throw new JobError(
      `metrics-service is scraped as ${listed(ofService)}, boards select ${job}. ` +
        `Set job_name: ${job} in Prometheus, or follow it: npm run generate -- --job '${first}', ` +
        `and npm run verify -- --job '${first}'`,
    );
  const targets = await jobsOf(up.name);
  // A target that is down has only `up`; the panels show the rest.
  if (targets.length === 0 || targets.includes(job)) return;
  throw new JobError(
    `\`up\` has ${listed(targets)}, boards select ${job}, and no target is metrics-service. ` +
      `Scrape its port 9465 with job_name: ${job}; where a job of another name does, follow it: npm run generate -- --job NAME, ` +
      'and npm run verify -- --job NAME',
  );
};
