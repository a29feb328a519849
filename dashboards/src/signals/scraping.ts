/** The properties of series that the configuration of a Prometheus decides, and how the queries follow them. */
import {ValueError} from '../errors.ts';
import {matcher} from '../promql/selector.ts';
import {jobs} from './third-party-metrics.ts';

export type Scraping = {
  /** The `job_name` by which metrics-service is scraped. @default the contract's `scrapeJob` */
  readonly job?: string;
  /** Whether a collector writes there what it exposes about itself. @default true */
  readonly collector?: boolean;
};

const service = matcher('job', jobs.service);
const both = matcher('job', {oneOf: [jobs.service, jobs.collector]});

/** The query with the matchers of the label `job` for this scraping. */
export const followScraping =
  ({job = jobs.service, collector = true}: Scraping) =>
  (query: string): string => {
    const serviceMatcher = matcher('job', job);
    const bothMatcher = collector ? matcher('job', {oneOf: [job, jobs.collector]}) : serviceMatcher;
    return query.replaceAll(both, () => bothMatcher).replaceAll(service, () => serviceMatcher);
  };

/**
 * A job name that PromQL, Grafana and a shell read the same way.
 * @throws {ValueError} when it is another one.
 */
export const parseJobName = (text: string, name: string): string => {
  if (!/^\w[\w .:/@+-]*$/.test(text))
    throw new ValueError(
      `${name}: expected a job name of letters, digits, spaces and _.:/@+-, found ${JSON.stringify(text)}`,
    );
  return text;
};
