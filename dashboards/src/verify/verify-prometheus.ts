/** `npm run verify`: runs the boards' queries against a live endpoint and prints the result of each panel. */
import {checkUsage} from '@mcp-observability/tools/command-line';
import {reasonOf} from '@mcp-observability/tools/reason';
import {writeText} from '@mcp-observability/tools/write-text';
import {DashboardsError} from '../errors.ts';
import {type PanelResult, secondsOf, verifyBoards} from './board-queries.ts';
import {toLines} from './check-result.ts';
import {checkAddress, createFetch} from './connection.ts';
import {costLines, costsOf} from './cost.ts';
import {createEndpoint} from './endpoint.ts';
import {waitForNewerSample} from './freshness.ts';
import {checkJob} from './job-check.ts';
import {toJUnit, toMarkdown} from './verify-report.ts';

export type PrometheusRequest = {
  /** URL of Prometheus or an AMP workspace, without `/api/v1`. */
  readonly url: string;
  /** The AWS region to sign requests for; undefined for a Prometheus. */
  readonly region: string | undefined;
  /** Time range of the boards, such as 15m. */
  readonly window: string;
  readonly job: string;
  readonly collector: boolean;
  /** Whether to measure the samples that each panel reads. */
  readonly cost: boolean;
  /** Wait for a sample that was scraped after this time; undefined to query immediately. */
  readonly since: Date | undefined;
  readonly waitSeconds: number;
  /** Whether a panel without data passes. */
  readonly allowNoData: boolean;
  /** Files for the reports. */
  readonly junit: string | undefined;
  readonly markdown: string | undefined;
};

/** A report could not be written. */
class ReportError extends DashboardsError {
  override readonly name = 'ReportError';
  readonly code = 'ERR_REPORT';
}

const write = async (flag: string, file: string | undefined, text: string): Promise<void> => {
  if (file === undefined) return;
  try {
    await writeText(file, text);
  } catch (cause) {
    throw new ReportError(`${flag}: expected a writable file, found ${file} (${reasonOf(cause)})`, {cause});
  }
};

const waitForFreshData = async (
  {url, waitSeconds}: PrometheusRequest,
  since: Date,
  fetch: typeof globalThis.fetch,
): Promise<void> => {
  console.log(`waiting up to ${waitSeconds}s for data newer than ${since.toISOString()}`);
  const newest = await waitForNewerSample({
    url,
    fetch,
    since,
    timeoutSeconds: waitSeconds,
    onLook: found =>
      console.log(
        found === undefined
          ? '  not yet: there are no samples'
          : `  not yet: the newest sample is from ${found.toISOString()}`,
      ),
  });
  console.log(`  found a sample from ${newest.toISOString()}`);
};

/**
 * Prints the outcome of each query. Returns whether every query has data; with `allowNoData`, whether none failed.
 *
 * @throws {UsageError} when the URL or the region is not valid
 */
export const verifyPrometheus = async (request: PrometheusRequest): Promise<boolean> => {
  checkUsage(() => checkAddress(request, {url: '--url', region: '--sigv4'}));
  const fetch = await createFetch(request, {
    onWait: ({status, milliseconds}) =>
      console.error(`throttled with status ${status}: retrying in ${(milliseconds / 1000).toFixed(1)}s`),
  });
  if (request.since !== undefined) await waitForFreshData(request, request.since, fetch);
  const now = Date.now() / 1000;
  await checkJob(createEndpoint(request.url, fetch), request.job, {start: now - secondsOf(request.window), end: now});
  const results = await verifyBoards({...request, fetch});
  console.log(toLines(results).join('\n'));
  if (request.cost) console.log(costLines(costsOf(results, request.window)).join('\n'));
  await write('--junit', request.junit, toJUnit(results));
  await write('--markdown', request.markdown, toMarkdown(results, request));
  const passed = ({outcome}: PanelResult): boolean =>
    outcome === 'data' || (request.allowNoData && outcome === 'no data');
  return results.every(passed);
};
