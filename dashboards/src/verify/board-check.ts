/** Checks a running Grafana: its health, each board, and the query of each panel. */
import {createDashboards} from '../artefacts.ts';
import {jobs} from '../signals/third-party-metrics.ts';
import {EndpointError, secondsOf, type VerifyOptions, verifyBoards} from './board-queries.ts';
import {toLines} from './check-result.ts';
import {QueryError} from './endpoint.ts';
import {type Grafana, GrafanaError} from './grafana-api.ts';
import {checkJob, JobError} from './job-check.ts';

export type Inspection = {
  /** Lines for a terminal. */
  readonly lines: readonly string[];
  /** Whether Grafana is healthy, its boards are the same as those of this checkout, and every query has data. */
  readonly ok: boolean;
};

const isExpected = (error: unknown): error is Error =>
  [EndpointError, QueryError, GrafanaError, JobError].some(kind => error instanceof kind);

/** Problems with Grafana are reported in the result, not thrown. */
export const inspect = async (
  grafana: Grafana,
  options: Pick<VerifyOptions, 'url' | 'window' | 'job' | 'collector'>,
): Promise<Inspection> => {
  try {
    const version = await grafana.health();
    const boards = await Promise.all(
      createDashboards(options).map(async board => ({
        uid: board.uid ?? '',
        differences: await grafana.differences(board),
      })),
    );
    const now = Date.now() / 1000;
    const span = {start: now - secondsOf(options.window), end: now};
    await checkJob(grafana.endpoint, options.job ?? jobs.service, span);
    const results = await verifyBoards({...options, endpoint: grafana.endpoint});
    return {
      lines: [
        `Grafana ${version}`,
        ...boards.flatMap(({uid, differences}) => [
          `${differences.length === 0 ? '✔' : '✘'} board ${uid}`,
          ...differences.map(one => `      ${one}`),
        ]),
        ...toLines(results),
      ],
      ok: boards.every(({differences}) => differences.length === 0) && results.every(({outcome}) => outcome === 'data'),
    };
  } catch (error) {
    if (!isExpected(error)) throw error;
    return {lines: [error.message], ok: false};
  }
};
