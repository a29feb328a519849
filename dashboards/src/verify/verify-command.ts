/** `npm run verify`: runs the boards' queries against a live endpoint and prints the result of each panel. */
import {mkdir, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {parseArgs} from 'node:util';
import {call} from '../command.ts';
import {jobNameOf} from '../signals/scraping.ts';
import {jobs} from '../signals/third-party-metrics.ts';
import {EndpointError, type PanelResult, secondsOf, verifyBoards} from './board-queries.ts';
import {toLines} from './check-result.ts';
import {checkAddress, createFetch} from './connection.ts';
import {costLines, costsOf} from './cost.ts';
import {createEndpoint, QueryError} from './endpoint.ts';
import {StaleDataError, untilFresh} from './freshness.ts';
import {checkJob, JobError} from './job-check.ts';
import {toJUnit, toMarkdown} from './verify-report.ts';

const usage = `Usage: npm run verify -- --url URL [--sigv4 REGION] [--window 15m] [--job NAME] [--no-collector]
                        [--cost] [--since-deploy TIME] [--allow-no-data] [--junit FILE] [--markdown FILE]

Runs every query of every Prometheus panel against a live endpoint, interpolates variables
as Grafana does, and prints the outcome of each query: data, no data or an error.
Throttled requests are retried with exponential backoff.
Exit codes: 0 every query has data, 1 some have none or fail, 2 invalid options.

  --url URL        URL of Prometheus or an AMP workspace, without /api/v1,
                   such as http://127.0.0.1:9090
  --sigv4 REGION   sign the requests for AMP in this region, with credentials from the
                   default chain of AWS; they need aps:QueryMetrics and aps:GetLabels
  --window TIME    time range of the boards, such as 90s, 15m, 6h or 7d (default: 15m)
  --cost           print how many samples each panel reads (stats=all of the API), and what
                   each board costs per month in AMP while it is open
  --job NAME       the job_name by which Prometheus scrapes metrics-service
                   (default: ${jobs.service})
  --no-collector   verify the boards that are generated with --no-collector
  --since-deploy TIME
                   wait for a sample that was scraped after this time: ISO 8601 with
                   a time zone, such as 2026-01-31T12:00:00Z, Unix seconds, or now
  --wait TIME      how long --since-deploy waits (default: 10m)
  --allow-no-data  exit 1 only for errors; use it where there is no traffic
  --junit FILE     also write the results as JUnit XML, one suite per board
  --markdown FILE  also write a summary for a pull request
  --help           show this text`;

type Request = {
  readonly url: string;
  readonly region: string | undefined;
  readonly window: string;
  readonly job: string;
  readonly collector: boolean;
  readonly cost: boolean;
  readonly since: Date | undefined;
  readonly waitSeconds: number;
  readonly allowNoData: boolean;
  readonly junit: string | undefined;
  readonly markdown: string | undefined;
};

const momentOf = (text: string): Date => {
  const moment = text === 'now' ? new Date() : new Date(/^\d{10}$/.test(text) ? Number(text) * 1000 : text);
  const isValid = /^(now|\d{10}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d))$/.test(text);
  if (!isValid || Number.isNaN(moment.getTime()))
    throw new TypeError(
      `--since-deploy: expected a time such as 2026-01-31T12:00:00Z, Unix seconds or now, found ${JSON.stringify(text)}`,
    );
  return moment;
};

/** Undefined when `--help` is given. @throws {TypeError} when an option is not valid. */
const request = (): Request | undefined => {
  const {values} = parseArgs({
    options: {
      url: {type: 'string', default: ''},
      window: {type: 'string', default: '15m'},
      sigv4: {type: 'string'},
      job: {type: 'string', default: jobs.service},
      'no-collector': {type: 'boolean', default: false},
      cost: {type: 'boolean', default: false},
      'since-deploy': {type: 'string'},
      wait: {type: 'string', default: '10m'},
      'allow-no-data': {type: 'boolean', default: false},
      junit: {type: 'string'},
      markdown: {type: 'string'},
      help: {type: 'boolean', short: 'h', default: false},
    },
  });
  const {help, url, window, sigv4: region, 'since-deploy': since, wait, junit, markdown} = values;
  if (help) return undefined;
  checkAddress({url, region}, {url: '--url', region: '--sigv4'});
  secondsOf(window, '--window');
  return {
    url,
    region,
    window,
    job: jobNameOf(values.job, '--job'),
    collector: !values['no-collector'],
    cost: values.cost,
    since: since === undefined ? undefined : momentOf(since),
    waitSeconds: secondsOf(wait, '--wait'),
    allowNoData: values['allow-no-data'],
    junit,
    markdown,
  };
};

/** A report could not be written. */
class ReportError extends Error {
  override readonly name = 'ReportError';
  readonly code = 'ERR_REPORT';
}

const write = async (flag: string, file: string | undefined, text: string): Promise<void> => {
  if (file === undefined) return;
  try {
    await mkdir(dirname(file), {recursive: true});
    await writeFile(file, text);
  } catch (cause) {
    throw new ReportError(`${flag}: expected a writable file, found ${file} (${cause})`, {cause});
  }
};

const verify = async (asked: Request): Promise<number> => {
  const fetch = await createFetch(asked, {
    onWait: ({status, milliseconds}) =>
      console.error(`throttled with status ${status}: retrying in ${(milliseconds / 1000).toFixed(1)}s`),
  });
  const {since} = asked;
  if (since !== undefined) {
    console.log(`waiting up to ${asked.waitSeconds}s for data newer than ${since.toISOString()}`);
    const newest = await untilFresh({
      url: asked.url,
      fetch,
      since,
      timeoutSeconds: asked.waitSeconds,
      onLook: found =>
        console.log(
          found === undefined
            ? '  not yet: there are no samples'
            : `  not yet: the newest sample is from ${found.toISOString()}`,
        ),
    });
    console.log(`  found a sample from ${newest.toISOString()}`);
  }
  const now = Date.now() / 1000;
  await checkJob(createEndpoint(asked.url, fetch), asked.job, {start: now - secondsOf(asked.window), end: now});
  const results = await verifyBoards({...asked, fetch});
  console.log(toLines(results).join('\n'));
  if (asked.cost) console.log(costLines(costsOf(results, asked.window)).join('\n'));
  await write('--junit', asked.junit, toJUnit(results));
  await write('--markdown', asked.markdown, toMarkdown(results, asked));
  const passed = ({outcome}: PanelResult): boolean =>
    outcome === 'data' || (asked.allowNoData && outcome === 'no data');
  return results.every(passed) ? 0 : 1;
};

const verifyAndReport = async (asked: Request): Promise<number> => {
  try {
    return await verify(asked);
  } catch (error) {
    const expected = [EndpointError, QueryError, StaleDataError, JobError, ReportError].some(
      kind => error instanceof kind,
    );
    if (!(expected && error instanceof Error)) throw error;
    console.error(error.message);
    return 1;
  }
};

await call({usage, request, run: verifyAndReport});
